package contents

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"taskstore/blobs"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

const (
	sqlRecordBlob = `INSERT INTO blobs (sha256, size, stored, encoding, mime_type, added_at)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (sha256) DO UPDATE SET stored = excluded.stored, encoding = excluded.encoding
WHERE stored <> excluded.stored OR encoding <> excluded.encoding`
	sqlNotIdle   = "DELETE FROM blob_idle\nWHERE sha256 = ?"
	sqlNoProblem = "DELETE FROM blob_problems\nWHERE sha256 = ?"
)

// Record makes sure, within the transaction, that the contents which it is
// about are there, and that the database knows those that were put. A collection
// decides and moves files within a transaction too: either it has seen what refers
// to a content and leaves it, or this sees that the content is gone and brings it
// back.
func Record(ctx context.Context, q *sqlitedb.Tx, now schema.Time, result []Needed) error {
	for _, b := range result {
		came, err := b.ensure(ctx)
		if err == nil && !came && !b.Put {
			came, err = b.unknown(ctx, q)
		}
		if err == nil && (came || b.Put) {
			err = recordBlob(ctx, q, now, b)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// recordBlob makes a content known that is in its place, and forgets what was noted when
// it was not, or was not needed.
func recordBlob(ctx context.Context, q *sqlitedb.Tx, now schema.Time, b Needed) (err error) {
	if !b.Put { // nobody has told its type
		if b.mime, err = Sniff(ctx, b.Dir, b.SHA256); err != nil {
			return err
		}
	}
	if _, err := q.Exec(ctx, sqlRecordBlob, b.SHA256, b.Size, b.Stored, b.Encoding, b.mime, string(now)); err != nil {
		return err
	}
	return forget(ctx, q, b.SHA256, sqlNotIdle, sqlNoProblem)
}

func forget(ctx context.Context, q *sqlitedb.Tx, sha string, statements ...string) error {
	for _, text := range statements {
		if _, err := q.Exec(ctx, text, sha); err != nil {
			return err
		}
	}
	return nil
}

// unknown tells whether a content is in its place without a row: a save that put it there
// has failed and is repeated.
func (b *Needed) unknown(ctx context.Context, q *sqlitedb.Tx) (bool, error) {
	var known bool
	if err := q.Get(ctx, &known, "SELECT EXISTS (SELECT 1 FROM blobs WHERE sha256 = ?)", b.SHA256); err != nil || known {
		return false, err
	}
	info, err := b.Dir.Stat(ctx, b.SHA256)
	if errors.Is(err, blobs.ErrNotFound) || errors.Is(err, blobs.ErrCorrupt) || errors.Is(err, blobs.ErrBadHash) {
		return false, nil
	}
	b.Info = info
	return err == nil, Error(err)
}

// ensure brings a content back that was collected since it was put or read. It
// tells whether it did. What a value names and is nowhere stays so: old data does
// that, and it is no reason not to save.
func (b *Needed) ensure(ctx context.Context) (came bool, err error) {
	has, err := b.Dir.Has(b.SHA256)
	if errors.Is(err, blobs.ErrBadHash) && !b.Put {
		return false, nil
	}
	if err != nil || has {
		return false, Error(err)
	}
	info, err := b.Dir.Restore(ctx, b.SHA256)
	if err == nil {
		b.Info = info
		return true, nil
	}
	gone := errors.Is(err, blobs.ErrNotFound) || errors.Is(err, blobs.ErrCorrupt)
	switch {
	case gone && !b.Put:
		return false, nil
	case gone && b.data != nil:
		b.Info, err = b.Dir.Put(ctx, bytes.NewReader(b.data), blobs.PutOptions{MIME: b.mime, SHA256: b.SHA256})
		return true, Error(err)
	case gone:
		return false, fmt.Errorf("%w: content %s was removed while it was put; put it again", rows.ErrConflict, b.SHA256)
	}
	return false, Error(err)
}

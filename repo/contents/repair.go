package contents

import (
	"context"
	"errors"
	"io"

	"taskstore/blobs"
	"taskstore/internal/sqlitedb"

	"github.com/gabriel-vasile/mimetype"
)

// BlobRepair is what a repair of the table of contents did, or with a dry run
// would do.
type RepairReport struct {
	Files    int64 `json:"files"`    // contents in the directory
	Added    int64 `json:"added"`    // files without a row
	Changed  int64 `json:"changed"`  // rows that said something else than the file
	Removed  int64 `json:"removed"`  // rows without a file, which nothing needs
	Restored int64 `json:"restored"` // contents that were in the trash and are needed
	Missing  int64 `json:"missing"`  // contents that something needs, without a file
	Healed   int64 `json:"healed"`   // contents that were damaged or missing, and are not any more
	Lost     int64 `json:"lost"`     // contents that are damaged or missing and nowhere else: known as such from now on
}

// repairBatch is how many rows are changed in one transaction.
const repairBatch = 256

// Repair makes the table of contents say what is in the directory: from the
// files alone, as after the loss of the table. Then all contents are read, and those that
// are damaged or missing healed from the trash; what is left is noted as lost, until
// its bytes are found or put again. No other file is changed.
func (s *Handle) Repair(ctx context.Context, dryRun bool, progress func(done, total int64)) (rep RepairReport, err error) {
	defer sqlitedb.Wrap(&err, "make the table of contents anew")
	if s.readOnly && !dryRun {
		return rep, sqlitedb.ErrReadOnly
	}
	if rep.Restored, err = s.reconcileTrash(ctx, dryRun); err != nil {
		return rep, err
	}
	var result map[string]blobs.Info
	err = s.db.View(ctx, func(_ context.Context, q *sqlitedb.Tx) (err error) {
		result, err = BlobRows(ctx, q)
		return err
	})
	if err != nil {
		return rep, err
	}
	r := &blobRepair{s: s, rep: &rep, rows: result, dryRun: dryRun, progress: progress, removed: map[string]bool{}}
	if err := errors.Join(r.files(ctx), r.rest(ctx)); err != nil {
		return rep, err
	}
	found, err := s.Scrub(ctx, ScrubOptions{DryRun: dryRun, Progress: progress})
	if err != nil {
		return rep, err
	}
	rep.Healed = found.Healed
	for _, p := range found.Problems {
		if p.Healed == "" && !r.removed[p.SHA256] {
			rep.Lost++
		}
	}
	if dryRun || rep.Lost == 0 {
		return rep, nil
	}
	return rep, s.db.Do(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		_, err := q.Exec(ctx, "UPDATE blob_problems\nSET accepted_at = ?\nWHERE accepted_at IS NULL", string(s.now()))
		return err
	})
}

// BlobRows are the rows of the table by their content.
func BlobRows(ctx context.Context, q *sqlitedb.Tx) (map[string]blobs.Info, error) {
	found, err := q.Query(ctx, "SELECT sha256, size, stored, encoding FROM blobs")
	if err != nil {
		return nil, err
	}
	defer found.Close()
	result := map[string]blobs.Info{}
	for found.Next() {
		var b blobs.Info
		if err := found.Scan(&b.SHA256, &b.Size, &b.Stored, &b.Encoding); err != nil {
			return nil, err
		}
		result[b.SHA256] = b
	}
	return result, found.Err()
}

// blobRepair is a repair at work.
type blobRepair struct {
	s        *Handle
	rep      *RepairReport
	rows     map[string]blobs.Info // that no file was seen of yet
	dryRun   bool
	progress func(done, total int64)
	batch    []Needed
	removed  map[string]bool // rows without a file; of a dry run they are there
}

// files goes through the directory.
func (r *blobRepair) files(ctx context.Context) error {
	if r.s.blobs == nil {
		return nil
	}
	total := int64(len(r.rows))
	for info, err := range r.s.blobs.All(ctx) {
		if info.SHA256 == "" && err != nil {
			if foreign := (*blobs.ForeignError)(nil); errors.As(err, &foreign) {
				continue
			}
			return Error(err)
		}
		row, known := r.rows[info.SHA256]
		delete(r.rows, info.SHA256)
		r.rep.Files++
		if r.progress != nil {
			r.progress(r.rep.Files, max(total, r.rep.Files))
		}
		if err != nil || known && row == info {
			continue // a damaged file tells nothing: see Scrub
		}
		if known {
			r.rep.Changed++
		} else {
			r.rep.Added++
		}
		if err := r.add(ctx, info); err != nil {
			return err
		}
	}
	return r.flush(ctx)
}

func (r *blobRepair) add(ctx context.Context, info blobs.Info) error {
	if r.dryRun {
		return nil
	}
	mime, err := Sniff(ctx, r.s.blobs, info.SHA256)
	if err != nil {
		return err
	}
	r.batch = append(r.batch, Needed{Info: info, mime: mime})
	if len(r.batch) < repairBatch {
		return nil
	}
	return r.flush(ctx)
}

// Sniff tells the type of a content from its first bytes; "" for one that cannot be
// read.
func Sniff(ctx context.Context, dir *blobs.Dir, sha string) (string, error) {
	f, err := dir.Open(ctx, sha)
	if errors.Is(err, blobs.ErrNotFound) || errors.Is(err, blobs.ErrCorrupt) {
		return "", nil
	}
	if err != nil {
		return "", Error(err)
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, sniffed))
	if err != nil {
		return "", nil
	}
	return mimetype.Detect(head).String(), nil
}

const sqlRebuildBlob = `INSERT INTO blobs (sha256, size, stored, encoding, mime_type, added_at)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (sha256) DO UPDATE SET size = excluded.size, stored = excluded.stored, encoding = excluded.encoding,
    mime_type = coalesce(nullif(mime_type, ''), excluded.mime_type)`

func (r *blobRepair) flush(ctx context.Context) error {
	batch := r.batch
	r.batch = nil
	if len(batch) == 0 {
		return nil
	}
	now := string(r.s.now())
	return r.s.db.Do(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		for _, b := range batch {
			has, err := r.s.blobs.Has(b.SHA256)
			if err != nil {
				return Error(err)
			}
			if !has {
				continue // collected meanwhile
			}
			if _, err := q.Exec(ctx, sqlRebuildBlob, b.SHA256, b.Size, b.Stored, b.Encoding, b.mime, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// rest goes through the rows that no file was seen of.
func (r *blobRepair) rest(ctx context.Context) error {
	for sha := range r.rows {
		needed := false
		err := r.s.readOrWrite(ctx, r.dryRun, func(ctx context.Context, q *sqlitedb.Tx) (err error) {
			if needed, err = referenced(ctx, q, sha); err != nil || needed || r.dryRun {
				return err
			}
			if has, err := r.s.blobs.Has(sha); err != nil || has {
				return Error(err)
			}
			return forget(ctx, q, sha, sqlNotKnown, sqlNotIdle, sqlNoProblem)
		})
		if err != nil {
			return err
		}
		if needed {
			r.rep.Missing++
		} else {
			r.rep.Removed++
			r.removed[sha] = true
		}
	}
	return nil
}

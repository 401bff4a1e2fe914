package history

import (
	"context"
	"sync"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"

	"github.com/klauspost/compress/zstd"
)

// compressFrom is the size from which a state is compressed: below it zstd
// saves too little to be worth a state that SQL tools cannot read.
const compressFrom = 2048

var (
	zstdEncoder = sync.OnceValues(func() (*zstd.Encoder, error) {
		return zstd.NewWriter(nil, zstd.WithEncoderConcurrency(2))
	})
	zstdDecoder = sync.OnceValues(func() (*zstd.Decoder, error) {
		return zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(2<<30))
	})
)

// Encodings of states; a third is "json".
const (
	EncodingRow  = "row"  // a row: a JSON object of its columns
	encodingZstd = "zstd" // compressed JSON
)

// Packed is the stored form of a state, with the contents that it names. Only the
// functions below make one, so that no revision is written without them.
type Packed struct {
	encoding string
	body     any
	contents []string
}

// Pack gives the stored form of a state in the app's shape.
func Pack(text []byte) (Packed, error) {
	p, err := packValue(text)
	p.contents = contentsInState(text, false)
	return p, err
}

// packValue gives the stored form of the value of a setting, which names no contents
// whatever its members are called.
func packValue(text []byte) (p Packed, err error) {
	if len(text) < compressFrom {
		return Packed{encoding: "json", body: string(text)}, nil
	}
	enc, err := zstdEncoder()
	if err != nil {
		return p, err
	}
	return Packed{encoding: encodingZstd, body: enc.EncodeAll(text, nil)}, nil
}

// PackRow gives the stored form of a row.
func PackRow(text string) Packed {
	return Packed{EncodingRow, text, contentsInState([]byte(text), true)}
}

func unpack(encoding string, body []byte) ([]byte, error) {
	if encoding != encodingZstd {
		return body, nil
	}
	dec, err := zstdDecoder()
	if err != nil {
		return nil, err
	}
	return dec.DecodeAll(body, nil)
}

// State is a revision that is ready to be written.
type State struct {
	Kind, Id, Part, Change, Origin string // no id: the entity was gone before
	Owner, rev                     int64
	Source, Sha256                 string
	Packed
	More []string // contents that the state needs without naming them
}

const (
	sqlKeep = `INSERT INTO revisions (owner_pk, sum, kind, id, rev, part, change, origin, at, source, sha256, encoding, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlKeepContent = `INSERT INTO revision_blobs (revision_pk, sha256)
SELECT pk, ?
FROM revisions
WHERE pk = ?
ON CONFLICT (revision_pk, sha256) DO NOTHING`
)

// Write writes a revision that this program keeps, with its checksum. What the triggers of
// other programs' writes keep is completed by sealRevisions.
func (s *State) Write(ctx context.Context, q sqlitedb.Conn, at schema.Time) error {
	vals := []any{s.Kind, rows.OrNull(s.Id), s.rev, s.Part, s.Change, s.Origin, string(at), s.Source, s.Sha256, s.encoding, s.body}
	_, err := insertRevision(ctx, q, s.Owner, RevisionSum(vals...), vals, append(s.contents, s.More...))
	return err
}

// insertRevision writes a revision, of which vals are the values of revisionCols, and the
// contents that it needs: those of this program, and those of another store.
func insertRevision(ctx context.Context, q sqlitedb.Conn, owner, sum any, vals []any, contents []string) (pk int64, err error) {
	res, err := q.Exec(ctx, sqlKeep, append([]any{owner, sum}, vals...)...)
	if err != nil {
		return 0, err
	}
	if pk, err = res.LastInsertId(); err != nil {
		return 0, err
	}
	if err := count(ctx, q, vals[0], vals[1]); err != nil {
		return 0, err
	}
	return pk, NoteContents(ctx, q, pk, contents)
}

// NoteContents notes contents that a revision needs, if it is still there.
func NoteContents(ctx context.Context, q sqlitedb.Conn, revision int64, sums []string) error {
	for _, sha := range sums {
		if _, err := q.Exec(ctx, sqlKeepContent, sha, revision); err != nil {
			return err
		}
	}
	return nil
}

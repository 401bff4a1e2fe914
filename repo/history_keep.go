package repo

import (
	"context"
	"database/sql"
	"sync"
	"time"

	"taskstore/schema"

	"github.com/klauspost/compress/zstd"
)

// Revision is a state of an entity that is no longer the present one: it was
// overwritten, deleted, or lost the merge of an import.
type Revision struct {
	PK     int64       `db:"pk" json:"-"`
	Kind   string      `db:"kind" json:"kind"`
	ID     string      `db:"id" json:"id"`
	Rev    int64       `db:"rev" json:"rev"`       // the revision that this state was; 0 if it never was in the store
	Part   string      `db:"part" json:"part"`     // "" the entity, else the child table whose row it was
	Change string      `db:"change" json:"change"` // update, delete, restore, replace, merge, ...
	Origin string      `db:"origin" json:"origin"` // program, import, foreign, ...
	At     schema.Time `db:"at" json:"at"`         // when it ended
	Source string      `db:"source" json:"source"` // of an import: file and place
	SHA256 string      `db:"sha256" json:"sha256"` // of an import: hash of the record's canonical JSON
	// SavedAt is when the state was written, TrashedAt since when it was in the
	// trash; "" is unknown.
	SavedAt   schema.Time `db:"-" json:"saved_at"`
	TrashedAt schema.Time `db:"-" json:"trashed_at"`
	// State is the JSON of the state. In the app's shape, saved contents stand
	// as {"_blob", "_form"}; a state that a foreign tool overwrote (Row) has
	// the columns of its table instead.
	State schema.JSON `db:"-" json:"state"`
	Row   bool        `db:"-" json:"row"`
	// Damaged is that the state differs from its checksum; State may then be anything,
	// or "".
	Damaged bool `db:"-" json:"damaged,omitempty"`
	mark    stateMark
}

// ends tells whether the revision is a state that a later one took the place of:
// not an item, not a version that never was in the store.
func (r *Revision) ends() bool {
	return r.Rev > 0 && (r.Part == "" || r.Row) && r.Change != changeMerge
}

// changeMerge is the change of a version that lost the merge of an import.
const changeMerge = "merge"

// Origins of a change.
const (
	OriginProgram = "program"
	OriginImport  = "import"
	OriginForeign = "foreign"
)

type originKey struct{}

// WithOrigin returns a context whose writes are recorded with this origin
// instead of OriginProgram.
func WithOrigin(ctx context.Context, origin string) context.Context {
	return context.WithValue(ctx, originKey{}, origin)
}

func originOf(ctx context.Context) string {
	if o, ok := ctx.Value(originKey{}).(string); ok {
		return o
	}
	return OriginProgram
}

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

// pack gives the stored form of a state.
func pack(state []byte) (encoding string, body any, err error) {
	if len(state) < compressFrom {
		return "json", string(state), nil
	}
	enc, err := zstdEncoder()
	if err != nil {
		return "", nil, err
	}
	return "zstd", enc.EncodeAll(state, nil), nil
}

func unpack(encoding string, body []byte) (schema.JSON, error) {
	if encoding != "zstd" {
		return schema.JSON(body), nil
	}
	dec, err := zstdDecoder()
	if err != nil {
		return "", err
	}
	plain, err := dec.DecodeAll(body, nil)
	return schema.JSON(plain), err
}

// state is a revision that is ready to be written.
type state struct {
	kind, id, part, change, origin string
	owner, rev                     int64
	source, sha256                 string
	encoding                       string
	body                           any
	blobs                          []string
}

const (
	sqlKeep = `INSERT INTO revisions (kind, id, owner_pk, rev, part, change, origin, at, source, sha256, encoding, body, sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlKeepBlob = `INSERT OR IGNORE INTO revision_blobs (revision_pk, sha256)
VALUES (?, ?)`
)

func (s *state) write(ctx context.Context, q execer, at schema.Time) error {
	sum := revisionSum(s.kind, s.id, s.rev, s.part, s.change, s.origin, string(at), s.source, s.sha256, s.encoding, s.body)
	res, err := q.exec(ctx, sqlKeep, s.kind, s.id, s.owner, s.rev, s.part, s.change, s.origin, string(at), s.source, s.sha256, s.encoding, s.body, sum)
	if err != nil || len(s.blobs) == 0 {
		return err
	}
	pk, err := res.LastInsertId()
	if err != nil {
		return err
	}
	for _, sha := range s.blobs {
		if _, err := q.exec(ctx, sqlKeepBlob, pk, sha); err != nil {
			return err
		}
	}
	return nil
}

// stateOfEntity encodes what v is now, to be kept.
func (r *relation) stateOfEntity(v any, change, origin string) (*state, error) {
	h := r.head(v)
	text, err := schema.Encode(v, schema.EncodeOptions{Refs: true})
	if err == nil {
		text, err = r.markOf(v).add(text)
	}
	if err != nil {
		return nil, err
	}
	s := &state{kind: r.kind, id: h.ID, owner: h.PK, rev: h.Rev, change: change, origin: origin, blobs: blobsOf(v)}
	s.encoding, s.body, err = pack(text)
	return s, err
}

// blobsOf gives the contents that v needs.
func blobsOf(v any) []string {
	var list []string
	for _, c := range schema.Contents(v) {
		list = append(list, contentsOf(c)...)
	}
	return list
}

// contentsOf gives the contents that one saved member needs: its bytes, and its
// text where that does not follow from them.
func contentsOf(c *schema.Content) []string {
	var list []string
	if c.Blob != "" {
		list = append(list, c.Blob)
	}
	if sha, ok := c.Verbatim(); ok && sha != "" {
		list = append(list, sha)
	}
	return list
}

const (
	sqlRevisions = `SELECT pk, kind, coalesce(id, '') AS id, rev, part, change, origin, at, source, sha256, encoding, body, sum
FROM revisions
WHERE kind = ? AND id = ?`
	sqlHistory = sqlRevisions + "\nORDER BY pk DESC"
)

// storedRevision is a revision as it is stored; its id is not NULL.
type storedRevision struct {
	Revision
	Encoding string        `db:"encoding"`
	Body     []byte        `db:"body"`
	Sum      sql.NullInt64 `db:"sum"`
}

func history(ctx context.Context, q execer, kind, id string) ([]Revision, error) {
	var rows []storedRevision
	if err := q.sel(ctx, &rows, sqlHistory, kind, id); err != nil {
		return nil, err
	}
	list := make([]Revision, len(rows))
	for i, row := range rows {
		row.read()
		list[i] = row.Revision
	}
	return list, nil
}

// read unpacks the state.
func (row *storedRevision) read() {
	text, err := unpack(row.Encoding, row.Body)
	row.State, row.Row, row.Damaged = text, row.Encoding == "row", err != nil || !row.sound()
	if row.Row || row.Damaged || row.Kind == "setting" || row.Change == changeMerge {
		return
	}
	row.State, row.mark = cutMark(text)
	row.SavedAt, row.TrashedAt = row.mark.SavedAt, row.mark.TrashedAt
}

const sqlPrune = `DELETE FROM revisions
WHERE at < ? AND origin <> 'import'`

// prune ends the revisions that are older than keep. States that an import set
// aside stay: they are what proves that nothing of the source was lost.
func prune(ctx context.Context, q execer, now time.Time, keep time.Duration) error {
	_, err := q.exec(ctx, sqlPrune, string(schema.TimeOf(now.Add(-keep))))
	return err
}

package history

import (
	"context"
	"database/sql"
	"errors"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

const (
	SQLRevisions = `SELECT pk, kind, coalesce(id, '') AS id, rev, part, change, origin, at, source, sha256, encoding = 'row' AS is_row
FROM revisions
WHERE kind = ? AND id = ?
ORDER BY pk DESC`
	sqlStored = `SELECT pk, kind, coalesce(id, '') AS id, rev, part, change, origin, at, source, sha256, encoding = 'row' AS is_row,
    id AS entity_id, encoding, body, typeof(body) AS body_type, sum, damaged
FROM revisions
`
)

// revisions lists the revisions of an entity without their states, the latest first.
func revisions(ctx context.Context, q *sqlitedb.Tx, kind, id string) (list []Revision, err error) {
	err = q.Select(ctx, &list, SQLRevisions, kind, id)
	return list, err
}

// States lists the revisions of an entity with their states, the latest first.
func States(ctx context.Context, q *sqlitedb.Tx, kind, id string) ([]Revision, error) {
	list, err := revisions(ctx, q, kind, id)
	for i := range list {
		rev, err := readRevision(ctx, q, list[i].PK)
		if err != nil {
			return nil, err
		}
		list[i] = rev.Revision
		list[i].State = schema.JSON(rev.text)
	}
	return list, err
}

// fullRevision is a revision with its state. Whoever goes through a history has one at a
// time of them: a state can be large, and there may be many.
type fullRevision struct {
	Revision
	text []byte
	mark stateMark
}

func readRevision(ctx context.Context, q sqlitedb.Conn, pk int64) (*fullRevision, error) {
	var row StoredRevision
	err := q.Get(ctx, &row, sqlStored+"WHERE pk = ?", pk)
	if errors.As(err, new(*sqlitedb.ValueError)) {
		return &fullRevision{Revision: Revision{PK: pk, Damaged: true}}, nil
	}
	if err != nil {
		return nil, err
	}
	text, err := unpack(row.Encoding, row.Body)
	rev := &fullRevision{Revision: row.Revision, text: text}
	rev.Damaged = err != nil || !row.Sound() || row.Left.Valid
	if rev.Row || rev.Damaged || rev.Kind == "setting" || rev.Change == ChangeMerge {
		return rev, nil
	}
	rev.text, rev.mark = cutMark(text)
	rev.SavedAt, rev.TrashedAt = rev.mark.SavedAt, rev.mark.TrashedAt
	return rev, nil
}

// readAll reads the revisions of one change.
func readAll(ctx context.Context, q *sqlitedb.Tx, revs []Revision) (list []*fullRevision, err error) {
	for i := range revs {
		rev, err := readRevision(ctx, q, revs[i].PK)
		if err != nil {
			return nil, err
		}
		list = append(list, rev)
	}
	return list, nil
}

// EachRevision gives fn the revisions of all entities that where selects, one after the
// other, those that are damaged too. fn may run other statements, but none that write revisions.
func EachRevision(ctx context.Context, q *sqlitedb.Tx, where string, fn func(*StoredRevision) error) error {
	result, err := q.Query(ctx, sqlStored+where+"\nORDER BY pk")
	if err != nil {
		return err
	}
	defer result.Close()
	for result.Next() {
		var row StoredRevision
		if row.Unreadable = result.StructScan(&row); row.Unreadable != nil && !errors.As(row.Unreadable, new(*sqlitedb.ValueError)) {
			return row.Unreadable
		}
		if err := errors.Join(ctx.Err(), fn(&row)); err != nil {
			return err
		}
	}
	return errors.Join(result.Err(), result.Close())
}

// VersionState reads the state of the version with this hash of its record. It is not
// kept: repo.ErrNotFound.
func VersionState(ctx context.Context, q sqlitedb.Conn, kind, id, sha256 string) (schema.JSON, error) {
	var pk int64
	err := q.Get(ctx, &pk, "SELECT pk\nFROM revisions\nWHERE kind = ? AND id = ? AND sha256 = ?\nLIMIT 1", kind, id, sha256)
	if errors.Is(err, sql.ErrNoRows) {
		return "", rows.ErrNotFound
	}
	if err != nil {
		return "", err
	}
	rev, err := readRevision(ctx, q, pk)
	if err != nil {
		return "", err
	}
	return schema.JSON(rev.text), nil
}

// HasState tells whether the state that an entity had as revision rev is kept, undamaged.
func HasState(ctx context.Context, q sqlitedb.Conn, kind, id string, rev int64) (bool, error) {
	var keys []int64
	if err := q.Select(ctx, &keys, "SELECT pk\nFROM revisions\nWHERE kind = ? AND id = ? AND rev = ? AND part = ''", kind, id, rev); err != nil {
		return false, err
	}
	for _, pk := range keys {
		if found, err := readRevision(ctx, q, pk); err != nil || !found.Damaged {
			return err == nil, err
		}
	}
	return false, nil
}

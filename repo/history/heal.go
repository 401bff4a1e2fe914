package history

import (
	"context"
	"slices"

	"taskstore/internal/sqlitedb"
)

// Hurt is a record of which revisions are damaged or gone.
type Hurt struct {
	Kind, ID string
	gone     int64 // how many are gone
}

// HurtRecords are the records of which revisions are damaged, without being known as such,
// or gone.
func HurtRecords(ctx context.Context, q *sqlitedb.Tx) (list []Hurt, err error) {
	miscounts, err := Miscounts(ctx, q)
	if err != nil {
		return nil, err
	}
	for _, m := range miscounts {
		if m.Kept > m.Is {
			list = append(list, Hurt{m.Kind, m.ID, m.Kept - m.Is})
		}
	}
	err = EachRevision(ctx, q, "", func(row *StoredRevision) error {
		same := func(h Hurt) bool { return h.Kind == row.Kind && h.ID == row.ID }
		if !row.Left.Valid && !row.Sound() && !slices.ContainsFunc(list, same) {
			list = append(list, Hurt{row.Kind, row.ID, 0})
		}
		return nil
	})
	return list, err
}

// StatesOf reads the revisions of a record as they stand in their table.
func StatesOf(ctx context.Context, q *sqlitedb.Tx, kind, id string) (list []StoredRevision, err error) {
	err = q.Select(ctx, &list, sqlStored+"WHERE kind = ? AND coalesce(id, '') = ?\nORDER BY pk", kind, id)
	return list, err
}

// Heal puts revisions of a record right that are damaged or gone, from those that another
// copy of the store has of it, each under its key. It tells how many.
func (h Hurt) Heal(ctx context.Context, q *sqlitedb.Tx, whole []StoredRevision) (n int, err error) {
	is, err := StatesOf(ctx, q, h.Kind, h.ID)
	if err != nil {
		return 0, err
	}
	var pruned string
	if err := q.Get(ctx, &pruned, "SELECT coalesce(max(pruned_to), '') FROM revision_counts WHERE kind = ? AND id = ?", h.Kind, h.ID); err != nil {
		return 0, err
	}
	for _, old := range whole {
		i := slices.IndexFunc(is, func(r StoredRevision) bool { return r.PK == old.PK })
		switch {
		case !old.Sum.Valid || !old.Sound() || i >= 0 && is[i].Sound():
			continue
		case i < 0 && (h.gone == 0 || string(old.At) <= pruned && old.Origin != OriginImport):
			continue
		}
		healed, err := old.putBack(ctx, q, i >= 0)
		if err != nil {
			return n, err
		}
		if healed {
			n++
			if i < 0 {
				h.gone--
			}
		}
	}
	return n, nil
}

// putBack writes a revision under its key: in the place of a damaged one, or where none is.
func (row *StoredRevision) putBack(ctx context.Context, q *sqlitedb.Tx, over bool) (bool, error) {
	args := []any{row.Kind, row.EntityID, row.Rev, row.Part, row.Change, row.Origin, string(row.At), row.Source, row.SHA256, row.Encoding, row.typedBody(), row.Sum, row.PK}
	text := `UPDATE revisions
SET kind = ?, id = ?, rev = ?, part = ?, change = ?, origin = ?, at = ?, source = ?, sha256 = ?, encoding = ?, body = ?, sum = ?
WHERE pk = ?`
	if !over {
		args = append(args, row.PK)
		text = `INSERT INTO revisions (kind, id, rev, part, change, origin, at, source, sha256, encoding, body, sum, pk)
SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
WHERE NOT EXISTS (SELECT 1 FROM revisions WHERE pk = ?)`
	}
	res, err := q.Exec(ctx, text, args...)
	if err != nil {
		return false, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	return true, NoteContents(ctx, q, row.PK, row.Contents())
}

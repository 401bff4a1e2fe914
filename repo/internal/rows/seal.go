package rows

import (
	"context"
	"errors"
	"strings"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// A row that another tool has written has no checksum until it is sealed: the
// next writer computes the checksums of what is there now.

// rawRow is a row of a child table as the driver gives it.
type rawRow struct {
	pos    int64
	vals   []any
	sum    int64
	sealed bool
}

// rawRows reads the rows of one owner, or with a text of its own, of others.
func (c *Child) rawRows(ctx context.Context, q *sqlitedb.Tx, owner int64) ([]rawRow, error) {
	rows, err := q.Query(ctx, c.SQL.Raw, owner)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []rawRow
	for rows.Next() {
		vals, err := rows.SliceScan()
		if err != nil {
			return nil, err
		}
		last := len(vals) - 1
		w := rawRow{vals: vals[1:last]}
		w.pos, _ = vals[0].(int64)
		w.sum, w.sealed = vals[last].(int64)
		list = append(list, w)
	}
	return list, errors.Join(rows.Err(), rows.Close())
}

// SumCols are the columns that the checksum of a child's row covers.
func (c *Child) SumCols() []schema.Column {
	if c.Form == schema.FormDocument {
		return documentColumns
	}
	return c.Cols
}

// key gives the arguments that name a row in the seal statement.
func (c *Child) key(owner int64, w rawRow) []any {
	switch {
	case c.HasPK():
		return []any{w.vals[0]}
	case c.Form == schema.FormDocument:
		return []any{owner, w.vals[0]}
	}
	return []any{owner, w.pos}
}

// Seal gives the unsealed rows of an entity their checksums, and the entity its
// own over what its lists hold now.
func (r *Relation) Seal(ctx context.Context, q *sqlitedb.Tx, pk int64) error {
	states := ListStates{}
	for _, c := range r.Children {
		rows, err := c.rawRows(ctx, q, pk)
		if err != nil {
			return err
		}
		var st ListState
		for _, w := range rows {
			if !w.sealed {
				w.sum = Sum(c.SumCols(), w.vals, w.pos)
				if _, err := q.Exec(ctx, c.SQL.Seal, append([]any{w.sum}, c.key(pk, w)...)...); err != nil {
					return err
				}
			}
			st.Add(w.sum)
		}
		states[c.Table] = st
	}
	vals, err := r.RawRow(ctx, q, pk)
	if err != nil {
		return err
	}
	_, err = q.Exec(ctx, r.SQL.Seal, states.Text(r), Sum(r.Cols, vals, -1), pk)
	return err
}

func (r *Relation) RawRow(ctx context.Context, q *sqlitedb.Tx, pk int64) ([]any, error) {
	rows, err := q.Query(ctx, r.SQL.Raw, pk)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, errors.Join(ErrNotFound, rows.Err())
	}
	vals, err := rows.SliceScan()
	if err != nil {
		return nil, err
	}
	return vals[:len(r.Cols)], rows.Close()
}

// SealAll seals the rows that other tools have written since the last time, and
// tells how many entities that were.
func SealAll(ctx context.Context, q *sqlitedb.Tx) (int, error) {
	var list []struct {
		Name string
		PK   int64
	}
	if err := q.Select(ctx, &list, UnsealedSQL()); err != nil {
		return 0, err
	}
	byName := make(map[string]*Relation, len(Relations))
	for _, r := range Relations {
		byName[r.Name] = r
	}
	for i, of := range list {
		if err := byName[of.Name].Seal(ctx, q, of.PK); err != nil {
			return i, err
		}
	}
	n, err := sealSettings(ctx, q)
	return len(list) + n, err
}

// UnsealedSQL is the statement that finds the entities with rows that have no
// checksum. It is one for all tables, because every program that writes asks it
// when it starts, and to prepare it takes longer than to run it.
func UnsealedSQL() string {
	var parts []string
	for _, r := range Relations {
		parts = append(parts, "SELECT '"+r.Name+"' AS name, pk FROM "+r.Name+" WHERE sum IS NULL")
		for _, c := range r.Children {
			parts = append(parts, "SELECT '"+r.Name+"', c."+c.Owner+" FROM "+c.Table+" AS c WHERE c.sum IS NULL AND EXISTS (SELECT 1 FROM "+r.Name+" WHERE pk = c."+c.Owner+")")
		}
	}
	return strings.Join(parts, "\nUNION\n")
}

// Stamp gives the row of an entity another revision and time, and its checksum.
func (r *Relation) Stamp(ctx context.Context, q *sqlitedb.Tx, pk, rev int64, savedAt schema.Time) error {
	vals, err := r.RawRow(ctx, q, pk)
	if err != nil {
		return err
	}
	vals[ColRev], vals[ColSavedAt] = rev, OrNull(string(savedAt))
	return Delete(ctx, q, "UPDATE "+r.Name+"\nSET rev = ?, saved_at = ?, sum = ?\nWHERE pk = ?", rev, OrNull(string(savedAt)), Sum(r.Cols, vals, -1), pk)
}

// Unseal takes the checksums of an entity and of its lists away and gives it its next
// revision, so that what is there now is sealed.
func (r *Relation) Unseal(ctx context.Context, q *sqlitedb.Tx, pk int64, savedAt schema.Time) error {
	for _, c := range r.Children {
		if err := Delete(ctx, q, "UPDATE "+c.Table+"\nSET sum = NULL\nWHERE "+c.Owner+" = ?", pk); err != nil {
			return err
		}
	}
	return Delete(ctx, q, "UPDATE "+r.Name+"\nSET sum = NULL, rev = rev + 1, saved_at = ?\nWHERE pk = ?", string(savedAt), pk)
}

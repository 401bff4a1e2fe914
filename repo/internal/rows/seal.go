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

// rawRows reads the rows of one owner.
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
		w := rawRow{vals: vals[1:last], sealed: vals[last] != nil}
		if err := errors.Join(sqlitedb.Assign(&w.pos, vals[0]), sqlitedb.Assign(&w.sum, vals[last])); err != nil {
			return nil, &sqlitedb.ValueError{Table: c.Table, PK: owner, Column: "pos or sum", Detail: err.Error()}
		}
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
// own over what its lists hold now. Nothing is sealed where one of the rows is damaged, as far
// as that shows: that is ErrCorrupt.
func (r *Relation) Seal(ctx context.Context, q *sqlitedb.Tx, pk int64) error {
	vals, err := r.RawRow(ctx, q, pk)
	if err != nil {
		return err
	}
	lists := make([][]rawRow, len(r.Children))
	for i, c := range r.Children {
		if lists[i], err = c.soundRows(ctx, q, pk); err != nil {
			return err
		}
	}
	states := ListStates{}
	for i, c := range r.Children {
		st, err := c.seal(ctx, q, pk, lists[i])
		if err != nil {
			return err
		}
		states[c.Table] = st
	}
	_, err = q.Exec(ctx, r.SQL.Seal, states.Text(r), Sum(r.Cols, vals, -1), pk)
	return err
}

// seal gives the rows of a list their checksums, and tells what the list holds.
func (c *Child) seal(ctx context.Context, q *sqlitedb.Tx, owner int64, list []rawRow) (st ListState, err error) {
	for _, w := range list {
		if !w.sealed {
			w.sum = Sum(c.SumCols(), w.vals, w.pos)
			if _, err := q.Exec(ctx, c.SQL.Seal, append([]any{w.sum}, c.key(owner, w)...)...); err != nil {
				return st, err
			}
		}
		st.Add(w.sum)
	}
	return st, nil
}

func (r *Relation) rawRoot(ctx context.Context, q *sqlitedb.Tx, pk int64) (vals []any, sum any, err error) {
	rows, err := q.Query(ctx, r.SQL.Raw, pk)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, nil, errors.Join(ErrNotFound, rows.Err())
	}
	if vals, err = rows.SliceScan(); err != nil {
		return nil, nil, err
	}
	return vals[:len(r.Cols)], vals[len(vals)-1], rows.Close()
}

// SealAll seals the rows that other tools have written since the last time, and
// tells how many entities that were. Those that are damaged it leaves.
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
	n := 0
	for _, of := range list {
		err := byName[of.Name].Seal(ctx, q, of.PK)
		if damaged, ok := errors.AsType[*sqlitedb.ValueError](err); ok && damaged != nil {
			continue // it stays as it is, for a check to tell
		}
		if err != nil {
			return n, err
		}
		n++
	}
	settings, err := sealSettings(ctx, q)
	return n + settings, err
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
	if err := r.vouch(ctx, q, pk); err != nil {
		return err
	}
	for _, c := range r.Children {
		if err := Delete(ctx, q, "UPDATE "+c.Table+"\nSET sum = NULL\nWHERE "+c.Owner+" = ?", pk); err != nil {
			return err
		}
	}
	return Delete(ctx, q, "UPDATE "+r.Name+"\nSET sum = NULL, rev = rev + 1, saved_at = ?\nWHERE pk = ?", string(savedAt), pk)
}

package repo

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
func (c *child) rawRows(ctx context.Context, q *sqlitedb.Tx, owner int64) ([]rawRow, error) {
	rows, err := q.Query(ctx, c.sql.raw, owner)
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

// sumCols are the columns that the checksum of a child's row covers.
func (c *child) sumCols() []schema.Column {
	if c.form == schema.FormDocument {
		return documentColumns
	}
	return c.cols
}

// key gives the arguments that name a row in the seal statement.
func (c *child) key(owner int64, w rawRow) []any {
	switch {
	case c.hasPK():
		return []any{w.vals[0]}
	case c.form == schema.FormDocument:
		return []any{owner, w.vals[0]}
	}
	return []any{owner, w.pos}
}

// seal gives the unsealed rows of an entity their checksums, and the entity its
// own over what its lists hold now.
func (r *relation) seal(ctx context.Context, q *sqlitedb.Tx, pk int64) error {
	states := listStates{}
	for _, c := range r.children {
		rows, err := c.rawRows(ctx, q, pk)
		if err != nil {
			return err
		}
		var st listState
		for _, w := range rows {
			if !w.sealed {
				w.sum = sumOf(c.sumCols(), w.vals, w.pos)
				if _, err := q.Exec(ctx, c.sql.seal, append([]any{w.sum}, c.key(pk, w)...)...); err != nil {
					return err
				}
			}
			st.add(w.sum)
		}
		states[c.table] = st
	}
	vals, err := r.rawRow(ctx, q, pk)
	if err != nil {
		return err
	}
	_, err = q.Exec(ctx, r.sql.seal, states.text(r), sumOf(r.cols, vals, -1), pk)
	return err
}

func (r *relation) rawRow(ctx context.Context, q *sqlitedb.Tx, pk int64) ([]any, error) {
	rows, err := q.Query(ctx, r.sql.raw, pk)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, errors.Join(errNotFound, rows.Err())
	}
	vals, err := rows.SliceScan()
	if err != nil {
		return nil, err
	}
	return vals[:len(r.cols)], rows.Close()
}

// sealAll seals the rows that other tools have written since the last time, and
// tells how many entities that were.
func sealAll(ctx context.Context, q *sqlitedb.Tx) (int, error) {
	var list []struct {
		Name string
		PK   int64
	}
	if err := q.Select(ctx, &list, unsealedSQL()); err != nil {
		return 0, err
	}
	byName := make(map[string]*relation, len(relations))
	for _, r := range relations {
		byName[r.name] = r
	}
	for i, of := range list {
		if err := byName[of.Name].seal(ctx, q, of.PK); err != nil {
			return i, err
		}
	}
	n, err := sealSettings(ctx, q)
	return len(list) + n, err
}

// unsealedSQL is the statement that finds the entities with rows that have no
// checksum. It is one for all tables, because every program that writes asks it
// when it starts, and to prepare it takes longer than to run it.
func unsealedSQL() string {
	var parts []string
	for _, r := range relations {
		parts = append(parts, "SELECT '"+r.name+"' AS name, pk FROM "+r.name+" WHERE sum IS NULL")
		for _, c := range r.children {
			parts = append(parts, "SELECT '"+r.name+"', c."+c.owner+" FROM "+c.table+" AS c WHERE c.sum IS NULL AND EXISTS (SELECT 1 FROM "+r.name+" WHERE pk = c."+c.owner+")")
		}
	}
	return strings.Join(parts, "\nUNION\n")
}

package rows

import (
	"context"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// A row without a checksum is one that another program has written: the trigger has cleared
// it. A bit that flips in the head of a row clears it too. What tells the two apart is the
// index of the rows without one, which each table has: SQLite adds a row to it with the write,
// and no flipped bit in the row does.

// Vouched are the rows of a table that another program has written and that have no checksum
// since.
type Vouched struct {
	keys    map[rowKey]bool
	unknown bool // the index is not there: nothing says that a row is damaged
}

// rowKey names a row of a list by its owner, and of another table with owner 0.
type rowKey struct {
	owner int64
	key   any
}

// Has tells whether a write accounts for it that a row has no checksum.
func (v Vouched) Has(owner int64, key any) bool { return v.unknown || v.keys[rowKey{owner, key}] }

// ReadVouched reads the rows without checksum of a table from their index, or looks for one.
// key is the column that names them.
func ReadVouched(ctx context.Context, q sqlitedb.Conn, table, key string, one ...any) (Vouched, error) {
	text := "SELECT 0, " + key + " FROM " + table + " INDEXED BY " + table + "_unsealed WHERE sum IS NULL"
	if len(one) > 0 {
		text += " AND " + key + " = ?"
	}
	return readVouched(ctx, q, text, one...)
}

// Vouched reads those of the child table, or of one owner.
func (c *Child) Vouched(ctx context.Context, q sqlitedb.Conn, owner ...any) (Vouched, error) {
	key := "pos"
	switch {
	case c.HasPK():
		key = "pk"
	case c.Form == schema.FormDocument:
		key = "name"
	}
	text := "SELECT " + c.Owner + ", " + key + " FROM " + c.Table + " INDEXED BY " + c.Table + "_unsealed WHERE sum IS NULL"
	if len(owner) > 0 {
		text += " AND " + c.Owner + " = ?"
	}
	return readVouched(ctx, q, text, owner...)
}

// KeyOf is what names a row in Vouched: its first column, or its place.
func (c *Child) KeyOf(pos int64, first any) any {
	if text, ok := first.([]byte); ok && c.Form == schema.FormDocument {
		return string(text)
	}
	if c.HasPK() || c.Form == schema.FormDocument {
		return first
	}
	return pos
}

func readVouched(ctx context.Context, q sqlitedb.Conn, text string, args ...any) (v Vouched, err error) {
	found, err := q.Query(ctx, text, args...)
	if sqlitedb.IsMistake(err) {
		return Vouched{unknown: true}, nil
	}
	if err != nil {
		return v, err
	}
	defer found.Close()
	v.keys = map[rowKey]bool{}
	for found.Next() {
		var k rowKey
		if err := found.Scan(&k.owner, &k.key); err != nil {
			return v, err
		}
		v.keys[k] = true
	}
	return v, found.Err()
}

// Unvouched is what a check says of a row whose checksum is gone.
const Unvouched = "the checksum of the row is gone, and no program has written it"

func unvouched(table string, pk int64) error {
	return &sqlitedb.ValueError{Table: table, PK: pk, Column: "sum", Detail: "nothing, and no program has written that"}
}

// RawRow reads the columns of the row of an entity whose checksum is going to be made anew. A
// row that is not as its checksum says is damaged, and does not get another one: ErrCorrupt.
func (r *Relation) RawRow(ctx context.Context, q *sqlitedb.Tx, pk int64) ([]any, error) {
	vals, sum, err := r.rawRoot(ctx, q, pk)
	if err != nil {
		return nil, err
	}
	if sum != nil {
		if is, ok := sum.(int64); !ok || is != Sum(r.Cols, vals, -1) {
			return nil, &sqlitedb.ValueError{Table: r.Name, PK: pk, Column: "sum", Detail: "a checksum that is not that of the row"}
		}
		return vals, nil
	}
	v, err := ReadVouched(ctx, q, r.Name, "pk", pk)
	if err == nil && !v.Has(0, pk) {
		err = unvouched(r.Name, pk)
	}
	return vals, err
}

// soundRows reads the rows of one owner. One without a checksum for which no write accounts
// is damaged, and so is one whose checksum is no number.
func (c *Child) soundRows(ctx context.Context, q *sqlitedb.Tx, owner int64) ([]rawRow, error) {
	list, err := c.rawRows(ctx, q, owner)
	if err != nil {
		return nil, err
	}
	var v *Vouched
	for _, w := range list {
		if w.sealed {
			continue
		}
		if v == nil {
			read, err := c.Vouched(ctx, q, owner)
			if err != nil {
				return nil, err
			}
			v = &read
		}
		if !v.Has(owner, c.KeyOf(w.pos, w.vals[0])) {
			return nil, unvouched(c.Table, owner)
		}
	}
	return list, nil
}

// vouch has SQLite take up the rows of an entity whose checksums are gone for rows that a
// program has written, for a repair that has kept them: without that it could not write them.
func (r *Relation) vouch(ctx context.Context, q *sqlitedb.Tx, pk int64) error {
	var gone []string
	if _, sum, err := r.rawRoot(ctx, q, pk); err != nil {
		return err
	} else if sum == nil {
		gone = append(gone, r.Name)
	}
	for _, c := range r.Children {
		list, err := c.rawRows(ctx, q, pk)
		if err != nil {
			return err
		}
		for _, w := range list {
			if !w.sealed {
				gone = append(gone, c.Table)
				break
			}
		}
	}
	for _, table := range gone {
		if _, err := q.Exec(ctx, "REINDEX "+table+"_unsealed"); err != nil {
			return err
		}
	}
	return nil
}

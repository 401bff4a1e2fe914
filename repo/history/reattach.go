package history

import (
	"cmp"
	"context"
	"encoding/json"
	"reflect"
	"slices"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// Regained says how much of a list or a document a record has again that was kept
// apart of it.
type Regained struct {
	Part  string // "screenshots"
	Table string
	Came  int
	Empty int // places below the last of a list that nothing has: what was there was removed, or is lost
}

// apartRow is a row without its record, as a repair has kept it.
type apartRow struct {
	c   *rows.Child
	pos int64
	row map[string]any
}

// Reattach gives v, a record that vanished and is there again, what was stored of it apart from its row
// and stayed when that went: rows that a repair has kept since as those of no record.
// What v has of itself stays, but for items of long lists and documents, of which
// the rows are newer. It tells what came.
func Reattach(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, gone Vanished, v any) (list []Regained, err error) {
	found, err := apartRows(ctx, q, r, gone)
	if err != nil {
		return nil, err
	}
	for _, c := range r.Children {
		var of []apartRow
		for _, a := range found {
			if a.c == c {
				of = append(of, a)
			}
		}
		more, err := attachRows(c, v, of)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}

// apartRows reads the rows in the order of their places. Those that cannot be read stay in the
// history as they are.
func apartRows(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, gone Vanished) (list []apartRow, err error) {
	if gone.PK == 0 {
		return nil, nil
	}
	var keys []int64
	err = q.Select(ctx, &keys, `SELECT pk
FROM revisions
WHERE kind = ? AND id IS NULL AND owner_pk = ? AND encoding = '`+EncodingRow+`'
    AND pk > (SELECT max(pk) FROM revisions WHERE kind = ? AND id = ? AND part = '')
ORDER BY pk`, r.Kind, gone.PK, r.Kind, gone.ID) // before that, a record that had the key earlier left them
	for _, pk := range keys {
		rev, err := readRevision(ctx, q, pk)
		if err != nil {
			return nil, err
		}
		c, err := r.Child(rev.Part)
		if err != nil || rev.Damaged {
			continue
		}
		row, err := ColumnsOf(rev.text)
		if err != nil {
			continue
		}
		a := apartRow{c: c, row: row}
		if pos, ok := row["pos"].(json.Number); ok {
			a.pos, _ = pos.Int64()
		}
		list = append(list, a)
	}
	slices.SortStableFunc(list, func(a, b apartRow) int { return cmp.Compare(a.pos, b.pos) })
	return list, err
}

// attachRows attaches the rows of one table.
func attachRows(c *rows.Child, v any, of []apartRow) (list []Regained, err error) {
	if len(of) == 0 {
		return nil, nil
	}
	if c.Form == schema.FormDocument {
		return attachDocuments(c, v, of), nil
	}
	at := c.At(v)
	if at == nil {
		return nil, nil // nothing holds the list
	}
	field := reflect.ValueOf(at).Elem()
	if c.Form != schema.FormLong && !(field.Kind() == reflect.Slice && field.Len() == 0 || field.Kind() == reflect.Pointer && field.IsNil()) {
		return nil, nil // the state has it whole
	}
	done := Regained{Part: c.Part, Table: c.Table}
	for _, a := range of {
		e := c.Element()
		if err := scanRow(c.Cols, a.row, e); err != nil {
			continue // it stays in the history
		}
		if c.HasPK() {
			e.FieldByName("PK").SetInt(0)
		}
		attachElement(c, field, e)
		done.Came++
	}
	if c.Form == schema.FormLong {
		done.Empty = int(of[len(of)-1].pos) + 1 - done.Came
	}
	return []Regained{done}, nil
}

func attachElement(c *rows.Child, field, e reflect.Value) {
	if c.Form == schema.FormOne {
		p := reflect.New(c.Elem)
		p.Elem().Set(e)
		field.Set(p)
		return
	}
	if c.HasPK() {
		if i := findElement(c, field, e, -1); i >= 0 {
			e.FieldByName("PK").Set(field.Index(i).FieldByName("PK"))
			field.Index(i).Set(e)
			return
		}
	}
	field.Set(reflect.Append(field, e))
}

func attachDocuments(c *rows.Child, v any, of []apartRow) (list []Regained) {
	for _, a := range of {
		for _, d := range c.Docs {
			if body, ok := a.row["body"].(string); ok && d.Part == a.row["name"] {
				*d.At(v) = schema.Document(body)
				list = append(list, Regained{Part: d.Part, Table: c.Table, Came: 1})
			}
		}
	}
	return list
}

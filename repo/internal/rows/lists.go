package rows

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// ListState is what the row of an entity says about one child table: how many
// rows it has and the sum, modulo 2^64, over their checksums. It can be kept up
// row by row, and it shows a row that is gone.
type ListState struct{ N, Sum int64 }

func (s *ListState) Add(sum int64)    { s.N++; s.Sum += sum }
func (s *ListState) Remove(sum int64) { s.N--; s.Sum -= sum }

// ListStates is the `lists` column taken apart, by table.
type ListStates map[string]ListState

func ParseLists(text schema.JSON) ListStates {
	var raw map[string][2]int64
	states := ListStates{}
	if json.Unmarshal([]byte(text), &raw) == nil {
		for table, s := range raw {
			states[table] = ListState{s[0], s[1]}
		}
	}
	return states
}

// Text writes the column, in the order of the description, empty lists left out.
func (s ListStates) Text(r *Relation) string {
	b := []byte{'{'}
	for _, c := range r.Children {
		st := s[c.Table]
		if st.N == 0 {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), c.Table...), `":[`...)
		b = append(strconv.AppendInt(b, st.N, 10), ',')
		b = append(strconv.AppendInt(b, st.Sum, 10), ']')
	}
	return string(append(b, '}'))
}

// Row is one row of a child table as it is to be stored.
type Row struct {
	Vals []any // in the order of the columns; pk first where there is one
	pos  int64
	Sum  int64
	elem reflect.Value // where the key goes; not valid for texts
	Key  int64         // that the row was stored under; 0 if it was not
}

func (w *Row) pk() int64 { n, _ := w.Vals[0].(int64); return n }

// RowsOf binds the list of v. loaded is false for a list that was not read and
// is to stay as it is.
func (c *Child) RowsOf(v any) (rows []Row, loaded bool, err error) {
	p := c.At(v)
	if p == nil {
		return nil, true, nil // the object that held it is gone, and the list with it
	}
	f := reflect.ValueOf(p).Elem()
	if c.Form == schema.FormOne {
		if f.IsNil() {
			return nil, true, nil
		}
		w, err := c.Row(f.Elem(), 0)
		return []Row{w}, true, err
	}
	if f.IsNil() && c.Form == schema.FormLong {
		return nil, false, nil
	}
	rows = make([]Row, f.Len())
	for i := range rows {
		if rows[i], err = c.Row(f.Index(i), int64(i)); err != nil {
			return nil, false, err
		}
	}
	return rows, true, nil
}

func (c *Child) Row(e reflect.Value, pos int64) (Row, error) {
	vals, err := Bind(make([]any, 0, len(c.Cols)+3), c.Cols, e)
	if err != nil {
		return Row{}, inTable(c.Table, err)
	}
	return Row{Vals: vals, pos: pos, Sum: Sum(c.Cols, vals, pos), elem: e}, nil
}

// inTable names the table in an InvalidError about one of its columns.
func inTable(table string, err error) error {
	var invalid *schema.InvalidError
	if errors.As(err, &invalid) {
		return &schema.InvalidError{Kind: table, Field: invalid.Field, Problem: invalid.Problem}
	}
	return err
}

func StateOf(rows []Row) (s ListState) {
	for i := range rows {
		s.Add(rows[i].Sum)
	}
	return s
}

// Insert stores one row.
func (c *Child) Insert(ctx context.Context, q *sqlitedb.Tx, owner int64, w *Row) error {
	args := make([]any, 0, len(w.Vals)+3)
	args = append(args, owner, w.pos)
	if !c.HasPK() {
		_, err := q.Exec(ctx, c.SQL.insert, append(append(args, w.Vals...), w.Sum)...)
		return err
	}
	res, err := q.Exec(ctx, c.SQL.insert, append(append(args, w.Vals[1:]...), w.Sum)...)
	if err != nil {
		return err
	}
	w.Key, err = res.LastInsertId()
	return err
}

// Replace makes the stored list what rows say. Rows that stay keep their keys;
// kept is called with the key of each row that is changed or removed, before.
func (c *Child) Replace(ctx context.Context, q *sqlitedb.Tx, owner int64, rows []Row, kept func(pk int64, change string) error) error {
	if !c.HasPK() {
		if err := Delete(ctx, q, c.SQL.Clear, owner); err != nil {
			return err
		}
		return c.InsertAll(ctx, q, owner, rows)
	}
	stored, err := c.stored(ctx, q, owner)
	if err != nil {
		return err
	}
	wanted := map[int64]bool{}
	for i := range rows {
		if _, ok := stored[rows[i].pk()]; ok && !wanted[rows[i].pk()] {
			wanted[rows[i].pk()] = true
		} else {
			rows[i].Vals[0] = int64(0)
		}
	}
	if err := c.removeOthers(ctx, q, stored, wanted, kept); err != nil {
		return err
	}
	return c.place(ctx, q, owner, rows, stored, kept)
}

func (c *Child) InsertAll(ctx context.Context, q *sqlitedb.Tx, owner int64, rows []Row) error {
	for i := range rows {
		if err := c.Insert(ctx, q, owner, &rows[i]); err != nil {
			return err
		}
	}
	return nil
}

// storedRow is the place and checksum of a row that is there.
type storedRow struct {
	pos int64
	sum sql.NullInt64
}

func (c *Child) stored(ctx context.Context, q *sqlitedb.Tx, owner int64) (map[int64]storedRow, error) {
	rows, err := q.Query(ctx, c.SQL.State, owner)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	m := map[int64]storedRow{}
	for rows.Next() {
		var pk int64
		var s storedRow
		if err := rows.Scan(&pk, &s.pos, &s.sum); err != nil {
			return nil, err
		}
		m[pk] = s
	}
	return m, errors.Join(rows.Err(), rows.Close())
}

func (c *Child) removeOthers(ctx context.Context, q *sqlitedb.Tx, stored map[int64]storedRow, wanted map[int64]bool, kept func(int64, string) error) error {
	for pk := range stored {
		if wanted[pk] {
			continue
		}
		if err := kept(pk, "delete"); err != nil {
			return err
		}
		if err := Delete(ctx, q, c.SQL.Delete, pk); err != nil {
			return err
		}
	}
	return nil
}

// place stores rows in their order. A row whose place another row still has
// goes out of the way first, to a negative place.
func (c *Child) place(ctx context.Context, q *sqlitedb.Tx, owner int64, rows []Row, stored map[int64]storedRow, kept func(int64, string) error) error {
	for i := range rows {
		if s, ok := stored[rows[i].pk()]; ok && s.pos != rows[i].pos {
			if _, err := q.Exec(ctx, c.SQL.Move, -1-int64(i), rows[i].Sum+1, rows[i].pk()); err != nil {
				return err
			}
		}
	}
	for i := range rows {
		w := &rows[i]
		s, ok := stored[w.pk()]
		switch {
		case !ok:
			if err := c.Insert(ctx, q, owner, w); err != nil {
				return err
			}
		case !s.sum.Valid || s.sum.Int64 != w.Sum:
			if !s.sum.Valid || Sum(c.Cols, w.Vals, s.pos) != s.sum.Int64 { // not only moved
				if err := kept(w.pk(), "update"); err != nil {
					return err
				}
			}
			args := append(append(append([]any{w.pos}, w.Vals[1:]...), w.Sum), w.pk())
			if _, err := q.Exec(ctx, c.SQL.Update, args...); err != nil {
				return err
			}
		}
	}
	return nil
}

// The triggers take a delete for a foreign tool's unless the writer says that
// it is its own.
const (
	sqlOwnOn  = "UPDATE writer\nSET active = 1"
	sqlOwnOff = "UPDATE writer\nSET active = 0"
)

func Delete(ctx context.Context, q *sqlitedb.Tx, text string, args ...any) error {
	if _, err := q.Exec(ctx, sqlOwnOn); err != nil {
		return err
	}
	if _, err := q.Exec(ctx, text, args...); err != nil {
		return err
	}
	_, err := q.Exec(ctx, sqlOwnOff)
	return err
}

package repo

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

// listState is what the row of an entity says about one child table: how many
// rows it has and the sum, modulo 2^64, over their checksums. It can be kept up
// row by row, and it shows a row that is gone.
type listState struct{ n, sum int64 }

func (s *listState) add(sum int64)    { s.n++; s.sum += sum }
func (s *listState) remove(sum int64) { s.n--; s.sum -= sum }

// listStates is the `lists` column taken apart, by table.
type listStates map[string]listState

func parseLists(text schema.JSON) listStates {
	var raw map[string][2]int64
	states := listStates{}
	if json.Unmarshal([]byte(text), &raw) == nil {
		for table, s := range raw {
			states[table] = listState{s[0], s[1]}
		}
	}
	return states
}

// text writes the column, in the order of the description, empty lists left out.
func (s listStates) text(r *relation) string {
	b := []byte{'{'}
	for _, c := range r.children {
		st := s[c.table]
		if st.n == 0 {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), c.table...), `":[`...)
		b = append(strconv.AppendInt(b, st.n, 10), ',')
		b = append(strconv.AppendInt(b, st.sum, 10), ']')
	}
	return string(append(b, '}'))
}

// row is one row of a child table as it is to be stored.
type row struct {
	vals []any // in the order of the columns; pk first where there is one
	pos  int64
	sum  int64
	elem reflect.Value // where the key goes; not valid for texts
	key  int64         // that the row was stored under; 0 if it was not
}

func (w *row) pk() int64 { n, _ := w.vals[0].(int64); return n }

// rowsOf binds the list of v. loaded is false for a list that was not read and
// is to stay as it is.
func (c *child) rowsOf(v any) (rows []row, loaded bool, err error) {
	p := c.at(v)
	if p == nil {
		return nil, true, nil // the object that held it is gone, and the list with it
	}
	f := reflect.ValueOf(p).Elem()
	if c.form == schema.FormOne {
		if f.IsNil() {
			return nil, true, nil
		}
		w, err := c.row(f.Elem(), 0)
		return []row{w}, true, err
	}
	if f.IsNil() && c.form == schema.FormLong {
		return nil, false, nil
	}
	rows = make([]row, f.Len())
	for i := range rows {
		if rows[i], err = c.row(f.Index(i), int64(i)); err != nil {
			return nil, false, err
		}
	}
	return rows, true, nil
}

func (c *child) row(e reflect.Value, pos int64) (row, error) {
	vals, err := bind(make([]any, 0, len(c.cols)+3), c.cols, e)
	if err != nil {
		return row{}, inTable(c.table, err)
	}
	return row{vals: vals, pos: pos, sum: sumOf(c.cols, vals, pos), elem: e}, nil
}

// inTable names the table in an InvalidError about one of its columns.
func inTable(table string, err error) error {
	var invalid *schema.InvalidError
	if errors.As(err, &invalid) {
		return &schema.InvalidError{Kind: table, Field: invalid.Field, Problem: invalid.Problem}
	}
	return err
}

func stateOf(rows []row) (s listState) {
	for i := range rows {
		s.add(rows[i].sum)
	}
	return s
}

// insert stores one row.
func (c *child) insert(ctx context.Context, q *sqlitedb.Tx, owner int64, w *row) error {
	args := make([]any, 0, len(w.vals)+3)
	args = append(args, owner, w.pos)
	if !c.hasPK() {
		_, err := q.Exec(ctx, c.sql.insert, append(append(args, w.vals...), w.sum)...)
		return err
	}
	res, err := q.Exec(ctx, c.sql.insert, append(append(args, w.vals[1:]...), w.sum)...)
	if err != nil {
		return err
	}
	w.key, err = res.LastInsertId()
	return err
}

// tell gives the elements of a list the keys that they were stored under; undo takes
// them back.
func (c *child) tell(rows []row) (undo func()) {
	var fields []reflect.Value
	var were []int64
	for i := range rows {
		if rows[i].key != 0 {
			f := rows[i].elem.FieldByIndex(c.cols[0].Index)
			fields, were = append(fields, f), append(were, f.Int())
			f.SetInt(rows[i].key)
		}
	}
	return func() {
		for i, f := range fields {
			f.SetInt(were[i])
		}
	}
}

// replace makes the stored list what rows say. Rows that stay keep their keys;
// kept is called with the key of each row that is changed or removed, before.
func (c *child) replace(ctx context.Context, q *sqlitedb.Tx, owner int64, rows []row, kept func(pk int64, change string) error) error {
	if !c.hasPK() {
		if err := deleting(ctx, q, c.sql.clear, owner); err != nil {
			return err
		}
		return c.insertAll(ctx, q, owner, rows)
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
			rows[i].vals[0] = int64(0)
		}
	}
	if err := c.removeOthers(ctx, q, stored, wanted, kept); err != nil {
		return err
	}
	return c.place(ctx, q, owner, rows, stored, kept)
}

func (c *child) insertAll(ctx context.Context, q *sqlitedb.Tx, owner int64, rows []row) error {
	for i := range rows {
		if err := c.insert(ctx, q, owner, &rows[i]); err != nil {
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

func (c *child) stored(ctx context.Context, q *sqlitedb.Tx, owner int64) (map[int64]storedRow, error) {
	rows, err := q.Query(ctx, c.sql.state, owner)
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

func (c *child) removeOthers(ctx context.Context, q *sqlitedb.Tx, stored map[int64]storedRow, wanted map[int64]bool, kept func(int64, string) error) error {
	for pk := range stored {
		if wanted[pk] {
			continue
		}
		if err := kept(pk, "delete"); err != nil {
			return err
		}
		if err := deleting(ctx, q, c.sql.delete, pk); err != nil {
			return err
		}
	}
	return nil
}

// place stores rows in their order. A row whose place another row still has
// goes out of the way first, to a negative place.
func (c *child) place(ctx context.Context, q *sqlitedb.Tx, owner int64, rows []row, stored map[int64]storedRow, kept func(int64, string) error) error {
	for i := range rows {
		if s, ok := stored[rows[i].pk()]; ok && s.pos != rows[i].pos {
			if _, err := q.Exec(ctx, c.sql.move, -1-int64(i), rows[i].sum+1, rows[i].pk()); err != nil {
				return err
			}
		}
	}
	for i := range rows {
		w := &rows[i]
		s, ok := stored[w.pk()]
		switch {
		case !ok:
			if err := c.insert(ctx, q, owner, w); err != nil {
				return err
			}
		case !s.sum.Valid || s.sum.Int64 != w.sum:
			if !s.sum.Valid || sumOf(c.cols, w.vals, s.pos) != s.sum.Int64 { // not only moved
				if err := kept(w.pk(), "update"); err != nil {
					return err
				}
			}
			args := append(append(append([]any{w.pos}, w.vals[1:]...), w.sum), w.pk())
			if _, err := q.Exec(ctx, c.sql.update, args...); err != nil {
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

func deleting(ctx context.Context, q *sqlitedb.Tx, text string, args ...any) error {
	if _, err := q.Exec(ctx, sqlOwnOn); err != nil {
		return err
	}
	if _, err := q.Exec(ctx, text, args...); err != nil {
		return err
	}
	_, err := q.Exec(ctx, sqlOwnOff)
	return err
}

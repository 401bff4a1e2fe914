package history

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// ColumnsOf reads a state that is a row of a table.
func ColumnsOf(row []byte) (cols map[string]any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(row))
	decoder.UseNumber()
	if err := decoder.Decode(&cols); err != nil {
		return nil, errors.Join(sqlitedb.ErrCorrupt, err)
	}
	return cols, nil
}

// scanRow sets the columns of rv to those of a row that a trigger has kept. A
// column that the row does not have came later and was NULL.
func scanRow(cols []schema.Column, row map[string]any, rv reflect.Value) error {
	sc := rows.NewScanner(cols, nil)
	sc.Into(rv)
	for i := range sc.Dests {
		d := &sc.Dests[i]
		value, err := columnValue(d.Col, row[d.Col.Name])
		if err == nil {
			err = d.Scan(value)
		}
		if err != nil {
			return fmt.Errorf("column %s: %w", d.Col.Name, err)
		}
	}
	return nil
}

func columnValue(c *schema.Column, value any) (any, error) {
	n, ok := value.(json.Number)
	if !ok {
		return value, nil
	}
	if c.Type == schema.ColumnFloat {
		return n.Float64()
	}
	return n.Int64()
}

// rootRow takes the row of an entity that another tool has overwritten or removed.
func (p *past) rootRow(rev *fullRevision) error {
	row, err := ColumnsOf(rev.text)
	if err != nil {
		return err
	}
	if p.v == nil || rev.Change == "delete" {
		p.v = p.r.New() // what it owned is kept row by row
		for _, c := range p.r.Children {
			if c.Form != schema.FormDocument {
				c.Reset(p.v)
			}
			for _, d := range c.Docs {
				*d.At(p.v) = schema.Absent
			}
		}
	}
	if err := scanRow(p.r.Cols, row, reflect.ValueOf(p.v).Elem()); err != nil {
		return err
	}
	h := p.r.Head(p.v)
	h.Extra = withUnknown(h.Extra, row, rows.Names(p.r.Cols))
	return nil
}

// withUnknown keeps the columns that the entity has no field for any more.
func withUnknown(extra schema.JSON, row map[string]any, known []string) schema.JSON {
	for name, value := range row {
		if value == nil || slices.Contains(known, name) {
			continue
		}
		member, err := json.Marshal(map[string]any{name: value})
		if err != nil {
			continue
		}
		if len(extra) < 2 {
			extra = "{}"
		}
		text := string(extra[:len(extra)-1])
		if len(text) > 1 {
			text += ","
		}
		extra = schema.JSON(text + string(member[1:]))
	}
	return extra
}

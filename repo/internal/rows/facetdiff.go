package rows

import (
	"cmp"
	"context"
	"slices"

	"taskstore/internal/sqlitedb"
)

// facetKey names a facet of one kind.
type facetKey struct {
	trash        bool
	field, value string
}

// inTrash is trash as the column has it.
func (k facetKey) inTrash() int64 {
	if k.trash {
		return 1
	}
	return 0
}

func (k facetKey) compare(other facetKey) int {
	return cmp.Or(cmp.Compare(k.field, other.field), cmp.Compare(k.value, other.value), cmp.Compare(k.inTrash(), other.inTrash()))
}

// facetRow names a row of facet_rows.
type facetRow struct{ owner, facet int64 }

func (w facetRow) compare(other facetRow) int {
	return cmp.Or(cmp.Compare(w.owner, other.owner), cmp.Compare(w.facet, other.facet))
}

// facetCols are what a row is sorted by: date, updated, saved, title. NULL is nil.
type facetCols [4]any

// How a row that there is differs from the one that there should be, by its columns.
const (
	colTitle   = 3
	allDiffers = 1<<len(facetCols{}) - 1
)

// lackingRow is a row that there should be.
type lackingRow struct {
	owner int64
	facetKey
	cols facetCols
}

// facetDiff is what the rows of some records in facets lack to be what they should be.
type facetDiff struct {
	stale   []facetRow         // should not be there
	lacking []lackingRow       // should be there, by facet
	changed map[int][]facetRow // differ in columns, by which
}

// ownedKey is a record in a facet.
type ownedKey struct {
	owner int64
	facetKey
}

// thereRow is a row that there is.
type thereRow struct {
	facet int64
	cols  facetCols
}

// diffFacets compares the rows that there are, of a statement, with those that there should be, and adds the former to a
// count by facet, if there is one.
func diffFacets(ctx context.Context, q *sqlitedb.Tx, counts map[int64]int64, there, wanted string, args ...any) (d facetDiff, err error) {
	is := map[ownedKey]thereRow{}
	err = q.Each(ctx, there, args, func(row *sqlitedb.Row) error {
		facet := row.Int(8)
		if counts != nil {
			counts[facet]++
		}
		is[readOwned(row)] = thereRow{facet, readCols(row)}
		return nil
	})
	if err != nil {
		return d, err
	}
	err = q.Each(ctx, wanted, args, func(row *sqlitedb.Row) error {
		key, cols := readOwned(row), readCols(row)
		was, ok := is[key]
		if ok {
			delete(is, key)
		}
		d.compare(key, cols, was, ok)
		return nil
	})
	for key, w := range is {
		d.stale = append(d.stale, facetRow{key.owner, w.facet})
	}
	d.sort()
	return d, err
}

// readOwned reads the first columns of a row of facetsOf, readCols the others.
func readOwned(row *sqlitedb.Row) ownedKey {
	return ownedKey{row.Int(0), facetKey{row.Int(1) != 0, row.Text(2), row.Text(3)}}
}

func readCols(row *sqlitedb.Row) (c facetCols) {
	for i := range c {
		if !row.Null(4 + i) {
			c[i] = row.Text(4 + i)
		}
	}
	return c
}

// compare notes how a row that there is, if it is there, differs from the one that there should be.
func (d *facetDiff) compare(key ownedKey, cols facetCols, was thereRow, ok bool) {
	if ok && (cols[colTitle] == nil) != (was.cols[colTitle] == nil) { // listed and only counted: damage
		d.stale, ok = append(d.stale, facetRow{key.owner, was.facet}), false
	}
	if !ok {
		d.lacking = append(d.lacking, lackingRow{key.owner, key.facetKey, cols})
		return
	}
	differs := 0
	for i := range cols {
		if cols[i] != was.cols[i] {
			differs |= 1 << i
		}
	}
	if differs != 0 {
		if d.changed == nil {
			d.changed = map[int][]facetRow{}
		}
		d.changed[differs] = append(d.changed[differs], facetRow{key.owner, was.facet})
	}
}

// sort makes the order one that follows from the rows alone. What is inserted comes by facet: a page of an index
// is then taken up once.
func (d *facetDiff) sort() {
	slices.SortFunc(d.stale, facetRow.compare)
	slices.SortFunc(d.lacking, func(a, b lackingRow) int {
		return cmp.Or(a.facetKey.compare(b.facetKey), cmp.Compare(a.owner, b.owner))
	})
}

// owners are the records whose rows are not as they should be.
func (d *facetDiff) owners() (list []int64) {
	for _, w := range d.lacking {
		list = append(list, w.owner)
	}
	for _, rows := range d.changed {
		for _, w := range rows {
			list = append(list, w.owner)
		}
	}
	for _, w := range d.stale {
		list = append(list, w.owner)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

package listing

import (
	"fmt"
	"slices"
	"strings"

	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// order is a Sort on the records of a kind.
type order struct {
	by   Sort // without the -
	desc bool
}

func orderOf(r *rows.Relation, q Query) (o order, err error) {
	name, reverse := strings.CutPrefix(string(q.Sort), "-")
	if o.by = Sort(name); name == "" {
		o.by = SortDate
	}
	if !slices.Contains(Sorts(), o.by) {
		return o, &schema.InvalidError{Kind: r.Kind, Field: "sort", Problem: fmt.Sprintf("%q is none of %v", q.Sort, Sorts())}
	}
	o.desc = (o.by != SortTitle) != reverse
	return o, nil
}

// keyed are the SQL expressions of what rows are sorted by.
type keyed struct {
	pk, date string
	key      string // what the order is by, as the index of it is over
	plus     string // "+" where rows are sorted: SQLite then takes no index for the order
}

// ofRecord gives the expressions over a row e of the records' own table.
func (o order) ofRecord(r *rows.Relation) keyed {
	k := keyed{pk: "e.pk", date: "e." + r.Date}
	switch o.by {
	case SortUpdated:
		k.key = "e." + r.Updated
	case SortSaved:
		k.key = "e.saved_at"
	case SortTitle:
		k.key = r.Title + " COLLATE NOCASE"
	default:
		k.key = k.date
	}
	return k
}

// ofFacet gives the expressions over a row f of table facet_rows.
func (o order) ofFacet() keyed {
	k := keyed{pk: "f.owner_pk", date: "f.date", key: "f." + string(o.by)}
	if o.by == SortTitle {
		k.key += " COLLATE NOCASE"
	}
	return k
}

// ofSubquery gives the expressions over a subquery of that name, which has the keys.
func (o order) ofSubquery(name string) keyed {
	return keyed{pk: name + ".owner_pk", key: name + ".sort_key"}
}

// direction sorts by expressions, all in the direction of o.
func (o order) direction(exprs ...string) string {
	dir := " ASC"
	if o.desc {
		dir = " DESC"
	}
	return "\nORDER BY " + strings.Join(exprs, dir+", ") + dir
}

// stretch is a part of an order that SQLite seeks in an index: it does so for a pair of
// columns at once, but not for a pair with a title, which is compared without its case, or
// with the row key of the table itself.
type stretch struct {
	of  stretchOf
	key string
	pk  int64
}

type stretchOf int

const (
	whole   stretchOf = iota // of an order without NULL
	keys                     // all rows with a key
	pastRow                  // the rows with a key after a row
	sameKey                  // those with the same key after it
	pastKey                  // those with another one
	noKeys                   // those without a key
	pastNo                   // those without a key after a row
)

// stretches are the parts of an order after a place, or those before it, the nearest
// first. Rows without a key are the last in both directions. With pairs, SQLite seeks a
// pair of columns.
func (o order) stretches(c At, back, pairs bool) []stretch {
	past := []stretch{{sameKey, c.Key, c.PK}, {pastKey, c.Key, c.PK}}
	if pairs && o.by != SortTitle {
		past = []stretch{{pastRow, c.Key, c.PK}}
	}
	switch {
	case o.by == SortTitle && c.PK == 0:
		return []stretch{{of: whole}}
	case o.by == SortTitle:
		return past
	case c.PK == 0:
		return []stretch{{of: keys}, {of: noKeys}}
	case c.Null && back:
		return []stretch{{pastNo, "", c.PK}, {of: keys}}
	case c.Null:
		return []stretch{{pastNo, "", c.PK}}
	case back:
		return past
	}
	return append(past, stretch{of: noKeys})
}

// within adds the condition of a stretch.
func (o order) within(w *where, k keyed, s stretch) {
	op := " > "
	if o.desc {
		op = " < "
	}
	switch s.of {
	case keys:
		w.add(k.plus + k.key + " >= ''") // no NULL, and a place in the index, which IS NOT NULL is not
	case pastRow:
		w.add("("+k.plus+k.key+", "+k.plus+k.pk+")"+op+"(?, ?)", s.key, s.pk)
	case sameKey:
		w.add(k.plus+k.key+" = ?", s.key)
		w.add(k.plus+k.pk+op+"?", s.pk)
	case pastKey:
		w.add(k.plus+k.key+op+"?", s.key)
	case noKeys:
		w.add(k.plus + k.key + " IS NULL")
	case pastNo:
		w.add(k.plus + k.key + " IS NULL")
		w.add(k.plus+k.pk+op+"?", s.pk)
	}
}

// sorted is the ORDER BY of a stretch.
func (o order) sorted(k keyed, s stretch) string {
	switch s.of {
	case sameKey, noKeys, pastNo:
		return o.direction(k.plus + k.pk)
	}
	return o.direction(k.plus+k.key, k.plus+k.pk)
}

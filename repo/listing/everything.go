package listing

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// everythingLeast is how long a page must be for it to be asked whether everything fits in it.
const everythingLeast = 500

// wholeKind is how many records there are, where nothing but all live ones is asked for.
type wholeKind struct{ live, trashed int64 }

// countAll notes how many records there are, if a page of that query may have room for all.
func (s *Selection) countAll(ctx context.Context, x *sqlitedb.Tx) error {
	if s.q.Limit < everythingLeast || s.words.SQL != "" {
		return nil
	}
	if err := SettleFacets(ctx, x); err != nil {
		return err
	}
	for _, trash := range []bool{false, true} {
		all, err := facetsOf(ctx, x, s.r.Kind, rows.FacetAll, trash)
		if err != nil {
			return err
		}
		for _, f := range all {
			if trash {
				s.whole.trashed = f.Records
			} else {
				s.whole.live = f.Records
			}
		}
	}
	return nil
}

// everything tells whether a page has room for all that is selected. All records are then read
// as they lie in their table, and sorted here: by the index of an order SQLite has to seek each
// row, which takes it as long as to read it.
func (s *Selection) everything(o order, c At, n int) bool {
	live := s.whole.live
	return live > 0 && live < int64(n) && s.whole.trashed < live && c.PK == 0 && o.by != SortTitle
}

// everythingSQL gives the statement for all records.
func (s *Selection) everythingSQL(o order, n int) (string, []any) {
	return s.briefSQL(o) + "\nWHERE +e.trashed_at IS NULL\nORDER BY e.pk\nLIMIT ?", []any{n}
}

// readEverything reads all records into a page of n. There are more than were counted where
// the file is damaged: the page is then not whole, and is to be read in another way.
func (s *Selection) readEverything(ctx context.Context, x *sqlitedb.Tx, o order, page *Briefs, n int) (whole bool, _ error) {
	page.Rows, page.keys = make([]schema.Brief, 0, s.whole.live), make([]sortKey, 0, s.whole.live)
	text, args := s.everythingSQL(o, n)
	if err := scanBriefs(ctx, x, s.r, page, o.by, n, text, args); err != nil {
		return false, err
	}
	if len(page.Rows) >= n {
		*page = Briefs{}
		return false, nil
	}
	page.sort(o)
	return true, nil
}

// sort puts rows that are in the order of their keys in the table into an order. Most often
// that is the order in which they were made, or its reverse.
func (b *Briefs) sort(o order) {
	if o.desc {
		slices.Reverse(b.Rows)
		slices.Reverse(b.keys)
	}
	places := make([]int32, len(b.Rows))
	for i := range places {
		places[i] = int32(i)
	}
	compare := func(i, j int32) int { return o.compare(b.keys[i], b.keys[j], b.Rows[i].PK, b.Rows[j].PK) }
	if slices.IsSortedFunc(places, compare) {
		return
	}
	slices.SortFunc(places, compare)
	sorted := Briefs{make([]schema.Brief, len(places)), make([]sortKey, len(places))}
	for i, at := range places {
		sorted.Rows[i], sorted.keys[i] = b.Rows[at], b.keys[at]
	}
	*b = sorted
}

// compare orders two rows as SQLite does: those without a key are the last in both directions.
func (o order) compare(a, b sortKey, pkA, pkB int64) int {
	switch {
	case a.null && !b.null:
		return 1
	case b.null && !a.null:
		return -1
	}
	c := cmp.Or(strings.Compare(a.text, b.text), cmp.Compare(pkA, pkB))
	if o.desc {
		return -c
	}
	return c
}

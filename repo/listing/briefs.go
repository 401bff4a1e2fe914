package listing

import (
	"context"
	"slices"
	"strings"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// Briefs are brief rows, each with its sort key.
type Briefs struct {
	Rows []schema.Brief
	keys []sortKey
}

// At is the place of a row.
func (b Briefs) At(i int) At {
	return At{Key: b.keys[i].text, PK: b.Rows[i].PK, Null: b.keys[i].null}
}

// The columns of a brief row, in the order of rows.Relation.SQL.Brief.
const (
	colPK = iota
	colID
	colTitle
	colStatus
	colDate
	colUpdated
	colSaved
	colRev
	colTrashedAt
	colTrashReason
)

// scanBriefs adds the rows of a statement, which are sorted by sort, to a page of n at most.
func scanBriefs(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, page *Briefs, sort Sort, n int, query string, args []any) error {
	key, ok := map[Sort]int{SortTitle: colTitle, SortUpdated: colUpdated, SortSaved: colSaved}[sort]
	if !ok {
		key = colDate
	}
	b := schema.Brief{Kind: r.Kind}
	var t rowTexts
	return x.Each(ctx, query, args, func(row *sqlitedb.Row) error {
		t.read(row, key == colSaved)
		b.PK, b.ID, b.Title, b.Status = row.Int(colPK), t.text(colID), t.text(colTitle), t.text(colStatus)
		b.Date, b.Updated, b.Rev = schema.Time(t.text(colDate)), schema.Time(t.text(colUpdated)), row.Int(colRev)
		b.TrashedAt, b.TrashReason = schema.Time(t.text(colTrashedAt)), t.text(colTrashReason)
		page.add(b, sortKey{t.text(key), t.views[key] == nil && row.Null(key)}, n)
		return nil
	})
}

// BriefsOf gives brief rows of records by their keys, in no order.
func BriefsOf(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, pks []int64) ([]schema.Brief, error) {
	var found Briefs
	err := scanBriefs(ctx, x, r, &found, SortDate, len(pks), r.SQL.BriefPKs, []any{rows.JSONList(pks)})
	return found.Rows, err
}

// rowTexts are the texts of a brief row in one piece of memory, which is a fifth of the
// cost of one for each.
type rowTexts struct {
	views [colTrashReason + 1][]byte
	all   string
	at    [colTrashReason + 2]int
}

// read takes the texts of a row. When a record was saved is only wanted to sort by it.
func (t *rowTexts) read(row *sqlitedb.Row, saved bool) {
	var b strings.Builder
	size := 0
	for i := range t.views {
		t.views[i] = nil
		if i != colPK && i != colRev && (i != colSaved || saved) {
			t.views[i] = row.View(i)
		}
		t.at[i], size = size, size+len(t.views[i])
	}
	t.at[len(t.views)] = size
	b.Grow(size)
	for _, v := range t.views {
		b.Write(v)
	}
	t.all = b.String()
}

func (t *rowTexts) text(i int) string { return t.all[t.at[i]:t.at[i+1]] }

// add adds a row to a page of n at most. Four times the room each time, and no more
// than n, is a third of what append would take for a long list.
func (b *Briefs) add(row schema.Brief, key sortKey, n int) {
	if used := len(b.Rows); used == cap(b.Rows) {
		more := max(1, min(max(3*used, 64), n-used))
		b.Rows, b.keys = slices.Grow(b.Rows, more), slices.Grow(b.keys, more)
	}
	b.Rows, b.keys = append(b.Rows, row), append(b.keys, key)
}

// ReadTags fills in the tags of a page. Those of a page that holds most of what lies
// between its keys are read from one end to the other, which is faster than looking
// for each.
func ReadTags(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, page []schema.Brief) error {
	if r.SQL.Tags == "" || len(page) == 0 {
		return nil
	}
	of := placesOf(page)
	text, args := r.SQL.TagsBetween, []any{of.low, of.high}
	if of.byPK != nil {
		text, args = r.SQL.Tags, []any{pkList(page)}
	}
	var owner int64
	place, known := -1, map[string]string{}
	return x.Each(ctx, text, args, func(row *sqlitedb.Row) error {
		if pk := row.Int(0); pk != owner {
			owner, place = pk, of.place(pk)
		}
		if place < 0 {
			return nil
		}
		view := row.View(1)
		tag, ok := known[string(view)]
		if !ok {
			tag = string(view)
			known[tag] = tag
		}
		page[place].Tags = append(page[place].Tags, tag)
		return nil
	})
}

// places tells where in a page a record is.
type places struct {
	low, high int64         // the least and the greatest key
	byPK      map[int64]int // if few of the keys between those are in the page
	from      []int32       // else, from low on: the place, counted from 1
}

func placesOf(page []schema.Brief) places {
	p := places{low: page[0].PK, high: page[0].PK}
	for i := range page {
		p.low, p.high = min(p.low, page[i].PK), max(p.high, page[i].PK)
	}
	if (p.high-p.low)/2 > int64(len(page)) {
		p.byPK = make(map[int64]int, len(page))
		for i := range page {
			p.byPK[page[i].PK] = i
		}
		return p
	}
	p.from = make([]int32, p.high-p.low+1)
	for i := range page {
		p.from[page[i].PK-p.low] = int32(i + 1)
	}
	return p
}

// place is -1 for a record that is not in the page.
func (p places) place(pk int64) int {
	if p.byPK == nil {
		return int(p.from[pk-p.low]) - 1
	}
	if i, ok := p.byPK[pk]; ok {
		return i
	}
	return -1
}

func pkList(page []schema.Brief) string {
	pks := make([]int64, len(page))
	for i := range page {
		pks[i] = page[i].PK
	}
	return rows.JSONList(pks)
}

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
	var t texts
	return x.Each(ctx, query, args, func(row *sqlitedb.Row) error {
		b, k := page.add(n)
		b.Kind, b.PK, b.Rev, b.Status = r.Kind, row.Int(colPK), row.Int(colRev), t.status(row)
		b.ID, b.Title, b.Date, b.Updated = t.add(row, colID), t.add(row, colTitle), schema.Time(t.add(row, colDate)), schema.Time(t.add(row, colUpdated))
		b.TrashedAt, b.TrashReason = schema.Time(t.add(row, colTrashedAt)), t.add(row, colTrashReason)
		switch key {
		case colTitle:
			k.text = b.Title
		case colUpdated:
			k.text = string(b.Updated)
		case colSaved:
			k.text = t.add(row, colSaved)
		default:
			k.text = string(b.Date)
		}
		k.null = k.text == "" && row.Null(key)
		return nil
	})
}

// BriefsOf gives brief rows of records by their keys, in no order.
func BriefsOf(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, pks []int64) ([]schema.Brief, error) {
	var found Briefs
	err := scanBriefs(ctx, x, r, &found, SortDate, len(pks), r.SQL.BriefPKs, []any{rows.JSONList(pks)})
	return found.Rows, err
}

// texts are those of many rows, in pieces of memory of some thousand bytes: one for each
// text costs ten times as much.
type texts struct {
	piece    strings.Builder
	statuses []string // that rows so far had
}

// status gives the status of a row. Most kinds have few of them.
func (t *texts) status(row *sqlitedb.Row) string {
	view := row.View(colStatus)
	for _, s := range t.statuses {
		if s == string(view) {
			return s
		}
	}
	s := t.add(row, colStatus)
	if len(t.statuses) < 8 {
		t.statuses = append(t.statuses, s)
	}
	return s
}

// pieceSize is how much memory stays while one text of it is kept.
const pieceSize = 4096

// add gives a text of a row that stays.
func (t *texts) add(row *sqlitedb.Row, i int) string {
	view := row.View(i)
	switch n := len(view); {
	case n == 0:
		return ""
	case n > pieceSize/8:
		return string(view)
	case n > t.piece.Cap()-t.piece.Len():
		t.piece.Reset()
		t.piece.Grow(pieceSize)
	}
	at := t.piece.Len()
	t.piece.Write(view)
	return t.piece.String()[at:]
}

// add adds a row to a page of n at most. Four times the room each time, and no more
// than n, is a third of what append would take for a long list.
func (b *Briefs) add(n int) (*schema.Brief, *sortKey) {
	used := len(b.Rows)
	if used == cap(b.Rows) {
		more := max(1, min(max(3*used, 64), n-used))
		b.Rows, b.keys = slices.Grow(b.Rows, more), slices.Grow(b.keys, more)
	}
	b.Rows, b.keys = append(b.Rows, schema.Brief{}), append(b.keys, sortKey{})
	return &b.Rows[used], &b.keys[used]
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
	var list tagLists
	return x.Each(ctx, text, args, func(row *sqlitedb.Row) error {
		if pk := row.Int(0); pk != owner {
			owner, place = pk, of.place(pk)
			list.begin()
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
		page[place].Tags = list.add(tag)
		return nil
	})
}

// tagLists are the tags of many records, in pieces of memory for some hundred.
type tagLists struct {
	piece []string
	first int // of the record's own
}

// tagsInPiece is how many tags stay in memory while those of one record are kept.
const tagsInPiece = 256

// begin begins the tags of another record.
func (l *tagLists) begin() { l.first = len(l.piece) }

// add adds a tag, and gives all of the record so far.
func (l *tagLists) add(tag string) []string {
	if len(l.piece) == cap(l.piece) {
		own := l.piece[l.first:]
		l.piece, l.first = append(make([]string, 0, max(tagsInPiece, 2*len(own))), own...), 0
	}
	l.piece = append(l.piece, tag)
	return l.piece[l.first:len(l.piece):len(l.piece)]
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

package search

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// briefs are brief rows, each with its sort key.
type briefs struct {
	Rows []schema.Brief
	keys []sortKey
}

// At is the place of a row.
func (b briefs) At(i int) At {
	return At{Key: b.keys[i].text, PK: b.Rows[i].PK, Null: b.keys[i].null}
}

// scanBriefs adds the rows of a statement, which are sorted by sort, to a page of n at most.
func scanBriefs(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, page *briefs, sort Sort, n int, query string, args []any) error {
	result, err := x.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer result.Close()
	b := schema.Brief{Kind: r.Kind}
	var date, updated, saved, title sortKey
	key := map[Sort]*sortKey{SortTitle: &title, SortUpdated: &updated, SortSaved: &saved}[sort]
	if key == nil {
		key = &date
	}
	targets := []any{&b.PK, &b.ID, (*text)(&title.text), (*text)(&b.Status), &date, &updated,
		&saved, &b.Rev, (*text)(&b.TrashedAt), (*text)(&b.TrashReason)}
	for result.Next() {
		if err := errors.Join(ctx.Err(), result.Scan(targets...)); err != nil {
			return err
		}
		b.Title, b.Date, b.Updated = title.text, schema.Time(date.text), schema.Time(updated.text)
		page.add(b, *key, n)
	}
	return errors.Join(result.Err(), result.Close())
}

// add adds a row to a page of n at most. Four times the room each time, and no more
// than n, is a third of what append would take for a long list.
func (b *briefs) add(row schema.Brief, key sortKey, n int) {
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
	at := make(map[int64]*schema.Brief, len(page))
	low, high := page[0].PK, page[0].PK
	for i := range page {
		at[page[i].PK] = &page[i]
		low, high = min(low, page[i].PK), max(high, page[i].PK)
	}
	text, args := r.SQL.TagsBetween, []any{low, high}
	if (high-low)/2 > int64(len(page)) {
		text, args = r.SQL.Tags, []any{pkList(page)}
	}
	result, err := x.Query(ctx, text, args...)
	if err != nil {
		return err
	}
	defer result.Close()
	for result.Next() {
		var owner int64
		var tag string
		if err := errors.Join(ctx.Err(), result.Scan(&owner, &tag)); err != nil {
			return err
		}
		if of := at[owner]; of != nil {
			of.Tags = append(of.Tags, tag)
		}
	}
	return errors.Join(result.Err(), result.Close())
}

func pkList(page []schema.Brief) string {
	pks := make([]int64, len(page))
	for i := range page {
		pks[i] = page[i].PK
	}
	b, _ := json.Marshal(pks)
	return string(b)
}

package index

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"taskstore/fts"
	"taskstore/fts/postings"
)

// FTS5 finds the texts with a word that begins so by reading the lists of all such words to
// their ends. Where those are long, very many texts have one, and to look into the newest
// texts themselves takes less.

// longLists is from how many leaves of 4 kB on lists are long: FTS5 takes 0.1 ms for one.
const longLists = 24

// IsCommon tells whether very many texts have a word that begins so.
func IsCommon(ctx context.Context, c Conn, beginning string) (bool, error) {
	n, err := postings.Leaves(ctx, querier{c}, beginning)
	if errors.Is(err, postings.ErrUnknown) {
		return false, nil
	}
	return n >= longLists, err
}

// About is how many texts FTS5 notes that there are, those in the trash included, at no cost.
func About(ctx context.Context, c Conn) (float64, error) { return postings.Texts(ctx, querier{c}) }

const (
	sqlAll = `SELECT r.pk, r.kind, r.owner_pk, r.at, d.sz
FROM search_rows AS r
LEFT JOIN search_docsize AS d ON d.id = r.pk
WHERE r.pk BETWEEN ? AND ?
ORDER BY r.pk DESC
LIMIT ?`
	sqlCountAll = "SELECT count(*)\nFROM (SELECT 1 FROM search_rows WHERE pk BETWEEN ? AND ? LIMIT ?)"
	sqlBegun    = `SELECT t.pk, t.title, iif(?, '', t.body), t.title_parts, iif(?, '', t.body_parts)
FROM json_each(?) AS j
CROSS JOIN search_text AS t ON t.pk = j.value`
	sqlTextsOf = "SELECT pk, kind, owner_pk, at, NULL\nFROM search_rows\nWHERE kind = ? AND owner_pk = ?\nLIMIT ?"
)

// Begun gives those of some texts that have all of these beginnings, by a look at each. How
// often is counted up to most; 1 takes the least time.
func Begun(ctx context.Context, c Conn, list []fts.Beginning, texts []Found, most int) ([]Found, error) {
	if len(list) == 0 || len(texts) == 0 {
		return texts, nil
	}
	pks := make([]int64, len(texts))
	for i, f := range texts {
		pks[i] = f.PK
	}
	asked, err := json.Marshal(pks)
	if err != nil {
		return nil, err
	}
	titles := !slices.ContainsFunc(list, func(b fts.Beginning) bool { return !b.InTitle() })
	rows, err := c.Query(ctx, sqlBegun, titles, titles, string(asked))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	times := make(map[int64]float64, len(texts))
	for rows.Next() {
		var pk int64
		var t fts.Columns
		if err := errors.Join(ctx.Err(), rows.Scan(&pk, &t.Title, &t.Body, &t.TitleParts, &t.BodyParts)); err != nil {
			return nil, err
		}
		times[pk] = timesOf(list, &t, most)
	}
	kept := slices.DeleteFunc(texts, func(f Found) bool { return times[f.PK] == 0 })
	for i := range kept {
		kept[i].begun = times[kept[i].PK]
	}
	return kept, errors.Join(rows.Err(), rows.Close())
}

// timesOf counts all beginnings in a text, by weight; 0 says that it lacks one.
func timesOf(list []fts.Beginning, t *fts.Columns, most int) (all float64) {
	for _, b := range list {
		n := b.Times(t, most)
		if n == 0 {
			return 0
		}
		all += n
	}
	return all
}

// HasBegun tells whether an entity has a text that matches and has all of these beginnings.
// It is not sure where more texts than most match; "" matches every text.
func HasBegun(ctx context.Context, c Conn, m fts.Match, list []fts.Beginning, kind string, pk int64, most int) (has, sure bool, err error) {
	texts, err := found(ctx, c, sqlTextsOf, kind, pk, most+1)
	if err != nil {
		return false, false, err
	}
	if sure = len(texts) <= most; m != "" {
		if texts, err = matching(ctx, c, m, texts); err != nil {
			return false, false, err
		}
	}
	for some := range slices.Chunk(texts, 8) { // one of the first soon has
		kept, err := Begun(ctx, c, list, some, 1)
		if err != nil || len(kept) > 0 {
			return err == nil, true, err
		}
	}
	return false, sure, nil
}

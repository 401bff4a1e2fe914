package search

import (
	"context"
	"encoding/json"
	"errors"
	"math"

	"taskstore/fts"
	"taskstore/fts/index"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
)

// begun is a question for words that begin as those of very many texts do, which is
// answered by a look into texts, the newest first, and not by FTS5's lists of such words.
type begun struct {
	list   []fts.Beginning
	rest   fts.Match // what FTS5 is asked for; "" is every text
	wanted fts.Words // of rest
}

// lookedMost is how many texts are looked into; where those are not enough, FTS5 is asked
// for the beginnings too.
const lookedMost = 2000

// rankedBegun is how many texts at least, of those that were looked into, must have the
// beginnings to be compared by relevance.
const rankedBegun = 50

// begunOf tells whether a question is one; nil is not.
func begunOf(ctx context.Context, x *sqlitedb.Tx, parsed fts.Query, kinds []string, labels fts.Labels, inner fts.Expand) (*begun, error) {
	var failed error
	rest, list := parsed.Beginnings(inner, func(word string) bool {
		is, err := index.IsCommon(ctx, x, word)
		failed = errors.Join(failed, err)
		return is
	})
	if failed != nil || len(list) == 0 {
		return nil, failed
	}
	all := make([]string, len(rows.Relations))
	for i, r := range rows.Relations {
		all[i] = r.Kind
	}
	return &begun{list, rest.MatchRest(kinds, all, labels, inner), rest.Words(inner)}, nil
}

// ask is what FTS5 is asked for; "" is every text.
func (f *finder) ask() (fts.Match, fts.Words) {
	if f.begun != nil {
		return f.begun.rest, f.begun.wanted
	}
	return f.match, f.wanted
}

// begin gives those texts that have the beginnings which FTS5 was not asked for.
func (f *finder) begin(ctx context.Context, result []index.Found) ([]index.Found, error) {
	if f.begun == nil {
		return result, nil
	}
	most := 1
	if f.q.Rank == RankRelevance {
		most = math.MaxInt
	}
	return index.Begun(ctx, f.x, f.begun.list, result, most)
}

// restart has FTS5 asked for all.
func (f *finder) restart() {
	f.begun = nil
	f.groups, f.byKey = nil, map[owner]*group{}
	f.seen, f.looked, f.newest, f.done, f.share = 0, 0, 0, false, 0
}

// fill tells whether these texts are enough to be compared by relevance: as many as are always
// compared, or what makes a page after a look into texts.
func (f *finder) fill(all []index.Found) bool {
	if len(all) >= rankedTexts(f.match) {
		return true
	}
	if f.begun == nil || len(all) < rankedLeast {
		return false
	}
	owners := map[owner]bool{}
	for _, r := range all {
		owners[owner{r.Kind, r.OwnerPK}] = true
	}
	return len(owners) > f.q.Limit
}

// shareOfBegun is how much of all texts that FTS5 finds were looked into; 0 is not known.
func (f *finder) shareOfBegun(ctx context.Context) (float64, error) {
	if f.begun.rest == "" && f.q.From == "" && f.q.To == "" && !f.q.Trash {
		n, err := index.About(ctx, f.x)
		return float64(f.looked) / max(n, float64(f.looked), 1), err
	}
	n, err := index.Count(ctx, f.x, f.begun.rest, f.keys, countLimit)
	return float64(f.looked) / float64(max(n, int64(f.looked), 1)), err
}

// findBegun looks into the texts that FTS5 finds by the rest of the question, if those are few.
func (t *TextFilter) findBegun(ctx context.Context, x *sqlitedb.Tx) error {
	n, err := index.Count(ctx, x, t.begun.rest, t.Keys, lookedMost+1)
	if err != nil || n > lookedMost {
		return err
	}
	texts, err := index.Newest(ctx, x, t.begun.rest, t.Keys, lookedMost)
	if err != nil {
		return err
	}
	if texts, err = index.Begun(ctx, x, t.begun.list, texts, 1); err != nil {
		return err
	}
	pks := make([]int64, len(texts))
	for i, f := range texts {
		pks[i] = f.OwnerPK
	}
	list, err := json.Marshal(pks)
	t.Owners, t.texts, t.many = string(list), int64(len(texts)), len(texts) > sortedMatches
	return err
}

// triedTexts is up to how many texts of an entity are looked into.
const triedTexts = 300

// Has tells whether an entity has a text that matches.
func (t *TextFilter) Has(ctx context.Context, x *sqlitedb.Tx, kind string, pk int64) (bool, error) {
	if t.begun != nil {
		has, sure, err := index.HasBegun(ctx, x, t.begun.rest, t.begun.list, kind, pk, triedTexts)
		if err != nil || sure {
			return has, IndexError(err)
		}
	}
	has, err := index.Has(ctx, x, t.Match, kind, pk)
	return has, IndexError(err)
}

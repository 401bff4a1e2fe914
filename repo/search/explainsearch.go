package search

import (
	"context"
	"fmt"

	"taskstore/fts/index"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/listing"
	"taskstore/schema"
)

// ExplainSearch tells how Run would answer a search.
func ExplainSearch(ctx context.Context, x *sqlitedb.Tx, g Gap, q Search, now schema.Time) (e listing.Explanation, err error) {
	parsed, err := parse(q.Query)
	if err != nil {
		return e, err
	}
	f, err := newFinder(ctx, x, g, q, parsed, now)
	if err != nil {
		return e, err
	}
	match, _ := f.ask()
	e.Match = string(match)
	if e.Words, err = f.words(ctx); err != nil {
		return e, err
	}
	if !parsed.IsEmpty() {
		e.Words = append([]string{"searched for: " + parsed.String()}, e.Words...)
	}
	n := f.q.Limit
	if f.q.Rank == RankRelevance {
		n = rankedTexts(f.match)
	}
	text, args := index.NewestSQL(match, f.keys, n)
	e.SQL = text
	e.Plan, err = listing.Plan(ctx, x, text, args)
	return e, err
}

func (f *finder) words(ctx context.Context) (list []string, err error) {
	if f.isVain() {
		return []string{"nothing can match: no record fits a name, a kind or a filter"}, nil
	}
	match, _ := f.ask()
	n, err := index.Count(ctx, f.x, match, f.keys, countLimit)
	if err != nil {
		return nil, err
	}
	if f.begun != nil {
		list = append(list, fmt.Sprintf("very many texts have a word that begins so: look into the texts themselves, the newest first, at most %d, for what FTS5 is not asked for", lookedMost))
	}
	list = append(list, fmt.Sprintf("the words are in %d texts%s of the time asked for", n, orMore(n)))
	if f.narrow {
		some := 0
		for _, r := range f.kinds {
			pks, err := someMoments(ctx, f.x, r, f.q.Query, fewEntities+1-some)
			if err != nil {
				return nil, err
			}
			if some += len(pks); some > fewEntities {
				break
			}
		}
		if some <= fewEntities {
			list = append(list, fmt.Sprintf("the filter leaves %d records: compare their texts with those", some))
		} else {
			list = append(list, fmt.Sprintf("the filter leaves more than %d records: look at the texts, the newest first, and drop what does not pass", fewEntities))
		}
	}
	if f.q.Rank == RankNewest {
		return append(list, "take texts, the newest first, until the page has its records"), nil
	}
	return append(list, fmt.Sprintf("compare the newest %d by relevance", rankedTexts(f.match))), nil
}

func orMore(n int64) string {
	if n >= countLimit {
		return " or more"
	}
	return ""
}

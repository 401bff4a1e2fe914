// Package search finds records by their texts. It takes what a person typed apart into words
// and filters, asks the index for the words, and makes hits of what that finds, or the Words by
// which package listing makes a page. It keeps the index in step with what is written
// (MarkDirty, Hooks, Index), and is the only one who has it written (package fts/index); where
// that may not be written, it leaves out what the index does not know, and says how much
// (Gap). It writes no record. What may be asked is said by Search and listing.Query.
package search

import (
	"context"
	"fmt"
	"time"

	"taskstore/fts"
	"taskstore/fts/index"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/listing"
	"taskstore/schema"
)

// Search asks for texts, in all kinds at once. Its Query is the filter: Sort does
// not count.
type Search struct {
	listing.Query
	Kinds []string // nil is every kind that has texts
	Rank  Rank
}

// Rank is the order of hits.
type Rank string

// The orders of hits.
const (
	// RankRelevance: what fits best first; names count more than texts, and
	// newer ones a little more than older ones. Of very many matches, the newest
	// are compared: see SearchPage.Limited. Before all others, whatever their age, come records
	// that are called as the text says, then those that have its words with their signs: C++, .NET.
	RankRelevance Rank = "relevance"
	// RankNewest: by the time of the moment, to the minute, the newest first.
	RankNewest Rank = "newest"
)

// Hit is an entity with the texts in it that match.
type Hit struct {
	Kind    string      `json:"kind"`
	ID      string      `json:"id"`
	Title   string      `json:"title"`
	Part    string      `json:"part"`    // the field or the moment that fits best, such as screenshots/ID
	At      schema.Time `json:"at"`      // when that was
	Snippet string      `json:"snippet"` // escaped for HTML, with <mark> and </mark>: see fts.Marker.Snippet
	Score   float64     `json:"score"`   // 0 by RankNewest
	Moments []Moment    `json:"moments"` // further ones in the same entity, the best first
	Matches int         `json:"matches"` // texts of this entity that match, of those looked at
	PK      int64       `json:"-"`
}

// Moment is one more text of an entity that matches.
type Moment struct {
	Part    string      `json:"part"`
	At      schema.Time `json:"at"`
	Snippet string      `json:"snippet"` // as that of Hit
	Score   float64     `json:"score"`
}

// SearchPage is a part of the answer to a Search.
type SearchPage struct {
	Hits []Hit
	Next listing.Cursor // of the page after this one; "" at the end
	// Total counts the entities that match. About says that it is estimated from
	// the texts that were looked at.
	Total int64
	About bool
	// Limited says that more texts match than relevance looks at, and that only
	// the newest of them were compared.
	Limited bool
	// Loose says that nothing has the words as they were typed, and that the hits
	// have them as parts of others.
	Loose bool
	// Unindexed is how many records were left out because the search index does not know
	// them yet: in a View, or in a store that is open for reading, which cannot index them.
	Unindexed int64
	// Unknown are the filters that name nothing there is, such as topic:Nobody: why
	// there is no hit. Known says what there is instead of a status or a tag, the nearest first.
	Unknown []string
	Known   []string
	// Understood is the text of the query as it was read.
	Understood string
}

// SearchLimits: what a search does at most.
const (
	DefaultHits = 20   // hits on a page whose query names no limit
	momentsMax  = 4    // further moments of a hit
	rankedMost  = 1000 // texts that are compared by relevance if one word is looked for
	rankedLeast = 200  // and if many are
)

// rankedTexts is how many texts are compared by relevance: to find one that has all words
// takes FTS5 the longer the more there are.
func rankedTexts(m fts.Match) int {
	return max(rankedLeast, rankedMost/max(1, 2*m.Phrases()-1))
}

// searchTime ends a search whose caller has set no earlier time.
const SearchTime = 10 * time.Second

func WithGap(ctx context.Context, x *sqlitedb.Tx, fn func(*sqlitedb.Tx, Gap) error) error {
	g, err := readGap(ctx, x)
	if err != nil {
		return IndexError(err)
	}
	return fn(x, g)
}

// CatchUp brings the index in step within a write transaction, and has FTS5 write it, since
// relevance reads its tables. The marks stay: when the job is undone, so is this.
func CatchUp(ctx context.Context, x *sqlitedb.Tx) error {
	err := sqlitedb.Keyset(ctx, "table search_dirty", fts.Mark{}, compareMarks, func(after fts.Mark) (fts.Mark, bool, error) {
		marks, err := index.Dirty(ctx, x, after, flushMarks)
		if err != nil || len(marks) == 0 {
			return after, false, err
		}
		return marks[len(marks)-1], true, takeUp(ctx, x, index.NewBatch(x), flushing{marks: marks})
	})
	if err != nil {
		return err
	}
	if m, ok := x.State().(*txMarks); ok {
		if err := flush(ctx, x, index.NewBatch(x), m.list()); err != nil {
			return err
		}
	}
	return index.PutDown(ctx, x)
}

// isBehind tells whether there is something that the index does not know.
func isBehind(ctx context.Context, x *sqlitedb.Tx) (bool, error) {
	n, err := index.CountDirty(ctx, x, 1)
	if IsIndexDamage(err) || isMissing(err) {
		return true, nil
	}
	return n > 0, err
}

// Run runs a search on a snapshot.
func Run(ctx context.Context, x *sqlitedb.Tx, g Gap, q Search, now schema.Time) (SearchPage, error) {
	parsed, err := parse(q.Query)
	if err != nil {
		return SearchPage{}, err
	}
	understood := parsed.String()
	f, err := newFinder(ctx, x, g, q, parsed, now)
	if err != nil {
		return SearchPage{}, err
	}
	p, err := f.page(ctx)
	p.Understood = understood
	if err != nil || len(p.Hits) > 0 || q.After != "" || !parsed.Loosen() {
		return p, err
	}
	if f, err = newFinder(ctx, x, g, q, parsed, now); err != nil {
		return p, err
	}
	p, err = f.page(ctx)
	p.Loose, p.Understood = len(p.Hits) > 0, understood
	return p, err
}

// parse reads what somebody typed, and refuses what is no question: a text without a word or a filter, and no text
// without filters beside it.
func parse(q listing.Query) (fts.Query, error) {
	parsed, err := fts.Parse(q.Text)
	if err != nil || !parsed.IsEmpty() || q.Text == "" && isFiltered(q) {
		return parsed, err
	}
	problem := "what shall I look for? Type a word, a \"phrase\" or a filter such as tag:work"
	if q.Text != "" {
		problem = fmt.Sprintf("%.60q has no word, no number and no picture: %s", q.Text, problem)
	}
	return parsed, &schema.InvalidError{Kind: "search", Field: "query", Problem: problem}
}

// isFiltered tells whether a query asks for something beside its text.
func isFiltered(q listing.Query) bool {
	return isNarrow(q) || len(q.Status)+len(q.Tags)+len(q.AnyTags) > 0 || q.From != "" || q.To != "" || q.Trash
}

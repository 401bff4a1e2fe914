package search

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"taskstore/fts"
	"taskstore/fts/index"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/repo/listing"
	"taskstore/schema"
)

// finder is one search at work.
type finder struct {
	x       *sqlitedb.Tx
	gap     Gap
	asked   Search // as the caller wrote it
	q       Search // with the filters that were typed
	marker  *fts.Marker
	match   fts.Match
	wanted  fts.Words
	first   fts.First        // what of that comes before all others
	begun   *begun           // nil: FTS5 is asked for match
	kinds   []*rows.Relation // with a filter each
	keys    index.Range      // of texts that can match
	now     schema.Time
	at      hitCursor
	unknown []string // filters that were typed and name nothing
	lacking int64    // records in the gap
	narrow  bool     // the filter looks at more than the index knows
	groups  []*group
	byKey   map[owner]*group
	seen    int     // texts that were looked at
	looked  int     // those that FTS5 gave
	newest  int64   // the newest of those
	done    bool    // all of them
	added   int     // records that findFirst found beside those
	share   float64 // of all texts that match those that were looked at; 0 is not known
}

// owner names an entity.
type owner struct {
	kind string
	pk   int64
}

// group is an entity and its texts that match, as they were found.
type group struct {
	owner
	rows  []index.Found
	score float64
	class class
}

func newFinder(ctx context.Context, x *sqlitedb.Tx, g Gap, q Search, parsed fts.Query, now schema.Time) (*finder, error) {
	f := &finder{x: x, gap: g, asked: q, q: q, now: now, marker: fts.NewMarker(parsed.Terms()), byKey: map[owner]*group{}}
	base, err := resolveFilters(ctx, x, q.Query, parsed.Filters, now)
	if err != nil {
		return nil, err
	}
	if f.q.Query, f.unknown = base.Query, base.unknown; q.Limit < 0 {
		return nil, &schema.InvalidError{Kind: "search", Field: "limit", Problem: "is negative"}
	}
	if f.q.Limit = min(q.Limit, math.MaxInt32); q.Limit == 0 {
		f.q.Limit = DefaultHits
	}
	if q.Rank == "" {
		f.q.Rank = RankRelevance
	}
	if f.q.Rank != RankRelevance && f.q.Rank != RankNewest {
		return nil, &schema.InvalidError{Kind: "search", Field: "sort", Problem: "is neither relevance nor newest"}
	}
	if err := errors.Join(listing.CheckTags("search", f.q.Query), f.chooseKinds(q.Kinds, base.kinds)); err != nil {
		return nil, err
	}
	if f.at, err = readHitCursor(q); err != nil {
		return nil, err
	}
	if f.at.Now != "" {
		f.now = f.at.Now
	}
	names := make([]string, len(f.kinds))
	for i, r := range f.kinds {
		names[i] = r.Kind
	}
	inner, err := expand(ctx, x, parsed)
	if err != nil {
		return nil, err
	}
	f.lacking = g.count(names...)
	if len(names) == len(rows.Relations) {
		names = nil
	}
	f.match, f.wanted = parsed.Match(names, labelsOf(f.q.Query), inner), parsed.Words(inner)
	f.first = parsed.First()
	if f.begun, err = begunOf(ctx, x, parsed, names, labelsOf(f.q.Query), inner); err != nil {
		return nil, err
	}
	spill, err := index.Spill(ctx, x, f.q.To, f.q.Trash)
	f.keys = index.Span(f.q.From, f.q.To, f.q.Trash, spill)
	return f, err
}

// chooseKinds takes the kinds that are asked for and have what the filter asks for.
func (f *finder) chooseKinds(asked, typed []string) error {
	f.narrow = isNarrow(f.q.Query)
	asked = slices.Clone(asked)
	for i, name := range asked {
		r, err := rows.RelationOf(name)
		if err != nil {
			return err
		}
		asked[i] = r.Kind
	}
	for _, r := range rows.Relations {
		if len(asked) > 0 && !slices.Contains(asked, r.Kind) || typed != nil && !slices.Contains(typed, r.Kind) || !canFilter(r, f.q.Query) {
			continue
		}
		f.kinds = append(f.kinds, r)
	}
	return nil
}

// isVain tells whether nothing can match.
func (f *finder) isVain() bool { return len(f.kinds) == 0 || len(f.unknown) > 0 }

// page finds the hits of one page.
func (f *finder) page(ctx context.Context) (p SearchPage, err error) {
	if f.isVain() {
		return SearchPage{Hits: []Hit{}, Unknown: f.unknown}, nil
	}
	if err := f.collect(ctx); err != nil {
		return p, err
	}
	if f.q.Rank == RankRelevance {
		if err := f.findFirst(ctx); err != nil {
			return p, err
		}
		f.rank()
		p.Limited = !f.done
	}
	if len(f.groups) == 0 && f.done {
		if p.Unknown, p.Known, err = listing.Missing(ctx, f.x, f.kinds, f.q.Query); err != nil {
			return p, err
		}
	}
	groups := f.groups
	from := min(f.at.Skip, len(groups))
	to := min(from+f.q.Limit, len(groups))
	if p.Hits, err = f.hits(ctx, groups[from:to]); err != nil {
		return p, err
	}
	if to < len(groups) {
		p.Next = hitCursor{Query: signSearch(f.asked), Skip: to, Top: f.top(), Now: f.now}.text()
	}
	p.Unindexed = f.lacking
	p.Total, p.About, err = f.total(ctx)
	return p, err
}

// Newer texts score up to a quarter more, half of that after half a year.
const (
	newerMost = 0.25
	newerHalf = 182.0 // days
)

// rank sorts texts and entities by relevance.
func (f *finder) rank() {
	now, _ := f.now.Time()
	for _, g := range f.groups {
		for i := range g.rows {
			r := &g.rows[i]
			if at, err := r.At.Time(); err == nil && r.At != "" {
				days := max(0, now.Sub(at).Hours()/24)
				r.Score *= 1 + newerMost*math.Exp2(-days/newerHalf)
			}
		}
		slices.SortStableFunc(g.rows, func(a, b index.Found) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.PK, a.PK)) })
		g.score = g.rows[0].Score
	}
	slices.SortStableFunc(f.groups, func(a, b *group) int {
		return cmp.Or(cmp.Compare(b.class, a.class), cmp.Compare(b.score, a.score), cmp.Compare(b.rows[0].PK, a.rows[0].PK))
	})
}

// top is the newest key that the pages after this one look at: what comes into
// the store meanwhile does not move them.
func (f *finder) top() int64 {
	if f.at.Top != 0 {
		return f.at.Top
	}
	if f.begun != nil {
		return f.newest
	}
	top := f.keys.From
	for _, g := range f.groups {
		for _, r := range g.rows {
			top = max(top, r.PK)
		}
	}
	return top
}

// countLimit is up to how many texts are counted for a total.
const countLimit = 20_000

// total counts the entities that match; when not all texts were looked at, it is
// what those let expect.
func (f *finder) total(ctx context.Context) (int64, bool, error) {
	if f.done {
		return int64(len(f.groups)), false, nil
	}
	groups := float64(len(f.groups) - f.added)
	share := f.share
	if share == 0 || f.narrow || f.q.From != "" || f.q.To != "" || f.q.Trash {
		if f.begun != nil {
			share, err := f.shareOfBegun(ctx)
			return int64(groups / share), true, err
		}
		result, err := index.Count(ctx, f.x, f.match, f.keys, countLimit)
		if err != nil || result == 0 {
			return int64(len(f.groups)), true, err
		}
		share = float64(f.seen) / float64(result)
	}
	if share <= 0 {
		return int64(len(f.groups)), true, nil
	}
	return max(int64(groups/share), int64(len(f.groups))), true, nil
}

// expand gives the words that the parts of words in a query are inside of.
func expand(ctx context.Context, c index.Conn, parsed fts.Query) (fts.Expand, error) {
	list := fts.Expand{}
	for _, part := range parsed.InnerParts() {
		words, err := index.Inner(ctx, c, part)
		if err != nil {
			return nil, err
		}
		list[part] = words
	}
	return list, nil
}

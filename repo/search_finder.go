package repo

import (
	"cmp"
	"context"
	"encoding/json"
	"math"
	"slices"

	"taskstore/fts"
	"taskstore/schema"
)

// finder is one search at work.
type finder struct {
	x      execer
	o      *overlay
	asked  Search // as the caller wrote it
	q      Search // with the filters that were typed
	marker *fts.Marker
	match  fts.Match
	kinds  []*relation // with a filter each
	keys   fts.Range   // of texts that can match
	now    schema.Time
	at     hitCursor
	narrow bool // the filter looks at more than kind and time
	groups []*group
	byKey  map[owner]*group
	seen   int  // texts that were looked at
	done   bool // all of them
}

// owner names an entity.
type owner struct {
	kind string
	pk   int64
}

// group is an entity and its texts that match, as they were found.
type group struct {
	owner
	rows  []row1
	score float64
}

// row1 is a text that was found, and where.
type row1 struct {
	fts.Found
	over bool // in the overlay
}

func newFinder(ctx context.Context, x execer, o *overlay, q Search, parsed fts.Query, now schema.Time) (*finder, error) {
	f := &finder{x: x, o: o, asked: q, q: q, now: now, marker: fts.NewMarker(parsed.Terms()), byKey: map[owner]*group{}}
	base, kinds, err := resolveFilters(ctx, x, q.Query, parsed.Filters, now)
	if err != nil {
		return nil, err
	}
	if f.q.Query = base; q.Limit < 0 {
		return nil, &schema.InvalidError{Kind: "search", Field: "limit", Problem: "is negative"}
	}
	if q.Limit == 0 {
		f.q.Limit = DefaultHits
	}
	if q.Rank == "" {
		f.q.Rank = RankRelevance
	}
	if f.q.Rank != RankRelevance && f.q.Rank != RankNewest {
		return nil, &schema.InvalidError{Kind: "search", Field: "sort", Problem: "is neither relevance nor newest"}
	}
	if err := f.chooseKinds(q.Kinds, kinds); err != nil {
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
		names[i] = r.kind
	}
	if len(names) == len(relations) {
		names = nil
	}
	inner, err := expand(ctx, x, o, parsed)
	if err != nil {
		return nil, err
	}
	f.match = parsed.Match(names, inner)
	spill, err := fts.Spill(ctx, indexConn{x})
	f.keys = fts.Span(f.q.From, f.q.To, f.q.Trash, spill)
	return f, err
}

// chooseKinds takes the kinds that are asked for and have what the filter asks for.
func (f *finder) chooseKinds(asked, typed []string) error {
	f.narrow = f.q.isNarrow()
	for _, name := range asked {
		if _, err := relationOf(name); err != nil {
			return err
		}
	}
	for _, r := range relations {
		if len(asked) > 0 && !slices.Contains(asked, r.kind) || typed != nil && !slices.Contains(typed, r.kind) || !r.canFilter(f.q.Query) {
			continue
		}
		f.kinds = append(f.kinds, r)
	}
	return nil
}

// page finds the hits of one page.
func (f *finder) page(ctx context.Context) (p SearchPage, err error) {
	if len(f.kinds) == 0 || f.q.impossible {
		return SearchPage{Hits: []Hit{}, Unknown: f.q.unknown}, nil
	}
	if err := f.collect(ctx); err != nil {
		return p, err
	}
	if f.q.Rank == RankRelevance {
		f.rank()
		p.Limited = !f.done
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
	p.Total, p.About, err = f.total(ctx)
	return p, err
}

// collect finds texts until there are enough for the page.
func (f *finder) collect(ctx context.Context) error {
	if f.at.Top != 0 {
		f.keys.To = min(f.keys.To, f.at.Top)
	}
	if f.o != nil {
		if err := f.collectOverlay(ctx); err != nil {
			return err
		}
	}
	if f.narrow {
		if done, err := f.collectAmong(ctx); err != nil || done {
			f.sortGroups()
			return err
		}
	}
	want := f.at.Skip + f.q.Limit + 1
	r, chunk := f.keys, want+12
	if f.q.Rank == RankRelevance {
		chunk = rankedRows
	}
	for !f.done {
		rows, err := f.rows(ctx, r, chunk)
		if err != nil {
			return err
		}
		f.done = len(rows) < chunk
		if err := f.take(ctx, rows, false); err != nil {
			return err
		}
		if f.q.Rank == RankRelevance && f.seen >= rankedRows || f.q.Rank == RankNewest && len(f.groups) >= want {
			break
		}
		if len(rows) > 0 {
			r.To = rows[len(rows)-1].PK - 1
		}
		chunk = min(4*chunk, 4000)
	}
	f.sortGroups()
	return nil
}

func (f *finder) rows(ctx context.Context, r fts.Range, n int) ([]fts.Found, error) {
	if f.q.Rank == RankRelevance {
		return fts.Ranked(ctx, indexConn{f.x}, f.match, r, n)
	}
	return fts.Newest(ctx, indexConn{f.x}, f.match, r, n)
}

// take puts the rows that pass the filter into their groups.
func (f *finder) take(ctx context.Context, rows []fts.Found, over bool) error {
	rows = slices.DeleteFunc(rows, func(r fts.Found) bool {
		return f.q.From != "" && r.At < f.q.From || f.q.To != "" && (r.At == "" || r.At >= f.q.To) || !over && f.o.has(r.Kind, r.OwnerPK)
	})
	if f.narrow {
		pass, err := f.passing(ctx, rows)
		if err != nil {
			return err
		}
		rows = slices.DeleteFunc(rows, func(r fts.Found) bool { return !pass[owner{r.Kind, r.OwnerPK}] })
	}
	for _, r := range rows {
		o := owner{r.Kind, r.OwnerPK}
		g := f.byKey[o]
		if g == nil {
			g = &group{owner: o}
			f.byKey[o] = g
			f.groups = append(f.groups, g)
		}
		g.rows = append(g.rows, row1{r, over})
	}
	f.seen += len(rows)
	return nil
}

// passing asks for the entities of some rows which of them pass the filter.
func (f *finder) passing(ctx context.Context, rows []fts.Found) (map[owner]bool, error) {
	pass := map[owner]bool{}
	for _, r := range f.kinds {
		ask := map[int64]bool{}
		for _, row := range rows {
			if row.Kind == r.kind {
				ask[row.OwnerPK] = true
			}
		}
		if len(ask) == 0 {
			continue
		}
		pks, err := r.passing(ctx, f.x, f.q.Query, ask)
		if err != nil {
			return nil, err
		}
		for _, pk := range pks {
			pass[owner{r.kind, pk}] = true
		}
	}
	return pass, nil
}

// fewEntities is up to how many entities a filter is better looked at before the
// text.
const fewEntities = 2000

// collectAmong finds texts among the entities that pass the filter, if those are few.
func (f *finder) collectAmong(ctx context.Context) (bool, error) {
	lists := make([]string, len(f.kinds))
	n := 0
	for i, r := range f.kinds {
		pks, err := r.someOf(ctx, f.x, f.q.Query, fewEntities+1-n)
		if err != nil {
			return false, err
		}
		if n += len(pks); n > fewEntities {
			return false, nil
		}
		b, _ := json.Marshal(pks)
		lists[i] = string(b)
	}
	var all []fts.Found
	for i, r := range f.kinds {
		if lists[i] == "null" {
			continue
		}
		rows, err := fts.Among(ctx, indexConn{f.x}, f.match, f.keys, r.kind, lists[i], math.MaxInt32)
		if err != nil {
			return false, err
		}
		all = append(all, rows...)
	}
	slices.SortFunc(all, func(a, b fts.Found) int { return cmp.Compare(b.PK, a.PK) })
	if f.q.Rank == RankRelevance && len(all) > rankedRows {
		all = all[:rankedRows]
		defer func() { f.done = false }()
	}
	if f.q.Rank == RankRelevance && len(all) > 0 {
		at := make(map[int64]*fts.Found, len(all))
		for i := range all {
			at[all[i].PK] = &all[i]
		}
		r := fts.Range{From: all[len(all)-1].PK, To: all[0].PK}
		err := fts.Scores(ctx, indexConn{f.x}, f.match, r, func(pk int64, score float64) {
			if row := at[pk]; row != nil {
				row.Score = score
			}
		})
		if err != nil {
			return false, err
		}
	}
	f.done = true
	return true, f.take(ctx, all, false)
}

// sortGroups puts the entities in the order of their newest text.
func (f *finder) sortGroups() {
	if f.o == nil {
		return
	}
	for _, g := range f.groups {
		slices.SortStableFunc(g.rows, func(a, b row1) int { return cmp.Compare(b.PK, a.PK) })
	}
	slices.SortStableFunc(f.groups, func(a, b *group) int { return cmp.Compare(b.rows[0].PK, a.rows[0].PK) })
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
		slices.SortStableFunc(g.rows, func(a, b row1) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.PK, a.PK)) })
		g.score = g.rows[0].Score
	}
	slices.SortStableFunc(f.groups, func(a, b *group) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.rows[0].PK, a.rows[0].PK))
	})
}

// top is the newest key that the pages after this one look at: what comes into
// the store meanwhile does not move them.
func (f *finder) top() int64 {
	if f.at.Top != 0 {
		return f.at.Top
	}
	top := f.keys.From
	for _, g := range f.groups {
		for _, r := range g.rows {
			if !r.over {
				top = max(top, r.PK)
			}
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
	rows, err := fts.Count(ctx, indexConn{f.x}, f.match, f.keys, countLimit)
	if err != nil || f.seen == 0 {
		return int64(len(f.groups)), true, err
	}
	n := float64(rows) * float64(len(f.groups)) / float64(max(f.seen, 1))
	return max(int64(n), int64(len(f.groups))), true, nil
}

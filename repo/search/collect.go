package search

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"taskstore/fts/index"
	"taskstore/internal/sqlitedb"
)

// collect finds texts until there are enough for the page.
func (f *finder) collect(ctx context.Context) error {
	if f.at.Top != 0 {
		f.keys.To = min(f.keys.To, f.at.Top)
	}
	enough, err := f.collectSome(ctx)
	if err != nil || enough {
		return err
	}
	f.restart()
	_, err = f.collectSome(ctx)
	return err
}

// collectSome finds texts. They are not enough if there are others, beyond those that may be looked into.
func (f *finder) collectSome(ctx context.Context) (enough bool, err error) {
	if f.narrow {
		if found, enough, err := f.collectAmong(ctx); err != nil || found {
			return enough, err
		}
	}
	if f.q.Rank == RankRelevance {
		return f.collectRanked(ctx)
	}
	return f.collectNewest(ctx)
}

// collectNewest finds texts until a page is full.
func (f *finder) collectNewest(ctx context.Context) (enough bool, err error) {
	want := f.at.Skip + f.q.Limit + 1
	err = f.eachChunk(ctx, want+12, func(result []index.Found) (bool, error) {
		f.take(result)
		return len(f.groups) >= want, nil
	})
	return f.begun == nil || f.done || len(f.groups) >= want, err
}

// collectRanked finds as many texts as are compared by relevance. Where some may
// not pass the filter, they are ranked when it is known which do.
func (f *finder) collectRanked(ctx context.Context) (enough bool, err error) {
	chunk := rankedTexts(f.match)
	if f.begun != nil {
		chunk = rankedLeast
	}
	var all []index.Found
	err = f.eachChunk(ctx, chunk, func(result []index.Found) (bool, error) {
		all = append(all, result...)
		return f.fill(all), nil
	})
	if err != nil || f.begun != nil && !f.done && len(all) < max(rankedBegun, f.q.Limit) {
		return false, err
	}
	match, wanted := f.ask()
	f.share, err = index.Scores(ctx, f.x, match, wanted, all)
	f.take(all)
	return true, err
}

// eachChunk gives the matches that pass the filter to fn, the newest first, until it
// has enough of them.
func (f *finder) eachChunk(ctx context.Context, chunk int, fn func([]index.Found) (enough bool, err error)) error {
	match, _ := f.ask()
	for r := f.keys; !f.done; chunk = min(4*chunk, 4000) {
		if f.begun != nil {
			if chunk = min(chunk, lookedMost-f.looked); chunk <= 0 {
				return nil
			}
		}
		result, err := index.Newest(ctx, f.x, match, r, chunk)
		if err != nil {
			return err
		}
		if f.done = len(result) < chunk; len(result) > 0 {
			last := result[len(result)-1].PK
			if last > r.To {
				return fmt.Errorf("%w: the texts that match, newest first, go up from %d to %d", sqlitedb.ErrIndex, r.To, last)
			}
			r.To = last - 1
		}
		if f.looked == 0 && len(result) > 0 {
			f.newest = result[0].PK
		}
		f.looked += len(result)
		if result, err = f.filter(ctx, result); err != nil {
			return err
		}
		if result, err = f.begin(ctx, result); err != nil {
			return err
		}
		if enough, err := fn(result); err != nil || enough {
			return err
		}
	}
	return nil
}

// timely gives the rows that are of the time asked for, and not of a record in the gap.
func (f *finder) timely(result []index.Found) []index.Found {
	return slices.DeleteFunc(result, func(r index.Found) bool {
		return f.q.From != "" && r.At < f.q.From || f.q.To != "" && (r.At == "" || r.At >= f.q.To) || f.gap[owner{r.Kind, r.OwnerPK}]
	})
}

// filter gives the rows that pass the filter.
func (f *finder) filter(ctx context.Context, result []index.Found) ([]index.Found, error) {
	result = f.timely(result)
	if !f.narrow {
		return result, nil
	}
	pass, err := f.passing(ctx, result)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(result, func(r index.Found) bool { return !pass[owner{r.Kind, r.OwnerPK}] }), nil
}

// take puts rows into their groups.
func (f *finder) take(result []index.Found) {
	for _, r := range result {
		o := owner{r.Kind, r.OwnerPK}
		g := f.byKey[o]
		if g == nil {
			g = &group{owner: o}
			f.byKey[o] = g
			f.groups = append(f.groups, g)
		}
		g.rows = append(g.rows, r)
	}
	f.seen += len(result)
}

// passing asks for the entities of some rows which of them pass the filter.
func (f *finder) passing(ctx context.Context, result []index.Found) (map[owner]bool, error) {
	pass := map[owner]bool{}
	for _, r := range f.kinds {
		ask := map[int64]bool{}
		for _, row := range result {
			if row.Kind == r.Kind {
				ask[row.OwnerPK] = true
			}
		}
		if len(ask) == 0 {
			continue
		}
		pks, err := passing(ctx, f.x, r, f.q.Query, slices.Collect(maps.Keys(ask)))
		if err != nil {
			return nil, err
		}
		for _, pk := range pks {
			pass[owner{r.Kind, pk}] = true
		}
	}
	return pass, nil
}

// fewEntities is up to how many entities a filter is better looked at before the
// text.
const fewEntities = 500

// collectAmong finds texts among the entities that pass the filter, if those are few.
func (f *finder) collectAmong(ctx context.Context) (found, enough bool, err error) {
	lists := make([][]int64, len(f.kinds))
	n := 0
	for i, r := range f.kinds {
		pks, err := someMoments(ctx, f.x, r, f.q.Query, fewEntities+1-n)
		if err != nil {
			return false, false, err
		}
		if n += len(pks); n > fewEntities {
			return false, false, nil
		}
		lists[i] = pks
	}
	match, wanted := f.ask()
	var all []index.Found
	for i, r := range f.kinds {
		if len(lists[i]) == 0 {
			continue
		}
		result, err := index.Among(ctx, f.x, match, f.keys, r.Kind, lists[i])
		if err != nil {
			return false, false, err
		}
		all = append(all, result...)
	}
	all = f.timely(all)
	slices.SortFunc(all, func(a, b index.Found) int { return cmp.Compare(b.PK, a.PK) })
	if f.begun != nil && len(all) > lookedMost {
		return true, false, nil
	}
	if len(all) > 0 {
		f.newest = all[0].PK
	}
	if all, err = f.begin(ctx, all); err != nil {
		return false, false, err
	}
	f.done = true
	if f.q.Rank == RankRelevance {
		if most := rankedTexts(f.match); f.begun == nil && len(all) > most {
			all, f.done = all[:most], false
		}
		if _, err := index.Scores(ctx, f.x, match, wanted, all); err != nil {
			return false, false, err
		}
	}
	f.take(all)
	return true, true, nil
}

package search

import (
	"context"
	"maps"
	"slices"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
)

// facetMark names a record whose facets may have changed.
type facetMark struct {
	kind string
	pk   int64
}

// facetMarks are what a transaction of the writer has changed. Facets are brought in step
// before it commits, and before something in it reads them.
type facetMarks struct {
	all   map[facetMark]bool
	fresh map[facetMark]bool // not brought in step since they were noted
	// When that was done last: if a part of the transaction was undone since, that may
	// have been a part of it.
	job, undone int64
}

// MarkFacets notes that a record was written or removed, for its facets alone: MarkDirty
// notes it for them too.
func MarkFacets(ctx context.Context, q *sqlitedb.Tx, kind string, pk int64) error {
	noted, ok := q.State().(*txMarks)
	if !ok {
		return keepMarked(ctx, q, map[facetMark]bool{{kind, pk}: true})
	}
	noted.mu.Lock()
	defer noted.mu.Unlock()
	f := &noted.facets
	if f.all == nil {
		f.all, f.fresh = map[facetMark]bool{}, map[facetMark]bool{}
	}
	f.all[facetMark{kind, pk}], f.fresh[facetMark{kind, pk}] = true, true
	return nil
}

// SettleFacets brings the facets in step with what the transaction of q has written so
// far. Whoever reads facets calls it first; where nothing was written it does nothing.
func SettleFacets(ctx context.Context, q *sqlitedb.Tx) error {
	noted, ok := q.State().(*txMarks)
	if !ok {
		return nil
	}
	if err := keepMarked(ctx, q, noted.takeFresh(q.Job(), q.Undone())); err != nil {
		noted.mu.Lock()
		defer noted.mu.Unlock()
		noted.facets.fresh = maps.Clone(noted.facets.all)
		return err
	}
	return nil
}

// takeFresh gives the marks that nothing in this transaction has settled for good.
func (m *txMarks) takeFresh(job, undone int64) map[facetMark]bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := &m.facets
	fresh := f.fresh
	if f.job != job || f.undone != undone {
		fresh = maps.Clone(f.all)
	}
	f.fresh, f.job, f.undone = map[facetMark]bool{}, job, undone
	return fresh
}

// keepFacets brings the facets in step before the commit.
func keepFacets(ctx context.Context, q *sqlitedb.Tx) error {
	noted := q.State().(*txMarks)
	noted.mu.Lock()
	all := noted.facets.all
	noted.mu.Unlock()
	return keepMarked(ctx, q, all)
}

// keepMarked does it in a fixed order, so that the same writes give the same file.
func keepMarked(ctx context.Context, q *sqlitedb.Tx, marks map[facetMark]bool) error {
	pks := map[string][]int64{}
	for m := range marks {
		pks[m.kind] = append(pks[m.kind], m.pk)
	}
	for _, r := range rows.Relations {
		slices.Sort(pks[r.Kind])
		if err := r.KeepFacets(ctx, q, pks[r.Kind]); err != nil {
			return err
		}
	}
	return nil
}

package listing

import (
	"context"
	"maps"
	"slices"
	"sync"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
)

// facetMark names a record whose facets may have changed.
type facetMark struct {
	kind string
	pk   int64
}

// FacetMarks are what a transaction of the writer has changed. Facets are brought in step
// before it commits, and before something in it reads them.
type FacetMarks struct {
	mu    sync.Mutex // several goroutines of a callback may write
	all   map[facetMark]bool
	fresh map[facetMark]bool // not brought in step since they were noted
	// When that was done last: if a part of the transaction was undone since, that may
	// have been a part of it.
	job, undone int64
}

// marked is the state of a transaction of the writer: see sqlitedb.Hooks.
type marked interface{ Facets() *FacetMarks }

// MarkFacets notes that a record was written or removed, for its facets alone:
// search.MarkDirty notes it for them too.
func MarkFacets(ctx context.Context, q *sqlitedb.Tx, kind string, pk int64) error {
	noted, ok := q.State().(marked)
	if !ok {
		return keepMarked(ctx, q, map[facetMark]bool{{kind, pk}: true})
	}
	noted.Facets().add(facetMark{kind, pk})
	return nil
}

// SettleFacets brings the facets in step with what the transaction of q has written so
// far. Whoever reads facets calls it first; where nothing was written it does nothing.
func SettleFacets(ctx context.Context, q *sqlitedb.Tx) error {
	noted, ok := q.State().(marked)
	if !ok {
		return nil
	}
	m := noted.Facets()
	err := keepMarked(ctx, q, m.takeFresh(q.Job(), q.Undone()))
	if err != nil {
		m.renew()
	}
	return err
}

func (m *FacetMarks) add(mark facetMark) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.all == nil {
		m.all, m.fresh = map[facetMark]bool{}, map[facetMark]bool{}
	}
	m.all[mark], m.fresh[mark] = true, true
}

// takeFresh gives the marks that nothing in this transaction has settled for good.
func (m *FacetMarks) takeFresh(job, undone int64) map[facetMark]bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	fresh := m.fresh
	if m.job != job || m.undone != undone {
		fresh = maps.Clone(m.all)
	}
	m.fresh, m.job, m.undone = map[facetMark]bool{}, job, undone
	return fresh
}

// renew makes all marks fresh again.
func (m *FacetMarks) renew() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fresh = maps.Clone(m.all)
}

// Keep brings the facets in step before the commit.
func (m *FacetMarks) Keep(ctx context.Context, q *sqlitedb.Tx) error {
	m.mu.Lock()
	all := m.all
	m.mu.Unlock()
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

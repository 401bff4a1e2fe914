package search

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"

	"taskstore/fts"
	"taskstore/fts/index"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/listing"
)

// txMarks are what a transaction of the writer has changed and the search index does
// not know.
type txMarks struct {
	mu     sync.Mutex // several goroutines of a callback may write
	set    map[fts.Mark]bool
	fresh  map[fts.Mark]*Fresh
	held   int // bytes of text in fresh
	facets listing.FacetMarks
}

// Facets are the marks for facets.
func (m *txMarks) Facets() *listing.FacetMarks { return &m.facets }

// tidyEach is how many commits look once whether the index has too many segments.
const tidyEach = 4

// Hooks are what the writer runs around every transaction, so that facets and index are in
// step with it when it commits.
func Hooks(log *slog.Logger) sqlitedb.Hooks {
	flushed := 0 // of the writer's goroutine
	return sqlitedb.Hooks{
		Begin: func() any { return &txMarks{set: map[fts.Mark]bool{}, fresh: map[fts.Mark]*Fresh{}} },
		End: func(ctx context.Context, tx *sqlitedb.Tx) error {
			noted := tx.State().(*txMarks)
			if err := noted.facets.Keep(ctx, tx); err != nil {
				return err
			}
			marks := noted.list()
			if len(marks) == 0 {
				return nil
			}
			flushed++
			return indexMarks(ctx, tx, marks, flushed%tidyEach == 1, log)
		},
	}
}

func (m *txMarks) add(mark fts.Mark) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.set[mark] = true
}

func (m *txMarks) list() []fts.Mark {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Collect(maps.Keys(m.set))
}

type deferKey struct{}

// DeferIndex returns a context whose writes the search index does not follow:
// they only note, durably, what it must take up. For an import: Index.Flush does it
// afterwards, many times faster than write by write. A search in between does it
// first.
func DeferIndex(ctx context.Context) context.Context {
	return context.WithValue(ctx, deferKey{}, true)
}

// Deferred tells whether ctx is one of DeferIndex.
func Deferred(ctx context.Context) bool {
	is, _ := ctx.Value(deferKey{}).(bool)
	return is
}

// MarkDirty notes what the transaction of q has changed. The writer brings facets and
// index in step once, before it commits; whatever happens to the job meanwhile,
// a mark too many does no harm.
func MarkDirty(ctx context.Context, q *sqlitedb.Tx, m fts.Mark) error {
	if m.ItemPK == 0 { // a record is in no facet for an item
		if err := listing.MarkFacets(ctx, q, m.Kind, m.PK); err != nil {
			return err
		}
	}
	noted, ok := q.State().(*txMarks)
	if Deferred(ctx) || !ok {
		return index.Note(ctx, q, m)
	}
	noted.add(m)
	return nil
}

// MarkLists notes that an entity's own text has changed, and what is in these child tables.
func MarkLists(ctx context.Context, q *sqlitedb.Tx, kind string, pk int64, tables []string) error {
	if err := MarkDirty(ctx, q, fts.Mark{Kind: kind, PK: pk}); err != nil {
		return err
	}
	for _, table := range tables {
		if len(fts.Documents()[table]) == 0 {
			continue
		}
		if err := MarkDirty(ctx, q, fts.Mark{Kind: kind, PK: pk, List: table}); err != nil {
			return err
		}
	}
	return nil
}

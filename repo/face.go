package repo

import (
	"context"
	"iter"

	"taskstore/repo/history"
	"taskstore/repo/links"
	"taskstore/repo/listing"
	"taskstore/repo/search"
	"taskstore/schema"
)

// What is asked for, and what is found. These are the types of the packages listing and
// search, which document their fields.
type (
	// Query says which records are wanted: see listing.Query.
	Query = listing.Query
	// Sort is an order of records.
	Sort = listing.Sort
	// Cursor is a place between two records in the answer to a query.
	Cursor = listing.Cursor
	// Search asks for texts, in all kinds at once: see search.Search.
	Search = search.Search
	// Rank is an order of hits.
	Rank = search.Rank
	// SearchPage is a part of the answer to a Search: see search.SearchPage.
	SearchPage = search.SearchPage
	// Hit is a record with the texts in it that match: see search.Hit.
	Hit = search.Hit
	// Facet is what the records of a query are counted by.
	Facet = listing.Facet
	// FacetCount is one value of a facet and how many records have it.
	FacetCount = listing.FacetCount
	// Explanation tells how the store would answer a query: see listing.Explanation.
	Explanation = listing.Explanation
)

// The orders of records, of hits, and what records are counted by.
const (
	SortDate      = listing.SortDate // the default: when it took place or was created
	SortUpdated   = listing.SortUpdated
	SortSaved     = listing.SortSaved // when the store last wrote it
	SortTitle     = listing.SortTitle // A to Z, the case of ASCII letters aside
	RankRelevance = search.RankRelevance
	RankNewest    = search.RankNewest
	FacetTag      = listing.FacetTag
	FacetStatus   = listing.FacetStatus
	FacetDay      = listing.FacetDay
	FacetMonth    = listing.FacetMonth
	FacetYear     = listing.FacetYear

	DefaultLimit = listing.DefaultLimit // records on a page whose query names no limit
	DefaultHits  = search.DefaultHits   // hits on a page whose search names no limit
)

// Sorts are the names that a Sort may have.
func Sorts() []Sort { return listing.Sorts() }

// DeferIndex returns a context whose writes the search index does not follow: they only
// note, durably, what it must take up. For an import: store.Index.Flush does it
// afterwards, many times faster than write by write. A search in between does it first.
func DeferIndex(ctx context.Context) context.Context { return search.DeferIndex(ctx) }

// What is kept of records. These are the types of package history.
type (
	// Revision is a kept state of a record: see history.Revision.
	Revision = history.Revision
	// Change is one line of the history of a record: see history.Change.
	Change = history.Change
	// RevName names a state of a record: see history.RevName.
	RevName = history.RevName
	// PurgedError says that a record was ended for good.
	PurgedError = history.PurgedError
)

// Records and what leads from one to another: the types of package links.
type (
	// Ref names a record: see links.Ref.
	Ref = links.Ref
	// Linked is one link of a record: see links.Linked.
	Linked = links.Linked
)

// Who has written: the origins of revisions, besides what a program names with WithOrigin.
const (
	OriginProgram = history.OriginProgram
	OriginImport  = history.OriginImport
	OriginForeign = history.OriginForeign
)

// ParseRev reads the name of a state: the number of a revision, or v and the key that
// Change gives.
func ParseRev(text string) (RevName, error) { return history.ParseRev(text) }

// WithOrigin returns a context whose writes are recorded with this origin in the history.
func WithOrigin(ctx context.Context, origin string) context.Context {
	return history.WithOrigin(ctx, origin)
}

// Repository is what a Collection offers, for callers that substitute it.
type Repository[T any] interface {
	Get(ctx context.Context, id string, parts ...string) (T, error)
	GetMany(ctx context.Context, ids []string, parts ...string) ([]T, error)
	Find(ctx context.Context, q Query, parts ...string) (Page[T], error)
	All(ctx context.Context, q Query, parts ...string) iter.Seq2[T, error]
	List(ctx context.Context, q Query) (Page[schema.Brief], error)
	Count(ctx context.Context, q Query) (int, error)
	Save(ctx context.Context, values ...*T) error
	Modify(ctx context.Context, id string, fn func(*T) error, parts ...string) (T, error)
	Delete(ctx context.Context, ids ...string) error
	Restore(ctx context.Context, ids ...string) error
	Purge(ctx context.Context, ids ...string) error
	History(ctx context.Context, id string) ([]Revision, error)
}

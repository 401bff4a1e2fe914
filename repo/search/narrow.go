package search

import (
	"context"
	"slices"

	"taskstore/fts"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/repo/listing"
)

// labelsOf are the conditions of a query that the search index knows.
func labelsOf(q listing.Query) fts.Labels {
	return fts.Labels{Status: q.Status, Tags: q.Tags, AnyTags: q.AnyTags}
}

// isNarrow tells whether a query asks for more than the search index knows: labels, the
// trash, and a time.
func isNarrow(q listing.Query) bool {
	return len(q.NotStatus)+len(q.NotTags)+len(q.Links)+len(q.AnyLinks) > 0 || slices.Contains(q.Status, "")
}

// untimed is a query without its times: those are the times of the moments that are looked
// for, and not of the entities that have them.
func untimed(q listing.Query) listing.Query {
	q.From, q.To = "", ""
	return q
}

// canFilter tells whether the kind has what a query asks for.
func canFilter(r *rows.Relation, q listing.Query) bool { return listing.Check(r, untimed(q)) == nil }

// passing gives those of some entities whose moments can pass the filter.
func passing(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, q listing.Query, pks []int64) ([]int64, error) {
	s, err := listing.Select(ctx, x, r, untimed(q), listing.Words{})
	if err != nil {
		return nil, err
	}
	return s.Passing(ctx, x, pks)
}

// someMoments gives at most limit of the entities whose moments can pass the filter.
func someMoments(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, q listing.Query, limit int) ([]int64, error) {
	s, err := listing.Select(ctx, x, r, untimed(q), listing.Words{})
	if err != nil {
		return nil, err
	}
	return s.Some(ctx, x, limit)
}

package listing

import (
	"context"
	"slices"
	"strings"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// WithPrefix gives brief rows of the first n records whose ids begin with a text, in the order of ids: an id that is
// the text itself comes first.
func WithPrefix(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, prefix string, n int) ([]schema.Brief, error) {
	var pks []int64
	err := x.Select(ctx, &pks, "SELECT pk FROM "+r.Name+`
WHERE id >= ? AND id < ?
ORDER BY id
LIMIT ?`, prefix, prefix+"\U0010ffff", n)
	if err != nil || len(pks) == 0 {
		return nil, err
	}
	found, err := BriefsOf(ctx, x, r, pks)
	slices.SortFunc(found, func(a, b schema.Brief) int { return strings.Compare(a.ID, b.ID) })
	return found, err
}

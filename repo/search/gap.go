package search

import (
	"context"
	"fmt"
	"slices"

	"taskstore/fts"
	"taskstore/fts/index"
	"taskstore/internal/sqlitedb"
)

// Gap are the records that the search index does not know as they are now, where it cannot be
// brought in step. What it has of them may be out of date, or be of another record that had
// the key before. So a search leaves them out, and tells how many they are.
type Gap map[owner]bool

// readGap reads what the index does not know. ErrIndex: there is none for this program.
func readGap(ctx context.Context, x *sqlitedb.Tx) (Gap, error) {
	version, err := SchemaVersion(ctx, x)
	if err != nil {
		return nil, err
	}
	state, err := index.Look(ctx, x, version)
	if err != nil {
		return nil, err
	}
	if state != index.Ready {
		return nil, fmt.Errorf("%w: it was made for another version or is damaged; the next program that opens the store for writing makes it anew", sqlitedb.ErrIndex)
	}
	marks, err := index.Dirty(ctx, x, fts.Mark{}, 1<<30)
	if err != nil || len(marks) == 0 {
		return nil, err
	}
	g := make(Gap, len(marks))
	for _, m := range marks {
		g[owner{m.Kind, m.PK}] = true
	}
	return g, nil
}

// count tells how many of the records are of these kinds.
func (g Gap) count(kinds ...string) (n int64) {
	for o := range g {
		if slices.Contains(kinds, o.kind) {
			n++
		}
	}
	return n
}

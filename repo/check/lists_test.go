package check

import (
	"testing"

	"taskstore/repo/internal/rows"

	"pgregory.net/rapid"
)

// TestListSums: what the lists of records hold agrees with what these say of them, in
// whatever order the rows come, and with nothing else.
func TestListSums(t *testing.T) {
	r := rows.Relations[0]
	rapid.Check(t, func(t *rapid.T) {
		s := newListSums(r)
		s.owners = rapid.SliceOfNDistinct(rapid.Int64Range(-9, 99), 1, 9, rapid.ID).Draw(t, "owners")
		said := map[int64]rows.ListStates{}
		for _, owner := range s.owners {
			said[owner] = rows.ListStates{}
		}
		s.ready()
		for range rapid.IntRange(0, 40).Draw(t, "rows") {
			owner := rapid.OneOf(rapid.SampledFrom(s.owners), rapid.Just[int64](1000)).Draw(t, "owner")
			child, sum := rapid.IntRange(0, len(r.Children)-1).Draw(t, "child"), rapid.Int64().Draw(t, "sum")
			s.add(child, owner, sum)
			if lists := said[owner]; lists != nil {
				list := lists[r.Children[child].Table]
				list.Add(sum)
				lists[r.Children[child].Table] = list
			}
		}
		for owner, lists := range said {
			if !s.agree(owner, lists) {
				t.Fatalf("the lists of %d do not agree with what was added", owner)
			}
		}
		owner := rapid.SampledFrom(s.owners).Draw(t, "one")
		table := rapid.SampledFrom(r.Children).Draw(t, "table").Table
		other := said[owner][table]
		if rapid.Bool().Draw(t, "swapped") && len(r.Children) > 1 { // the list of another table
			next := r.Children[0].Table
			if next == table {
				next = r.Children[1].Table
			}
			if said[owner][next] == other {
				return
			}
			said[owner][table], said[owner][next] = said[owner][next], other
		} else {
			other.N += rapid.Int64Range(1, 3).Draw(t, "more")
			other.Sum += rapid.Int64().Draw(t, "difference")
			said[owner][table] = other
		}
		if s.agree(owner, said[owner]) {
			t.Fatalf("the lists of %d agree with something else", owner)
		}
	})
}

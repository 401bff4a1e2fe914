package check

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"taskstore/repo/internal/rows"
)

// listSums sums up what the lists of each record of one kind hold, in one number for each
// record: with a state for each list of a million records a check would take hundreds of
// megabytes. Each list has factors of its own, which are drawn, so that lists that differ
// have sums that differ, but for one of 2^63 draws.
type listSums struct {
	children []*rows.Child
	owners   []int64  // keys of the records, in order
	sums     []uint64 // of each
	at       int      // the owner of the row before: rows of one mostly follow each other
	factors  []listFactors
}

// listFactors are what a row of a list and its checksum count.
type listFactors struct{ row, sum uint64 }

func newListSums(r *rows.Relation) *listSums {
	s := &listSums{children: r.Children, factors: make([]listFactors, len(r.Children))}
	for i := range s.factors {
		s.factors[i] = listFactors{rand.Uint64() | 1, rand.Uint64() | 1}
	}
	return s
}

// ready is called once the owners are known.
func (s *listSums) ready() {
	slices.Sort(s.owners) // they are, unless the table is damaged
	s.sums = make([]uint64, len(s.owners))
}

// find tells where an owner is. Rows without one are told by the look at foreign keys.
func (s *listSums) find(owner int64) (ok bool) {
	for i := s.at; i < min(s.at+2, len(s.owners)); i++ {
		if s.owners[i] == owner {
			s.at = i
			return true
		}
	}
	i, ok := slices.BinarySearch(s.owners, owner)
	if ok {
		s.at = i
	}
	return ok
}

// add counts a row of a list, by its place among the children.
func (s *listSums) add(child int, owner, sum int64) {
	if s.find(owner) {
		f := s.factors[child]
		s.sums[s.at] += f.row + f.sum*uint64(sum)
	}
}

// agree tells whether the lists of a record are what it says of them.
func (s *listSums) agree(pk int64, said rows.ListStates) bool {
	want := uint64(0)
	for i, ch := range s.children {
		list, f := said[ch.Table], s.factors[i]
		want += f.row*uint64(list.N) + f.sum*uint64(list.Sum)
	}
	return s.find(pk) && s.sums[s.at] == want
}

// ownerOfLists is a record whose lists are not what it says of them.
type ownerOfLists struct {
	Problem
	said rows.ListStates
}

// listsDiffer says which lists of a record are not what it says of them.
func (c *checker) listsDiffer(ctx context.Context, r *rows.Relation, o ownerOfLists) error {
	before := len(c.problems)
	for _, ch := range r.Children {
		var sums []int64
		if err := c.q.Select(ctx, &sums, "SELECT CASE typeof(sum) WHEN 'integer' THEN sum ELSE 0 END FROM "+ch.Table+" WHERE "+ch.Owner+" = ?", o.PK); err != nil {
			return err
		}
		var is rows.ListState
		for _, sum := range sums {
			is.Add(sum)
		}
		if said := o.said[ch.Table]; is != said {
			o.Table, o.Detail = ch.Table, fmt.Sprintf("the list has %d rows where its owner knows %d, or other ones", is.N, said.N)
			c.found(o.Problem)
		}
	}
	if before == len(c.problems) { // an index of a list has what the list has not, or lacks what it has
		o.Detail = "the rows of its lists are other ones than it knows"
		c.found(o.Problem)
	}
	return nil
}

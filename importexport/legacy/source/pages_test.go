package source

import (
	"slices"
	"strconv"
	"testing"
)

// The files come out of the pages in the order in which they were listed, and the pages
// keep none of them.
func TestPages(t *testing.T) {
	for _, n := range []int{0, 1, pageFiles, 2*pageFiles + 1} {
		var l pages
		var want []string
		for i := range n {
			l.add(File{Path: strconv.Itoa(i)})
			want = append(want, strconv.Itoa(i))
		}
		all := l.take()
		var got []string
		for _, f := range all {
			got = append(got, f.Path)
		}
		if !slices.Equal(got, want) || cap(all) != n || l != nil {
			t.Errorf("of %d files come %d, with room for %d; %d pages stay", n, len(got), cap(all), len(l))
		}
	}
}

package repo_test

import (
	"fmt"
	"slices"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// TestListTags: a list has the tags that the entities have, be its rows side by
// side in the table or far apart.
func TestListTags(t *testing.T) {
	t.Parallel()
	s := testdb.Open(t)
	want := map[string][]string{}
	var all []*schema.Note
	for i := range 360 {
		n := &schema.Note{Head: schema.Head{ID: fmt.Sprintf("n%03d", i)}, Content: "text", Status: "draft"}
		for k := range i % 4 {
			n.Tags = append(n.Tags, fmt.Sprintf("tag %d of %d", 9-k, i))
		}
		if i%29 == 1 {
			n.Status = "approved"
		}
		all, want[n.ID] = append(all, n), n.Tags
	}
	fatal(t, s.Notes.Save(t.Context(), all...))
	fatal(t, s.Notes.Delete(t.Context(), "n007", "n022"))
	for _, test := range []struct {
		q repo.Query
		n int
	}{
		{repo.Query{Limit: 400}, 358},
		{repo.Query{Limit: 3}, 3},
		{repo.Query{Trash: true}, 2},
		{repo.Query{Status: []string{"approved"}}, 13},
	} {
		p, err := s.Notes.List(t.Context(), test.q)
		fatal(t, err)
		if len(p.Items) != test.n {
			t.Errorf("%+v: %d notes, want %d", test.q, len(p.Items), test.n)
		}
		for _, b := range p.Items {
			if !slices.Equal(b.Tags, want[b.ID]) {
				t.Errorf("%+v: %s has the tags %q, want %q", test.q, b.ID, b.Tags, want[b.ID])
			}
			_ = append(b.Tags, "another's") // it has no room that belongs to the next one
		}
	}
}

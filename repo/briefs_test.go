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

// TestWithPrefix: the ids that begin with a text, live or in the trash, the text itself first, of every kind alike.
func TestWithPrefix(t *testing.T) {
	s := testdb.Open(t)
	for _, id := range []string{"abc", "abcd", "ab", "abd", "abc\U0001f600", "ABC", "abc%"} {
		fatal(t, s.Notes.Save(t.Context(), &schema.Note{Head: schema.Head{ID: id}, Content: "text"}))
		fatal(t, s.Settings.Save(t.Context(), &schema.Setting{Key: id, Value: "1"}))
	}
	fatal(t, s.Notes.Delete(t.Context(), "abcd"))
	for _, kind := range []string{"note", repo.KindSetting} {
		k, err := repo.KindOf(kind)
		fatal(t, err)
		for _, test := range []struct {
			prefix string
			limit  int
			want   []string
		}{
			{"abc", 9, []string{"abc", "abc%", "abcd", "abc\U0001f600"}},
			{"abc", 2, []string{"abc", "abc%"}},
			{"abc%", 9, []string{"abc%"}},
			{"x", 9, nil},
		} {
			list, err := k.In(&s.Repos).WithPrefix(t.Context(), test.prefix, test.limit)
			fatal(t, err)
			var ids []string
			for _, b := range list {
				ids = append(ids, b.ID)
			}
			if !slices.Equal(ids, test.want) {
				t.Errorf("%s %q: %q, want %q", kind, test.prefix, ids, test.want)
			}
		}
	}
}

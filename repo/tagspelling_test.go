package repo_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// imported saves notes as an import does, which keeps tags as they are.
func imported(t *testing.T, s *repo.Store, tags map[string][]string) {
	t.Helper()
	ctx := repo.WithOrigin(t.Context(), repo.OriginImport)
	for _, id := range slices.Sorted(maps.Keys(tags)) {
		fatal(t, s.Notes.Save(ctx, &schema.Note{Head: schema.Head{ID: id}, Content: "a bear", Status: "Draft", Tags: tags[id]}))
	}
}

func listedNotes(t *testing.T, s *repo.Store, q repo.Query) (ids []string) {
	t.Helper()
	p, err := s.Notes.List(t.Context(), q)
	fatal(t, err)
	n, err := s.Notes.Count(t.Context(), q)
	fatal(t, err)
	for _, b := range p.Items {
		ids = append(ids, b.ID)
	}
	if slices.Sort(ids); n != len(ids) {
		t.Errorf("%+v: %d are counted, %v listed", q, n, ids)
	}
	return ids
}

const (
	composed   = "caf\u00e9"
	decomposed = "cafe\u0301"
)

// TestFiltersFoldTags: a filter takes a tag and a status in any case and composition, in lists and in searches.
func TestFiltersFoldTags(t *testing.T) {
	s := testdb.Open(t)
	imported(t, s, map[string][]string{"n1": {composed}, "n2": {decomposed, "x"}, "n3": {"CAFE\u0301", composed}, "n4": {" " + composed}, "n5": {"cafe", "\u00c9t\u00e9"}, "n6": {"e\u0301te\u0301", "iPhone"}})
	four := []string{"n1", "n2", "n3", "n4"}
	for _, x := range []struct {
		q    repo.Query
		want []string
	}{
		{repo.Query{Tags: []string{composed}}, four},
		{repo.Query{Tags: []string{"Cafe\u0301 "}}, four},
		{repo.Query{AnyTags: []string{"CAF\u00c9", "X"}}, four},
		{repo.Query{Tags: []string{composed, "X"}}, []string{"n2"}},
		{repo.Query{NotTags: []string{"CAF\u00c9"}}, []string{"n5", "n6"}},
		{repo.Query{Tags: []string{"\u00e9T\u00e9"}}, []string{"n5", "n6"}},
		{repo.Query{Tags: []string{"IPHONE"}}, []string{"n6"}},
		{repo.Query{Status: []string{"dRAFT"}, Tags: []string{"x"}}, []string{"n2"}},
		{repo.Query{NotStatus: []string{"draft"}}, nil},
	} {
		if got := listedNotes(t, s, x.q); !slices.Equal(got, x.want) {
			t.Errorf("%+v lists %v, want %v", x.q, got, x.want)
		}
		x.q.Text = "bear"
		if got := listedNotes(t, s, x.q); !slices.Equal(got, x.want) {
			t.Errorf("%+v lists %v, want %v", x.q, got, x.want)
		}
		got := hitsOf(t, s, repo.Search{Query: x.q})
		if slices.Sort(got); !slices.Equal(got, x.want) {
			t.Errorf("%+v finds %v, want %v", x.q, got, x.want)
		}
	}
	var invalid *schema.InvalidError
	if _, err := s.Notes.List(t.Context(), repo.Query{Tags: []string{" "}}); !errors.As(err, &invalid) {
		t.Errorf("an empty tag: %v", err)
	}
	if _, err := s.Search(t.Context(), repo.Search{Query: repo.Query{Text: `bear tag:""`}}); !errors.As(err, &invalid) {
		t.Errorf("a search for an empty tag: %v", err)
	}
}

// TestTagTwins: tags that are one to a filter are named, and one is made of them; a tag is written composed and
// without space around it, but what an import has brought stays until somebody merges it.
func TestTagTwins(t *testing.T) {
	s := testdb.Open(t)
	ctx := t.Context()
	imported(t, s, map[string][]string{"n1": {composed}, "n2": {decomposed, "x", ""}, "n3": {composed, decomposed}})
	n2, err := s.Notes.Get(ctx, "n2", repo.Full)
	fatal(t, err)
	n2.Tags = append(n2.Tags, " we\u0301 ", "x")
	fatal(t, s.Notes.Save(ctx, &n2))
	n2, err = s.Notes.Get(ctx, "n2", repo.Full)
	fatal(t, err)
	if want := []string{decomposed, "x", "", "w\u00e9", "x"}; !slices.Equal(n2.Tags, want) {
		t.Errorf("tags are %q, want %q", n2.Tags, want)
	}
	fresh := &schema.Note{Head: schema.Head{ID: "n4"}, Content: "new", Tags: []string{decomposed, "work ", composed}}
	fatal(t, s.Notes.Save(ctx, fresh))
	if want := []string{"work", composed}; !slices.Equal(fresh.Tags, want) {
		t.Errorf("new tags are %q, want %q", fresh.Tags, want)
	}
	wantTwin(t, s, decomposed, composed)

	same, err := s.RenameTags(ctx, []string{"x"}, "x", false)
	if fatal(t, err); same.Total() != 0 {
		t.Errorf("renaming a tag to itself changes %+v", same)
	}
	for _, dryRun := range []bool{true, false} {
		merged, err := s.RenameTags(ctx, []string{composed}, composed, dryRun)
		if fatal(t, err); merged.Changed["notes"] != 2 {
			t.Errorf("dry run %v: merging changes %+v", dryRun, merged)
		}
	}
	wantTwin(t, s, decomposed, "")
	if got := listedNotes(t, s, repo.Query{Tags: []string{composed}}); len(got) != 4 {
		t.Errorf("after merging %v", got)
	}
	removed, err := s.RenameTags(ctx, []string{"x"}, "", false)
	if fatal(t, err); removed.Total() != 1 {
		t.Errorf("removing changes %+v", removed)
	}
	if n2, err = s.Notes.Get(ctx, "n2"); err != nil || !slices.Equal(n2.Tags, []string{composed, "", "w\u00e9"}) {
		t.Errorf("removing one tag leaves %q, %v", n2.Tags, err)
	}
	removed, err = s.RenameTags(ctx, []string{""}, "", false)
	if fatal(t, err); removed.Total() != 1 {
		t.Errorf("removing the empty tag changes %+v", removed)
	}
}

// wantTwin wants a tag to be named as another spelling of one; "" for a tag that is no more.
func wantTwin(t *testing.T, s *repo.Store, tag, of string) {
	t.Helper()
	list, err := s.Tags(t.Context())
	fatal(t, err)
	i := slices.IndexFunc(list, func(u repo.TagUse) bool { return u.Tag == tag })
	if i < 0 != (of == "") || i >= 0 && list[i].SameAs != of {
		t.Errorf("%q is to be the same as %q: %+v", tag, of, list)
	}
}

// TestMissingFilters: where a status or a tag names nothing, it is said what there is, the nearest first.
func TestMissingFilters(t *testing.T) {
	s := testdb.Open(t)
	for i := range 8 {
		fatal(t, s.Notes.Save(t.Context(), &schema.Note{Head: schema.Head{ID: fmt.Sprint(i)}, Content: "bear", Status: "approved", Tags: []string{fmt.Sprint("tag", i), "work"}}))
	}
	for _, text := range []string{"", "bear"} {
		p, err := s.Notes.List(t.Context(), repo.Query{Status: []string{"aproved"}, Text: text})
		if fatal(t, err); !slices.Equal(p.Unknown, []string{"status:aproved"}) || p.Known[0] != "approved" || len(p.Known) != 3 {
			t.Errorf("%q: unknown %q, known %q", text, p.Unknown, p.Known)
		}
		p, err = s.Notes.List(t.Context(), repo.Query{Tags: []string{"wrok"}, Text: text})
		if fatal(t, err); !slices.Equal(p.Unknown, []string{"tag:wrok"}) || p.Known[0] != "work" || len(p.Known) != 5 {
			t.Errorf("%q: unknown %q, known %q", text, p.Unknown, p.Known)
		}
		p, err = s.Notes.List(t.Context(), repo.Query{Status: []string{"draft"}, Text: text})
		if fatal(t, err); len(p.Unknown) != 0 {
			t.Errorf("%q: a status that no record has: unknown %q", text, p.Unknown)
		}
	}
	found, err := s.Search(t.Context(), repo.Search{Query: repo.Query{Text: "bear status:aproved"}})
	if fatal(t, err); !slices.Equal(found.Unknown, []string{"status:aproved"}) || found.Known[0] != "approved" {
		t.Errorf("unknown %q, known %q", found.Unknown, found.Known)
	}
}

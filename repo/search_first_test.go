package repo_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// hitsOf gives the ids of the hits of a page, in their order.
func hitsOf(t *testing.T, s *repo.Store, q repo.Search) (ids []string) {
	t.Helper()
	p, err := s.Search(t.Context(), q)
	fatal(t, err)
	for _, h := range p.Hits {
		ids = append(ids, h.ID)
	}
	return ids
}

// TestNamedFirst: what is called as the question says comes before texts that repeat its words, also where it is
// older than all that is compared by relevance.
func TestNamedFirst(t *testing.T) {
	s := testdb.Open(t)
	ctx := repo.DeferIndex(t.Context())
	fatal(t, s.Tasks.Save(ctx, &schema.Task{Head: schema.Head{ID: "task"}, Title: "Release-Plan!", CreatedAt: "2019-01-01T10:00:00.000Z"}))
	fatal(t, s.Notes.Save(ctx, &schema.Note{Head: schema.Head{ID: "note"}, Content: "<p>release <b>plan</b></p>", Timestamp: "2018-01-01T10:00:00.000Z"}))
	fatal(t, s.Notes.Save(ctx, &schema.Note{Head: schema.Head{ID: "trash"}, Summary: "release plan", Timestamp: "2018-01-01T10:00:00.000Z"}))
	fatal(t, s.Notes.Delete(ctx, "trash"))
	fatal(t, s.Topics.Save(ctx, &schema.Topic{Head: schema.Head{ID: "topic"}, Subject: schema.Subject{Name: "Plan: release", CreatedAt: "2018-01-01T10:00:00.000Z"}}))
	var notes []*schema.Note
	for i := range 400 {
		notes = append(notes, &schema.Note{Head: schema.Head{ID: fmt.Sprintf("n%03d", i)}, Title: "release plan plan", Content: strings.Repeat("release plan ", 1+i%30),
			Timestamp: schema.Time(fmt.Sprintf("2025-02-%02dT10:%02d:00.000Z", 1+i%28, i%60))})
	}
	fatal(t, s.Notes.Save(ctx, notes...))
	ask := repo.Search{Query: repo.Query{Text: "release plan", Limit: 5}}
	p, err := s.Search(t.Context(), ask)
	fatal(t, err)
	first := []string{p.Hits[0].ID, p.Hits[1].ID}
	if slices.Sort(first); !slices.Equal(first, []string{"note", "task"}) || !p.Limited {
		t.Errorf("first are %v, limited %v", first, p.Limited)
	}
	for _, h := range p.Hits[:2] {
		if h.Score <= 0 || !strings.Contains(h.Snippet, "<mark>") {
			t.Errorf("%+v", h)
		}
	}
	if ids := hitsOf(t, s, repo.Search{Query: repo.Query{Text: `"RELEASE PLAN" kind:tasks`}}); !slices.Equal(ids, []string{"task"}) {
		t.Errorf("among tasks: %v", ids)
	}
	if ids := hitsOf(t, s, repo.Search{Query: repo.Query{Text: "release plan -task", Limit: 1}}); ids[0] != "note" && ids[0] != "task" {
		t.Errorf("without a word that it has not: %v", ids)
	}
	if ids := hitsOf(t, s, repo.Search{Query: ask.Query, Rank: repo.RankNewest}); slices.Contains(ids, "task") {
		t.Errorf("newest first: %v", ids)
	}
	wantPagesOnce(t, s, ask)
}

// wantPagesOnce wants each hit on one page only.
func wantPagesOnce(t *testing.T, s *repo.Store, ask repo.Search) {
	t.Helper()
	seen := map[string]bool{}
	ask.Limit = 60
	for more := true; more; more = ask.After != "" {
		p, err := s.Search(t.Context(), ask)
		fatal(t, err)
		for _, h := range p.Hits {
			if seen[h.ID] {
				t.Fatalf("%s is on two pages", h.ID)
			}
			seen[h.ID] = true
		}
		ask.After = p.Next
	}
	if !seen["task"] || !seen["note"] {
		t.Error("what comes first is on no page")
	}
}

// TestSignsFirst: records that have the words with the signs that were typed come first.
func TestSignsFirst(t *testing.T) {
	s := testdb.Open(t)
	ctx := repo.DeferIndex(t.Context())
	for id, text := range map[string]string{"cpp": "a book on C++, old", "csharp": "I write C# at work", "net": "ported to .NET last year", "percent": "about 50% of it"} {
		fatal(t, s.Notes.Save(ctx, &schema.Note{Head: schema.Head{ID: id}, Content: text, Timestamp: "2018-01-01T10:00:00.000Z"}))
	}
	for i := range 40 {
		fatal(t, s.Notes.Save(ctx, &schema.Note{Head: schema.Head{ID: fmt.Sprint("n", i)}, Title: "C, net", Content: strings.Repeat("c net 50 ", 20), Timestamp: "2025-02-01T10:00:00.000Z"}))
	}
	for typed, want := range map[string]string{"C++": "cpp", "c#": "csharp", ".NET": "net", "50%": "percent", "c++ book": "cpp"} {
		if ids := hitsOf(t, s, repo.Search{Query: repo.Query{Text: typed}}); len(ids) == 0 || ids[0] != want {
			t.Errorf("%s finds %v first", typed, ids[:min(3, len(ids))])
		}
	}
}

// TestNoQuestion: where there is nothing to look for, a search asks what it should be.
func TestNoQuestion(t *testing.T) {
	s := testdb.Open(t)
	fatal(t, s.Notes.Save(t.Context(), &schema.Note{Head: schema.Head{ID: "n1"}, Content: "a bear", Tags: []string{"zoo"}}))
	for _, text := range []string{"", "(", "*", "OR", " ", "-", "\u200b", `""`} {
		var invalid *schema.InvalidError
		if _, err := s.Search(t.Context(), repo.Search{Query: repo.Query{Text: text}}); !errors.As(err, &invalid) || !strings.Contains(err.Error(), "what shall I look for?") {
			t.Errorf("search %q: %v", text, err)
		}
		if _, err := s.Explain(t.Context(), repo.Search{Query: repo.Query{Text: text}}); !errors.As(err, &invalid) {
			t.Errorf("explain %q: %v", text, err)
		}
		if _, err := s.Notes.List(t.Context(), repo.Query{Text: text}); text != "" && !errors.As(err, &invalid) {
			t.Errorf("list %q: %v", text, err)
		}
	}
	for _, q := range []repo.Query{{Text: "-lion"}, {Text: "tag:zoo"}, {Tags: []string{"zoo"}}, {From: "2020-01-01T00:00:00.000Z"}} {
		if ids := hitsOf(t, s, repo.Search{Query: q}); !slices.Equal(ids, []string{"n1"}) && q.From == "" {
			t.Errorf("%+v finds %v", q, ids)
		}
	}
	p, err := s.Search(t.Context(), repo.Search{Query: repo.Query{Text: "ea ( -lion"}})
	if fatal(t, err); p.Understood != "ea -lion" {
		t.Errorf("understood %q", p.Understood)
	}
	e, err := s.Explain(t.Context(), repo.Search{Query: repo.Query{Text: "bear OR"}})
	if fatal(t, err); e.Words[0] != "searched for: bear" {
		t.Errorf("explained %q", e.Words)
	}
}

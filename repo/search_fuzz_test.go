package repo_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// FuzzSearch: nothing that is typed is a syntax error, here or to FTS5; what is refused says why, and what is found
// can be shown.
func FuzzSearch(f *testing.F) {
	for _, seed := range []string{"quick", `"a phrase" -not`, "a* *b* *c", "title:x OR y", "tag:work kind:notes after:7d", `"open`, "NEAR(a b)", "a AND (b", "col:^x", `{a b}:c`, "^", "-", "+-*",
		"学习 *京*", "kind:", "on:2026-13-99", "topic:\"x\"", "a\x00b", "\xff", "x'); DROP TABLE notes", strings.Repeat("*a* ", 40), "\u202e", "🚀 OR \"👩‍💻\"", "is:trash -is:trash"} {
		f.Add(seed, false)
	}
	s := testdb.Open(f)
	for i, text := range []string{"The quick brown fox", "我喜欢学习中文 and more", "call getUserName() 🚀", "MAX_RETRY_COUNT = 3; ada@example.com", "Größe, Łódź, كِتَابٌ"} {
		n := &schema.Note{Head: schema.Head{ID: fmt.Sprint(i)}, Title: text, Content: text, Tags: []string{"work"}}
		if err := s.Notes.Save(f.Context(), n); err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, text string, relevance bool) {
		q := repo.Search{Query: repo.Query{Text: text}}
		if relevance {
			q.Rank = "relevance"
		}
		page, err := s.Search(t.Context(), q)
		if invalid := (*schema.InvalidError)(nil); err != nil && !errors.As(err, &invalid) {
			t.Fatalf("%q: %v", text, err)
		}
		for _, hit := range page.Hits {
			if !utf8.ValidString(hit.Snippet) || strings.Count(hit.Snippet, "<mark>") != strings.Count(hit.Snippet, "</mark>") {
				t.Errorf("%q: snippet %q", text, hit.Snippet)
			}
		}
		if _, err := s.Notes.List(t.Context(), repo.Query{Text: text}); err != nil {
			if invalid := (*schema.InvalidError)(nil); !errors.As(err, &invalid) {
				t.Fatalf("list %q: %v", text, err)
			}
		}
	})
}

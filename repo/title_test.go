package repo_test

import (
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// TestTitlesAreText: whatever lists a record shows its title without marks of Markdown, and the record keeps them.
func TestTitlesAreText(t *testing.T) {
	store := testdb.Open(t)
	const content, want = "# The **new** shop\n\nIt opens in May.", "The new shop"
	note := &schema.Note{Head: schema.Head{ID: "marked"}, Content: content, Timestamp: "2026-03-09T10:00:00.000Z", Source: "thought", Status: "approved"}
	other := &schema.Note{Head: schema.Head{ID: "other"}, Summary: "Other", Content: "c", Timestamp: "2026-03-09T11:00:00.000Z", Source: "thought", Status: "approved", Links: []schema.Link{{Kind: "note", ID: "marked"}}}
	if err := store.Notes.Save(t.Context(), note, other); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	page, err := store.Notes.List(t.Context(), repo.Query{Sort: repo.SortTitle})
	if err != nil || len(page.Items) != 2 {
		t.Fatal(page, err)
	}
	got["the list, in the order of what is stored"] = page.Items[0].Title
	briefs, err := store.Notes.WithPrefix(t.Context(), "mark", 1)
	if err != nil || len(briefs) != 1 {
		t.Fatal(briefs, err)
	}
	got["the beginning of the id"] = briefs[0].Title
	if got["the title"], err = store.Notes.Title(t.Context(), "marked"); err != nil {
		t.Fatal(err)
	}
	hits, err := store.Search(t.Context(), repo.Search{Query: repo.Query{Text: "opens"}})
	if err != nil || len(hits.Hits) != 1 {
		t.Fatal(hits, err)
	}
	got["the search"] = hits.Hits[0].Title
	links, err := store.LinksOf(t.Context(), repo.Ref{Kind: "note", ID: "other"})
	if err != nil || len(links) != 1 {
		t.Fatal(links, err)
	}
	got["the link"] = links[0].Title
	for where, title := range got {
		if title != want {
			t.Errorf("%s has %q, want %q", where, title, want)
		}
	}
	if kept, err := store.Notes.Get(t.Context(), "marked"); err != nil || kept.Content != content || kept.Title != "" {
		t.Errorf("the note is %+v, %v", kept, err)
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"taskstore/repo"
	"taskstore/repo/history"
	"taskstore/schema"
)

// TestHistorySaysWhatIsGone: history tells how many revisions retention has removed, and how many are gone without that,
// before a repair and after it.
func TestHistorySaysWhatIsGone(t *testing.T) {
	dir := t.TempDir()
	now := time.Now().Add(-3 * 365 * 24 * time.Hour)
	s, err := repo.Open(t.Context(), dir, repo.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	n := &schema.Note{Head: schema.Head{ID: "n"}}
	for i := range 8 {
		if i == 3 {
			now = time.Now()
		}
		n.Content = fmt.Sprint("text ", i)
		if err := s.Notes.Save(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	if ended, err := s.History.SetRetention(t.Context(), 365*24*time.Hour); err != nil || ended != 2 {
		t.Fatalf("%d ended, %v", ended, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	look := func(when string, want history.Counted) {
		t.Helper()
		r := storectl(t, nil, "", "--store", dir, "history", "note", "n")
		for text, n := range map[string]int64{"older revisions were removed by retention": want.Pruned, "of note n are missing (damaged)": want.Missing} {
			if r.code != exitDone || strings.Contains(r.stderr, fmt.Sprint(n, " ")) != (n > 0) || strings.Contains(r.stderr, text) != (n > 0) {
				t.Errorf("%s: exit %d, wanted %d %s: %s", when, r.code, n, text, r.stderr)
			}
		}
		var page history.Counted
		r = storectl(t, nil, "", "--store", dir, "history", "note", "n", "--json")
		if err := json.Unmarshal([]byte(r.stdout), &page); err != nil {
			t.Fatal(err, r.stdout)
		}
		if page.PrunedTo = ""; page != want {
			t.Errorf("%s: %+v, wanted %+v", when, page, want)
		}
	}
	look("pruned", history.Counted{Kept: 5, Pruned: 2})
	if r := storectl(t, nil, "", "--store", dir, "query", "--write", "--yes", "DELETE FROM revisions WHERE rev IN (5, 6)"); r.code != exitDone {
		t.Fatal(r.stderr)
	}
	look("gone", history.Counted{Kept: 3, Pruned: 2, Missing: 2})
	if r := storectl(t, nil, "", "--store", dir, "repair", "rows", "--yes"); r.code != exitDone {
		t.Fatal(r.stderr)
	}
	look("repaired", history.Counted{Kept: 3, Pruned: 2, Missing: 2})
}

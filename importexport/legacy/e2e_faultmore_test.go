package legacy_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"taskstore/importexport/ledger"
	"taskstore/internal/testdb"
	"taskstore/repo"

	"github.com/google/go-cmp/cmp"
)

// moreOfFaults is what the lists of what to expect have no word for.
var moreOfFaults = map[string]func(t *testing.T, s *repo.Store, source string){
	"05-entity-file-missing": func(t *testing.T, s *repo.Store, source string) {
		var index []struct{ ID, Title string }
		readData(t, source, "db/notes/index.json", &index)
		for _, e := range index {
			if e.ID == "1740877374473-z4eh6g6ud" {
				brief := string(entityOf(t, s, "notes", e.ID))
				if title, err := json.Marshal(e.Title); err != nil || e.Title == "" || !strings.Contains(brief, string(title)) {
					t.Errorf("the title %q that the index knows is not in %s", e.Title, brief)
				}
			}
		}
	},
	"07-duplicates-across-generations": func(t *testing.T, s *repo.Store, _ string) {
		wantState(t, s, "sessions", "1740861443757-uj4ciplvi", `"name":"mono"`, `"name":"entity"`)
	},
	"12-invalid-utf8": func(t *testing.T, s *repo.Store, source string) {
		wantAside(t, s, source, "db/notes.json")
	},
	"16-wal-mixed": func(t *testing.T, s *repo.Store, _ string) {
		wantState(t, s, "notes", "1740878285845-w2wvso9x1", "WAL STALE")
		wantState(t, s, "topics", "1740895248600-3obk9km5e", "TX C")
	},
	"19-attachment-halves": func(t *testing.T, s *repo.Store, source string) {
		a, err := s.Attachments.Get(t.Context(), "1740898481754-mflhg4dg6", repo.Full)
		if err != nil {
			t.Fatal(err)
		}
		text, err := s.Contents.Text(t.Context(), a.Stored())
		if want := string(must(t, filepath.Join(source, "attachments", "1740898481754-mflhg4dg6.dat"))); err != nil || text != want {
			t.Errorf("the text is %.80q, want %.80q (%v)", text, want, err)
		}
	},
	"21-zip-traversal": wantNothingOutside,
	"27-tx-temp-leftover": func(t *testing.T, s *repo.Store, source string) {
		wantAside(t, s, source, "chunk-000.json")
		if h, err := s.Notes.History(t.Context(), "1740896633284-v1jefctnf"); err != nil || len(h) == 0 {
			t.Errorf("the edited note is not in the history (%v)", err)
		}
	},
	"29-typed-topics": func(t *testing.T, s *repo.Store, _ string) {
		if raw := entityOf(t, s, "companies", "t-company"); !strings.Contains(string(raw), `"website"`) {
			t.Errorf("the company has lost its website: %s", raw)
		}
	},
	"30-settings-race": func(t *testing.T, s *repo.Store, source string) {
		v, err := s.Settings.Get(t.Context(), "settings")
		if err != nil {
			t.Fatal(err)
		}
		have, now := rawMembers(t, []byte(v.Value)), wrappedIn(t, source, "settings.json")
		for name, value := range now {
			testdb.WantJSON(t, "settings "+name, have[name], value)
		}
		other, err := s.Settings.Get(t.Context(), "aiSettings")
		if err != nil || sameJSON([]byte(other.Value), have["aiSettings"]) {
			t.Errorf("aiSettings is not kept beside the settings (%v)", err)
		}
	},
	"31-duplicate-and-missing-ids": func(t *testing.T, s *repo.Store, _ string) {
		if raw := entityOf(t, s, "tasks", "12345"); !strings.Contains(string(raw), `"id":12345`) {
			t.Errorf("the id is a number no more: %s", raw)
		}
		if h, err := s.Tasks.History(t.Context(), "1740816228233-xxrdfruct"); err != nil || len(h) == 0 {
			t.Errorf("the first of the two is not in the history (%v)", err)
		}
	},
	oneByOne: func(t *testing.T, s *repo.Store, _ string) {
		if v, err := s.Settings.Get(t.Context(), "projects"); err != nil || v.Value == "" {
			t.Errorf("the unknown collection is not kept (%v)", err)
		}
	},
}

// wantState wants each text in a state of an entity's history.
func wantState(t *testing.T, s *repo.Store, collection, id string, texts ...string) {
	t.Helper()
	list, err := of(t, s)[collection].history(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, r := range list {
		all.WriteString(string(r.State) + "\n")
	}
	for _, text := range texts {
		if !strings.Contains(all.String(), text) {
			t.Errorf("%s %s: no state of %d has %s", collection, id, len(list), text)
		}
	}
}

// wantAside wants the bytes of a file, found by the end of its name, in quarantine.
func wantAside(t *testing.T, s *repo.Store, source, name string) {
	t.Helper()
	list, err := ledger.Of(s).Quarantine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range list {
		if strings.HasSuffix(q.File, name) && q.Pointer == "" {
			if readBlob(t, s, q.Blob) != string(must(t, filepath.Join(source, filepath.FromSlash(q.File)))) {
				t.Errorf("%s is in quarantine with other bytes", q.File)
			}
			return
		}
	}
	t.Errorf("%s is not in quarantine: %+v", name, list)
}

// wrappedIn gives the members of the object in a wrapped or raw file.
func wrappedIn(t *testing.T, source, name string) map[string]json.RawMessage {
	t.Helper()
	text := []byte(unzipped(t, must(t, filepath.Join(source, "db", name))))
	var w struct{ Data json.RawMessage }
	if err := json.Unmarshal(text, &w); err != nil {
		t.Fatal(err)
	}
	var inner string
	switch {
	case len(w.Data) == 0:
		return rawMembers(t, text)
	case json.Unmarshal(w.Data, &inner) == nil:
		return rawMembers(t, []byte(inner))
	}
	return rawMembers(t, w.Data)
}

// wantNothingOutside imports a copy that lies deep in an empty directory: nothing
// comes to be beside it.
func wantNothingOutside(t *testing.T, _ *repo.Store, source string) {
	outer := t.TempDir()
	inner := filepath.Join(outer, "a", "b", "c", "source")
	if err := os.CopyFS(inner, os.DirFS(source)); err != nil {
		t.Fatal(err)
	}
	before := tree(t, outer)
	s := testdb.Open(t)
	importing(t, s, inner)
	wantSame(t, "around the source", tree(t, outer), before)
	for _, line := range tree(t, s.Dir()) {
		if name, _, _ := strings.Cut(line, " 20"); bytes.Contains([]byte(name), []byte("evil")) {
			t.Errorf("%s was written", name)
		}
	}
}

// wantSetAside wants so many values that stood in the place of records.
func wantSetAside(t *testing.T, s *repo.Store, want fault) {
	t.Helper()
	list, err := ledger.Of(s).Quarantine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, q := range list {
		if q.Code == "stray-element" {
			got[strings.TrimSuffix(strings.TrimPrefix(q.File, "db/"), ".json")]++
		}
		if info, err := s.Contents.Stat(t.Context(), q.Blob); err != nil || info.Size != q.Size {
			t.Errorf("%s%s in quarantine: %d bytes, want %d (%v)", q.File, q.Pointer, info.Size, q.Size, err)
		}
	}
	if want.StrayElements == nil {
		want.StrayElements = map[string]int{}
	}
	if diff := cmp.Diff(want.StrayElements, got); diff != "" {
		t.Errorf("values in the place of records: -want +got\n%s", diff)
	}
}

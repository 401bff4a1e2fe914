package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// alikeIDs are ids that some system takes for one name, or for something else than a name.
var alikeIDs = []string{"CON", "con", "nul.txt", ".", "..", "../../up", `..\..\up`, "/etc/passwd", "C:x", "note", "Note", "note.", "note ", "caf\u00e9", "cafe\u0301", "-rf", "a:b", "*?", "\u202egnp.exe",
	strings.Repeat("n", 300), strings.Repeat("n", 300) + "m"}

// TestAlikeIDs: ids that differ in a letter's case, in how it is composed, in what stands behind it or far behind are
// records of their own, in every form in which they leave the store and come back; and no id is a path.
func TestAlikeIDs(t *testing.T) {
	dir, place := emptyStore(t), t.TempDir()
	t.Chdir(place)
	var in strings.Builder
	for _, id := range alikeIDs {
		text, err := json.Marshal(map[string]string{"id": id, "content": "of " + id, "title": id})
		if err != nil {
			t.Fatal(err)
		}
		in.Write(append(text, '\n'))
	}
	if got := storectl(t, nil, in.String(), "--store", dir, "put", "notes"); got.code != exitDone {
		t.Fatalf("put: exit %d %s", got.code, got.stderr)
	}
	want := slices.Sorted(slices.Values(alikeIDs))
	for _, id := range alikeIDs {
		var note struct{ ID, Content string }
		if err := json.Unmarshal(ask(t, dir, "get", "--", "note", id), &note); err != nil || note.ID != id || note.Content != "of "+id {
			t.Errorf("%q is %q, %v", id, note, err)
		}
	}
	for form, name := range map[string]string{"archive": "all.zip", "json": "all.json", "ndjson": "all.ndjson"} {
		ask(t, dir, "export", "--format", form, "-f", name)
		other := emptyStore(t)
		ask(t, other, "import", name)
		if got := idsOf(t, other); !slices.Equal(got, want) {
			t.Errorf("%s brought %q", form, got)
		}
		ask(t, other, "check")
	}
	ask(t, dir, "export", "--format", "markdown", "-f", "pages")
	var files []string
	err := filepath.WalkDir(place, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files = append(files, filepath.ToSlash(strings.TrimPrefix(path, place)))
		}
		return err
	})
	if errors.Join(err) != nil || slices.ContainsFunc(files, func(f string) bool { return strings.Contains(f, "up") && !strings.HasPrefix(f, "/pages") }) {
		t.Errorf("the files are %q, %v", files, err)
	}
	for i, id := range alikeIDs[1:] {
		ask(t, dir, "purge", "--yes", "--", "notes", id)
		if got := idsOf(t, dir); len(got) != len(alikeIDs)-1-i {
			t.Errorf("purge of %q left %q", id, got)
		}
	}
}

func idsOf(t *testing.T, dir string) []string {
	t.Helper()
	ids := map[string]bool{}
	for line := range strings.Lines(string(ask(t, dir, "export", "--format", "ndjson", "-f", "-"))) {
		var record struct{ ID string }
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		if record.ID != "" {
			ids[record.ID] = true
		}
	}
	return slices.Sorted(maps.Keys(ids))
}

// TestRefusedIDs: what no id can be is refused, and nothing of it is stored.
func TestRefusedIDs(t *testing.T) {
	dir := emptyStore(t)
	for _, id := range []string{`a\u0000b`, `\u0000`, strings.Repeat("n", 1001), `a\ud800b`} {
		if got := storectl(t, nil, `{"id":"`+id+`","content":"x"}`, "--store", dir, "put", "note"); got.code != exitMisused {
			t.Errorf("%.20q: exit %d %s%s", id, got.code, got.stdout, got.stderr)
		}
	}
	if got := idsOf(t, dir); len(got) > 0 {
		t.Errorf("%q are there", got)
	}
}

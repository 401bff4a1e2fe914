package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// The stores and archives in testdata/versions were made by the programs of their
// day, one for each schema that ever was in use: the sample imported, a note
// written twice and once by another tool, a task in the trash, a file attached (not
// with schema 1, which could not yet), a backup. records.ndjson is what the last of
// those programs exported. The store of schema 6 has two imports, a note that was purged, and one that
// another tool has written just before. The store of schema 5, the last without facets, also has
// notes facet-1 to facet-7 with tags and links, in the trash and out of it, which another
// tool has changed, replaced, made and removed.

// TestOldStores opens the stores of all earlier versions: everything is there, the
// check is clean, and their backups restore.
func TestOldStores(t *testing.T) {
	for _, file := range versions(t, "schema*.tar.zst") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			store := filepath.Join(t.TempDir(), "store")
			unpackStore(t, file, store)
			withFile := !strings.Contains(file, "schema1")
			wantStore(t, store, withFile)
			ask(t, store, "backup", "verify", "--all")
			back := filepath.Join(t.TempDir(), "back")
			ask(t, store, "backup", "restore", "latest", "--to", back, "--yes")
			wantStore(t, back, withFile)
			if strings.Contains(file, "schema5") {
				wantFacets(t, store)
			}
		})
	}
}

// TestIndexKept: a migration that changes nothing of what is indexed leaves the search index as it
// is, and the index is right.
func TestIndexKept(t *testing.T) {
	store := filepath.Join(t.TempDir(), "store")
	unpackStore(t, filepath.Join("testdata", "versions", "schema6.tar.zst"), store)
	indexed := func() (n string) {
		db, err := sql.Open("sqlite", filepath.Join(store, "store.db"))
		if err == nil {
			row := db.QueryRow("SELECT (SELECT count(*) FROM search_text) || '|' || (SELECT count(*) FROM search_dirty)")
			err = errors.Join(row.Scan(&n), db.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := indexed()
	if strings.HasPrefix(before, "0|") {
		t.Fatalf("nothing is indexed: %s", before)
	}
	ask(t, store, "migrate", "up")
	if after := indexed(); after != before {
		t.Errorf("%s texts were indexed and unknown before, and %s are after", before, after)
	}
	wantStore(t, store, true)
}

// TestOldArchives imports the archives of all earlier versions.
func TestOldArchives(t *testing.T) {
	for _, file := range versions(t, "schema*.zip") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			store := filepath.Join(t.TempDir(), "store")
			ask(t, store, "import", file)
			wantStore(t, store, true)
		})
	}
}

func versions(t *testing.T, pattern string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join("testdata", "versions", pattern))
	if err != nil || len(list) < 3 {
		t.Fatalf("%d of %s, %v", len(list), pattern, err)
	}
	return list
}

// wantStore holds a store against what the old programs put into it.
func wantStore(t *testing.T, store string, withFile bool) {
	t.Helper()
	ask(t, store, "migrate", "up")
	ask(t, store, "check")
	want, err := os.ReadFile(filepath.Join("testdata", "versions", "records.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	got := records(t, ask(t, store, "export", "--format", "ndjson", "-f", "-"))
	for id, record := range records(t, want) {
		if !withFile && id == "attachment/att.txt" {
			continue
		}
		if got[id] != record {
			t.Errorf("%s is\n%s\nwant\n%s", id, got[id], record)
		}
	}
	if hits := ask(t, store, "search", "another tool"); !bytes.Contains(hits, []byte("note-x")) {
		t.Errorf("a note that another tool wrote is not found:\n%s", hits)
	}
	if trash := ask(t, store, "list", "tasks", "--trash"); !bytes.Contains(trash, []byte("task-x")) {
		t.Errorf("the trash holds no task-x:\n%s", trash)
	}
	past := ask(t, store, "history", "notes", "note-x", "--json")
	for _, text := range []string{"first words of a note", "second words of a note", "written by another tool"} {
		if !bytes.Contains(past, []byte(text)) {
			t.Errorf("the history lacks %q:\n%s", text, past)
		}
	}
	if withFile {
		ask(t, store, "blob", "verify")
	}
}

// wantFacets holds what notes are listed and counted by against what was put in: migrating
// fills it.
func wantFacets(t *testing.T, store string) {
	t.Helper()
	got := ask(t, store, "query", "-o", "csv", `SELECT f.field, f.value, f.trash, f.records, group_concat(n.id, ' ') AS ids
FROM (SELECT * FROM facet_rows ORDER BY owner_pk) AS w
JOIN facets AS f ON f.pk = w.facet_pk
JOIN notes AS n ON n.pk = w.owner_pk
WHERE f.kind = 'note' AND (f.value IN ('listed', 'tag-1', 'tag-even', 'topic-list') OR f.field = 'all' AND f.trash)
GROUP BY f.pk
ORDER BY f.field, f.value, f.trash`)
	const want = `field,value,trash,records,ids
all,,1,2,facet-2 facet-3
link topic,topic-list,0,4,facet-1 facet-4 facet-7 facet-5
link topic,topic-list,1,2,facet-2 facet-3
tag,listed,0,4,facet-1 facet-4 facet-7 facet-5
tag,listed,1,2,facet-2 facet-3
tag,tag-1,0,2,facet-1 facet-5
tag,tag-1,1,1,facet-3
tag,tag-even,0,1,facet-4
tag,tag-even,1,1,facet-2`
	if strings.TrimSpace(string(got)) != want {
		t.Errorf("the facets are\n%s\nwant\n%s", got, want)
	}
}

// records are the records of an export by kind and id, without what was another in
// each store: the revisions, and the id and time of the file that was attached.
func records(t *testing.T, ndjson []byte) map[string]string {
	t.Helper()
	all := map[string]string{}
	for line := range bytes.Lines(ndjson) {
		var r map[string]any
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		delete(r, "_rev")
		name := cmp.Or(r["id"], r["key"])
		if r["name"] == "att.txt" {
			name = r["name"]
			delete(r, "id")
			delete(r, "createdAt")
		}
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		all[fmt.Sprintf("%v/%v", r["_kind"], name)] = string(text)
	}
	return all
}

// ask runs storectl on a store and gives what it prints.
func ask(t *testing.T, store string, args ...string) []byte {
	t.Helper()
	got := storectl(t, nil, "", slices.Concat([]string{"--store", store}, args)...)
	if got.code != 0 {
		t.Fatalf("storectl %s: exit %d\n%s%s", strings.Join(args, " "), got.code, got.stdout, got.stderr)
	}
	return []byte(got.stdout)
}

// unpackStore unpacks a store.
func unpackStore(t *testing.T, file, dir string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := zstd.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, filepath.FromSlash(h.Name))
		if h.FileInfo().IsDir() {
			err = os.MkdirAll(to, 0o700)
		} else {
			err = writeFrom(to, r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func writeFrom(to string, r io.Reader) error {
	f, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}

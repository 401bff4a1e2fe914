package legacy

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestSingleFilesOfData imports each single file by itself: what it holds is what the
// application had.
func TestSingleFilesOfData(t *testing.T) {
	at := devData(t)
	top, _ := members(readText(t, filepath.Join(at, "expected.json")))
	expected, _ := members(last(top, "collections"))
	all := []string{"sessions", "notes", "tasks", "topics", "companies", "contacts"}
	for file, tc := range map[string]struct {
		collections []string
		settings    bool
	}{
		"export.zip":                                    {all, true},
		"state-v3.json":                                 {all, true},
		"taskerino-backup-1759000000000.json":           {[]string{"notes", "tasks", "topics"}, false},
		"backups":                                       {[]string{"notes", "tasks", "topics", "companies", "contacts"}, true},
		"backups/backup-1761650600312.json":             {[]string{"notes", "tasks", "topics", "companies", "contacts"}, true},
		"faulty/22-zip-import-double-wrap":              {nil, false},
		"faulty/34-export-oddities":                     {nil, false},
		"faulty/21-zip-traversal":                       {nil, false},
		"faulty/21-zip-traversal/export.zip":            {nil, false},
		"faulty/20-ca-hash-mismatch":                    {nil, false},
		"faulty/20-ca-hash-mismatch/db":                 {nil, false},
		"gen4-dedup":                                    {nil, false},
		"backups/backup-1761659600345.json":             {nil, false},
		"faulty/34-export-oddities/export-partial.json": {nil, false},
	} {
		t.Run(file, func(t *testing.T) {
			path := filepath.Join(at, filepath.FromSlash(file))
			out, r := imported(t, path, nil)
			for _, collection := range tc.collections {
				sameRecords(t, file, collection, out, last(expected, collection))
			}
			if got := out["settings/settings"].Raw; tc.settings && !Equal(got, last(top, "settings")) {
				t.Errorf("settings are %.300s", got)
			}
			for kind, c := range r.Collections {
				if c.Found != c.Live+c.Recovered+c.Versions+c.Duplicates+c.Quarantined {
					t.Errorf("%s do not add up: %+v", kind, c)
				}
			}
			store := newMemory()
			out, _ = imported(t, path, store)
			store.apply(t, out)
			before := store.writes
			out, _ = imported(t, path, store)
			if store.apply(t, out); store.writes != before {
				t.Errorf("importing again made %d writes", store.writes-before)
			}
		})
	}
}

// TestFormsOfFaultyData checks the damaged directories of these forms against what is
// asked of them.
func TestFormsOfFaultyData(t *testing.T) {
	at := filepath.Join(devData(t), "faulty")
	var all map[string]struct {
		expectation
		Attachments map[string]string
		MissingBlob []string
		OrphanBlob  string
		Replaced    struct {
			IDs      []string
			TrueHash string
		}
	}
	readJSON(t, filepath.Join(at, "expected.json"), &all)
	for _, name := range []string{"20-ca-hash-mismatch", "21-zip-traversal", "22-zip-import-double-wrap", "34-export-oddities"} {
		t.Run(name, func(t *testing.T) {
			want := all[name]
			out, r := imported(t, filepath.Join(at, name), nil)
			checkStates(t, out, want.Live, "")
			for _, code := range want.Report {
				if r.Warnings[code] == 0 {
					t.Errorf("%s is not reported", code)
				}
			}
			sums := sumsOf(t, filepath.Join(at, name), out)
			for id, sum := range want.Attachments {
				same(t, id, sums[id], sum)
			}
			for _, id := range want.Replaced.IDs {
				same(t, id, sums[id], want.Replaced.TrueHash)
			}
			for _, id := range want.MissingBlob {
				if _, ok := out["attachments/"+id]; !ok || sums[id] != "" {
					t.Errorf("%s: there %v, content %s", id, ok, sums[id])
				}
			}
			if want.OrphanBlob != "" {
				same(t, "orphan", sums[want.OrphanBlob], want.OrphanBlob)
			}
		})
	}
}

// sumsOf reads the contents of the attachments: id → SHA-256.
func sumsOf(t *testing.T, path string, out outcome) map[string]string {
	t.Helper()
	src, err := OpenSource(t.Context(), path, SourceOptions{})
	must(t, err)
	defer src.Close()
	sums := map[string]string{}
	for _, m := range out {
		if m.Collection != "attachments" || len(m.Contents) == 0 {
			continue
		}
		in, err := src.OpenContent(t.Context(), m.Contents[0])
		must(t, err)
		d, err := NewDatReader(in)
		must(t, err)
		h := sha256.New()
		_, err = io.Copy(h, d)
		must(t, errors.Join(err, in.Close()))
		sums[m.ID] = hex.EncodeToString(h.Sum(nil))
	}
	return sums
}

// TestContentsOfData reads the contents of the directories whose contents are filed
// under their hashes.
func TestContentsOfData(t *testing.T) {
	at := devData(t)
	type attachment struct{ ID, Name, SHA256 string }
	var chunked struct{ Attachments []attachment }
	var dedup []attachment
	readJSON(t, filepath.Join(at, "expected.json"), &chunked)
	readJSON(t, filepath.Join(at, "expected-gen4-dedup.json"), &dedup)
	for root, want := range map[string][]attachment{"gen4-chunked": chunked.Attachments, "gen4-dedup": dedup} {
		out, _ := imported(t, filepath.Join(at, root), nil)
		sums := sumsOf(t, filepath.Join(at, root), out)
		if len(sums) != len(want) {
			t.Errorf("%s: %d contents, want %d", root, len(sums), len(want))
		}
		for _, a := range want {
			m := out["attachments/"+a.ID]
			if m.Trash != "" || sums[a.ID] != a.SHA256 || len(m.Versions) > 0 {
				t.Errorf("%s: %s: trash %q, content %s, want %s, %d versions", root, a.ID, m.Trash, sums[a.ID], a.SHA256, len(m.Versions))
			}
			if list, _ := members(m.Raw); root == "gen4-dedup" && textOf(last(list, "name")) != a.Name {
				t.Errorf("%s: %s is %s", root, a.ID, m.Raw)
			}
		}
	}
}

func readText(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	return text
}

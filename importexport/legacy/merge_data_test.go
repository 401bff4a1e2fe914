package legacy

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// imported scans a directory or file of the legacy data and merges it.
func imported(t *testing.T, path string, target Target) (outcome, Report) {
	t.Helper()
	src, err := OpenSource(t.Context(), path, SourceOptions{Now: testNow})
	must(t, err)
	defer src.Close()
	s, err := NewStage(t.Context(), t.TempDir())
	must(t, err)
	t.Cleanup(func() { s.Close() })
	l, err := s.Load(t.Context())
	must(t, err)
	must(t, Scan(t.Context(), src, l))
	must(t, l.Finish(testNow))
	out := mergeAll(t, s, target)
	r, err := s.Report(t.Context())
	must(t, err)
	return out, r
}

func readJSON(t *testing.T, path string, to any) {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	must(t, json.Unmarshal(text, to))
}

// TestMergeOfData merges the whole directories, one after the other, into one
// store: every record is there once, as the application last had it, and doing it
// again changes nothing.
func TestMergeOfData(t *testing.T) {
	at := devData(t)
	text, err := os.ReadFile(filepath.Join(at, "expected.json"))
	must(t, err)
	top, _ := members(text)
	expected, _ := members(last(top, "collections"))
	store := newMemory()
	for _, root := range []string{"gen1-raw", "gen2-wrapped", "gen2-wrapped-v2", "export-v1.json"} {
		out, r := imported(t, filepath.Join(at, root), nil)
		for _, collection := range []string{"sessions", "notes", "tasks", "topics", "companies", "contacts"} {
			sameRecords(t, root, collection, out, last(expected, collection))
		}
		for kind, c := range r.Collections {
			if c.Found != c.Live+c.Recovered+c.Versions+c.Duplicates+c.Quarantined {
				t.Errorf("%s: %s do not add up: %+v", root, kind, c)
			}
		}
		t.Logf("%s: %+v findings %v warnings %v", root, r.Collections, r.Findings(), r.Warnings)
		out, _ = imported(t, filepath.Join(at, root), store)
		store.apply(t, out)
		before := store.writes
		out, _ = imported(t, filepath.Join(at, root), store)
		if store.apply(t, out); store.writes != before {
			t.Errorf("%s: importing again made %d writes", root, store.writes-before)
		}
	}
}

func sameRecords(t *testing.T, root, collection string, out outcome, expected jsontext.Value) {
	t.Helper()
	want, _ := elements(expected)
	live := 0
	for key, m := range out {
		if strings.HasPrefix(key, collection+"/") && m.Trash == "" {
			live++
		}
	}
	if live != len(want) {
		t.Errorf("%s: %d %s live, want %d", root, live, collection, len(want))
	}
	for _, raw := range want {
		list, _ := members(raw)
		id := textOf(last(list, "id"))
		if m := out[collection+"/"+id]; m.Trash != "" || !sameBut(m.Raw, raw, "attachments") {
			t.Errorf("%s: %s %s is, trash %q:\n%.600s\nwant\n%.600s", root, collection, id, m.Trash, m.Raw, raw)
		}
	}
}

// sameBut compares two records without one member.
func sameBut(a, b jsontext.Value, name string) bool {
	cut := func(v jsontext.Value) jsontext.Value {
		list, _ := members(v)
		return joinMembers(slices.DeleteFunc(list, func(m member) bool { return m.name == name }))
	}
	return Equal(cut(a), cut(b))
}

// expectation is what must be true of a faulty directory.
type expectation struct {
	Live, Recovered map[string][]string
	Values          [][]any
	Report          []string
}

// merged are the faulty directories whose records need no more than collection
// files, their backups and single-file exports.
var mergedFaults = []string{"01-", "02-", "03-", "04-", "08-", "09-", "10-", "11-", "22-", "23-", "24-", "25-", "26-", "28-", "29-", "31-", "33-"}

func TestMergeOfFaultyData(t *testing.T) {
	at := filepath.Join(devData(t), "faulty")
	var all map[string]expectation
	readJSON(t, filepath.Join(at, "expected.json"), &all)
	for name, want := range all {
		if !slices.Contains(mergedFaults, name[:3]) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			out, r := imported(t, filepath.Join(at, name), nil)
			checkStates(t, out, want.Live, "")
			checkStates(t, out, want.Recovered, TrashRecovered)
			for _, v := range want.Values {
				checkValue(t, out, v)
			}
			for _, code := range []string{"truncated", "restored-from-backup", "gzip-error", "checksum-mismatch", "conflict-version", "typed-topic", "duplicate-id", "empty-file"} {
				if slices.Contains(want.Report, code) && r.Warnings[code] == 0 {
					t.Errorf("%s is not reported", code)
				}
			}
			t.Logf("%+v findings %v warnings %v", r.Collections, r.Findings(), r.Warnings)
		})
	}
}

func checkStates(t *testing.T, out outcome, ids map[string][]string, trash string) {
	t.Helper()
	for collection, list := range ids {
		n := 0
		for key, m := range out {
			if strings.HasPrefix(key, collection+"/") && m.Trash == trash && !strings.Contains(key, "/legacy-") {
				n++
			}
		}
		if n != len(list) {
			t.Errorf("%d %s in state %q, want %d", n, collection, trash, len(list))
		}
		for _, id := range list {
			if m, ok := out[collection+"/"+id]; !ok || m.Trash != trash {
				t.Errorf("%s %q: there %v, trash %q, want %q", collection, id, ok, m.Trash, trash)
			}
		}
	}
}

// checkValue checks one [collection, id, path, value].
func checkValue(t *testing.T, out outcome, v []any) {
	t.Helper()
	raw := out[v[0].(string)+"/"+v[1].(string)].Raw
	for _, step := range strings.Split(v[2].(string), ".") {
		if list, ok := members(raw); ok {
			raw = last(list, step)
		} else if i, err := strconv.Atoi(step); err == nil {
			items, _ := elements(raw)
			raw = items[i]
		}
	}
	want, err := json.Marshal(v[3])
	must(t, err)
	if !Equal(raw, want) {
		t.Errorf("%v is %s", v, raw)
	}
}

package legacy

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// faultExpected is what must be true of a faulty directory after its merge.
type faultExpected struct {
	Live, Recovered, Missing map[string][]string
	Values                   [][]any
	Report                   []string
	NoReportFor              []string
	ConflictValues           map[string]map[string][]string
	MustHaveRelationship     [][3]string
	ScreenshotCounts         map[string]int
	RawContains              []string
	Transcript               *struct {
		ID, SHA256 string
		Bytes      int
	}
}

// importCodes are found when the import reads what is in the records.
var importCodes = []string{"unknown-enum", "null-required", "type-coerced", "undecodable-base64", "big-integer", "lone-surrogate", "dangling-ref"}

func TestMergeOfAllFaults(t *testing.T) {
	at := filepath.Join(devData(t), "faulty")
	var all map[string]faultExpected
	readJSON(t, filepath.Join(at, "expected.json"), &all)
	if len(all) != 34 {
		t.Errorf("%d faulty directories, want 34", len(all))
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) {
			out, r := imported(t, filepath.Join(at, name), nil)
			checkFault(t, out, r, all[name])
			t.Logf("%+v findings %v warnings %v", r.Collections, r.Findings(), r.Warnings)
		})
	}
}

func checkFault(t *testing.T, out outcome, r Report, want faultExpected) {
	t.Helper()
	checkStates(t, out, want.Live, "")
	checkStates(t, out, want.Recovered, TrashRecovered)
	checkStates(t, out, want.Missing, TrashMissing)
	for _, v := range want.Values {
		checkValue(t, out, v)
	}
	for _, code := range want.Report {
		if r.Warnings[code] == 0 && !slices.Contains(importCodes, code) {
			t.Errorf("%s is not reported: %v", code, r.Warnings)
		}
	}
	for _, f := range r.Files {
		if slices.Contains(want.NoReportFor, f.Path) && len(f.Warnings) > 0 {
			t.Errorf("%s: %v", f.Path, f.Warnings)
		}
	}
	for kind, c := range r.Collections {
		if c.Found != c.Live+c.Recovered+c.Versions+c.Duplicates+c.Quarantined {
			t.Errorf("%s do not add up: %+v", kind, c)
		}
	}
	checkLinks(t, out, want)
	checkTexts(t, out, want)
}

// checkLinks checks the links and the screenshots of records. A link may stand in
// one of the older members too.
func checkLinks(t *testing.T, out outcome, want faultExpected) {
	t.Helper()
	for _, link := range want.MustHaveRelationship {
		if raw := out[link[0]+"/"+link[1]].Raw; !strings.Contains(string(raw), `"`+link[2]+`"`) {
			t.Errorf("%v: no such link in %s", link, raw)
		}
	}
	for id, n := range want.ScreenshotCounts {
		list, _ := members(out["sessions/"+id].Raw)
		if shots, _ := elements(last(list, "screenshots")); len(shots) != n {
			t.Errorf("session %s has %d screenshots, want %d", id, len(shots), n)
		}
	}
}

// checkTexts checks the texts that must be there, in a record or a version of it.
func checkTexts(t *testing.T, out outcome, want faultExpected) {
	t.Helper()
	for collection, byID := range want.ConflictValues {
		for id, texts := range byID {
			m := out[collection+"/"+id]
			all := string(m.Raw)
			for _, v := range m.Versions {
				raw, err := v.Load(t.Context())
				must(t, err)
				all += string(raw)
			}
			for _, text := range texts {
				if !strings.Contains(all, text) {
					t.Errorf("%s %s: %q is in no version", collection, id, text)
				}
			}
		}
	}
	if want.Transcript != nil {
		list, _ := members(out["sessions/"+want.Transcript.ID].Raw)
		text := textOf(last(list, "fullTranscription"))
		sum := sha256.Sum256([]byte(text))
		if len(text) != want.Transcript.Bytes || hex.EncodeToString(sum[:]) != want.Transcript.SHA256 {
			t.Errorf("transcription of %d bytes, want %d", len(text), want.Transcript.Bytes)
		}
	}
	for _, text := range want.RawContains {
		if !slices.ContainsFunc(slices.Collect(maps.Values(out)), func(m Merged) bool { return strings.Contains(string(m.Raw), text) }) {
			t.Errorf("%q is nowhere", text)
		}
	}
}

// TestMergeOfEntityData: the per-entity forms hold what the application saved, and
// all of it is listed in the indexes.
func TestMergeOfEntityData(t *testing.T) {
	at := devData(t)
	text, err := os.ReadFile(filepath.Join(at, "expected.json"))
	must(t, err)
	top, _ := members(text)
	expected, _ := members(last(top, "collections"))
	for _, root := range []string{"gen3-entity", "gen3-seednames", "gen2-wrapped-v2"} {
		out, r := imported(t, filepath.Join(at, root), nil)
		for _, collection := range []string{"sessions", "notes", "tasks", "topics", "companies", "contacts"} {
			sameRecords(t, root, collection, out, last(expected, collection))
		}
		t.Logf("%s: %+v findings %v warnings %v", root, r.Collections, r.Findings(), r.Warnings)
	}
}

// TestMergeOfChunkedData: what the chunked form holds is what the application
// reads out of it.
func TestMergeOfChunkedData(t *testing.T) {
	at := devData(t)
	var view []jsontext.Value
	readRaw(t, filepath.Join(at, "expected-gen4-app-view.json"), &view)
	out, r := imported(t, filepath.Join(at, "gen4-chunked"), nil)
	t.Logf("%+v findings %v warnings %v", r.Collections, r.Findings(), r.Warnings)
	for _, want := range view {
		list, _ := members(want)
		m := out["sessions/"+textOf(last(list, "id"))]
		if m.Trash != "" || m.Winner.Rank != RankChunked {
			t.Errorf("session %s: trash %q rank %v", last(list, "id"), m.Trash, m.Winner.Rank)
		}
		got, _ := members(m.Raw)
		for _, w := range list {
			g := last(got, w.name)
			if !Equal(jsontext.Value(cmp.Or(string(g), "null")), w.value) && !(len(g) == 0 && string(w.value) == "[]") {
				t.Errorf("%s/%s is %.200s, want %.200s", last(list, "id"), w.name, g, w.value)
			}
		}
	}
}

func readRaw(t *testing.T, path string, to *[]jsontext.Value) {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	var list []json.RawMessage
	must(t, json.Unmarshal(text, &list))
	for _, v := range list {
		*to = append(*to, compacted(t, v))
	}
}

// TestMergeOfChunkedBesideOlder: with an older form beside the chunked one, all that
// chunking lost is there again.
func TestMergeOfChunkedBesideOlder(t *testing.T) {
	at := devData(t)
	dir := t.TempDir()
	must(t, os.CopyFS(dir, os.DirFS(filepath.Join(at, "gen4-chunked"))))
	text, err := os.ReadFile(filepath.Join(at, "gen2-wrapped-v2", "db", "sessions.json"))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "db", "sessions.json"), text, 0o644))
	out, _ := imported(t, dir, nil)
	text, err = os.ReadFile(filepath.Join(at, "expected.json"))
	must(t, err)
	top, _ := members(compacted(t, text))
	expected, _ := members(last(top, "collections"))
	sessions, _ := elements(last(expected, "sessions"))
	for _, want := range sessions {
		list, _ := members(want)
		m := out["sessions/"+textOf(last(list, "id"))]
		got, _ := members(m.Raw)
		for _, w := range list {
			g := last(got, w.name)
			if !holds(g, w.value) {
				t.Errorf("%s/%s is %.200s, want %.200s", last(list, "id"), w.name, g, w.value)
			}
		}
		if m.Trash != "" || m.Winner.Rank != RankChunked {
			t.Errorf("%s: %q %v", m.ID, m.Trash, m.Winner.Rank)
		}
	}
	if len(sessions) != 40 {
		t.Error(len(sessions))
	}
}

// holds says whether two values are equal, but for more members that the first has,
// if it is an object.
func holds(have, want jsontext.Value) bool {
	inner, ok := members(want)
	if !ok {
		return Equal(have, want)
	}
	list, ok := members(have)
	return ok && !slices.ContainsFunc(inner, func(m member) bool { return !Equal(last(list, m.name), m.value) })
}

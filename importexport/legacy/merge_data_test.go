package legacy

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
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
	r.Files, err = s.allFiles(t.Context())
	must(t, err)
	return out, r
}

// TestMergeOfChunkedData: what the chunked form holds is what the application
// reads out of it.
func TestMergeOfChunkedData(t *testing.T) {
	t.Parallel()
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

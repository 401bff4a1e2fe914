package merge

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"taskstore/importexport/legacy/decode"
	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/report"
	"taskstore/importexport/legacy/source"

	"github.com/go-json-experiment/json/jsontext"
)

// imported scans a directory or file of the legacy data and merges it.
func imported(t *testing.T, path string, target Target) (outcome, report.Report) {
	t.Helper()
	src, err := source.Open(t.Context(), path, source.Options{Now: testNow})
	sourcetest.Must(t, err)
	defer src.Close()
	s, err := NewStage(t.Context(), t.TempDir())
	sourcetest.Must(t, err)
	t.Cleanup(func() { s.Close() })
	l, err := s.Load(t.Context())
	sourcetest.Must(t, err)
	sourcetest.Must(t, decode.Scan(t.Context(), src, l))
	sourcetest.Must(t, l.Finish(testNow))
	out := mergeAll(t, s, target)
	r, err := s.Report(t.Context())
	sourcetest.Must(t, err)
	r.Files, err = s.AllFiles(t.Context())
	sourcetest.Must(t, err)
	return out, r
}

// TestMergeOfChunkedData: what the chunked form holds is what the application
// reads out of it.
func TestMergeOfChunkedData(t *testing.T) {
	t.Parallel()
	at := sourcetest.DevData(t)
	var view []jsontext.Value
	readRaw(t, filepath.Join(at, "expected-gen4-app-view.json"), &view)
	out, r := imported(t, filepath.Join(at, "gen4-chunked"), nil)
	t.Logf("%+v findings %v warnings %v", r.Collections, r.Findings(), r.Warnings)
	for _, want := range view {
		list, _ := rawjson.Members(want)
		m := out["sessions/"+rawjson.TextOf(rawjson.Last(list, "id"))]
		if m.Trash != "" || m.Winner.Rank != record.RankChunked {
			t.Errorf("session %s: trash %q rank %v", rawjson.Last(list, "id"), m.Trash, m.Winner.Rank)
		}
		got, _ := rawjson.Members(m.Raw)
		for _, w := range list {
			g := rawjson.Last(got, w.Name)
			if !rawjson.Equal(jsontext.Value(cmp.Or(string(g), "null")), w.Value) && !(len(g) == 0 && string(w.Value) == "[]") {
				t.Errorf("%s/%s is %.200s, want %.200s", rawjson.Last(list, "id"), w.Name, g, w.Value)
			}
		}
	}
}

func readRaw(t *testing.T, path string, to *[]jsontext.Value) {
	t.Helper()
	text, err := os.ReadFile(path)
	sourcetest.Must(t, err)
	var list []json.RawMessage
	sourcetest.Must(t, json.Unmarshal(text, &list))
	for _, v := range list {
		*to = append(*to, sourcetest.Compacted(t, v))
	}
}

package merge

import (
	"fmt"
	"strings"
	"testing"

	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/record"

	"github.com/go-json-experiment/json/jsontext"
)

// BenchmarkStageAndMerge stages notes of about 1.5 KB, each in a collection file and
// equal in a backup, and merges them.
func BenchmarkStageAndMerge(b *testing.B) {
	const n = 5000
	words := strings.Repeat("some words that a note is made of, ", 40)
	var raws []jsontext.Value
	size := 0
	for i := range n {
		raw := jsontext.Value(fmt.Sprintf(`{"id":"n%d","content":%q,"tags":["a","b"],"lastUpdated":%q,"metadata":{"sentiment":"x","keyPoints":["1","2"]}}`, i, words, early))
		raws = append(raws, raw)
		size += 2 * len(raw)
	}
	b.SetBytes(int64(size))
	for b.Loop() {
		s, err := NewStage(b.Context(), b.TempDir())
		sourcetest.Must(b, err)
		l, err := s.Load(b.Context())
		sourcetest.Must(b, err)
		for _, file := range []string{"db/notes.json", "db/notes.backup.json"} {
			rank := record.RankCollection
			if file != "db/notes.json" {
				rank = record.RankBackup
			}
			for i, raw := range raws {
				sourcetest.Must(b, l.Candidate(record.Candidate{Collection: "notes", ID: fmt.Sprintf("n%d", i), Raw: raw, File: file,
					Pointer: fmt.Sprintf("/%d", i), Seq: i, Rank: rank, Time: testTime}))
			}
			sourcetest.Must(b, l.File(record.File{Path: file, Status: record.StatusOK, Key: "notes", Rank: rank}))
		}
		sourcetest.Must(b, l.Finish(testNow))
		for _, err := range s.Merge(b.Context(), "notes", nil) {
			sourcetest.Must(b, err)
		}
		sourcetest.Must(b, s.Close())
	}
}

package decode

import (
	"fmt"
	"strings"
	"testing"

	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/source"
)

// bytesRead is how much of a file was read until it was decoded, and how large it is.
func bytesRead(t *testing.T, text string) (read, size int64) {
	t.Helper()
	src, err := source.Open(t.Context(), sourcetest.Tree(t, map[string]string{"dump.json": text})+"/dump.json", source.Options{})
	sourcetest.Must(t, err)
	defer src.Close()
	r := &sourcetest.Records{}
	sc := &scan{src: src, sink: r, zipped: map[string]*source.File{}, used: map[string]bool{}}
	in, out := sc.begin(&src.Files[0], sc.class(&src.Files[0]))
	sourcetest.Must(t, sc.end(t.Context(), in, out, out.decode(t.Context(), in)))
	if len(r.Candidates) == 0 {
		t.Errorf("nothing in %.80s", text)
	}
	return in.read, in.file.Bytes
}

// TestDumpGrowth: what is read of a dump grows as the dump does, whatever its tree.
func TestDumpGrowth(t *testing.T) {
	t.Parallel()
	list := func(n int, each func(i int) string) string {
		var all []string
		for i := range n {
			all = append(all, each(i))
		}
		return strings.Join(all, ",")
	}
	row := func(i int) string {
		return fmt.Sprintf(`{"name":"enrichment_checkpoint_%d","data":{"text":%q},"timestamp":1761600000000}`, i, strings.Repeat("x", 500))
	}
	part := func(i int) string {
		return fmt.Sprintf(`{"name":"sessions/s%d/screenshots/chunk-%03d","data":{"screenshots":[{"id":"%d","text":%q}]},"timestamp":1761600000000}`, i/10, i%10, i, strings.Repeat("x", 400))
	}
	content := func(i int) string {
		return fmt.Sprintf(`{"name":"attachments-ca/00/%064x/data","data":%q,"timestamp":1761600000000}`, i, strings.Repeat("AAAA", 100))
	}
	for name, make := range map[string]func(n int) string{
		"rows":     func(n int) string { return "[" + list(n, row) + "]" },
		"sessions": func(n int) string { return "[" + list(n, part) + "]" },
		"contents": func(n int) string { return "[" + list(n, content) + "]" },
		"stores":   func(n int) string { return `{"backups":[],"collections":[` + list(n, row) + `]}` },
		"texts": func(n int) string {
			return "[" + list(n, func(i int) string {
				return fmt.Sprintf(`{"name":"enrichment_checkpoint_%d","data":%q,"timestamp":1}`, i, `{"text":"`+strings.Repeat("x", 500)+`"}`)
			}) + "]"
		},
		"Dexie": func(n int) string {
			return `{"formatName":"dexie","formatVersion":1,"data":{"databaseName":"taskerino-db","tables":[],"data":[{"tableName":"collections","inbound":true,"rows":[` + list(n, row) + `]}]}}`
		},
		"keys": func(n int) string {
			return "[" + list(n, func(i int) string { return fmt.Sprintf(`{"key":"%d","value":%s}`, i, row(i)) }) + "]"
		},
		"pairs": func(n int) string {
			return "[" + list(n, func(i int) string { return fmt.Sprintf(`["%d",%s]`, i, row(i)) }) + "]"
		},
		"rows by name": func(n int) string {
			return `{"backups":[],"collections":{` + list(n, func(i int) string { return fmt.Sprintf(`"enrichment_checkpoint_%d":%s`, i, row(i)) }) + `}}`
		},
		"backups": func(n int) string {
			return `{"collections":[],"backups":[` + list(n/10, func(i int) string {
				return fmt.Sprintf(`{"id":"%d","collections":{%s}}`, i, list(10, func(j int) string {
					return fmt.Sprintf(`"sessions/%d/summary":{"text":%q}`, j, strings.Repeat("x", 500))
				}))
			}) + "]}"
		},
		"one backup": func(n int) string {
			return `{"collections":[],"backups":[{"id":"1","collections":{` + list(n, func(i int) string {
				return fmt.Sprintf(`"sessions/%d/summary":{"text":%q}`, i, strings.Repeat("x", 500))
			}) + `}}]}`
		},
		"databases": func(n int) string {
			return "[" + list(n/10, func(int) string { return `{"name":"taskerino-db","stores":{"collections":[` + list(10, row) + `]}}` }) + "]"
		},
		"origins": func(n int) string {
			return `{"origins":[` + list(n/10, func(int) string { return `{"indexedDB":{"taskerino-db":{"collections":[` + list(10, row) + `]}}}` }) + "]}"
		},
		"localStorage": func(n int) string {
			return `[["taskerino_a","1"],` + list(n, func(i int) string {
				return fmt.Sprintf(`{"key":"taskerino_%d","value":%q}`, i, strings.Repeat("x", 500))
			}) + "]"
		},
	} {
		t.Run(name, func(t *testing.T) {
			few, size := bytesRead(t, make(100))
			many, _ := bytesRead(t, make(400))
			t.Logf("%d bytes are read %.1f times", size, float64(few)/float64(size))
			if many > 5*few {
				t.Errorf("of 4 times as many rows %.1f times as much is read", float64(many)/float64(few))
			}
		})
	}
}

package decode

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/source"

	"github.com/klauspost/compress/gzip"
)

// writeNotes writes a JSON array of about size bytes, one element of which holds
// a string of big bytes.
func writeNotes(w io.Writer, size, big int) (n int, err error) {
	text := strings.Repeat("a line of text with \\\"quotes\\\" and é\\n", 60)
	fmt.Fprint(w, "[\n")
	for at := 0; at < size; n++ {
		more := text
		if n == 100 {
			more = strings.Repeat("x", big)
		}
		m, err := fmt.Fprintf(w, "  {\n    \"id\": \"%d\",\n    \"content\": \"%s\",\n    \"tags\": [\n      \"a\"\n    ]\n  },\n", n, more)
		if err != nil {
			return n, err
		}
		at += m
	}
	_, err = fmt.Fprint(w, "  {\"id\":\"last\"}\n]\n")
	return n + 1, err
}

// largeFile writes db/notes.json in a new directory in one of the encodings.
func largeFile(t testing.TB, form string, size, big int) (dir string, n int) {
	t.Helper()
	dir = sourcetest.Tree(t, map[string]string{"db/notes.json": ""})
	f, err := os.Create(filepath.Join(dir, "db", "notes.json"))
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	const head = `{"version":1,"timestamp":1761600000000,"compressed":true,"data":"`
	switch form {
	case "raw":
		n, err = writeNotes(w, size, big)
	case "gzip":
		fmt.Fprint(w, head, rawjson.GzipPrefix)
		b := base64.NewEncoder(base64.StdEncoding, w)
		z, _ := gzip.NewWriterLevel(b, gzip.BestSpeed)
		n, err = writeNotes(z, size, big)
		z.Close()
		b.Close()
		fmt.Fprint(w, `"}`)
	case "text":
		fmt.Fprint(w, head)
		n, err = writeNotes(escaper{w}, size, big)
		fmt.Fprint(w, `"}`)
	}
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir, n
}

// escaper writes text as the inside of a JSON string.
type escaper struct{ w io.Writer }

func (e escaper) Write(p []byte) (int, error) {
	b, _ := json.Marshal(string(p))
	_, err := e.w.Write(b[1 : len(b)-1])
	return len(p), err
}

// counting is a sink that keeps nothing and looks at the memory in use.
type counting struct {
	sourcetest.Records
	n    int
	size int64
	peak uint64
	look bool
}

func (c *counting) Candidate(r record.Candidate) error {
	c.n++
	c.size += int64(len(r.Raw))
	if c.look && c.n%512 == 0 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		c.peak = max(c.peak, m.HeapAlloc)
	}
	return nil
}

// TestMemoryStaysFlat reads files several times as large as the memory allowed;
// TASKSTORE_TEST_MB makes them larger.
func TestMemoryStaysFlat(t *testing.T) {
	size, big, limit := 64<<20, 2<<20, uint64(24<<20)
	if n, err := strconv.Atoi(os.Getenv("TASKSTORE_TEST_MB")); err == nil {
		size = n << 20
	}
	if testing.Short() {
		t.Skip("writes and reads large files")
	}
	for _, form := range []string{"raw", "gzip", "text"} {
		t.Run(form, func(t *testing.T) {
			dir, n := largeFile(t, form, size, big)
			runtime.GC()
			src, err := source.Open(context.Background(), dir, source.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			c := &counting{look: true}
			if err := Scan(context.Background(), src, c); err != nil {
				t.Fatal(err)
			}
			if f := c.Files["db/notes.json"]; c.n != n || f.Status != record.StatusOK {
				t.Errorf("%d of %d records: %+v", c.n, n, f)
			}
			if c.peak > limit {
				t.Errorf("%d MB on the heap", c.peak>>20)
			}
			t.Logf("%d MB of JSON, at most %d MB on the heap", c.size>>20, c.peak>>20)
		})
	}
}

func BenchmarkScan(b *testing.B) {
	for _, form := range []string{"raw", "gzip", "text"} {
		b.Run(form, func(b *testing.B) {
			dir, _ := largeFile(b, form, 32<<20, 1<<10)
			src, err := source.Open(context.Background(), dir, source.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer src.Close()
			b.SetBytes(32 << 20)
			b.ReportAllocs()
			for b.Loop() {
				if err := Scan(context.Background(), src, &counting{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

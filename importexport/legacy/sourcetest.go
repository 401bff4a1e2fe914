package legacy

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"taskstore/internal/testdb"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// dataDir is where the legacy data is unpacked, once for all tests of a package, which
// only read it.
var dataDir struct {
	sync.Mutex
	path string
}

// runTests runs the tests of a package, and removes what devData unpacked for them.
func runTests(m *testing.M) int {
	code := m.Run()
	if dataDir.path != "" {
		os.RemoveAll(dataDir.path)
	}
	return code
}

// devData is the directory of the data that the legacy app's own code made.
func devData(t testing.TB) string {
	t.Helper()
	dataDir.Lock()
	defer dataDir.Unlock()
	if dataDir.path == "" {
		dir, err := os.MkdirTemp("", "legacy-data-*")
		if err != nil {
			t.Fatal(err)
		}
		dataDir.path = dir
	}
	return testdb.LegacyDataIn(t, dataDir.path)
}

// scannedBy gives all that a scan finds in a source.
func scannedBy(t *testing.T, path string, scan func(context.Context, *Source, Sink) error) *records {
	t.Helper()
	src, err := OpenSource(t.Context(), path, SourceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	r := &records{}
	if err := scan(t.Context(), src, r); err != nil {
		t.Fatal(err)
	}
	n := 0
	for path := range r.files {
		if _, _, member := cutMember(path); !member {
			n++
		}
	}
	if n != len(src.Files) {
		t.Errorf("%d files reported of %d", n, len(src.Files))
	}
	return r
}

func sha(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func gzipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write([]byte(text))
	must(t, err)
	must(t, z.Close())
	return b.String()
}

func must(t rapid.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func sumOf(text string, piece int) string {
	var s sum32
	for len(text) > 0 {
		n := min(piece, len(text))
		s.Write([]byte(text[:n]))
		text = text[n:]
	}
	return s.String()
}

// records is a sink that keeps everything.
type records struct {
	candidates []Candidate
	strays     []Stray
	hints      []Hint
	files      map[string]File
	kept       map[string]string
}

func (r *records) Candidate(c Candidate) error { r.candidates = append(r.candidates, c); return nil }

func (r *records) Stray(s Stray) error { r.strays = append(r.strays, s); return nil }

func (r *records) Hint(h Hint) error { r.hints = append(r.hints, h); return nil }

func (r *records) File(f File) error {
	if r.files == nil {
		r.files = map[string]File{}
	}
	r.files[f.Path] = f
	return nil
}

func (r *records) Quarantine(path, reason string) error {
	if r.kept == nil {
		r.kept = map[string]string{}
	}
	r.kept[path] = reason
	return nil
}

// codes returns the codes of a file's warnings, joined.
func (r *records) codes(path string) string {
	var list []string
	for _, w := range r.files[path].Warnings {
		list = append(list, w.Code)
	}
	return strings.Join(list, " ")
}

func compacted(t *testing.T, raw []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func seeds() []string {
	return []string{
		two, wrapped("", quoted(zipped(two))), wrapped("", quoted(two)), wrapped("", two),
		wrapped("", quoted(zipped(wrapped("", quoted(zipped(two)))))), `{"a":{"id":1},"b":{}}`,
		`{"version":1,"data":"\ud83d"}`, `"GZIP_V1:H4sI"`, `{"0":{},"id":"a"}`, "\ufeff[\xff", `{"data":[],"timestamp":1,"version":1}`,
	}
}

// tree writes files below a new directory.
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for p, text := range files {
		to := filepath.Join(dir, filepath.FromSlash(p))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func zipped(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(text))
	z.Close()
	return gzipPrefix + base64.StdEncoding.EncodeToString(b.Bytes())
}

func quoted(text string) string { b, _ := json.Marshal(text); return string(b) }

// wrapped is a wrapper around data, which is JSON.
func wrapped(sum, data string) string {
	return fmt.Sprintf("{\n  \"version\": 1,\n  \"checksum\": %q,\n  \"timestamp\": 1761600000000,\n  \"compressed\": true,\n  \"data\": %s\n}", sum, data)
}

const two = `[{"id":"a","n":1},{"id":"b"}]`

// parted is a directory with one chunked session; the names are relative to it.
func parted(t *testing.T, files map[string]string) string {
	t.Helper()
	all := map[string]string{"db/notes.json": "[]"}
	for name, text := range files {
		if !strings.HasPrefix(name, "db/") {
			name = "db/sessions/s/" + name
		}
		all[name] = text
	}
	return tree(t, all)
}

const meta = `{"id":"s","name":"n","pausedAt":null,"startTime":"2025-01-01T00:00:00.000Z","createdAt":"2025-01-01T00:00:00.000Z",` +
	`"chunks":{},"hasSummary":false,"storageVersion":1,"relationshipVersion":1,"updatedAt":"2025-01-02T00:00:00.000Z"}`

// given lists what a scan gives, as "collection/id rank" → text.
func given(r *records) map[string]string {
	got := map[string]string{}
	for _, c := range r.candidates {
		got[c.Collection+"/"+c.ID+" "+c.Rank.String()] = string(c.Raw)
	}
	return got
}

// zipOf makes a zip of names and texts; change may alter a member's header.
func zipOf(t testing.TB, change func(*zip.FileHeader), members ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(members); i += 2 {
		h := &zip.FileHeader{Name: members[i], Method: zip.Deflate}
		if change != nil {
			change(h)
		}
		m, err := w.CreateHeader(h)
		if err == nil {
			_, err = io.WriteString(m, members[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// zipFile writes a zip to a directory of its own.
func zipFile(t testing.TB, text []byte) string {
	t.Helper()
	return filepath.Join(tree(t, map[string]string{"export.zip": string(text)}), "export.zip")
}

func readAll(t testing.TB, in io.ReadCloser) string {
	t.Helper()
	defer in.Close()
	b, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

package sourcetest

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
	"testing"

	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/source"
	"taskstore/internal/testdb"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// dataDir is where the legacy data is unpacked, once for all tests of a package, which
// only read it.
var dataDir struct {
	sync.Mutex
	path string
}

// RunTests runs the tests of a package, and removes what DevData unpacked for them.
func RunTests(m *testing.M) int {
	code := m.Run()
	if dataDir.path != "" {
		os.RemoveAll(dataDir.path)
	}
	return code
}

// DevData is the directory of the data that the legacy app's own code made.
func DevData(t testing.TB) string {
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

// ScannedBy gives all that a scan finds in a source.
func ScannedBy(t *testing.T, path string, scan func(context.Context, *source.Source, record.Sink) error) *Records {
	t.Helper()
	src, err := source.Open(t.Context(), path, source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	r := &Records{}
	if err := scan(t.Context(), src, r); err != nil {
		t.Fatal(err)
	}
	n := 0
	for path := range r.Files {
		if _, _, member := source.CutMember(path); !member {
			n++
		}
	}
	if n != len(src.Files) {
		t.Errorf("%d files reported of %d", n, len(src.Files))
	}
	return r
}

func Sha(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func Gzipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write([]byte(text))
	Must(t, err)
	Must(t, z.Close())
	return b.String()
}

func Must(t rapid.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func Same(t testing.TB, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func SumOf(text string, piece int) string {
	var s rawjson.Sum32
	for len(text) > 0 {
		n := min(piece, len(text))
		s.Write([]byte(text[:n]))
		text = text[n:]
	}
	return s.String()
}

// Records is a sink that keeps everything.
type Records struct {
	Candidates []record.Candidate
	Strays     []record.Stray
	Hints      []record.Hint
	Files      map[string]record.File
	Kept       map[string]string
}

func (r *Records) Candidate(c record.Candidate) error {
	r.Candidates = append(r.Candidates, c)
	return nil
}

func (r *Records) Stray(s record.Stray) error { r.Strays = append(r.Strays, s); return nil }

func (r *Records) Hint(h record.Hint) error { r.Hints = append(r.Hints, h); return nil }

func (r *Records) File(f record.File) error {
	if r.Files == nil {
		r.Files = map[string]record.File{}
	}
	r.Files[f.Path] = f
	return nil
}

func (r *Records) Quarantine(path, reason string) error {
	if r.Kept == nil {
		r.Kept = map[string]string{}
	}
	r.Kept[path] = reason
	return nil
}

// Codes returns the codes of a file's warnings, joined.
func (r *Records) Codes(path string) string {
	var list []string
	for _, w := range r.Files[path].Warnings {
		list = append(list, w.Code)
	}
	return strings.Join(list, " ")
}

func Compacted(t *testing.T, raw []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func Seeds() []string {
	return []string{
		Two, Wrapped("", Quoted(Zipped(Two))), Wrapped("", Quoted(Two)), Wrapped("", Two),
		Wrapped("", Quoted(Zipped(Wrapped("", Quoted(Zipped(Two)))))), `{"a":{"id":1},"b":{}}`,
		`{"version":1,"data":"\ud83d"}`, `"GZIP_V1:H4sI"`, `{"0":{},"id":"a"}`, "\ufeff[\xff", `{"data":[],"timestamp":1,"version":1}`,
	}
}

// Tree writes files below a new directory.
func Tree(t testing.TB, files map[string]string) string {
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

func Zipped(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(text))
	z.Close()
	return rawjson.GzipPrefix + base64.StdEncoding.EncodeToString(b.Bytes())
}

func Quoted(text string) string { b, _ := json.Marshal(text); return string(b) }

// Wrapped is a wrapper around data, which is JSON.
func Wrapped(sum, data string) string {
	return fmt.Sprintf("{\n  \"version\": 1,\n  \"checksum\": %q,\n  \"timestamp\": 1761600000000,\n  \"compressed\": true,\n  \"data\": %s\n}", sum, data)
}

const Two = `[{"id":"a","n":1},{"id":"b"}]`

// Parted is a directory with one chunked session; the names are relative to it.
func Parted(t *testing.T, files map[string]string) string {
	t.Helper()
	all := map[string]string{"db/notes.json": "[]"}
	for name, text := range files {
		if !strings.HasPrefix(name, "db/") {
			name = "db/sessions/s/" + name
		}
		all[name] = text
	}
	return Tree(t, all)
}

const Meta = `{"id":"s","name":"n","pausedAt":null,"startTime":"2025-01-01T00:00:00.000Z","createdAt":"2025-01-01T00:00:00.000Z",` +
	`"chunks":{},"hasSummary":false,"storageVersion":1,"relationshipVersion":1,"updatedAt":"2025-01-02T00:00:00.000Z"}`

// Given lists what a scan gives, as "collection/id rank" → text.
func Given(r *Records) map[string]string {
	got := map[string]string{}
	for _, c := range r.Candidates {
		got[c.Collection+"/"+c.ID+" "+c.Rank.String()] = string(c.Raw)
	}
	return got
}

// ZipOf makes a zip of names and texts; change may alter a member's header.
func ZipOf(t testing.TB, change func(*zip.FileHeader), members ...string) []byte {
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

// ZipFile writes a zip to a directory of its own.
func ZipFile(t testing.TB, text []byte) string {
	t.Helper()
	return filepath.Join(Tree(t, map[string]string{"export.zip": string(text)}), "export.zip")
}

func ReadAll(t testing.TB, in io.ReadCloser) string {
	t.Helper()
	defer in.Close()
	b, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

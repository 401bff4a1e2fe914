package decode

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/source"
)

func TestTimes(t *testing.T) {
	t.Parallel()
	now := time.Now()
	dir := sourcetest.Tree(t, map[string]string{
		"db/notes.json":                       sourcetest.Wrapped("", sourcetest.Two),
		"db/tasks.json":                       strings.Replace(sourcetest.Wrapped("", sourcetest.Two), "1761600000000", "9761600000000", 1),
		"db/topics.1761500000000.backup.json": sourcetest.Two,
	})
	r := scanned(t, dir)
	if got := r.Files["db/notes.json"].Time; got != 1761600000000 {
		t.Errorf("of the wrapper: %d", got)
	}
	if got := r.Files["db/tasks.json"].Time; got > now.Add(time.Hour).UnixMilli() || got < now.Add(-time.Hour).UnixMilli() {
		t.Errorf("ahead of time: %d", got)
	}
	if got := r.Files["db/topics.1761500000000.backup.json"].Time; got != 1761500000000 {
		t.Errorf("of the name: %d", got)
	}
}

func TestOpenSource(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, dir := range map[string]string{
		"empty": t.TempDir(), "project": sourcetest.Tree(t, map[string]string{"package.json": `{"name":"x"}`, "db/seed.json": "[]"}),
	} {
		if _, err := source.Open(ctx, dir, source.Options{}); !errors.Is(err, source.ErrNotLegacy) || !strings.Contains(err.Error(), "sessions.json") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := source.Open(ctx, filepath.Join(t.TempDir(), "none"), source.Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	dir := sourcetest.Tree(t, map[string]string{"db/notes.json": sourcetest.Two, "db/.DS_Store": "x"})
	if f := filepath.Join(dir, "db", "notes.json"); len(scanned(t, f).Candidates) != 2 {
		t.Error("a single collection file is not read")
	}
	if r := scanned(t, filepath.Join(dir, "db")); len(r.Candidates) != 2 {
		t.Errorf("the db directory is not read: %v", r.Files)
	}
	first := opened(t, dir)
	os.WriteFile(filepath.Join(dir, "db", ".DS_Store"), []byte("other"), 0o644)
	if opened(t, dir) != first {
		t.Error("a file of the operating system changes the hash")
	}
	os.WriteFile(filepath.Join(dir, "db", "notes.json"), []byte("[]"), 0o644)
	if opened(t, dir) == first {
		t.Error("a changed file leaves the hash")
	}
}

func opened(t *testing.T, dir string) string {
	t.Helper()
	var done, total int64
	src, err := source.Open(context.Background(), dir, source.Options{Progress: func(d, n int64) { done, total = d, n }})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if err := Scan(context.Background(), src, &sourcetest.Records{}); err != nil {
		t.Fatal(err)
	}
	if done != total || total == 0 {
		t.Errorf("progress ends at %d of %d", done, total)
	}
	return src.Hash
}

func TestLinksAndUnreadable(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege on Windows")
	}
	dir := sourcetest.Tree(t, map[string]string{"db/notes.json": sourcetest.Two})
	outer := sourcetest.Tree(t, map[string]string{"secret.json": sourcetest.Two})
	for name, to := range map[string]string{"tasks.json": filepath.Join(outer, "secret.json"), "topics.json": "nowhere", "contacts.json": "notes.json"} {
		if err := os.Symlink(to, filepath.Join(dir, "db", name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(outer, filepath.Join(dir, "db", "companies")); err != nil {
		t.Fatal(err)
	}
	r := scanned(t, dir)
	for _, p := range []string{"db/tasks.json", "db/topics.json", "db/companies"} {
		if r.Files[p].Status != record.StatusUnreadable {
			t.Errorf("%s: %+v", p, r.Files[p])
		}
	}
	if r.Files["db/contacts.json"].Records != 2 {
		t.Error("a link inside of the source is not read")
	}
}

// TestLinksAcross: a link may lead out of its own directory to elsewhere in the source,
// whatever directory was read before.
func TestLinksAcross(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege on Windows")
	}
	note := `{"id":"a","content":"x"}`
	dir := sourcetest.Tree(t, map[string]string{"db/notes/note-b.json": `{"id":"b"}`, "elsewhere/note-a.json": note, "elsewhere/topics/topic-a.json": `{"id":"a"}`})
	sourcetest.Must(t, os.Symlink(filepath.Join("..", "..", "elsewhere", "note-a.json"), filepath.Join(dir, "db", "notes", "note-a.json")))
	src, err := source.Open(context.Background(), dir, source.Options{})
	sourcetest.Must(t, err)
	defer src.Close()
	for _, p := range []string{"db/notes/note-b.json", "db/notes/note-a.json", "elsewhere/note-a.json", "db/notes/note-a.json"} {
		f, err := src.Open(p)
		sourcetest.Must(t, err)
		text, err := io.ReadAll(f)
		sourcetest.Must(t, errors.Join(err, f.Close()))
		if want := note; p != "db/notes/note-b.json" && string(text) != want {
			t.Errorf("%s: %s", p, text)
		}
	}
	if _, err := src.Open("../" + filepath.Base(dir) + "/db/notes/note-b.json"); err == nil {
		t.Error("a path out of the source is opened")
	}
}

func TestSourceChanges(t *testing.T) {
	t.Parallel()
	dir := sourcetest.Tree(t, map[string]string{"db/notes.json": sourcetest.Two})
	src, err := source.Open(context.Background(), dir, source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	os.WriteFile(filepath.Join(dir, "db", "notes.json"), []byte("[]"), 0o644)
	if err := Scan(context.Background(), src, &sourcetest.Records{}); !errors.Is(err, source.ErrSourceChanged) {
		t.Error(err)
	}
}

func TestUnpackedZip(t *testing.T) {
	t.Parallel()
	r := scanned(t, sourcetest.Tree(t, map[string]string{"notes.json": sourcetest.Two, "export-metadata.json": `{"version":1}`,
		"dump.json": `{"taskerino-v3-state":"{}","claude-api-key":"sk-1"}`}))
	if r.Files["notes.json"].Rank != record.RankZip || len(r.Candidates) != 2 {
		t.Errorf("%+v", r.Files["notes.json"])
	}
	if got := r.Codes("dump.json"); got != "secret-skipped" || r.Kept["dump.json"] != "" {
		t.Error(got)
	}
}

func TestStops(t *testing.T) {
	t.Parallel()
	src, err := source.Open(context.Background(), sourcetest.Tree(t, map[string]string{"db/notes.json": sourcetest.Two}), source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Scan(ctx, src, &sourcetest.Records{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	full := errors.New("full")
	if err := Scan(context.Background(), src, failing{err: full}); !errors.Is(err, full) {
		t.Error(err)
	}
}

type failing struct {
	err error
}

func (f failing) Candidate(record.Candidate) error  { return f.err }
func (f failing) Stray(record.Stray) error          { return f.err }
func (f failing) File(record.File) error            { return f.err }
func (f failing) Hint(record.Hint) error            { return f.err }
func (f failing) Quarantine(path, why string) error { return f.err }

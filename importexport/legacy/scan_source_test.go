package legacy

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
)

func TestTimes(t *testing.T) {
	t.Parallel()
	now := time.Now()
	dir := tree(t, map[string]string{
		"db/notes.json":                       wrapped("", two),
		"db/tasks.json":                       strings.Replace(wrapped("", two), "1761600000000", "9761600000000", 1),
		"db/topics.1761500000000.backup.json": two,
	})
	r := scanned(t, dir)
	if got := r.files["db/notes.json"].Time; got != 1761600000000 {
		t.Errorf("of the wrapper: %d", got)
	}
	if got := r.files["db/tasks.json"].Time; got > now.Add(time.Hour).UnixMilli() || got < now.Add(-time.Hour).UnixMilli() {
		t.Errorf("ahead of time: %d", got)
	}
	if got := r.files["db/topics.1761500000000.backup.json"].Time; got != 1761500000000 {
		t.Errorf("of the name: %d", got)
	}
}

func TestOpenSource(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, dir := range map[string]string{
		"empty": t.TempDir(), "project": tree(t, map[string]string{"package.json": `{"name":"x"}`, "db/seed.json": "[]"}),
	} {
		if _, err := OpenSource(ctx, dir, SourceOptions{}); !errors.Is(err, ErrNotLegacy) || !strings.Contains(err.Error(), "sessions.json") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := OpenSource(ctx, filepath.Join(t.TempDir(), "none"), SourceOptions{}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	dir := tree(t, map[string]string{"db/notes.json": two, "db/.DS_Store": "x"})
	if f := filepath.Join(dir, "db", "notes.json"); len(scanned(t, f).candidates) != 2 {
		t.Error("a single collection file is not read")
	}
	if r := scanned(t, filepath.Join(dir, "db")); len(r.candidates) != 2 {
		t.Errorf("the db directory is not read: %v", r.files)
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
	src, err := OpenSource(context.Background(), dir, SourceOptions{Progress: func(d, n int64) { done, total = d, n }})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if err := Scan(context.Background(), src, &records{}); err != nil {
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
	dir := tree(t, map[string]string{"db/notes.json": two})
	outer := tree(t, map[string]string{"secret.json": two})
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
		if r.files[p].Status != StatusUnreadable {
			t.Errorf("%s: %+v", p, r.files[p])
		}
	}
	if r.files["db/contacts.json"].Records != 2 {
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
	dir := tree(t, map[string]string{"db/notes/note-b.json": `{"id":"b"}`, "elsewhere/note-a.json": note, "elsewhere/topics/topic-a.json": `{"id":"a"}`})
	must(t, os.Symlink(filepath.Join("..", "..", "elsewhere", "note-a.json"), filepath.Join(dir, "db", "notes", "note-a.json")))
	src, err := OpenSource(context.Background(), dir, SourceOptions{})
	must(t, err)
	defer src.Close()
	for _, p := range []string{"db/notes/note-b.json", "db/notes/note-a.json", "elsewhere/note-a.json", "db/notes/note-a.json"} {
		f, err := src.Open(p)
		must(t, err)
		text, err := io.ReadAll(f)
		must(t, errors.Join(err, f.Close()))
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
	dir := tree(t, map[string]string{"db/notes.json": two})
	src, err := OpenSource(context.Background(), dir, SourceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	os.WriteFile(filepath.Join(dir, "db", "notes.json"), []byte("[]"), 0o644)
	if err := Scan(context.Background(), src, &records{}); !errors.Is(err, ErrSourceChanged) {
		t.Error(err)
	}
}

func TestUnpackedZip(t *testing.T) {
	t.Parallel()
	r := scanned(t, tree(t, map[string]string{"notes.json": two, "export-metadata.json": `{"version":1}`,
		"dump.json": `{"taskerino-v3-state":"{}","claude-api-key":"sk-1"}`}))
	if r.files["notes.json"].Rank != RankZip || len(r.candidates) != 2 {
		t.Errorf("%+v", r.files["notes.json"])
	}
	if got := r.codes("dump.json"); got != "secret-skipped" || r.kept["dump.json"] != "" {
		t.Error(got)
	}
}

func TestStops(t *testing.T) {
	t.Parallel()
	src, err := OpenSource(context.Background(), tree(t, map[string]string{"db/notes.json": two}), SourceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Scan(ctx, src, &records{}); !errors.Is(err, context.Canceled) {
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

func (f failing) Candidate(Candidate) error         { return f.err }
func (f failing) Stray(Stray) error                 { return f.err }
func (f failing) File(File) error                   { return f.err }
func (f failing) Hint(Hint) error                   { return f.err }
func (f failing) Quarantine(path, why string) error { return f.err }

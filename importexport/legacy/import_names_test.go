package legacy_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"taskstore/importexport/legacy"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/report"
	"taskstore/internal/testdb"
	"taskstore/repo"
)

// pathsOf gives the files of a report by path; no two have the same.
func pathsOf(t testing.TB, r legacy.Report) map[string]report.File {
	t.Helper()
	files := map[string]report.File{}
	for f := range r.Files.All() {
		if _, twice := files[f.Path]; twice {
			t.Errorf("two files are called %q", f.Path)
		}
		files[f.Path] = f
	}
	return files
}

func codesOf(f report.File) (codes []string) {
	for _, w := range f.Warnings {
		if w.Code != "null-required" {
			codes = append(codes, w.Code)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// putOdd writes files whose names not every file system takes.
func putOdd(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Skipf("no such names on this file system: %v", err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Skipf("no such names on this file system: %v", err)
		}
	}
}

// TestImportNamesOfBytes: names that are not UTF-8 are names, of files and of directories.
// Each file is read, told and kept in quarantine as itself.
func TestImportNamesOfBytes(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("names are text on this system")
	}
	dir := t.TempDir()
	putOdd(t, dir, map[string]string{
		"db/topics/topic-\xff.json": `{"id":"a","name":"a"}`, "db/topics/topic-\xfe.json": `{"id":"b","name":"b"}`,
		"db/notes/note-\xff.json": `{"id":"c","content":"cut`, "db/notes/note-\xfe.json": `{"id":"d","content":"cut too`,
		"attachments/\xff.dat": "aGVsbG8=", "attachments/\xfe.dat": "aGVsbG9v",
		"db/sessions/s\xff/metadata.json": `{"id":"e","name":"in a directory"}`,
	})
	s := testdb.Open(t)
	r := importing(t, s, dir)
	files := pathsOf(t, r)
	for _, name := range []string{`db/topics/topic-\xff.json`, `db/topics/topic-\xfe.json`, `attachments/\xff.dat`, `attachments/\xfe.dat`, `db/sessions/s\xff/metadata.json`} {
		if f := files[name]; f.Status != record.StatusOK || f.Records+len(f.SHA256) < 64 {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if got := testdb.Shell(t, s, "SELECT group_concat(file, ' ') FROM (SELECT file FROM quarantine ORDER BY file)"); strings.TrimSpace(got) != `db/notes/note-\xfe.json db/notes/note-\xff.json` {
		t.Errorf("in quarantine: %s", got)
	}
	if got := testdb.Shell(t, s, "SELECT count(*) FROM attachments"); strings.TrimSpace(got) != "2" {
		t.Errorf("%s attachments", got)
	}
	if !verified(t, s, dir) {
		t.Error("not verified afterwards")
	}
}

// TestImportRefused: what the system does not give is told with the cause, the rest is
// imported, and somebody should look.
func TestImportRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "db/notes.json", `[{"id":"a","content":"x"}]`)
	put(t, dir, "db/tasks.json", `[{"id":"b","title":"x"}]`)
	put(t, dir, "db/topics/topic-c.json", `{"id":"c","name":"x"}`)
	refused := func(paths ...string) legacy.Options {
		return legacy.Options{}.Refusing(func(path string) error {
			if slices.Contains(paths, path) {
				return &fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission}
			}
			return nil
		})
	}
	r, err := legacy.Import(t.Context(), testdb.Open(t), dir, refused("db/tasks.json", "db/topics"))
	if err != nil {
		t.Fatal(err)
	}
	files := pathsOf(t, r)
	for _, name := range []string{"db/tasks.json", "db/topics"} {
		if f := files[name]; f.Status != record.StatusUnreadable || len(f.Warnings) != 1 || f.Warnings[0].Code != "unreadable" || f.Warnings[0].Detail != "permission denied" {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if !r.Findings() || r.Collections["notes"].Live != 1 {
		t.Errorf("findings: %v, %+v", r.Findings(), r.Collections)
	}
	for _, name := range []string{"db", ""} {
		if _, err := legacy.Import(t.Context(), testdb.Open(t), dir, refused(name)); !errors.Is(err, fs.ErrPermission) || errors.Is(err, legacy.ErrNotLegacy) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestImportLinks: what a link leads to is read inside of the source, once, and not
// outside of it.
func TestImportLinks(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege on Windows")
	}
	dir, outer := t.TempDir(), t.TempDir()
	put(t, dir, "db/notes.json", `[{"id":"a","content":"x"}]`)
	put(t, dir, "moved/topics/topic-c.json", `{"id":"c","name":"x"}`)
	put(t, outer, "tasks.json", `[{"id":"b","title":"x"}]`)
	for name, to := range map[string]string{
		"db/topics": filepath.Join("..", "moved", "topics"), "db/topics2": filepath.Join("..", "moved", "topics"), "db/loop": "..", "moved/topics/up": filepath.Join("..", ".."),
		"db/tasks.json": filepath.Join(outer, "tasks.json"), "db/contacts": outer, "db/companies.json": "nowhere", "db/sessions.json": "sessions.json", "db/up": "../..",
	} {
		if err := os.Symlink(to, filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			t.Fatal(err)
		}
	}
	r, err := legacy.Import(t.Context(), testdb.Open(t), dir, legacy.Options{})
	if err != nil || r.Verified {
		t.Fatalf("verified %v over files that were not read: %v", r.Verified, err)
	}
	files := pathsOf(t, r)
	for name, code := range map[string]string{"db/tasks.json": "unsafe-path", "db/contacts": "unsafe-path", "db/up": "unsafe-path", "db/companies.json": "unreadable", "db/sessions.json": "unreadable"} {
		if f := files[name]; f.Status != record.StatusUnreadable || !slices.Equal(codesOf(f), []string{code}) || !strings.Contains(f.Warnings[0].Detail, "link") {
			t.Errorf("%s: %+v", name, f)
		}
	}
	for _, name := range []string{"db/topics2", "db/loop", "db/topics/up"} {
		if f := files[name]; f.Status != record.StatusIgnored || len(f.Warnings) != 1 {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if c := r.Collections["topics"]; c.Live != 1 || c.Found != 1 || files["db/topics/topic-c.json"].Records != 1 || r.Collections["tasks"].Found != 0 || !r.Findings() {
		t.Errorf("%+v", r.Collections)
	}
}

// The letter é as one letter, and as an e with its accent behind it.
const (
	oneLetter = "caf\u00e9"
	twoParts  = "cafe\u0301"
)

// spelled writes the data directory of a Mac whose file system takes letters and accents
// apart: the files are named so, the records are not.
func spelled(name string) map[string]string {
	return map[string]string{
		"attachments/dat-" + name + ".meta.json":         `{"id":"dat-` + oneLetter + `","type":"file","name":"a"}`,
		"attachments/dat-" + oneLetter + ".dat":          "aGVsbG8=",
		"attachments/meta-" + oneLetter + ".meta.json":   `{"id":"meta-` + oneLetter + `","type":"file","name":"b"}`,
		"attachments/meta-" + name + ".dat":              "aGVsbG8x",
		"attachments/video-" + name + ".meta.json":       `{"id":"video-` + oneLetter + `","type":"video","path":"/Users/x/app/videos/film-` + oneLetter + `.mp4"}`,
		"videos/film-" + name + ".mp4":                   "a film",
		"videos/other-" + name + ".mp4":                  "another film",
		"attachments/alone-" + name + ".dat":             "aGVsbG8y",
		"db/notes/note-" + name + ".json":                `{"content":"without an id"}`,
		"db/topics/topic-" + name + ".json":              `{"id":"` + oneLetter + `","name":"with one"}`,
		"db/sessions/" + name + "/metadata.json":         `{"id":"` + oneLetter + `","name":"in chunks","video":{"path":"videos/other-` + oneLetter + `.mp4"}}`,
		"db/sessions/" + name + "/summary.json":          `{"text":"of the session"}`,
		"db/sessions/" + name + "/summary.1.backup.json": `{"text":"of the session, before"}`,
	}
}

// TestImportSpellings: a file that is spelled otherwise than the record that means it is
// found, in a directory and in a zip.
func TestImportSpellings(t *testing.T) {
	t.Parallel()
	what := func(r legacy.Report) string {
		return fmt.Sprint(r.Collections, r.Attachments, len(r.Orphans), r.Findings())
	}
	var want, ids string
	for _, name := range []string{oneLetter, twoParts} {
		dir := t.TempDir()
		putOdd(t, dir, spelled(name))
		file := filepath.Join(t.TempDir(), "export.zip")
		writeFile(t, file, zipWith(t, spelled(name)))
		for _, source := range []string{dir, file} {
			s := testdb.Open(t)
			r := importing(t, s, source)
			got := testdb.Shell(t, s, "SELECT id FROM attachments UNION ALL SELECT id FROM notes UNION ALL SELECT id FROM topics UNION ALL SELECT id FROM sessions ORDER BY 1")
			if want == "" {
				if want, ids = what(r), got; r.Attachments.Missing > 0 {
					t.Fatalf("%+v %+v", r.Attachments, r.Orphans)
				}
			}
			if what(r) != want || got != ids {
				t.Errorf("%+q, %s: %s, want %s; %+q, want %+q", name, filepath.Base(source), what(r), want, got, ids)
			}
			for path, f := range pathsOf(t, r) {
				if codes := codesOf(f); slices.Contains(codes, "id-differs") || slices.Contains(codes, "dangling-ref") {
					t.Errorf("%+q: %v", path, f.Warnings)
				}
			}
		}
	}
}

// TestImportBothSpellings: where both spellings are there, they are two files, and each
// reference means the one of its own bytes.
func TestImportBothSpellings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := map[string]string{}
	for i, name := range []string{oneLetter, twoParts} {
		text := fmt.Sprint("content ", i)
		files["attachments/"+name+".meta.json"] = `{"id":"` + name + `","type":"file","name":"a"}`
		files["attachments/"+name+".dat"] = base64.StdEncoding.EncodeToString([]byte(text))
		files["attachments/video-"+name+".meta.json"] = `{"id":"video-` + name + `","type":"video","path":"videos/` + name + `.mp4"}`
		files["videos/"+name+".mp4"] = text
		files["attachments/alone-"+name+".dat"] = base64.StdEncoding.EncodeToString([]byte(text))
		files["db/notes/note-"+name+".json"] = `{"content":"` + text + `"}`
	}
	putOdd(t, dir, files)
	s := testdb.Open(t)
	r := importing(t, s, dir)
	if r.Files.Len() != len(files) {
		t.Skipf("one name for both on this file system: %d files", r.Files.Len())
	}
	for i, name := range []string{oneLetter, twoParts} {
		text := fmt.Sprint("content ", i)
		for _, id := range []string{name, "video-" + name, "alone-" + name} {
			a, err := s.Attachments.Get(t.Context(), id, repo.Full)
			if err != nil {
				t.Errorf("%+q: %v", id, err)
			} else if got := readBlob(t, s, a.Stored().Blob); got != text {
				t.Errorf("%+q holds %q", id, got)
			}
		}
		if n, err := s.Notes.Get(t.Context(), name); err != nil || n.Content != text {
			t.Errorf("%+q: %q, %v", name, n.Content, err)
		}
	}
	if r.Attachments.Found != 6 || r.Attachments.Missing > 0 {
		t.Errorf("%+v", r.Attachments)
	}
}

// TestImportCase: a directory that differs in case alone is read as a copy beside the
// application's own, and as all there is without it.
func TestImportCase(t *testing.T) {
	t.Parallel()
	files := map[string]string{"db/notes.json": `[{"id":"a","content":"own"}]`, "DB/notes.json": `[{"id":"a","content":"other"},{"id":"b","content":"x"}]`,
		"db/topics/topic-abc.json": `{"id":"abc","name":"x"}`, "db/topics/topic-ABC.json": `{"id":"ABC","name":"x"}`, "DB/wal.log": "{}\n"}
	dir := t.TempDir()
	putOdd(t, dir, files)
	s := testdb.Open(t)
	r := importing(t, s, dir)
	if r.Files.Len() != len(files) {
		t.Skip("case does not count on this file system")
	}
	if n := r.Collections["notes"]; n.Found != 3 || n.Live != 1 || n.Recovered != 1 || r.Collections["topics"].Live != 2 || !r.Findings() {
		t.Errorf("%+v", r.Collections)
	}
	if n, err := s.Notes.Get(t.Context(), "a"); err != nil || n.Content != "own" {
		t.Errorf("%q, %v", n.Content, err)
	}
	alone := t.TempDir()
	put(t, alone, "DB/notes.json", files["DB/notes.json"])
	if r := importing(t, testdb.Open(t), alone); r.Collections["notes"].Live != 2 {
		t.Errorf("alone: %+v", r.Collections["notes"])
	}
}

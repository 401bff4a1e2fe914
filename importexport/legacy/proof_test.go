package legacy_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"taskstore/importexport/ledger"
	"taskstore/importexport/legacy"
	"taskstore/importexport/legacy/report"
	"taskstore/internal/testdb"
	"taskstore/repo"
)

const bothNotes = `[{"id":"n1","content":"one","timestamp":"2025-10-01T10:00:00.000Z"},{"id":"n2","content":"two","timestamp":"2025-10-01T10:00:00.000Z"}]`

// files writes a directory of these files.
func files(t testing.TB, list map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range list {
		put(t, dir, name, text)
	}
	return dir
}

func verify(t testing.TB, s *repo.Store, dir string) legacy.Report {
	t.Helper()
	r, err := legacy.Verify(context.Background(), s, dir, legacy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// wantUnproved wants a report that is not verified and names this path with a reason.
func wantUnproved(t testing.TB, r legacy.Report, path, reason string) {
	t.Helper()
	if r.Verified {
		t.Errorf("verified, although %s: %s", path, reason)
	}
	if !slices.ContainsFunc(r.Unproved, func(u report.Unproved) bool { return u.Path == path && strings.Contains(u.Reason, reason) }) {
		t.Errorf("%s: %q is not among %+v", path, reason, r.Unproved)
	}
}

// loseContent removes the file of a content from a store.
func loseContent(t testing.TB, s *repo.Store, sum string) {
	t.Helper()
	if err := os.Remove(filepath.Join(s.Dir(), "blobs", sum[:2], sum)); err != nil {
		t.Fatal(err)
	}
}

// quarantinedAs is the content under which the bytes of a file are in quarantine.
func quarantinedAs(t testing.TB, s *repo.Store, file, text string) string {
	t.Helper()
	list, err := ledger.Of(s).Quarantine(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range list {
		if q.File == file && readBlob(t, s, q.Blob) == text {
			return q.Blob
		}
	}
	t.Fatalf("%s is not in quarantine as %q", file, text)
	return ""
}

// TestVerifyEachSource: two sources have a broken file, and a value that is no record, at
// the same place. Of each its own bytes must be in quarantine.
func TestVerifyEachSource(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, file, in, out, pointer string }{
		{"file", "db/broken.json", `{"cut`, `{"cut`, ""},
		{"value", "db/tasks.json", `[{"id":"t1","title":"a"}, "odd"]`, `"odd"`, "/1"},
		{"secret", "db/broken.json", `{"apiKey":"sk-0123456789","cut`, `{"apiKey":"*************","cut`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			first := files(t, map[string]string{"db/notes.json": bothNotes, c.file: c.in})
			other := func(text string) string { return strings.NewReplacer("cut", "torn", "odd", "strange").Replace(text) }
			second := files(t, map[string]string{"db/notes.json": bothNotes, c.file: other(c.in)})
			for i, lost := range []string{c.out, other(c.out)} {
				s := testdb.Unchecked(t)
				importing(t, s, first)
				importing(t, s, second)
				wantVerified(t, verify(t, s, first))
				wantVerified(t, verify(t, s, second))
				loseContent(t, s, quarantinedAs(t, s, c.file, lost))
				lacking, whole := verify(t, s, first), verify(t, s, second)
				if i == 1 {
					lacking, whole = whole, lacking
				}
				wantUnproved(t, lacking, c.file, "cannot be read back")
				wantVerified(t, whole)
			}
		})
	}
}

// TestVerifyOtherBytesAside: a row of the quarantine that names other bytes proves nothing.
func TestVerifyOtherBytesAside(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{"db/notes.json": bothNotes, "db/broken.json": `{"cut`, "db/worse.json": `{"torn`})
	s := testdb.Open(t)
	importing(t, s, dir)
	testdb.Shell(t, s, "DELETE FROM quarantine WHERE file = 'db/broken.json'; UPDATE quarantine SET file = 'db/broken.json';")
	r := verify(t, s, dir)
	wantUnproved(t, r, "db/broken.json", "its content is not in quarantine")
	wantUnproved(t, r, "db/worse.json", "its content is not in quarantine")
}

// TestImportUnreadableNamed: of a file that cannot be read nothing is kept, and that is said.
func TestImportUnreadableNamed(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege on Windows")
	}
	dir := files(t, map[string]string{"db/notes.json": bothNotes, "db/sessions/s1/metadata.json": `{"id":"s1","name":"A session"}`})
	for _, name := range []string{"db/tasks.json", "attachments/a.meta.json", "db/sessions/s1/summary.json"} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755), os.Symlink("nowhere", filepath.Join(dir, name))); err != nil {
			t.Fatal(err)
		}
	}
	s := testdb.Open(t)
	r, err := legacy.Import(context.Background(), s, dir, legacy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	scan, err := legacy.DryRun(context.Background(), nil, dir, legacy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []legacy.Report{r, verify(t, s, dir), scan} {
		for _, name := range []string{"db/tasks.json", "attachments/a.meta.json", "db/sessions/s1/summary.json"} {
			wantUnproved(t, r, name, "could not be read, nothing of it is kept")
			if f := fileOf(r, name); f.Status != "unreadable" {
				t.Errorf("%s is %q", name, f.Status)
			}
		}
		if !r.Findings() || r.Warnings["unaccounted"] > 0 {
			t.Errorf("findings %t, %v", r.Findings(), r.Warnings)
		}
		wantText(t, r, "Could not be read; nothing of these is kept:\n  attachments/a.meta.json")
		if text := printed(t, r); strings.Contains(text, "byte for byte") {
			t.Errorf("something is said to be kept byte for byte in\n%s", text)
		}
	}
}

func fileOf(r legacy.Report, path string) report.File {
	for f := range r.Files.All() {
		if f.Path == path {
			return f
		}
	}
	return report.File{}
}

func printed(t testing.TB, r legacy.Report) string {
	t.Helper()
	var b strings.Builder
	if err := r.WriteText(&b, false); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func wantText(t testing.TB, r legacy.Report, want ...string) {
	t.Helper()
	text := printed(t, r)
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("%q is not in\n%s", w, text)
		}
	}
}

// TestImportDatOfBrokenMeta: the content beside a description that cannot be read, or that
// is none, comes in.
func TestImportDatOfBrokenMeta(t *testing.T) {
	t.Parallel()
	for name, meta := range map[string]string{"unreadable": "", "no JSON": "{", "empty": "-", "other JSON": `["a"]`, "zeros": strings.Repeat("\x00", 90)} {
		t.Run(name, func(t *testing.T) {
			dir := files(t, map[string]string{"db/notes.json": bothNotes, "attachments/a.dat": "aGVsbG8="})
			if at := filepath.Join(dir, "attachments", "a.meta.json"); meta != "" {
				put(t, dir, "attachments/a.meta.json", strings.TrimPrefix(meta, "-"))
			} else if err := os.Symlink("nowhere", at); err != nil {
				t.Skip(err)
			}
			s := testdb.Open(t)
			r, err := legacy.Import(context.Background(), s, dir, legacy.Options{})
			if err != nil {
				t.Fatal(err)
			}
			a, err := s.Attachments.Get(context.Background(), "a", repo.Full)
			if err != nil || readBlob(t, s, a.Stored().Blob) != "hello" {
				t.Errorf("attachment %+v, %v", a, err)
			}
			if !r.Findings() || r.Verified == (meta == "") {
				t.Errorf("findings %t, verified %t", r.Findings(), r.Verified)
			}
		})
	}
}

// TestVerifyContents: the content of each file that holds one is in the store by its hash,
// whatever record it belongs to; where it is not, its file is named.
func TestVerifyContents(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{
		"attachments/a.meta.json": `{"id":"a","type":"file","name":"a"}`, "attachments/a.dat": "aGVsbG8=",
		"attachments/alone.dat": "YWxvbmU=", "videos/v.mp4": "a video",
	})
	for path, text := range map[string]string{"attachments/a.dat": "hello", "attachments/alone.dat": "alone", "videos/v.mp4": "a video"} {
		s := testdb.Unchecked(t)
		importing(t, s, dir)
		wantVerified(t, verify(t, s, dir))
		testdb.Shell(t, s, "UPDATE attachments SET file_blob = NULL, file_form = NULL;") // its record tells nothing any more
		info, err := s.Contents.Put(context.Background(), strings.NewReader(text), "")
		if err != nil {
			t.Fatal(err)
		}
		loseContent(t, s, info.SHA256)
		wantUnproved(t, verify(t, s, dir), path, "its content is not in the store")
	}
}

// TestVerifyPurgedContent: who purges an attachment wants its content gone.
func TestVerifyPurgedContent(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := files(t, map[string]string{"attachments/a.meta.json": `{"id":"a","type":"file","name":"a"}`, "attachments/a.dat": "aGVsbG8="})
	s := testdb.Unchecked(t)
	importing(t, s, dir)
	a, err := s.Attachments.Get(ctx, "a", repo.Full)
	if err := errors.Join(err, s.Attachments.Delete(ctx, "a"), s.Attachments.Purge(ctx, "a")); err != nil {
		t.Fatal(err)
	}
	loseContent(t, s, a.Stored().Blob)
	wantVerified(t, verify(t, s, dir))
}

// TestNestedDirectory: a copy of the whole data directory inside of it, wherever, is not
// read, and that is a finding which names the directory.
func TestNestedDirectory(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"copy of all", "backups/old", "temp/old", "db/old", "db/old.bak/again", "attachments/old"} {
		for _, inside := range []map[string]string{
			{"db/sessions.json": `[]`, "db/tasks.json": `[{"id":"t1","title":"only in the copy"}]`, "attachments/b.dat": "aGVsbG8="},
			{"attachments/b.meta.json": `{"id":"b"}`, "attachments/b.dat": "aGVsbG8="},
			{"sessions.json": `[]`},
			{"backups/backup-1759000000000.json": `{}`},
		} {
			if at == "temp/old" && inside["sessions.json"] != "" {
				continue // a session that is being saved
			}
			list := map[string]string{"db/notes.json": bothNotes}
			for name, text := range inside {
				list[at+"/"+name] = text
			}
			dir := files(t, list)
			s := testdb.Open(t)
			r, err := legacy.Import(context.Background(), s, dir, legacy.Options{})
			if err != nil {
				t.Fatal(err)
			}
			scan, err := legacy.DryRun(context.Background(), nil, dir, legacy.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range []legacy.Report{r, scan, verify(t, s, dir)} {
				wantUnproved(t, r, at, "is not read; import it by itself")
				if !r.Findings() || r.Warnings["other-source"] != 1 {
					t.Errorf("%s %v: findings %t, %v", at, list, r.Findings(), r.Warnings)
				}
			}
		}
	}
}

// TestImportUnreadableMember: a member of a zip that cannot be read is no lack of proof,
// since the zip is in quarantine byte for byte; it is a finding.
func TestImportUnreadableMember(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"notes.json", "tasks.json"} {
		w, err := z.Create(name)
		must0(t, err)
		_, err = fmt.Fprintf(w, `[{"id":%q}]`, name)
		must0(t, err)
	}
	must0(t, z.Close())
	text := strings.Replace(b.String(), "PK\x03\x04", "PK\xff\xff", 1) // the header of the first
	path := filepath.Join(t.TempDir(), "export.zip")
	must0(t, os.WriteFile(path, []byte(text), 0o600))
	r := importing(t, testdb.Open(t), path)
	if !r.Findings() || len(r.Unproved) > 0 {
		t.Errorf("findings %v, unproved %v", r.Findings(), r.Unproved)
	}
	wantText(t, r, "Could not be read in a zip; the zip is in the quarantine:\n  export.zip!/notes.json")
}

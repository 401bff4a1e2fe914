package repo_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/repo/check"
	"taskstore/schema"

	_ "modernc.org/sqlite"
)

// damaged makes a store, closes it, and changes its file behind the triggers'
// back, as a failing disk does. It opens the store so that nothing is mended.
func damaged(t *testing.T, statements ...string) *repo.Store {
	t.Helper()
	s := testdb.Unchecked(t)
	dir := s.Dir()
	fillStore(t, s)
	newSession(t, s, "1", "2", "3")
	fatal(t, s.Close())
	db, err := sql.Open("sqlite", s.Path())
	fatal(t, err)
	result, err := db.Query("SELECT 'DROP TRIGGER ' || name FROM sqlite_master WHERE type = 'trigger'")
	fatal(t, err)
	for result.Next() {
		var drop string
		fatal(t, result.Scan(&drop))
		statements = append([]string{drop}, statements...)
	}
	fatal(t, result.Err())
	for _, text := range statements {
		if _, err := db.Exec(text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	fatal(t, db.Close())
	return testdb.Reopen(t, dir, func(o *repo.Options) { o.Untouched = true })
}

func wantProblem(t *testing.T, s *repo.Store, want check.Problem) {
	t.Helper()
	rep, err := s.Check(t.Context(), check.Options{})
	fatal(t, err)
	if rep.OK || !rep.Damaged() {
		t.Errorf("the report says that all is well: %+v", rep)
	}
	found := slices.ContainsFunc(rep.Problems, func(p check.Problem) bool {
		return p.Severity == check.SeverityError && p.Area == want.Area && p.Table == want.Table &&
			(want.Kind == "" || p.Kind == want.Kind) && (want.ID == "" || p.ID == want.ID)
	})
	if !found {
		t.Errorf("not found: %+v in %+v", want, rep.Problems)
	}
}

func TestCheckFindsDamage(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sql  string
		want check.Problem
	}{
		"root row":       {"UPDATE notes SET content = content || 'x'", check.Problem{Area: check.AreaRows, Table: "notes", Kind: "note", ID: "note-1"}},
		"rev":            {"UPDATE notes SET rev = 7", check.Problem{Area: check.AreaRows, Table: "notes", Kind: "note", ID: "note-1"}},
		"to null":        {"UPDATE topics SET created_at = NULL, name = 'x'", check.Problem{Area: check.AreaRows, Table: "topics", ID: "topic-1"}},
		"child row":      {"UPDATE session_screenshots SET analysis_status = 'x' WHERE id = '2'", check.Problem{Area: check.AreaRows, Table: "session_screenshots", Kind: "session", ID: "s"}},
		"tag":            {"UPDATE session_tags SET tag = 'b' WHERE session_pk = (SELECT pk FROM sessions WHERE id = 's')", check.Problem{Area: check.AreaRows, Table: "session_tags", Kind: "session", ID: "s"}},
		"document":       {"UPDATE session_documents SET body = '{}'", check.Problem{Area: check.AreaRows, Table: "session_documents", Kind: "session", ID: "session-1"}},
		"child gone":     {"DELETE FROM session_screenshots WHERE id = '2'", check.Problem{Area: check.AreaRows, Table: "session_screenshots", Kind: "session", ID: "s"}},
		"list gone":      {"DELETE FROM session_screenshots", check.Problem{Area: check.AreaRows, Table: "session_screenshots", Kind: "session", ID: "s"}},
		"tag gone":       {"DELETE FROM session_tags", check.Problem{Area: check.AreaRows, Table: "session_tags", Kind: "session", ID: "s"}},
		"places swapped": {"UPDATE session_screenshots SET pos = pos + 100", check.Problem{Area: check.AreaRows, Table: "session_screenshots", Kind: "session", ID: "s"}},
		"setting":        {"UPDATE settings SET value = '[]'", check.Problem{Area: check.AreaRows, Table: "settings", Kind: "setting", ID: "settings"}},
		"owner gone":     {"PRAGMA foreign_keys = OFF; DELETE FROM sessions WHERE id = 's'", check.Problem{Area: check.AreaFK, Table: "session_screenshots"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantProblem(t, damaged(t, c.sql), c.want)
		})
	}
}

// TestDamageIsNotSealed: the next program that writes does not take damage for
// what another tool has written.
func TestDamageIsNotSealed(t *testing.T) {
	t.Parallel()
	s := damaged(t, "UPDATE notes SET content = 'x'", "DELETE FROM session_screenshots WHERE id = '2'")
	fatal(t, s.Close())
	s = testdb.Reopen(t, s.Dir())
	wantProblem(t, s, check.Problem{Area: check.AreaRows, Table: "notes", Kind: "note", ID: "note-1"})
	wantProblem(t, s, check.Problem{Area: check.AreaRows, Table: "session_screenshots", Kind: "session", ID: "s"})
}

// TestCheckFindsContents: a content whose file is gone, or is not what it was.
func TestCheckFindsContents(t *testing.T) {
	t.Parallel()
	s := testdb.Unchecked(t)
	a := schema.Attachment{Head: schema.Head{ID: "a"}}
	a.Base64.Text = "aGVsbG8gd29ybGQsIHRoaXMgaXMgYSBmaWxl"
	b := schema.Attachment{Head: schema.Head{ID: "b"}}
	b.File.Text = "YW5vdGhlciBmaWxlLCBvZiBvdGhlciBieXRlcw=="
	fatal(t, s.Attachments.Save(t.Context(), &a, &b))
	gone, changed := blobFile(t, s, a.Base64.Blob), blobFile(t, s, b.File.Blob)
	fatal(t, os.Remove(gone))
	raw, err := os.ReadFile(changed)
	fatal(t, err)
	raw[len(raw)/2] ^= 1
	fatal(t, os.Chmod(changed, 0o644))
	fatal(t, os.WriteFile(changed, raw, 0o644))
	wantProblem(t, s, check.Problem{Area: check.AreaBlobs, Table: "blobs", Kind: "attachment", ID: "a"})
	wantProblem(t, s, check.Problem{Area: check.AreaBlobs, Table: "blobs", Kind: "attachment", ID: "b"})
	if _, err := s.Contents.Text(t.Context(), a.Base64); !errors.Is(err, repo.ErrNotFound) {
		t.Errorf("a content that is gone: %v", err)
	}
	if _, err := s.Contents.Text(t.Context(), b.File); !errors.Is(err, repo.ErrCorrupt) {
		t.Errorf("a content that was changed: %v", err)
	}
	rep, err := s.Check(t.Context(), check.Options{Only: []string{check.AreaRows, check.AreaDB}})
	if err != nil || !rep.OK {
		t.Errorf("the other areas: %+v, %v", rep, err)
	}
	again := schema.Attachment{Head: schema.Head{ID: "c"}}
	again.Base64.Text = "aGVsbG8gd29ybGQsIHRoaXMgaXMgYSBmaWxl"
	fatal(t, s.Attachments.Save(t.Context(), &again))
	if text, err := s.Contents.Text(t.Context(), a.Base64); err != nil || text != again.Base64.Text && text == "" {
		t.Errorf("the same file put again does not mend it: %q, %v", text, err)
	}
}

// blobFile finds the file of a content.
func blobFile(t *testing.T, s *repo.Store, sha string) (file string) {
	t.Helper()
	fatal(t, filepath.WalkDir(filepath.Join(s.Dir(), "blobs"), func(path string, _ os.DirEntry, err error) error {
		if strings.Contains(filepath.Base(path), sha[4:]) {
			file = path
		}
		return err
	}))
	if file == "" {
		t.Fatalf("no file for content %s", sha)
	}
	return file
}

// TestSmashedFile: files that are no database are refused with a typed error,
// and are left as they are.
func TestSmashedFile(t *testing.T) {
	s := testdb.Unchecked(t)
	fillStore(t, s)
	fatal(t, s.Close())
	whole, err := os.ReadFile(s.Path())
	fatal(t, err)
	for name, c := range map[string]struct {
		content []byte
		want    error
	}{
		"zeros":     {make([]byte, len(whole)), repo.ErrCorrupt},
		"garbage":   {bytes.Repeat([]byte("garbage "), 4096), repo.ErrCorrupt},
		"cut early": {whole[:50], repo.ErrCorrupt},
		"cut":       {whole[:len(whole)/2], repo.ErrCorrupt},
		"a text":    {[]byte("hello"), repo.ErrCorrupt},
		"schema":    {append(slices.Clone(whole[:100]), make([]byte, len(whole)-100)...), repo.ErrCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			dir := testdb.Dir(t)
			path := filepath.Join(dir, "store.db")
			fatal(t, os.WriteFile(path, c.content, 0o644))
			for _, opt := range []repo.Options{{Untouched: true}, {ReadOnly: true}, {}} {
				again, err := repo.Open(t.Context(), dir, opt)
				if err == nil {
					_, err = again.Check(t.Context(), check.Options{})
					err = errors.Join(err, reportError(again, t), again.Close())
				}
				if !errors.Is(err, c.want) {
					t.Errorf("%+v: %v, want %v", opt, err, c.want)
				}
			}
			if left, err := os.ReadFile(path); err != nil || !bytes.Equal(left, c.content) {
				t.Errorf("the file was changed (%v): %d bytes, were %d", err, len(left), len(c.content))
			}
		})
	}
}

// reportError is ErrCorrupt for a store whose check finds damage.
func reportError(s *repo.Store, t *testing.T) error {
	rep, err := s.Check(t.Context(), check.Options{})
	if err == nil && rep.Damaged() {
		return repo.ErrCorrupt
	}
	return err
}

// TestNewerSchema: a store that a newer program has made is refused and stays as it is.
func TestNewerSchema(t *testing.T) {
	s := testdb.Unchecked(t)
	fillStore(t, s)
	fatal(t, s.Close())
	db, err := sql.Open("sqlite", s.Path())
	fatal(t, err)
	newerSchema(t, db)
	fatal(t, db.Close())
	for _, opt := range []repo.Options{{}, {ReadOnly: true}, {Untouched: true}, {NoMigrate: true}} {
		if _, err := repo.Open(t.Context(), s.Dir(), opt); !errors.Is(err, repo.ErrSchemaTooNew) {
			t.Errorf("%+v: %v", opt, err)
		}
	}
}

// newerSchema notes a migration that this program does not have.
func newerSchema(t *testing.T, db *sql.DB) {
	t.Helper()
	_, err := db.Exec(`CREATE TEMP TABLE one AS SELECT * FROM schema_files ORDER BY version DESC LIMIT 1;
UPDATE one SET version = 99999;
INSERT INTO schema_files SELECT * FROM one;`)
	fatal(t, err)
}

// TestFullDisk: on a disk of a few megabytes the write that does not fit fails,
// those before it stay, and the store is in order.
func TestFullDisk(t *testing.T) {
	if os.Getenv("TASKSTORE_FULL_DISK") == "" {
		small := t.TempDir()
		if err := exec.Command("unshare", "-m", "mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", small).Run(); err != nil {
			t.Skipf("skipped: a small file system cannot be mounted here: %v", err)
		}
		cmd := exec.Command("unshare", "-m", "sh", "-c", `mount -t tmpfs -o size=6m tmpfs "$1" && exec "$0" -test.run='^TestFullDisk$' -test.v`, os.Args[0], small)
		cmd.Env = append(os.Environ(), "TASKSTORE_FULL_DISK="+small)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	fillDisk(t, os.Getenv("TASKSTORE_FULL_DISK"))
}

func fillDisk(t *testing.T, dir string) {
	s := testdb.Reopen(t, dir)
	var kept []string
	for i := range 10_000 {
		n := note(fmt.Sprint("n", i), strings.Repeat(fmt.Sprint(i, " "), 5000))
		err := s.Notes.Save(t.Context(), n)
		if err == nil {
			kept = append(kept, n.ID)
			continue
		}
		if !errors.Is(err, repo.ErrFull) {
			t.Fatalf("after %d: %v", i, err)
		}
		break
	}
	if len(kept) < 10 || len(kept) > 5000 {
		t.Fatalf("%d were kept", len(kept))
	}
	a := schema.Attachment{Head: schema.Head{ID: "a"}}
	a.File.Text = "data:text/plain," + strings.Repeat("0123456789abcdef", 1<<20)
	if err := s.Attachments.Save(t.Context(), &a); !errors.Is(err, repo.ErrFull) {
		t.Errorf("a content on a full disk: %v", err)
	}
	got, err := s.Notes.GetMany(t.Context(), kept)
	if err != nil || len(got) != len(kept) {
		t.Errorf("%d of %d are there, %v", len(got), len(kept), err)
	}
	fatal(t, s.Close())
	testdb.WantClean(t, dir)
	t.Logf("%d notes fitted", len(kept))
}

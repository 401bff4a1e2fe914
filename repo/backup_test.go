package repo_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"taskstore/backup"
	"taskstore/backup/pages"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/repo/check"
	"taskstore/schema"
)

// TestSafetyBackup: none of nothing, one of something, not a second one of the same.
func TestSafetyBackup(t *testing.T) {
	t.Parallel()
	s := testdb.Open(t)
	b, err := s.SafetyBackup(t.Context(), backup.PreImport)
	if err != nil || b.ID != "" {
		t.Fatalf("of nothing: %+v, %v", b, err)
	}
	fatal(t, s.Notes.Save(t.Context(), &schema.Note{Head: schema.Head{ID: "n"}, Content: "x"}))
	first, err := s.SafetyBackup(t.Context(), backup.PreImport)
	if err != nil || first.ID == "" || first.Counts["notes"] != 1 || first.Reason != backup.PreImport {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := s.SafetyBackup(t.Context(), backup.PrePurge)
	if err != nil || second.ID != first.ID || second.Guards.IsZero() {
		t.Errorf("%+v, %v", second, err)
	}
	fatal(t, os.Rename(s.Backups().Dir(), s.Backups().Dir()+".away"))
	fatal(t, os.WriteFile(s.Backups().Dir(), nil, 0o600))
	if _, err := s.SafetyBackup(t.Context(), backup.PreImport); err == nil {
		t.Error("no backup can be made, and nobody says so")
	}
	fatal(t, os.Remove(s.Backups().Dir()))
}

// TestDescribe: equal content has equal hashes, other content has others, in the one
// collection that it is of.
func TestDescribe(t *testing.T) {
	t.Parallel()
	s := testdb.Open(t)
	describe := func() backup.Facts {
		t.Helper()
		to := filepath.Join(t.TempDir(), "copy.db")
		fatal(t, os.WriteFile(to, nil, 0o600))
		_, err := pages.Snapshot(t.Context(), pages.Source{File: s.Path()}, to, nil)
		fatal(t, err)
		f, err := repo.Describe(t.Context(), to)
		fatal(t, err)
		return f
	}
	fatal(t, s.Tasks.Save(t.Context(), &schema.Task{Head: schema.Head{ID: "t"}, Title: "x", Status: "todo", Tags: []string{"a"}}))
	fatal(t, s.Attachments.Save(t.Context(), &schema.Attachment{Head: schema.Head{ID: "a"}, FileInfo: schema.FileInfo{Base64: schema.Content{Text: "not base64 !"}}}))
	a, b := describe(), describe()
	if a.Schema == 0 || a.Counts["tasks"] != 1 || len(a.Damage) > 0 || len(a.Contents) == 0 {
		t.Errorf("%+v", a)
	}
	_, err := s.Tasks.Modify(t.Context(), "t", func(v *schema.Task) error { v.Tags = []string{"b"}; return nil })
	fatal(t, err)
	c := describe()
	for name, sum := range a.Hashes {
		if b.Hashes[name] != sum || (c.Hashes[name] == sum) == (name == "tasks") {
			t.Errorf("%s: %s, %s, %s", name, sum, b.Hashes[name], c.Hashes[name])
		}
	}
	for _, one := range a.Contents {
		if info, err := s.Contents.Stat(t.Context(), one.SHA256); err != nil || info.Size != one.Size {
			t.Errorf("content %+v: %+v, %v", one, info, err)
		}
	}
}

// TestLost: no store is begun where one was lost that has backups.
func TestLost(t *testing.T) {
	dir := testdb.Dir(t)
	s := testdb.Reopen(t, dir)
	fatal(t, s.Notes.Save(t.Context(), &schema.Note{Head: schema.Head{ID: "n"}, Content: "x"}))
	_, _, err := s.Backup(t.Context(), backup.CreateOptions{})
	fatal(t, err)
	fatal(t, s.Close())
	for _, lose := range []func() error{
		func() error { return os.Truncate(s.Path(), 0) },
		func() error { return os.Remove(s.Path()) },
	} {
		fatal(t, lose())
		for _, opt := range []repo.Options{{}, {NoCreate: true}, {ReadOnly: true}} {
			if _, err := repo.Open(t.Context(), dir, opt); !errors.Is(err, repo.ErrLost) || !errors.Is(err, repo.ErrNoStore) {
				t.Errorf("%+v: %v", opt, err)
			}
		}
	}
}

// TestCheckBackups: a backup that is damaged and files without a manifest are found.
func TestCheckBackups(t *testing.T) {
	t.Parallel()
	s := testdb.Unchecked(t)
	fatal(t, s.Notes.Save(t.Context(), &schema.Note{Head: schema.Head{ID: "n"}, Content: "x"}))
	b, _, err := s.Backup(t.Context(), backup.CreateOptions{})
	fatal(t, err)
	file := filepath.Join(s.Backups().Dir(), b.ID+".db.zst")
	verify := func(quick bool) []check.Problem {
		t.Helper()
		rep, err := s.Check(t.Context(), check.Options{Only: []string{check.AreaBackups}, Quick: quick})
		fatal(t, err)
		if rep.Checked[check.AreaBackups] > 1 {
			t.Errorf("checked %v", rep.Checked)
		}
		return rep.Problems
	}
	if p := verify(false); len(p) > 0 {
		t.Errorf("%+v", p)
	}
	bytes, err := os.ReadFile(file)
	fatal(t, err)
	bytes[len(bytes)/2] ^= 1
	was, err := os.Stat(file)
	fatal(t, err)
	fatal(t, os.WriteFile(file, bytes, 0o600))
	fatal(t, os.Chtimes(file, was.ModTime(), was.ModTime())) // as a disk does it that forgets
	if p := verify(false); len(p) != 1 || p[0].ID != b.ID || p[0].Severity != check.SeverityError {
		t.Errorf("%+v", p)
	}
	if p := verify(true); len(p) > 0 {
		t.Errorf("quick: %+v", p)
	}
	fatal(t, os.Truncate(file, 10))
	if p := verify(true); len(p) != 1 {
		t.Errorf("quick, cut off: %+v", p)
	}
	fatal(t, os.Remove(filepath.Join(s.Backups().Dir(), b.ID+".json")))
	if p := verify(false); len(p) != 2 || !strings.Contains(p[0].Detail, "its manifest is gone") {
		t.Errorf("%+v", p)
	}
}

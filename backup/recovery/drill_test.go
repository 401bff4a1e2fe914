package recovery_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"taskstore/backup"
	"taskstore/backup/recovery"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/repo/check"
	"taskstore/schema"
)

func TestDrill(t *testing.T) {
	s := filled(t)
	b := create(t, s)
	d, err := recovery.RunDrill(t.Context(), s.Dir(), b.ID, recovery.Options{})
	if err != nil || len(d.Problems) > 0 || d.Contents != 1 || d.Bytes != 11 || d.Counts["tasks"] != 3 {
		t.Fatalf("%+v, %v", d, err)
	}
	again, err := s.Backups().Get(t.Context(), b.ID)
	if err != nil || again.Drilled == nil || !again.Drilled.OK {
		t.Errorf("recorded %+v, %v", again.Drilled, err)
	}
	left, err := filepath.Glob(escape(s.Backups().Dir()) + "/.scratch*")
	if err != nil || len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

// TestDrillFinds: contents that are gone or flipped, files that are, and a manifest
// that says something else.
func TestDrillFinds(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, s *repo.Store, b backup.Backup){
		"content gone": func(t *testing.T, s *repo.Store, _ backup.Backup) { fatal(t, os.Remove(content(t, s.Dir()))) },
		"content flipped": func(t *testing.T, s *repo.Store, _ backup.Backup) {
			fatal(t, os.Chmod(content(t, s.Dir()), 0o600))
			write(t, content(t, s.Dir()), []byte("hello WORLD"))
		},
		"db flipped": func(t *testing.T, s *repo.Store, b backup.Backup) {
			file := filepath.Join(s.Backups().Dir(), b.ID+".db.zst")
			text, err := os.ReadFile(file)
			fatal(t, err)
			text[len(text)/2] ^= 4
			write(t, file, text)
		},
		"list gone": func(t *testing.T, s *repo.Store, b backup.Backup) {
			fatal(t, os.Remove(filepath.Join(s.Backups().Dir(), b.ID+".contents.zst")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := filled(t)
			b := create(t, s)
			sound, err := os.ReadFile(content(t, s.Dir()))
			fatal(t, err)
			spoil(t, s, b)
			d, err := recovery.RunDrill(t.Context(), s.Dir(), b.ID, recovery.Options{})
			if !errors.Is(err, recovery.ErrBad) || len(d.Problems) == 0 {
				t.Fatalf("%+v, %v", d, err)
			}
			bad, err := s.Backups().Get(t.Context(), b.ID)
			if err != nil || bad.Good() || !bad.Failed() {
				t.Errorf("counts as good: %+v, %v", bad, err)
			}
			if _, err := recovery.Verify(t.Context(), s.Dir(), b.ID, recovery.Options{}); !errors.Is(err, recovery.ErrBad) && name != "content flipped" {
				t.Errorf("verify: %v", err)
			}
			report, err := s.Check(t.Context(), check.Options{Only: []string{check.AreaBackups, check.AreaBlobs}})
			if err != nil || !report.Damaged() {
				t.Errorf("check: %+v, %v", report, err)
			}
			content := filepath.Join(repo.BlobsDir(s.Dir()), "b9", "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9")
			fatal(t, errors.Join(os.RemoveAll(content), os.WriteFile(content, sound, 0o400), s.Backups().Remove(t.Context(), b.ID)))
		})
	}
}

// TestDamagedStore: a store with a flipped row can be backed up; the backup says so
// and does not count as good.
func TestDamagedStore(t *testing.T) {
	s := filled(t)
	good := create(t, s)
	fatal(t, s.Close())
	file, err := os.ReadFile(s.Path())
	fatal(t, err)
	at := strings.Index(string(file), `"dark"`)
	if at < 0 {
		t.Fatal("the value is not in the file")
	}
	file[at+1] = 'b'
	write(t, s.Path(), file)
	b, made, err := recovery.Create(t.Context(), s.Dir(), recovery.CreateOptions{})
	if err != nil || !made || b.Good() || b.Failed() || !strings.Contains(b.Problem(), "setting theme") {
		t.Fatalf("%+v, %v", b, err)
	}
	if d, err := recovery.RunDrill(t.Context(), s.Dir(), b.ID, recovery.Options{}); err != nil {
		t.Errorf("a true copy is no bad backup: %+v, %v", d, err)
	}
	r, err := recovery.Restore(t.Context(), s.Dir(), backup.Latest, recovery.RestoreOptions{})
	if err != nil || r.Backup.ID != good.ID || len(r.Newer) != 1 || r.Aside == "" {
		t.Errorf("%+v, %v", r, err)
	}
	reopened := testdb.Reopen(t, s.Dir())
	theme, err := reopened.Settings.Get(t.Context(), "theme")
	if err != nil || theme.Value != `"dark"` {
		t.Errorf("%q, %v", theme.Value, err)
	}
}

func TestSelfContained(t *testing.T) {
	s := filled(t)
	to := filepath.Join(t.TempDir(), "disk", "backups of mine")
	b, _, err := recovery.Create(t.Context(), s.Dir(), recovery.CreateOptions{To: to})
	fatal(t, err)
	if _, err := recovery.RunDrill(t.Context(), to, b.ID, recovery.Options{}); err != nil {
		t.Error(err)
	}
	// A second one brings only what is new.
	before, err := os.Stat(content(t, to))
	fatal(t, err)
	fatal(t, s.Tasks.Save(t.Context(), &schema.Task{Head: schema.Head{ID: "t4"}, Title: "more", Status: "todo"}))
	_, _, err = recovery.Create(t.Context(), s.Dir(), recovery.CreateOptions{To: to})
	fatal(t, err)
	after, err := os.Stat(content(t, to))
	if err != nil || !os.SameFile(before, after) {
		t.Errorf("the content was written again: %v", err)
	}
	dir := filepath.Join(t.TempDir(), "new store")
	r, err := recovery.Restore(t.Context(), dir, backup.Latest, recovery.RestoreOptions{Options: recovery.Options{}, From: to})
	if err != nil || r.Brought != 1 || len(r.Missing) > 0 || r.Aside != "" {
		t.Fatalf("%+v, %v", r, err)
	}
	wantCounts(t, dir, 4)
	testdb.WantClean(t, dir)
	if _, err := repo.Open(t.Context(), to, repo.Options{}); !errors.Is(err, repo.ErrLost) {
		t.Errorf("a store was begun over backups: %v", err)
	}
}

// TestSelfContainedMissing: a content that the store has lost does not keep the
// rest from being saved, and is told.
func TestSelfContainedMissing(t *testing.T) {
	s := filled(t)
	to := t.TempDir()
	sound := content(t, s.Dir())
	fatal(t, os.Rename(sound, sound+".away"))
	b, made, err := recovery.Create(t.Context(), s.Dir(), recovery.CreateOptions{To: to})
	if err != nil || !made || b.Named.Missing != 1 || !b.Good() { // its database is as good as any
		t.Errorf("%+v, %v", b, err)
	}
	fatal(t, os.Rename(sound+".away", sound))
}

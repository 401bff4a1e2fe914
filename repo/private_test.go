//go:build unix

package repo_test

import (
	"bytes"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"taskstore/backup"
	"taskstore/backup/recovery"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// wider lists what others than its owner may see or enter, below and including dir.
func wider(t *testing.T, dir string) (names []string) {
	t.Helper()
	fatal(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			names = append(names, info.Mode().String()+" "+path)
		}
		return err
	}))
	return names
}

// fillPrivate puts something of every sort into a store, which stays open.
func fillPrivate(t *testing.T, dir string, opt repo.Options) *repo.Store {
	t.Helper()
	s, err := repo.Open(t.Context(), dir, opt)
	fatal(t, err)
	t.Cleanup(func() { fatal(t, s.Close()) })
	note := schema.Note{Content: "mine"}
	fatal(t, s.Notes.Save(t.Context(), &note))
	for _, text := range []string{"short", strings.Repeat("compressible ", 5000)} {
		_, err := s.Contents.Attach(t.Context(), repo.Ref{Kind: "note", ID: note.ID}, "file.txt", strings.NewReader(text))
		fatal(t, err)
	}
	_, _, err = s.Backup(t.Context(), backup.CreateOptions{Pin: true})
	fatal(t, err)
	return s
}

// TestPrivate: what a store makes is for its owner, also where the user's mask
// takes nothing away, while it is open, with backups, and after a restore.
func TestPrivate(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	dir := filepath.Join(t.TempDir(), "data", "store")
	s := fillPrivate(t, dir, repo.Options{})
	if _, err := os.Stat(s.Path() + "-wal"); err != nil {
		t.Error(err)
	}
	if names := wider(t, filepath.Dir(dir)); len(names) > 0 {
		t.Errorf("open:\n%s", strings.Join(names, "\n"))
	}
	restored := filepath.Join(t.TempDir(), "data", "restored")
	_, err := recovery.Restore(t.Context(), restored, backup.Latest, recovery.RestoreOptions{From: dir})
	fatal(t, err)
	testdb.WantClean(t, restored)
	if names := wider(t, filepath.Dir(restored)); len(names) > 0 {
		t.Errorf("restored:\n%s", strings.Join(names, "\n"))
	}
}

// TestMadePrivate: an older store is made private when it is next opened for
// writing, which is said once. What is not the store's stays as it is.
func TestMadePrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	fatal(t, fillPrivate(t, dir, repo.Options{}).Close())
	fatal(t, os.WriteFile(filepath.Join(dir, "letter.txt"), nil, 0o644))
	widen := func() {
		fatal(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			return os.Chmod(path, map[bool]fs.FileMode{true: 0o755, false: 0o644}[e.IsDir()])
		}))
	}
	widen()
	fatal(t, testdb.Reopen(t, dir, func(o *repo.Options) { o.ReadOnly = true }).Close())
	if len(wider(t, dir)) < 10 {
		t.Error("reading changed modes")
	}
	var log bytes.Buffer
	opt := func(o *repo.Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) }
	for range 2 {
		fatal(t, testdb.Reopen(t, dir, opt).Close())
	}
	if n := strings.Count(log.String(), "for its owner alone"); n != 1 {
		t.Errorf("said %d times: %s", n, &log)
	}
	want := []string{"drwxr-xr-x " + dir, "-rw-r--r-- " + filepath.Join(dir, "letter.txt")}
	if names := wider(t, dir); strings.Join(names, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s", strings.Join(names, "\n"))
	}
	fatal(t, os.Remove(filepath.Join(dir, "letter.txt")))
	widen()
	fatal(t, testdb.Reopen(t, dir, opt).Close())
	if names := wider(t, dir); len(names) > 0 {
		t.Errorf("in a directory of its own:\n%s", strings.Join(names, "\n"))
	}
}

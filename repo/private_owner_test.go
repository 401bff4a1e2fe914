//go:build unix

package repo_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
)

// TestMadePrivateInside: also where nobody gets into the directory, and a warning says it.
func TestMadePrivateInside(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	var log bytes.Buffer
	opt := func(o *repo.Options) {
		o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	fatal(t, os.Mkdir(dir, 0o755)) // made by hand: nothing is to be said of it
	made := repo.Options{}
	opt(&made)
	fatal(t, fillPrivate(t, dir, made).Close())
	if names := wider(t, dir); len(names) > 0 || log.Len() > 0 {
		t.Errorf("made: %s, %s", names, &log)
	}
	fatal(t, os.Chmod(filepath.Join(dir, "store.db"), 0o644))
	fatal(t, testdb.Reopen(t, dir, opt).Close())
	if names := wider(t, dir); len(names) > 0 || strings.Count(log.String(), "for its owner alone") != 1 {
		t.Errorf("%s, %s", names, &log)
	}
}

// TestOwnerOfStore: what the superuser does with a store of somebody else locks them
// out of nothing: files, contents, backups, locks.
func TestOwnerOfStore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	fatal(t, os.Mkdir(dir, 0o700))
	if err := os.Chown(dir, 54321, 54322); err != nil {
		t.Skipf("nothing can be given away here: %v", err)
	}
	s := fillPrivate(t, dir, repo.Options{})
	check := func(when string) {
		n := 0
		fatal(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := e.Info()
			if err != nil {
				return err
			}
			if n++; info.Sys().(*syscall.Stat_t).Uid != 54321 || info.Sys().(*syscall.Stat_t).Gid != 54322 {
				t.Errorf("%s: %s belongs to %s", when, path, fmt.Sprint(info.Sys().(*syscall.Stat_t).Uid))
			}
			return nil
		}))
		if n < 15 {
			t.Errorf("%s: only %d names", when, n)
		}
	}
	check("open")
	fatal(t, s.Close())
	check("closed")
}

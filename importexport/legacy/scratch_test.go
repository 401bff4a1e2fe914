package legacy

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/merge"
	"taskstore/importexport/legacy/source"
	"taskstore/repo"
)

// TestScratch: what nobody works in any more goes, what somebody works in stays.
func TestScratch(t *testing.T) {
	t.Parallel()
	base := filepath.Join(t.TempDir(), scratchPlace)
	working, err := newScratch(base)
	sourcetest.Must(t, err)
	left, empty, other := filepath.Join(base, scratchPrefix+"left"), filepath.Join(base, scratchPrefix+"empty"), filepath.Join(base, "mine")
	for _, dir := range []string{left, empty, other} {
		sourcetest.Must(t, os.Mkdir(dir, 0o700))
	}
	sourcetest.Must(t, os.WriteFile(filepath.Join(left, scratchLock), nil, 0o600))
	sourcetest.Must(t, os.WriteFile(filepath.Join(left, "stage.db"), []byte("gigabytes"), 0o600))
	next, err := newScratch(base)
	sourcetest.Must(t, err)
	for dir, want := range map[string]bool{working.dir: true, next.dir: true, other: true, left: false, empty: false} {
		if _, err := os.Stat(dir); (err == nil) != want {
			t.Errorf("%s is there: %v", dir, err == nil)
		}
	}
	sourcetest.Must(t, os.Remove(other))
	sourcetest.Must(t, errors.Join(working.close(), next.close()))
	if _, err := os.Stat(base); err == nil {
		t.Error("the place is left behind")
	}
	sourcetest.Must(t, RemoveScratch(filepath.Dir(base)))
}

// TestScratchTogether: imports that begin and end beside each other never sweep what another
// works in, nor stumble over what another takes away.
func TestScratchTogether(t *testing.T) {
	t.Parallel()
	base := filepath.Join(t.TempDir(), scratchPlace)
	one := func() error {
		s, err := newScratch(base)
		if err != nil {
			return err
		}
		file := filepath.Join(s.dir, "stage.db")
		if err := os.WriteFile(file, []byte("staged"), 0o600); err != nil {
			return err
		}
		runtime.Gosched()
		_, err = os.Stat(file)
		return errors.Join(err, s.close())
	}
	var all errgroup.Group
	for range 8 {
		all.Go(func() error {
			for range 150 {
				if err := one(); err != nil {
					return err
				}
			}
			return nil
		})
	}
	sourcetest.Must(t, all.Wait())
	if _, err := os.Stat(base); err == nil {
		t.Error("the place is left behind")
	}
}

// TestScratchFull: a full disk is named, whoever meets it.
func TestScratchFull(t *testing.T) {
	t.Parallel()
	s, err := newScratch(filepath.Join(t.TempDir(), scratchPlace))
	sourcetest.Must(t, err)
	defer s.close()
	stage, err := merge.NewStage(t.Context(), s.dir)
	sourcetest.Must(t, err)
	defer stage.Close()
	if info, err := os.Stat(stage.Path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("others may see what is staged: %v, %v", info.Mode(), err)
	}
	_, err = stage.DB.ExecContext(t.Context(), "PRAGMA max_page_count = 30; CREATE TABLE x AS SELECT randomblob(9000000) AS y")
	if got := s.full(err); err == nil || !strings.Contains(got.Error(), s.base) || !strings.Contains(got.Error(), "free some") {
		t.Errorf("%v", got)
	}
	if got := s.full(repo.ErrFull); !errors.Is(got, repo.ErrFull) || !strings.Contains(got.Error(), s.base) {
		t.Errorf("%v", got)
	}
	if got := s.full(nil); got != nil {
		t.Error(got)
	}
	if got := s.full(source.ErrNotLegacy); got != source.ErrNotLegacy {
		t.Error(got)
	}
}

package putback

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"taskstore/backup/internal/backuptest"
)

// TestKeepTwice: the files as they are are kept once, however often it is begun: the oldest whole copy stays, what was cut off
// and other copies of the same go, and another state or somebody's own file never.
func TestKeepTwice(t *testing.T) {
	db, _ := stored(t, "WAL")
	prefix, at := db+".damaged-", time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	keep := func() string {
		t.Helper()
		h, err := TakeHold(t.Context(), db, 0)
		if err != nil {
			t.Fatal(err)
		}
		at = at.Add(time.Second)
		dir, err := h.KeepOnce(t.Context(), prefix, at)
		if err := errors.Join(err, h.Release()); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	first := keep()
	file := filepath.Base(db)
	whole, err := os.ReadFile(filepath.Join(first, file))
	if err != nil {
		t.Fatal(err)
	}
	for dir, name := range map[string]string{"20260501-130000.000": file, "20260501-140000.000": file + unfinished, "20260501-150000.000": "", "20260501-160000.000": "mine.txt"} {
		err := os.Mkdir(prefix+dir, 0o700)
		if name != "" {
			err = errors.Join(err, os.WriteFile(filepath.Join(prefix+dir, name), whole, 0o600))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if again := keep(); again != first {
		t.Errorf("kept in %s, and again in %s", first, again)
	}
	is, _ := filepath.Glob(globbed(prefix) + "*")
	if want := []string{first, prefix + "20260501-160000.000"}; !slices.Equal(is, want) {
		t.Errorf("there are %v, want %v", is, want)
	}
	pool := backuptest.Open(t, db, "mode=rw")
	backuptest.Execute(t, pool, `DELETE FROM notes`)
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	if other := keep(); other == first {
		t.Error("another state is not kept")
	}
	if is, err := os.ReadFile(filepath.Join(first, file)); err != nil || !slices.Equal(is, whole) {
		t.Errorf("the first copy: %v", err)
	}
}

// globbed is a name as a pattern that only it fits.
func globbed(name string) string {
	var out []rune
	for _, r := range name {
		if r == '?' || r == '*' || r == '[' || r == '\\' {
			out = append(out, '\\')
		}
		out = append(out, r)
	}
	return string(out)
}

package repo

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"modernc.org/sqlite"
)

func TestWrap(t *testing.T) {
	var none error
	wrap(&none, "get task %q", "a")
	if none != nil {
		t.Errorf("nil became %v", none)
	}
	for _, kept := range []error{sql.ErrNoRows, ErrConflict, context.Canceled, fmt.Errorf("wait: %w", context.DeadlineExceeded), fs.ErrNotExist} {
		err := kept
		wrap(&err, "get task %q", "100%d")
		if want := `get task "100%d": ` + kept.Error(); err.Error() != want || !errors.Is(err, kept) {
			t.Errorf("got %q, want %q", err, want)
		}
	}
	err := error(&os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC})
	wrap(&err, "put")
	wrap(&err, "import")
	if want := "import: put: the disk is full: write x: no space left on device"; !errors.Is(err, ErrFull) || !errors.Is(err, syscall.ENOSPC) || err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

// TestMeaning makes SQLite itself return the codes.
func TestMeaning(t *testing.T) {
	path := numberFile(t)
	garbage := filepath.Join(t.TempDir(), "garbage.db")
	if err := os.WriteFile(garbage, []byte("this was never a database, however long one looks at it"), 0o600); err != nil {
		t.Fatal(err)
	}
	db := openSource(t, writerSource(path, 10*time.Millisecond, DurabilityFull))
	exec := func(text string) func() error {
		return func() error { _, err := db.Exec(text); return err }
	}
	open := func(path string) func() error {
		return func() error {
			other, err := openWriterPool(t.Context(), path, 10*time.Millisecond, DurabilityFull, nil)
			if err == nil {
				defer other.Close()
				_, err = other.Exec("INSERT INTO number VALUES (7, '')")
			}
			return err
		}
	}
	locked := func() error {
		tx := db.MustBegin()
		defer tx.Rollback()
		return open(path)()
	}
	snapshot := func() error { return writeTooLate(t, path, exec("INSERT INTO number VALUES (8, '')")) }
	if err := exec("INSERT INTO number VALUES (1, '')")(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		try  func() error
		code int
		want error
	}{
		"primary key":  {exec("INSERT INTO number VALUES (1, '')"), 1555, ErrExists},
		"not a number": {exec("INSERT INTO number VALUES ('x', '')"), 20, nil},
		"no table":     {exec("INSERT INTO nowhere VALUES (1)"), 1, nil},
		"locked":       {locked, 5, ErrLocked},
		"snapshot":     {snapshot, 517, ErrLocked},
		"no database":  {open(garbage), 26, ErrCorrupt},
		"no file":      {open(garbage + ".none"), 14, ErrReadOnly},
	} {
		err := c.try()
		if code, _ := driverCode(err); code != c.code {
			t.Errorf("%s: code %d (%v), want %d", name, code, err, c.code)
		}
		wrap(&err, "try")
		var driver *sqlite.Error
		if got := meaning(err); got != c.want || c.want != nil && !errors.Is(err, c.want) || !errors.As(err, &driver) {
			t.Errorf("%s: means %v (%v), want %v", name, got, err, c.want)
		}
	}
}

// writeTooLate writes in a transaction that has read before somebody else wrote.
func writeTooLate(t *testing.T, path string, between func() error) error {
	t.Helper()
	tx := openSource(t, source{path: path, query: map[string][]string{"mode": {"rw"}}}).MustBegin()
	defer tx.Rollback()
	var n int
	err := tx.Get(&n, sqlCount)
	if err == nil {
		err = between()
	}
	if err == nil {
		_, err = tx.Exec("INSERT INTO number VALUES (9, '')")
	}
	return err
}

package sqlitedb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"modernc.org/sqlite"
)

// TestMeaning makes SQLite itself return the codes.
func TestMeaning(t *testing.T) {
	path := numberFile(t)
	garbage := filepath.Join(t.TempDir(), "garbage.db")
	if err := os.WriteFile(garbage, []byte("this was never a database, however long one looks at it"), 0o600); err != nil {
		t.Fatal(err)
	}
	db := openSource(t, writerSource(path, Options{Busy: 10 * time.Millisecond}))
	exec := func(text string) func() error {
		return func() error { _, err := db.Exec(text); return err }
	}
	open := func(path string) func() error {
		return func() error {
			other, err := Open(t.Context(), path, Options{Busy: 10 * time.Millisecond})
			if err == nil {
				defer closeTest(t, other)
				err = other.Do(t.Context(), func(ctx context.Context, tx *Tx) error {
					_, err := tx.Exec(ctx, "INSERT INTO number VALUES (7, '')")
					return err
				})
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
		marked := Classify(fmt.Errorf("try: %w", err))
		var driver *sqlite.Error
		if got := meaning(err); got != c.want || c.want != nil && !errors.Is(marked, c.want) || !errors.As(marked, &driver) {
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

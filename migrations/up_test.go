package migrations

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUpNewStore(t *testing.T) {
	db := newPath(t)
	fsys := sources(first, rebuild)
	st, err := Up(t.Context(), db, Options{FS: fsys})
	if err != nil {
		t.Fatal(err)
	}
	if st.Current != 2 || st.Target != 2 || len(st.Applied) != 2 || len(st.Pending) != 0 {
		t.Errorf("status %+v", st)
	}
	if at := st.Applied[1].AppliedAt; len(at) != len("2006-01-02T15:04:05.000Z") {
		t.Errorf("applied at %q", at)
	}
	files, err := load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	seen, err := read(t.Context(), db, files)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(st, seen); diff != "" {
		t.Errorf("read differs from up: %s", diff)
	}
	before, _ := os.ReadFile(db)
	again, err := Up(t.Context(), db, Options{FS: fsys})
	if err != nil {
		t.Fatal(err)
	}
	after, _ := os.ReadFile(db)
	if diff := cmp.Diff(st, again); diff != "" || string(before) != string(after) {
		t.Errorf("second up did something: %s", diff)
	}
}

func TestUpFailsOnNewStore(t *testing.T) {
	fsys := sources(first, "-- +goose Up\nCREATE TABLE x (a) STRICT;")
	db := newPath(t)
	if _, err := Up(t.Context(), db, Options{FS: fsys}); !errors.Is(err, ErrFailed) {
		t.Fatalf("error %v", err)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(db), "*.db*"))
	if err != nil || len(left) != 1 || !strings.HasSuffix(left[0], ".migrate.lock") {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if err := os.WriteFile(db, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Up(t.Context(), db, Options{FS: fsys}); !errors.Is(err, ErrFailed) {
		t.Fatalf("error %v", err)
	}
	if info, err := os.Stat(db); err != nil || info.Size() != 0 {
		t.Errorf("the empty file did not stay: %v, %v", info, err)
	}
}

func TestUpKeepsChildren(t *testing.T) {
	db := filled(t)
	s := &snapshots{t: t, db: db}
	if _, err := Up(t.Context(), db, Options{FS: sources(first, rebuild), Snapshot: s.take}); err != nil {
		t.Fatal(err)
	}
	if s.taken != 1 || s.back != 0 {
		t.Errorf("snapshots taken %d, put back %d", s.taken, s.back)
	}
	if d := dump(t, db); !strings.Contains(d, "note_tags|2|0|c|") || !strings.Contains(d, "notes|3|three|<nil>|") {
		t.Errorf("rows are gone:\n%s", d)
	}
}

// TestUpPutsBack lets migrations fail in different ways, each after one that
// succeeded, and wants the store to be as it was.
func TestUpPutsBack(t *testing.T) {
	good := "-- +goose Up\nCREATE TABLE extra (pk INTEGER PRIMARY KEY) STRICT;\nUPDATE notes SET title = 'changed';"
	for name, bad := range map[string]string{
		"syntax":          "-- +goose Up\nDELETE FROM note_tags;\nCREATE TABEL x (a);",
		"constraint":      "-- +goose Up\nINSERT INTO notes VALUES (1, 'again');",
		"rows lost":       "-- +goose Up\nDELETE FROM note_tags WHERE tag = 'b';",
		"table lost":      "-- +goose Up\nDROP TABLE note_tags;",
		"orphans":         "-- +goose Up\n-- rows: notes may shrink\nDELETE FROM notes WHERE pk = 1;",
		"other table":     "-- +goose Up\n-- rows: notes may shrink\nDELETE FROM note_tags;",
		"unknown shrinks": "-- +goose Up\n-- rows: note may shrink\nSELECT 1;",
	} {
		t.Run(name, func(t *testing.T) {
			db := filled(t)
			before := dump(t, db)
			s := &snapshots{t: t, db: db}
			st, err := Up(t.Context(), db, Options{FS: sources(first, good, bad), Snapshot: s.take})
			if !errors.Is(err, ErrFailed) {
				t.Fatalf("error %v", err)
			}
			if s.taken != 1 || s.back != 1 || st.Current != 1 {
				t.Errorf("taken %d, put back %d, version %d", s.taken, s.back, st.Current)
			}
			if diff := cmp.Diff(before, dump(t, db)); diff != "" {
				t.Errorf("store changed: %s", diff)
			}
		})
	}
}

// TestOneFileIsOneTransaction: the checks run before the commit, so a file
// that fails them leaves nothing even without a snapshot to go back to.
func TestOneFileIsOneTransaction(t *testing.T) {
	db := filled(t)
	before := dump(t, db)
	none := func(context.Context) (func(context.Context) error, error) {
		return func(context.Context) error { return nil }, nil
	}
	_, err := Up(t.Context(), db, Options{FS: sources(first, "-- +goose Up\nDELETE FROM notes;"), Snapshot: none})
	if !errors.Is(err, ErrFailed) || !strings.Contains(err.Error(), "notes had 3 rows and would have 0") {
		t.Fatalf("error %v", err)
	}
	if diff := cmp.Diff(before, dump(t, db)); diff != "" {
		t.Errorf("store changed: %s", diff)
	}
}

func TestDeclaredLoss(t *testing.T) {
	db := filled(t)
	s := &snapshots{t: t, db: db}
	drop := "-- +goose Up\n-- rows: note_tags may shrink\nDROP TABLE note_tags;"
	if _, err := Up(t.Context(), db, Options{FS: sources(first, drop), Snapshot: s.take}); err != nil {
		t.Fatal(err)
	}
}

// TestOrphansFromBefore: what a foreign tool left does not bar the way.
func TestOrphansFromBefore(t *testing.T) {
	db := filled(t)
	execute(t, db, `INSERT INTO note_tags VALUES (77, 0, 'orphan')`)
	s := &snapshots{t: t, db: db}
	if _, err := Up(t.Context(), db, Options{FS: sources(first, rebuild), Snapshot: s.take}); err != nil {
		t.Fatal(err)
	}
}

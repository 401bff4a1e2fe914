package migrations

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMend: whatever was done to the list of tables, it becomes what it was, and rows stay.
func TestMend(t *testing.T) {
	const note = "INSERT INTO notes (id, rev, summary, lists) VALUES ('n', 1, 'kept', '{}');"
	tests := []struct{ name, do, done string }{
		{"an index is gone", "DROP INDEX notes_by_date", "made index notes_by_date anew"},
		{"a view is gone", "DROP VIEW v_notes", "made view v_notes anew"},
		{"a trigger is gone", "DROP TRIGGER revisions_counted", "made trigger revisions_counted anew"},
		{"a table is gone", "DROP TABLE topics", "made table topics anew, empty"},
		{"a column has another name", "ALTER TABLE notes RENAME COLUMN summary TO short", "put the definition of table notes right"},
		{"a column is gone", "DROP VIEW v_companies; ALTER TABLE companies DROP COLUMN profile", "made column profile of table companies anew, empty"},
		{"a byte of a text is another", "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'wrote down', 'wrote dawn') WHERE name = 'notes'",
			"put the definition of table notes right"},
		{"a text cannot be read", "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'CREATE TABLE', 'CREATE TABLF') WHERE name = 'notes'",
			"put the definition of table notes right"},
		{"an index is at another page", "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'tasks_by_date') WHERE name = 'notes_by_date'",
			"made index notes_by_date anew"},
		{"a strange trigger", "CREATE TRIGGER strange AFTER INSERT ON notes BEGIN SELECT 1; END", "removed a trigger of another program: CREATE TRIGGER strange"},
		{"a mark is another", "PRAGMA application_id = 7", "set the mark application_id"},
		{"no file is noted", "DELETE FROM schema_files", "noted migration 00001_store.sql as applied"},
		{"no list of files", "DROP TABLE schema_files", "made table schema_files anew"},
		{"a file of the future", "UPDATE schema_files SET version = 70 WHERE version = 7", "removed 1 migrations from the list"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			db := filepath.Join(t.TempDir(), "store.db")
			if _, err := Up(t.Context(), db, Options{}); err != nil {
				t.Fatal(err)
			}
			execute(t, db, note)
			execute(t, db, test.do)
			done, err := Mend(t.Context(), db, func(Object) bool { return false })
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(done, func(d string) bool { return strings.HasPrefix(d, test.done) }) {
				t.Errorf("done is %q", done)
			}
			for _, f := range Compare(objectsIn(t, db), nil) {
				if f.Name != "companies" { // whose column is the last one now
					t.Errorf("a fault stays: %s %s %s", f.Difference, f.Type, f.Name)
				}
			}
			if st, err := Up(t.Context(), db, Options{}); err != nil || len(st.Pending) > 0 {
				t.Errorf("it does not open: %+v, %v", st, err)
			}
			pool, err := open(t.Context(), db, "rw")
			if err != nil {
				t.Fatal(err)
			}
			defer pool.Close()
			if got := query(t, pool, "SELECT summary FROM notes INDEXED BY notes_by_date WHERE trashed_at IS NULL; "); got != "kept|\n" {
				t.Errorf("the note is %q", got)
			}
			if got := query(t, pool, "PRAGMA integrity_check"); got != "ok|\n" {
				t.Error(got)
			}
		})
	}
}

// TestDamagedList: a list of applied files that the tables belie is damage, and neither an
// old store nor none.
func TestDamagedList(t *testing.T) {
	for _, text := range []string{"DELETE FROM schema_files", "DROP TABLE schema_files", "DELETE FROM schema_files WHERE version = 2",
		"UPDATE schema_files SET sha256 = 'x' WHERE version = 1", "UPDATE schema_files SET version = 99 WHERE version = 3"} {
		db := filepath.Join(t.TempDir(), "store.db")
		if _, err := Up(t.Context(), db, Options{}); err != nil {
			t.Fatal(err)
		}
		execute(t, db, text)
		if _, err := Read(t.Context(), db); !errors.Is(err, ErrDamaged) || errors.Is(err, ErrNotStore) {
			t.Errorf("%s: %v", text, err)
		}
	}
	db := filepath.Join(t.TempDir(), "store.db")
	if _, err := Up(t.Context(), db, Options{}); err != nil {
		t.Fatal(err)
	}
	execute(t, db, "INSERT INTO schema_files (version, name, sha256, applied_at) VALUES (99, 'of_the_future', 'x', '2030-01-01T00:00:00.000Z')")
	if _, err := Read(t.Context(), db); !errors.Is(err, ErrTooNew) || errors.Is(err, ErrDamaged) {
		t.Errorf("a newer store: %v", err)
	}
}

// TestErrorWithoutSQL: what a migration could not run is not told as SQL.
func TestErrorWithoutSQL(t *testing.T) {
	db := newPath(t)
	_, err := Up(t.Context(), db, Options{FS: sources(first, "-- +goose Up\nCREATE TABLE notes (\"quoted\" TEXT) STRICT;")})
	if err == nil || strings.Contains(err.Error(), "CREATE") || strings.Contains(err.Error(), "quoted") || !strings.Contains(err.Error(), "already exists") {
		t.Errorf("%v", err)
	}
}

// Package backuptest makes small databases for the tests of the rooms of backup.
package backuptest

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"taskstore/internal/sqlfile"
)

// NewStore is a store in WAL mode with n notes and a search index, open.
func NewStore(t *testing.T, n int) (path string, pool *sql.DB) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "st?re #1 100%.db")
	pool = Open(t, path, "mode=rwc&_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)")
	Execute(t, pool, `
		CREATE TABLE notes (pk INTEGER PRIMARY KEY, title TEXT NOT NULL) STRICT;
		CREATE TABLE "note ""tags""" (note_pk INTEGER REFERENCES notes (pk), tag TEXT) STRICT;
		CREATE VIRTUAL TABLE search USING fts5 (title, content = 'notes', content_rowid = 'pk');
		PRAGMA application_id = 1414744915;
		PRAGMA user_version = 7;`)
	Add(t, pool, n)
	return path, pool
}

// Add adds n notes.
func Add(t *testing.T, pool *sql.DB, n int) {
	t.Helper()
	Execute(t, pool, fmt.Sprintf(`
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO notes (title) SELECT 'note ' || hex(randomblob(50)) FROM n;
		INSERT INTO search (search) VALUES ('rebuild')`, n))
}

// Open opens a database with one connection, until the test ends.
func Open(t *testing.T, path, query string) *sql.DB {
	t.Helper()
	pool, err := sqlfile.Open(path, query)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	return pool
}

// Execute runs SQL.
func Execute(t *testing.T, pool *sql.DB, text string) {
	t.Helper()
	if _, err := pool.Exec(text); err != nil {
		t.Fatal(err)
	}
}

// Copied makes a copy of a database that others may have open.
func Copied(t *testing.T, db, to string) {
	t.Helper()
	pool := Open(t, db, "mode=ro")
	if _, err := pool.Exec(`VACUUM INTO ?`, to); err != nil {
		t.Fatal(err)
	}
	Fatal(t, pool.Close())
}

// Number asks for a number.
func Number(t *testing.T, pool *sql.DB, text string) (n int64) {
	t.Helper()
	if err := pool.QueryRow(text).Scan(&n); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return n
}

// Files lists a directory, without the directories in it.
func Files(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// Notes opens a store, which recovers its -wal, and counts.
func Notes(t *testing.T, db string) int64 {
	t.Helper()
	pool := Open(t, db, "mode=rw")
	defer pool.Close()
	return Number(t, pool, `SELECT count(*) FROM notes`)
}

// Smash overwrites pages in the middle of a closed database.
func Smash(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt([]byte(strings.Repeat("\xffgarbage", 1024)), info.Size()/2/4096*4096)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

func Fatal(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

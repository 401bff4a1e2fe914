package backup

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// newStore is a store in WAL mode with n notes and a search index, open.
func newStore(t *testing.T, n int) (path string, pool *sql.DB) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "st?re #1 100%.db")
	pool = open(t, path, "mode=rwc&_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)")
	execute(t, pool, `
		CREATE TABLE notes (pk INTEGER PRIMARY KEY, title TEXT NOT NULL) STRICT;
		CREATE TABLE "note ""tags""" (note_pk INTEGER REFERENCES notes (pk), tag TEXT) STRICT;
		CREATE VIRTUAL TABLE search USING fts5 (title, content = 'notes', content_rowid = 'pk');
		PRAGMA application_id = 1414744915;
		PRAGMA user_version = 7;`)
	add(t, pool, n)
	return path, pool
}

func add(t *testing.T, pool *sql.DB, n int) {
	t.Helper()
	execute(t, pool, fmt.Sprintf(`
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO notes (title) SELECT 'note ' || hex(randomblob(50)) FROM n;
		INSERT INTO search (search) VALUES ('rebuild')`, n))
}

func open(t *testing.T, path, query string) *sql.DB {
	t.Helper()
	pool, err := openPool(path, query)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	return pool
}

func openPool(path, query string) (*sql.DB, error) {
	dsn, err := fileDSN(path, query)
	if err != nil {
		return nil, err
	}
	pool, err := sql.Open("sqlite", dsn)
	if err == nil {
		pool.SetMaxOpenConns(1)
	}
	return pool, err
}

func execute(t *testing.T, pool *sql.DB, text string) {
	t.Helper()
	if _, err := pool.Exec(text); err != nil {
		t.Fatal(err)
	}
}

func number(t *testing.T, pool *sql.DB, text string) (n int64) {
	t.Helper()
	if err := pool.QueryRow(text).Scan(&n); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return n
}

// files lists a directory, without the directories in it.
func files(t *testing.T, dir string) (names []string) {
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

package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"taskstore/internal/sqlfile"
)

// onDisk runs SQL as if a disk had changed the bytes: no trigger notices.
func onDisk(texts ...string) hurt {
	return func(t *testing.T, dir string) {
		t.Helper()
		withRaw(t, dir, func(db *sql.DB) error {
			triggers, err := sqlfile.Column(context.Background(), db, "SELECT sql FROM sqlite_schema WHERE type = 'trigger'")
			if err != nil {
				return err
			}
			names, err := sqlfile.Column(context.Background(), db, "SELECT name FROM sqlite_schema WHERE type = 'trigger'")
			if err != nil {
				return err
			}
			list := []string{"PRAGMA foreign_keys = 0", "BEGIN"}
			for _, name := range names {
				list = append(list, "DROP TRIGGER "+name)
			}
			return execList(db, slices.Concat(list, texts, triggers, []string{"COMMIT"}))
		})
	}
}

// byTool runs SQL as another program does, which does not look after foreign keys.
func byTool(texts ...string) hurt {
	return func(t *testing.T, dir string) {
		t.Helper()
		withRaw(t, dir, func(db *sql.DB) error {
			return execList(db, append([]string{"PRAGMA foreign_keys = 0"}, texts...))
		})
	}
}

func withRaw(t *testing.T, dir string, fn func(*sql.DB) error) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(filepath.Join(dir, databaseName))+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if err := fn(db); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func execList(db *sql.DB, texts []string) error {
	for _, text := range texts {
		if _, err := db.Exec(text); err != nil {
			return fmt.Errorf("%.200s: %w", text, err)
		}
	}
	return nil
}

// inList changes the list of tables itself.
func inList(texts ...string) hurt {
	return byTool(slices.Concat([]string{"PRAGMA writable_schema = ON"}, texts)...)
}

// inFile changes the first file that a pattern finds.
func inFile(pattern string, change func([]byte) []byte) hurt {
	return func(t *testing.T, dir string) {
		t.Helper()
		found, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
		if err != nil || len(found) == 0 {
			t.Fatalf("no file is %s: %v", pattern, err)
		}
		text, err := os.ReadFile(found[0])
		if err != nil {
			t.Fatal(err)
		}
		if text = change(text); text == nil {
			err = os.Remove(found[0])
		} else {
			err = os.WriteFile(found[0], text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func gone([]byte) []byte { return nil }

func halved(b []byte) []byte { return b[:len(b)/2] }

// flipped flips a bit in the middle.
func flipped(b []byte) []byte { return flippedAt(b, len(b)/2) }

func flippedAt(b []byte, at int) []byte {
	c := bytes.Clone(b)
	c[at] ^= 4
	return c
}

// smashed writes over the first page of a table or index.
func smashed(name string) hurt {
	return func(t *testing.T, dir string) {
		t.Helper()
		var root, size int64
		withRaw(t, dir, func(db *sql.DB) error {
			if err := db.QueryRow("SELECT rootpage FROM sqlite_schema WHERE name = ?", name).Scan(&root); err != nil {
				return err
			}
			if _, err := db.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
				return err
			}
			return db.QueryRow("PRAGMA page_size").Scan(&size)
		})
		inFile(databaseName, func(b []byte) []byte {
			c := bytes.Clone(b)
			for i := range size {
				c[(root-1)*size+i] = 0x5a
			}
			return c
		})(t, dir)
	}
}

package main

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestStrayLogIsNotWritten: no command writes a -wal into the store that is another database's.
func TestStrayLogIsNotWritten(t *testing.T) {
	other := filepath.Join(t.TempDir(), "other.db")
	db, err := sql.Open("sqlite", other)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE strange (n); INSERT INTO strange VALUES (1)"); err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(other + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"list", "notes"}, {"status"}, {"check"}, {"put", "notes", "-"}, {"query", "SELECT 1"}, {"query", "--write", "--yes", "DELETE FROM notes"},
		{"backup", "create"}, {"optimize"}, {"migrate", "status"}, {"migrate", "up"}, {"init"}, {"schema"}} {
		dir := emptyStore(t)
		file := filepath.Join(dir, databaseName)
		before, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file+"-wal", log, 0o600); err != nil {
			t.Fatal(err)
		}
		r := storectl(t, nil, `{"id":"n"}`, append([]string{"--store", dir}, args...)...)
		after, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if r.code == exitDone || !bytes.Equal(before, after) {
			t.Errorf("%v: exit %d, the database is the same: %v, %s", args, r.code, bytes.Equal(before, after), r.stderr)
		}
		if !slices.Contains([]string{"migrate", "backup"}, args[0]) && r.code != exitCorrupt { // those say that it is no store
			t.Errorf("%v: exit %d, %s", args, r.code, r.stderr)
		}
	}
}

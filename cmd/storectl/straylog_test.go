package main

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"taskstore/repo"
	"taskstore/schema"
)

// TestStrayLogIsNotWritten: no command writes a -wal into the store that is another database's.
func TestStrayLogIsNotWritten(t *testing.T) {
	for name, log := range map[string][]byte{"of another database": strangeLog(t), "of another store": storeLog(t)} {
		t.Run(name, func(t *testing.T) { refusesLog(t, log) })
	}
}

func refusesLog(t *testing.T, log []byte) {
	for _, args := range [][]string{{"list", "notes"}, {"status"}, {"check"}, {"put", "notes", "-"}, {"query", "SELECT 1"}, {"query", "--write", "--yes", "DELETE FROM notes"},
		{"backup", "create"}, {"optimize"}, {"backup", "run"}, {"migrate", "status"}, {"migrate", "up"}, {"migrate", "up", "--dry-run"},
		{"init"}, {"schema"}, {"repair", "--yes"}, {"repair", "--dry-run"}, {"repair", "schema", "--yes"}} {
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
		if r.code != exitCorrupt {
			t.Errorf("%v: exit %d, %s", args, r.code, r.stderr)
		}
	}
}

// strangeLog is the -wal of a database that is no store.
func strangeLog(t *testing.T) []byte {
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
	return log
}

// storeLog is the -wal of another store that is open.
func storeLog(t *testing.T) []byte {
	s, err := repo.Open(t.Context(), t.TempDir(), repo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Notes.Save(t.Context(), &schema.Note{Head: schema.Head{ID: "theirs"}}); err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(s.Path() + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	return log
}

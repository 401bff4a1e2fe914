package repo_test

import (
	"database/sql"
	"testing"

	"taskstore/backup"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/repo/check"
)

// TestFollowersTables: what Litestream keeps in a store is nobody's concern: a check says nothing of it, the store is
// backed up, and a database that is made anew of a wreck goes without.
func TestFollowersTables(t *testing.T) {
	s := testdb.Open(t)
	db, err := sql.Open("sqlite", s.Path())
	fatal(t, err)
	defer db.Close()
	for _, text := range []string{
		"CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)",
		"CREATE TABLE _litestream_lock (id INTEGER)",
		"INSERT INTO _litestream_seq VALUES (1, 7)",
	} {
		_, err := db.Exec(text)
		fatal(t, err)
	}
	report, err := s.Check(t.Context(), check.Options{})
	if err != nil || len(report.Problems) > 0 {
		t.Errorf("check: %+v, %v", report.Problems, err)
	}
	b, _, err := s.Backup(t.Context(), backup.CreateOptions{})
	if err != nil || !b.Good() {
		t.Errorf("backup: %+v, %v", b, err)
	}
	if !repo.Derived("_litestream_seq") || repo.Derived("notes") {
		t.Error("a rebuilt store has the tables of Litestream, or lacks its own")
	}
}

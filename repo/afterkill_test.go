package repo_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// foreignLog makes the -wal of another database, as a program leaves it that was killed.
func foreignLog(t *testing.T, script string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "other.db")
	db, err := sql.Open("sqlite", file)
	fatal(t, err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	_, err = db.Exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; " + script)
	fatal(t, err)
	log, err := os.ReadFile(file + "-wal")
	fatal(t, err)
	return log
}

// TestStrayLog: a -wal that is another database's is told from a store that is none, and nothing
// writes it into the database.
func TestStrayLog(t *testing.T) {
	t.Parallel()
	log := foreignLog(t, "CREATE TABLE strange (n); INSERT INTO strange VALUES (1); CREATE INDEX x ON strange (n)")
	for name, opt := range map[string]repo.Options{"write": {}, "read": {ReadOnly: true}, "untouched": {Untouched: true}, "no migration": {NoMigrate: true}} {
		t.Run(name, func(t *testing.T) {
			s := testdb.Open(t)
			fillStore(t, s)
			fatal(t, s.Close())
			before, err := os.ReadFile(s.Path())
			fatal(t, err)
			fatal(t, os.WriteFile(s.Path()+"-wal", log, 0o600))
			if _, err := repo.Open(t.Context(), s.Dir(), opt); !errors.Is(err, repo.ErrStrayLog) || !errors.Is(err, repo.ErrCorrupt) || errors.Is(err, repo.ErrNoStore) {
				t.Errorf("opened with %v", err)
			}
			after, err := os.ReadFile(s.Path())
			fatal(t, err)
			if !bytes.Equal(before, after) {
				t.Error("the database was changed")
			}
			fatal(t, errors.Join(os.Remove(s.Path()+"-wal"), os.RemoveAll(s.Path()+"-shm")))
		})
	}
}

// TestUnmadeStore: what is left by a program that was killed while it made a store is a store that
// is still to be made: whoever would make one makes it, and for all others there is none.
func TestUnmadeStore(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(path string) error{
		"an empty file": func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"a database without tables": func(path string) error {
			db, err := sql.Open("sqlite", path)
			if err != nil {
				return err
			}
			_, err = db.Exec("PRAGMA journal_mode = WAL; VACUUM")
			return errors.Join(err, db.Close())
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := testdb.Dir(t)
			fatal(t, leave(filepath.Join(dir, "store.db")))
			for _, opt := range []repo.Options{{ReadOnly: true}, {Untouched: true}, {NoCreate: true}, {NoCreate: true, NoMigrate: true}} {
				if _, err := repo.Open(t.Context(), dir, opt); !errors.Is(err, repo.ErrNoStore) || errors.Is(err, repo.ErrMigrationNeeded) {
					t.Errorf("%+v: %v", opt, err)
				}
			}
			s, err := repo.Open(context.Background(), dir, repo.Options{NoMigrate: true})
			fatal(t, err)
			fatal(t, s.Notes.Save(t.Context(), &schema.Note{Head: schema.Head{ID: "n"}}))
			fatal(t, s.Close())
			testdb.WantClean(t, dir)
		})
	}
}

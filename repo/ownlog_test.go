package repo_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"taskstore/backup/recovery"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"

	"modernc.org/sqlite"
)

// killedStore is a store that was written to by two commands, and then is written to as write does
// and killed: the files are copied while it is open.
func killedStore(t *testing.T, id string, write func(*repo.Store)) (dir string) {
	t.Helper()
	dir = testdb.Dir(t)
	was := testdb.Dir(t)
	for _, name := range []string{id, id + " again"} { // each as a command does, in one transaction
		s, err := repo.Open(t.Context(), was, repo.Options{})
		fatal(t, err)
		fatal(t, s.Notes.Save(t.Context(), &schema.Note{Head: schema.Head{ID: name}, Content: "first of " + id}))
		fatal(t, s.Close())
	}
	s, err := repo.Open(t.Context(), was, repo.Options{})
	fatal(t, err)
	write(s)
	for _, name := range []string{"store.db", "store.db-wal"} {
		data, err := exec.Command("cat", filepath.Join(was, name)).Output() // closing a file here would drop locks on it
		fatal(t, err)
		fatal(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
	fatal(t, s.Close())
	return dir
}

// saveMore saves notes, each in a transaction of its own.
func saveMore(t *testing.T, s *repo.Store, id string, n int) {
	t.Helper()
	for i := range n {
		fatal(t, s.Notes.Save(t.Context(), &schema.Note{Head: schema.Head{ID: fmt.Sprint(id, i)}, Content: fmt.Sprint("more of ", id, i)}))
	}
}

// TestLogOfAnotherStore: the log of one store beside the database of another is taken by nothing, though both have
// the same tables in the same pages: not even after the log was begun anew.
func TestLogOfAnotherStore(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(*repo.Store){
		"first transactions": func(s *repo.Store) { saveMore(t, s, "theirs", 1) },
		"a log begun anew": func(s *repo.Store) {
			saveMore(t, s, "theirs", 3)
			_, err := s.Optimize(t.Context())
			fatal(t, err)
			saveMore(t, s, "later", 2)
		},
	} {
		log, err := os.ReadFile(filepath.Join(killedStore(t, "theirs", write), "store.db-wal"))
		fatal(t, err)
		for way, opt := range map[string]repo.Options{"write": {}, "read": {ReadOnly: true}, "untouched": {Untouched: true}, "no migration": {NoMigrate: true}} {
			t.Run(name+"/"+way, func(t *testing.T) { refusesLog(t, log, opt) })
		}
	}
}

func refusesLog(t *testing.T, log []byte, opt repo.Options) {
	s := testdb.Open(t)
	saveMore(t, s, "ours", 2)
	fatal(t, s.Close())
	before, err := os.ReadFile(s.Path())
	fatal(t, err)
	fatal(t, os.WriteFile(s.Path()+"-wal", log, 0o600))
	if other, err := repo.Open(t.Context(), s.Dir(), opt); !errors.Is(err, repo.ErrStrayLog) {
		if err == nil {
			err = other.Close()
		}
		t.Fatalf("opened with %v", err)
	}
	if err := repo.CheckLog(t.Context(), s.Dir()); !errors.Is(err, repo.ErrStrayLog) {
		t.Errorf("looked at: %v", err)
	}
	after, err := os.ReadFile(s.Path())
	fatal(t, err)
	if !bytes.Equal(before, after) {
		t.Error("the database was changed")
	}
	fatal(t, os.Remove(s.Path()+"-wal"))
	testdb.WantClean(t, s.Dir())
}

// TestOwnLogIsTaken: whatever a store that is killed has in its log is there afterwards: in a first log, in one that was
// begun anew, of one that was never closed, of an earlier version that names no log, and when it is that of a restore.
func TestOwnLogIsTaken(t *testing.T) {
	t.Parallel()
	other := killedStore(t, "elsewhere", func(s *repo.Store) { saveMore(t, s, "elsewhere", 3) })
	fatal(t, testdb.Reopen(t, other).Close())
	for name, c := range map[string]struct {
		write func(*repo.Store)
		has   string
	}{
		"first":      {func(s *repo.Store) { saveMore(t, s, "own", 1) }, "own0"},
		"begun anew": {func(s *repo.Store) { saveMore(t, s, "own", 2); optimize(t, s); saveMore(t, s, "again", 1) }, "again0"},
		"later":      {func(s *repo.Store) { saveMore(t, s, "own", 2); optimize(t, s); saveMore(t, s, "again", 3) }, "again2"},
		"vacuum": {func(s *repo.Store) {
			saveMore(t, s, "own", 2)
			runSQL(t, s.Path(), "VACUUM")
		}, "own1"},
		"without a name": {func(s *repo.Store) {
			saveMore(t, s, "own", 1)
			runSQL(t, s.Path(), "DELETE FROM store WHERE key = 'log'")
		}, "own0"},
		"restore": {func(s *repo.Store) {
			saveMore(t, s, "own", 1)
			putOver(t, s.Path(), filepath.Join(other, "store.db"))
		}, "elsewhere2"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := killedStore(t, "own", c.write)
			fatal(t, repo.CheckLog(t.Context(), dir))
			s := testdb.Reopen(t, dir)
			if _, err := s.Notes.Get(t.Context(), c.has); err != nil {
				t.Error(err)
			}
			fatal(t, s.Close())
		})
	}
}

func optimize(t *testing.T, s *repo.Store) {
	t.Helper()
	_, err := s.Optimize(t.Context())
	fatal(t, err)
}

func runSQL(t *testing.T, file, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	fatal(t, err)
	_, err = db.Exec(text)
	fatal(t, errors.Join(err, db.Close()))
}

// putOver copies all pages of a database over another one, as a restore in place does.
func putOver(t *testing.T, file, from string) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	fatal(t, err)
	defer db.Close()
	conn, err := db.Conn(t.Context())
	fatal(t, err)
	defer conn.Close()
	fatal(t, conn.Raw(func(dc any) error {
		b, err := dc.(interface {
			NewRestore(string) (*sqlite.Backup, error)
		}).NewRestore((&url.URL{Scheme: "file", Path: from, RawQuery: "mode=ro&immutable=1"}).String())
		if err != nil {
			return err
		}
		_, err = b.Step(-1)
		return errors.Join(err, b.Finish())
	}))
}

// TestRestoreOverStrayLog: a restore keeps the database and the log of another store that lies beside it, and makes no
// backup of the two.
func TestRestoreOverStrayLog(t *testing.T) {
	log, err := os.ReadFile(filepath.Join(killedStore(t, "theirs", func(s *repo.Store) { saveMore(t, s, "theirs", 1) }), "store.db-wal"))
	fatal(t, err)
	s := testdb.Open(t)
	saveMore(t, s, "ours", 2)
	b, _, err := recovery.Create(t.Context(), s.Dir(), recovery.CreateOptions{})
	fatal(t, err)
	saveMore(t, s, "newer", 2)
	fatal(t, s.Close())
	before, err := os.ReadFile(s.Path())
	fatal(t, err)
	fatal(t, os.WriteFile(s.Path()+"-wal", log, 0o600))
	if _, err := recovery.Rebuild(t.Context(), s.Dir(), recovery.RebuildOptions{}); !errors.Is(err, repo.ErrStrayLog) {
		t.Errorf("rebuilt: %v", err)
	}
	r, err := recovery.Restore(t.Context(), s.Dir(), b.ID, recovery.RestoreOptions{})
	fatal(t, err)
	kept, err := os.ReadFile(filepath.Join(r.Aside, "store.db"))
	if err != nil || !bytes.Equal(kept, before) || r.Safety.ID != "" {
		t.Errorf("%+v: what was there is not kept: %v", r, err)
	}
	testdb.WantClean(t, s.Dir())
}

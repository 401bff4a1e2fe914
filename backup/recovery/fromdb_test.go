package recovery_test

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"taskstore/backup"
	"taskstore/backup/recovery"
	"taskstore/blobs"
	"taskstore/migrations"
	"taskstore/repo"
	"taskstore/schema"
)

// databaseOf closes a store and copies its database, as another program would have it.
func databaseOf(t *testing.T, s *repo.Store) (file string) {
	t.Helper()
	fatal(t, s.Close())
	text, err := os.ReadFile(s.Path())
	fatal(t, err)
	file = filepath.Join(t.TempDir(), "restored.db")
	write(t, file, text)
	return file
}

// TestRestoreDB makes stores of a database file: a new one, and one in the place of a store that has gone on.
func TestRestoreDB(t *testing.T) {
	s := filled(t)
	file := databaseOf(t, s)
	var opt recovery.FromDBOptions
	opt.Contents = []string{s.Dir()}
	other := filepath.Join(t.TempDir(), "other")
	dry := opt
	dry.DryRun = true
	r, err := recovery.RestoreDB(t.Context(), other, file, dry)
	if _, made := os.Stat(other); err != nil || made == nil || len(r.Missing) > 0 || r.Counts["tasks"] != 3 {
		t.Errorf("dry run: %+v, %v, %v", r, err, made)
	}
	r, err = recovery.RestoreDB(t.Context(), other, file, opt)
	if err != nil || r.Brought != 1 || r.Counts["tasks"] != 3 || r.Aside != "" {
		t.Fatalf("%+v, %v", r, err)
	}
	wantCounts(t, other, 3)

	again, err := repo.Open(t.Context(), s.Dir(), repo.Options{})
	fatal(t, err)
	fatal(t, again.Tasks.Save(t.Context(), &schema.Task{Head: schema.Head{ID: "t4"}, Title: "later", Status: "todo"}))
	if _, err := recovery.RestoreDB(t.Context(), s.Dir(), file, recovery.FromDBOptions{RestoreOptions: recovery.RestoreOptions{Wait: 50 * time.Millisecond}}); !errors.Is(err, repo.ErrLocked) {
		t.Errorf("while it is in use: %v", err)
	}
	fatal(t, again.Close())
	r, err = recovery.RestoreDB(t.Context(), s.Dir(), file, recovery.FromDBOptions{})
	if err != nil || r.Safety.Reason != backup.PreRestore || len(r.Missing) > 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	wantCounts(t, s.Dir(), 3)
	if _, err := recovery.Restore(t.Context(), s.Dir(), r.Safety.ID, recovery.RestoreOptions{}); err != nil {
		t.Fatal(err)
	}
	wantCounts(t, s.Dir(), 4)
}

// TestRestoreDBRefuses: what is no whole and sound store of this program changes nothing.
func TestRestoreDBRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, file string)
		is    error
	}{
		"cut off":  {func(t *testing.T, file string) { fatal(t, os.Truncate(file, 60_000)) }, recovery.ErrBad},
		"empty":    {func(t *testing.T, file string) { fatal(t, os.Truncate(file, 0)) }, recovery.ErrBad},
		"text":     {func(t *testing.T, file string) { write(t, file, bytes.Repeat([]byte("no database\n"), 1000)) }, recovery.ErrBad},
		"half of":  {func(t *testing.T, file string) { write(t, file+"-wal", bytes.Repeat([]byte("log"), 1000)) }, recovery.ErrBad},
		"not ours": {func(t *testing.T, file string) { fatal(t, os.Remove(file)); inFile(t, file, "CREATE TABLE t (n)") }, recovery.ErrBad},
		"newer": {func(t *testing.T, file string) {
			inFile(t, file, "INSERT INTO schema_files (version, name, sha256, applied_at) VALUES (999, '00999_later.sql', 'abc', '2030-01-01T00:00:00.000Z')")
		}, migrations.ErrTooNew},
		"a page of zeros": {func(t *testing.T, file string) {
			f, err := os.OpenFile(file, os.O_RDWR, 0)
			fatal(t, err)
			_, err = f.WriteAt(make([]byte, 4096), 3*4096)
			fatal(t, errors.Join(err, f.Close()))
		}, recovery.ErrBad},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := filled(t)
			file := databaseOf(t, s)
			c.spoil(t, file)
			before, err := os.ReadFile(s.Path())
			fatal(t, err)
			for _, dry := range []bool{true, false} {
				opt := recovery.FromDBOptions{RestoreOptions: recovery.RestoreOptions{DryRun: dry}}
				if _, err := recovery.RestoreDB(t.Context(), s.Dir(), file, opt); !errors.Is(err, c.is) {
					t.Errorf("dry run %v: %v", dry, err)
				}
			}
			if after, err := os.ReadFile(s.Path()); err != nil || !bytes.Equal(before, after) {
				t.Errorf("the store has changed: %v", err)
			}
			wantCounts(t, s.Dir(), 3)
		})
	}
}

func inFile(t *testing.T, file, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	fatal(t, err)
	_, err = db.Exec(text)
	fatal(t, errors.Join(err, db.Close()))
}

// TestRestoreDBContents: contents that are in the store's trash by now come out of it; those that are nowhere are named,
// and the rest is restored.
func TestRestoreDBContents(t *testing.T) {
	s := filled(t)
	name := content(t, s.Dir())
	sum := filepath.Base(name)[:64]
	file := databaseOf(t, s)
	dir, err := blobs.Open(repo.BlobsDir(s.Dir()), blobs.Options{})
	fatal(t, err)
	fatal(t, dir.Trash(t.Context(), sum))
	r, err := recovery.RestoreDB(t.Context(), s.Dir(), file, recovery.FromDBOptions{})
	if _, back := os.Stat(name); err != nil || back != nil || r.Brought != 1 {
		t.Errorf("%+v, %v, %v", r, err, back)
	}
	whole, err := os.ReadFile(name)
	fatal(t, errors.Join(err, os.Remove(name)))
	r, err = recovery.RestoreDB(t.Context(), s.Dir(), file, recovery.FromDBOptions{})
	if !errors.Is(err, recovery.ErrMissing) || len(r.Missing) != 1 || r.Missing[0].SHA256 != sum {
		t.Errorf("%+v, %v", r, err)
	}
	wantCounts(t, s.Dir(), 3)
	write(t, name, whole) // the store that is checked in the end has it
	nowhere := recovery.FromDBOptions{Contents: []string{t.TempDir()}}
	if _, err := recovery.RestoreDB(t.Context(), s.Dir(), file, nowhere); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("from a directory without contents: %v", err)
	}
}

// TestCopyContents: contents go elsewhere once each, whether a row names them or not, and one that is damaged is named.
func TestCopyContents(t *testing.T) {
	s := filled(t)
	to := filepath.Join(t.TempDir(), "disk")
	early, err := s.Contents.Put(t.Context(), bytes.NewReader([]byte("no row names it yet")), "")
	fatal(t, err)
	opt := recovery.CreateOptions{To: to}
	c, err := recovery.CopyContents(t.Context(), s.Dir(), opt)
	if err != nil || c.Contents != 2 || c.Copied != 2 || c.Bytes == 0 {
		t.Fatalf("%+v, %v", c, err)
	}
	there, err := blobs.Open(repo.BlobsDir(to), blobs.Options{ReadOnly: true})
	fatal(t, err)
	fatal(t, there.Verify(t.Context(), early.SHA256))
	if c, err = recovery.CopyContents(t.Context(), s.Dir(), opt); err != nil || c.Copied != 0 || c.Contents != 2 {
		t.Errorf("again: %+v, %v", c, err)
	}
	late, err := s.Contents.Put(t.Context(), bytes.NewReader(bytes.Repeat([]byte("damaged"), 1000)), "application/octet-stream")
	fatal(t, err)
	found, err := filepath.Glob(escape(repo.BlobsDir(s.Dir())) + "/??/" + late.SHA256 + "*")
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	text, err := os.ReadFile(found[0])
	fatal(t, err)
	text[len(text)/2] ^= 1
	fatal(t, os.Chmod(found[0], 0o600))
	write(t, found[0], text)
	if c, err = recovery.CopyContents(t.Context(), s.Dir(), opt); err != nil || c.Copied != 0 || len(c.Unreadable) != 1 || c.Unreadable[0] != late.SHA256 {
		t.Errorf("of a damaged one: %+v, %v", c, err)
	}
	fatal(t, os.Remove(found[0])) // the store that testdb checks in the end is whole
	fatal(t, os.RemoveAll(to))
	if _, err := recovery.CopyContents(t.Context(), s.Dir(), opt); !errors.Is(err, recovery.ErrAway) {
		t.Errorf("to a disk that is not there: %v", err)
	}
}

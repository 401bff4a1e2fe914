package backup

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"testing"
	"time"

	"taskstore/backup/internal/backuptest"
	"taskstore/backup/putback"
)

// TestCreateRefuses: a store whose index is not that of its table, or whose search index
// is damaged inside, gets no backup, whatever else fails because of it.
func TestCreateRefuses(t *testing.T) {
	for name, spoil := range map[string][]string{
		"an index without a row": {
			`CREATE INDEX notes_by_title ON notes (title)`,
			`CREATE TABLE kept AS SELECT * FROM sqlite_schema WHERE name = 'notes_by_title'`,
			`PRAGMA writable_schema = 1`,
			`DELETE FROM sqlite_schema WHERE name = 'notes_by_title'`,
			`PRAGMA writable_schema = reset`,
			`INSERT INTO notes (title) VALUES ('not in the index')`,
			`PRAGMA writable_schema = 1`,
			`INSERT INTO sqlite_schema SELECT * FROM kept`,
			`PRAGMA writable_schema = reset`,
		},
		"a search index that is cut off": {
			`UPDATE search_data SET block = substr(block, 1, length(block) / 2) WHERE id > 10`,
		},
	} {
		db, pool := backuptest.NewStore(t, 500)
		c := newCatalog(t)
		kept := create(t, c, db, CreateOptions{})
		for _, text := range spoil {
			backuptest.Execute(t, pool, text)
		}
		for _, describe := range []Describe{describeNotes, func(context.Context, string) (Facts, error) { return Facts{}, errors.New("it cannot be read") }} {
			c.opt.Describe = describe
			for _, opt := range []CreateOptions{{}, {IfChanged: true}} {
				if b, _, err := c.Create(t.Context(), db, opt); !errors.Is(err, ErrCorrupt) {
					t.Errorf("%s: made %s, %v", name, b.ID, err)
				}
			}
		}
		if l := list(t, c); len(l) != 1 || l[0].ID != kept.ID || len(backuptest.Files(t, c.Dir())) != 5 {
			t.Errorf("%s: left %v", name, backuptest.Files(t, c.Dir()))
		}
	}
}

// TestCheckForeignModule: a virtual table of a module that is not there cannot be checked and hinders
// no backup; the others are checked all the same.
func TestCheckForeignModule(t *testing.T) {
	db, pool := backuptest.NewStore(t, 500)
	for _, text := range []string{
		`PRAGMA writable_schema = 1`,
		`INSERT INTO sqlite_schema VALUES ('table', 'a "map', 'a "map', 0, 'CREATE VIRTUAL TABLE "a ""map" USING nobody_has_it (x)')`,
		`PRAGMA writable_schema = reset`,
	} {
		backuptest.Execute(t, pool, text)
	}
	c := newCatalog(t)
	create(t, c, db, CreateOptions{})
	backuptest.Execute(t, pool, `UPDATE search_data SET block = substr(block, 1, length(block) / 2) WHERE id > 10`)
	if b, _, err := c.Create(t.Context(), db, CreateOptions{}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("made %s, %v", b.ID, err)
	}
}

// TestCopyChangedMeanwhile: what was compressed is what was looked at.
func TestCopyChangedMeanwhile(t *testing.T) {
	db, _ := backuptest.NewStore(t, 500)
	c := newCatalog(t)
	c.opt.Describe = func(ctx context.Context, file string) (Facts, error) {
		f, err := os.OpenFile(file, os.O_RDWR, 0)
		if err != nil {
			return Facts{}, err
		}
		_, err = f.WriteAt([]byte("?"), 5000)
		return Facts{}, errors.Join(err, f.Close())
	}
	// SQLite's check runs beside, and may see the change too.
	if b, _, err := c.Create(t.Context(), db, CreateOptions{}); !errors.Is(err, ErrDiffers) && !errors.Is(err, ErrCorrupt) {
		t.Errorf("made %s, %v", b.ID, err)
	}
	if left := backuptest.Files(t, c.Dir()); len(left) != 1 {
		t.Errorf("left %v", left)
	}
}

// TestCreateWhileWritten: backups taken under steady writing are one state each, and
// nothing is compared with a store that has moved on.
func TestCreateWhileWritten(t *testing.T) {
	db, pool := backuptest.NewStore(t, 3000)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- keepWriting(ctx, pool) }()
	c := newCatalog(t)
	for range 4 {
		b := create(t, c, db, CreateOptions{IfChanged: true})
		to := t.TempDir() + "/out.db"
		if err := c.Unpack(t.Context(), b, to); err != nil {
			t.Fatal(err)
		}
		out := backuptest.Open(t, to, "mode=ro")
		if n, tags := backuptest.Number(t, out, `SELECT count(*) FROM notes`), backuptest.Number(t, out, `SELECT count(*) FROM "note ""tags"""`); n != 3000+tags || n != b.Counts["notes"] {
			t.Errorf("a torn copy: %d notes, %d tags, %v", n, tags, b.Counts)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// keepWriting adds a note and its tag, always together.
func keepWriting(ctx context.Context, pool *sql.DB) error {
	for ctx.Err() == nil {
		if _, err := pool.Exec(`
			BEGIN IMMEDIATE;
			INSERT INTO notes (title) VALUES ('new');
			INSERT INTO "note ""tags""" VALUES (last_insert_rowid(), 'x');
			COMMIT`); err != nil {
			return err
		}
	}
	return nil
}

// TestCreateHeld: the backup of a database that nobody else may open waits for nothing, however long it takes.
func TestCreateHeld(t *testing.T) {
	db, pool := backuptest.NewStore(t, 20)
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	hold, err := putback.TakeHold(t.Context(), db, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if !hold.Locked() {
		t.Fatal("others may open the database")
	}
	c := newCatalog(t)
	c.opt.step = func(string) { time.Sleep(300 * time.Millisecond) } // long enough to be asked whether somebody writes
	begun := time.Now()
	_, made, err := c.Create(t.Context(), db, CreateOptions{Reason: PreRestore, Hold: hold})
	if took := time.Since(begun); err != nil || !made || took > 7*time.Second {
		t.Errorf("made %v in %v: %v", made, took, err)
	}
	if err := hold.Release(); err != nil {
		t.Error(err)
	}
}

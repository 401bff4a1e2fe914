package migrations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"taskstore/internal/sqlfile"
)

const first = `-- +goose Up
CREATE TABLE notes (pk INTEGER PRIMARY KEY, title TEXT NOT NULL) STRICT;
CREATE TABLE note_tags (
    note_pk INTEGER NOT NULL REFERENCES notes (pk) ON DELETE CASCADE,
    pos     INTEGER NOT NULL,
    tag     TEXT NOT NULL,
    PRIMARY KEY (note_pk, pos)
) STRICT, WITHOUT ROWID;
PRAGMA application_id = 1414744915;
`

const fill = `
INSERT INTO notes VALUES (1, 'one'), (2, 'two'), (3, 'three');
INSERT INTO note_tags VALUES (1, 0, 'a'), (1, 1, 'b'), (2, 0, 'c');`

// rebuild makes notes anew, which with foreign keys on deletes every tag.
const rebuild = `-- +goose Up
CREATE TABLE notes_new (pk INTEGER PRIMARY KEY, title TEXT NOT NULL, body TEXT) STRICT;
INSERT INTO notes_new SELECT pk, title, NULL FROM notes;
DROP TABLE notes;
ALTER TABLE notes_new RENAME TO notes;
`

// sources is a file system with the texts as migrations 1, 2, ...
func sources(texts ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i, text := range texts {
		fsys[fmt.Sprintf("%05d_step.sql", i+1)] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func newPath(t *testing.T) string {
	return filepath.Join(t.TempDir(), "st?re #1 100%.db")
}

// execute runs SQL on a connection that enforces nothing, as a foreign tool would.
func execute(t *testing.T, db, text string) {
	t.Helper()
	pool, err := open(context.Background(), db, "rw")
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.Exec(text); err != nil {
		t.Fatal(err)
	}
}

// filled is a store at version 1 with three notes.
func filled(t *testing.T) string {
	t.Helper()
	db := newPath(t)
	if _, err := Up(t.Context(), db, Options{FS: sources(first)}); err != nil {
		t.Fatal(err)
	}
	execute(t, db, fill)
	return db
}

// dump is the whole content of a database as text.
func dump(t *testing.T, db string) string {
	t.Helper()
	pool, err := open(context.Background(), db, "rw")
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	var b strings.Builder
	b.WriteString(query(t, pool, `SELECT * FROM pragma_application_id, pragma_user_version`))
	b.WriteString(query(t, pool, `SELECT type, name, sql FROM sqlite_schema ORDER BY type, name`))
	names, err := tables(t.Context(), pool)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		b.WriteString(query(t, pool, `SELECT '`+name+`', * FROM `+name+` ORDER BY 2`))
	}
	return b.String()
}

func query(t *testing.T, pool *sql.DB, text string) string {
	t.Helper()
	rows, err := pool.Query(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer rows.Close()
	cols, _ := rows.Columns()
	var b strings.Builder
	for rows.Next() {
		vals := make([]any, len(cols))
		for i := range vals {
			vals[i] = new(any)
		}
		if err := rows.Scan(vals...); err != nil {
			t.Fatal(err)
		}
		for _, v := range vals {
			fmt.Fprintf(&b, "%v|", *v.(*any))
		}
		b.WriteByte('\n')
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// snapshots copies a store aside and counts what was asked of it.
type snapshots struct {
	t           *testing.T
	db          string
	taken, back int
}

func (s *snapshots) take(ctx context.Context) (func(context.Context) error, error) {
	s.taken++
	to := filepath.Join(s.t.TempDir(), "copy.db")
	dsn, err := sqlfile.DSN(s.db, "mode=ro")
	if err != nil {
		return nil, err
	}
	pool, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	if _, err := pool.ExecContext(ctx, `VACUUM INTO ?`, to); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		s.back++
		for _, x := range []string{"-wal", "-shm"} {
			if _, err := os.Stat(s.db + x); err == nil {
				s.t.Errorf("%s is there: a connection was left open", x)
			}
		}
		return errors.Join(ctx.Err(), os.Rename(to, s.db))
	}, nil
}

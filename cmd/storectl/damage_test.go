package main

import (
	"archive/zip"
	"bytes"
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"taskstore/cmd/storectl/internal/sqlsh"

	"github.com/rogpeppe/go-internal/testscript"
)

// damage changes rows of a store behind its checksums, as a disk does: damage DIR.
func damage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: damage DIR")
	}
	db, err := sql.Open("sqlite", sqlsh.Source(filepath.Join(ts.MkAbs(args[0]), databaseName), true, false, time.Second))
	ts.Check(err)
	db.SetMaxOpenConns(1)
	_, err = db.Exec(`PRAGMA foreign_keys = 0;
UPDATE writer SET active = 1;
UPDATE notes SET summary = 'flipped' WHERE id = 'n2';
INSERT INTO note_tags (note_pk, pos, tag, sum) VALUES (4711, 0, 'orphan', 1);
UPDATE writer SET active = 0;`)
	ts.Check(errors.Join(err, db.Close()))
}

// flip copies an archive and changes a byte of one of its files, so that the zip
// file itself is sound: flip ARCHIVE COPY PATH.
func flip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: flip ARCHIVE COPY PATH")
	}
	from, err := zip.OpenReader(ts.MkAbs(args[0]))
	ts.Check(err)
	defer from.Close()
	var out bytes.Buffer
	to := zip.NewWriter(&out)
	for _, file := range from.File {
		r, err := file.Open()
		ts.Check(err)
		text, err := io.ReadAll(r)
		ts.Check(errors.Join(err, r.Close()))
		if file.Name == args[2] {
			text = bytes.Replace(text, []byte("first"), []byte("fIrst"), 1)
		}
		w, err := to.Create(file.Name)
		ts.Check(err)
		_, err = w.Write(text)
		ts.Check(err)
	}
	ts.Check(to.Close())
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), out.Bytes(), 0o600))
}

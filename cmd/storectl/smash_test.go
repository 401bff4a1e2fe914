package main

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"time"

	"taskstore/cmd/storectl/internal/sqlsh"

	"github.com/rogpeppe/go-internal/testscript"
)

// smash writes zeros over the last page that holds rows of a table, or over the first
// page of the file: smash DIR [TABLE].
func smash(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: smash DIR [TABLE]")
	}
	file, page := filepath.Join(ts.MkAbs(args[0]), databaseName), int64(1)
	if len(args) == 2 {
		db, err := sql.Open("sqlite", sqlsh.Source(file, false, true, time.Second))
		ts.Check(err)
		err = db.QueryRow("SELECT max(pageno) FROM dbstat WHERE name = ? AND pagetype = 'leaf'", args[1]).Scan(&page)
		ts.Check(errors.Join(err, db.Close()))
	}
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	ts.Check(err)
	_, err = f.WriteAt(make([]byte, 4096), (page-1)*4096)
	ts.Check(errors.Join(err, f.Close()))
}

// Command plain is what reader would be without the store: it opens the file with the
// driver alone and reads the first page of sessions with their tags by two statements. What
// it needs of memory is the least that a program needs which reads this file.
//
//	plain FILE
package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver named "sqlite"

	"taskstore/internal/bench/process"
)

// said is the line that the program prints when it is done.
type said struct {
	Rows     int   // that it read
	Base     int64 // resident bytes before it did anything
	Resident int64 // at the end
	Peak     int64 // at most
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "plain:", err)
		os.Exit(1)
	}
}

func run(args []string) (err error) {
	if len(args) != 1 {
		return errors.New("usage: plain FILE")
	}
	out := said{}
	out.Base, _ = process.Memory()
	if out.Rows, err = read(args[0]); err != nil {
		return err
	}
	out.Resident, out.Peak = process.Memory()
	return json.NewEncoder(os.Stdout).Encode(out)
}

// session is a brief row.
type session struct {
	pk, rev          int64
	id, name, status string
	start, saved     sql.NullString
	tags             []string
}

func read(file string) (int, error) {
	q := url.Values{"mode": {"rw"}, "_pragma": {"busy_timeout(5000)", "query_only(1)", "cache_size(-2000)", "mmap_size(0)"}}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(file), RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return 0, err
	}
	db.SetMaxOpenConns(1)
	rows, err := db.Query(`SELECT pk, id, name, status, start_time, saved_at, rev FROM sessions WHERE trashed_at IS NULL ORDER BY start_time DESC, pk DESC LIMIT 50`)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var page []session
	for rows.Next() {
		var s session
		if err := rows.Scan(&s.pk, &s.id, &s.name, &s.status, &s.start, &s.saved, &s.rev); err != nil {
			return 0, err
		}
		page = append(page, s)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return 0, err
	}
	return len(page), readTags(db, page)
}

func readTags(db *sql.DB, page []session) error {
	for i := range page {
		rows, err := db.Query(`SELECT tag FROM session_tags WHERE session_pk = ? ORDER BY pos`, page[i].pk)
		if err != nil {
			return err
		}
		for rows.Next() {
			var tag string
			if err := rows.Scan(&tag); err != nil {
				return errors.Join(err, rows.Close())
			}
			page[i].tags = append(page[i].tags, tag)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
	}
	return nil
}

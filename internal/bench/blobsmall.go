package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"taskstore/blobs"
	"taskstore/repo"
	"taskstore/schema"
)

// benchSmall keeps small contents in files, as the store does, and in a table of
// SQLite: durable batches of 256, then reads in another order.
func benchSmall(ctx context.Context, e *env) error {
	for _, size := range []int{1 << 10, 4 << 10, 12 << 10} {
		if err := e.smallContents(ctx, size, e.size(2560, 256)); err != nil {
			return err
		}
	}
	return nil
}

func (e *env) smallContents(ctx context.Context, size, n int) error {
	s, err := e.fresh(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	db, err := hand(s.Path())
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.Exec("CREATE TABLE small (sha256 TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID"); err != nil {
		return err
	}
	mix := newBlobMix()
	make1 := func() []byte { return mix.content(mix.rng.Uint64())[:min(size, 1024)] }
	contents := func() [][]byte {
		list := make([][]byte, n)
		for i := range list {
			list[i] = slices.Clone(make1())
			for len(list[i]) < size {
				list[i] = append(list[i], make1()...)
			}
		}
		return list
	}
	var sums []string
	a, b, err := e.interleave(func() (float64, error) {
		list, start := contents(), time.Now()
		batch := make([]*schema.Attachment, len(list))
		err := saveContents(ctx, s, batch, list)
		for _, v := range batch {
			sums = append(sums, v.File.Blob)
		}
		return time.Since(start).Seconds() / float64(n), err
	}, func() (float64, error) {
		list, start := contents(), time.Now()
		batch := make([]*schema.Attachment, len(list))
		for from := 0; from < len(list); from += blobs.BatchSize {
			if err := insertSmall(db, batch[from:min(from+blobs.BatchSize, n)], list[from:]); err != nil {
				return 0, err
			}
		}
		err := s.Attachments.Save(ctx, batch...)
		return time.Since(start).Seconds() / float64(n), err
	})
	if err != nil {
		return err
	}
	e.table.add(line{name: fmt.Sprintf("attachment of %d KB saved, content in a file / in SQLite", size>>10), ours: a, other: b, unit: "s", noGoal: true})
	return e.readSmall(ctx, s, db, sums, size)
}

func insertSmall(db *sql.DB, batch []*schema.Attachment, contents [][]byte) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for i := range batch {
		sum := sha256Of(contents[i])
		batch[i] = &schema.Attachment{}
		if _, err := tx.Exec("INSERT OR IGNORE INTO small VALUES (?, ?)", sum, contents[i]); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (e *env) readSmall(ctx context.Context, s *repo.Store, db *sql.DB, sums []string, size int) error {
	var rows []string
	found, err := db.Query("SELECT sha256 FROM small")
	if err != nil {
		return err
	}
	for found.Next() {
		var sum string
		if err := found.Scan(&sum); err != nil {
			return err
		}
		rows = append(rows, sum)
	}
	if err := errors.Join(found.Err(), found.Close()); err != nil {
		return err
	}
	get, err := db.Prepare("SELECT body FROM small WHERE sha256 = ?")
	if err != nil {
		return err
	}
	n := min(len(sums), len(rows))
	a, b, err := e.interleave(func() (float64, error) {
		return timed(n, func(i int) error {
			r, err := s.Contents.Open(ctx, sums[i*7919%len(sums)])
			if err != nil {
				return err
			}
			_, err = io.Copy(io.Discard, r)
			return errors.Join(err, r.Close())
		})
	}, func() (float64, error) {
		return timed(n, func(i int) error {
			var body []byte
			sum := rows[i*7919%len(rows)]
			if err := get.QueryRow(sum).Scan(&body); err != nil {
				return err
			}
			if sha256Of(body) != sum {
				return errors.New("another content")
			}
			return nil
		})
	})
	e.table.add(line{name: "  read and verified, from a file / from SQLite", ours: a, other: b, unit: "s", noGoal: true})
	return err
}

func sha256Of(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

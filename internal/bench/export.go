package main

import (
	"context"
	"database/sql"
	"errors"
	"io"

	"taskstore/importexport"
)

// benchExport writes all sessions as the app's JSON, against reading the same
// rows by hand, one pass over each table, and throwing them away.
func benchExport(ctx context.Context, e *env) error {
	s, err := e.manySessions(ctx)
	if err != nil {
		return err
	}
	db, err := handReader(s.Path())
	if err != nil {
		return err
	}
	defer db.Close()
	var size int64
	a, b, err := e.interleave(func() (float64, error) {
		return took(func() error {
			res, err := importexport.LegacyJSON(ctx, s, io.Discard, moment(0), importexport.Options{})
			size = res.Bytes
			return err
		})
	}, func() (float64, error) { return took(func() error { return readByHand(db) }) })
	e.table.add(line{name: "export as legacy JSON / reading all rows by hand", ours: a, other: b, unit: "s", goal: 1.5})
	rates := make([]float64, len(a))
	for i := range a {
		rates[i] = float64(size) / a[i]
	}
	e.table.add(line{name: "  the same as bytes written", ours: rates, unit: "B/s", noGoal: true})
	return err
}

// readByHand reads every column of the sessions and of what they own.
func readByHand(db *sql.DB) error {
	for _, table := range []string{"sessions", "session_tags", "session_links", "session_screenshots", "session_audio_segments", "session_context_items", "session_documents"} {
		rows, err := db.Query("SELECT * FROM " + table)
		if err != nil {
			return err
		}
		cols, err := rows.Columns()
		if err != nil {
			return errors.Join(err, rows.Close())
		}
		values, into := make([]sql.NullString, len(cols)), make([]any, len(cols))
		for i := range values {
			into[i] = &values[i]
		}
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				return errors.Join(err, rows.Close())
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
	}
	return nil
}

package main

import (
	"database/sql"
	"fmt"

	"taskstore/schema"
)

// handFacets inserts by hand the rows by which notes are listed and counted. It remembers the keys of facets, which
// nobody could who shares the file, and counts at the end of a transaction.
type handFacets struct {
	facet, row, count *sql.Stmt
	keys              map[string]int64
	more              map[int64]int
}

func newHandFacets(db *sql.DB) (h *handFacets, err error) {
	h = &handFacets{keys: map[string]int64{}}
	for _, p := range []struct {
		st   **sql.Stmt
		text string
	}{
		{&h.facet, `INSERT INTO facets (kind, trash, field, value, records) VALUES ('note', 0, ?, ?, 0)`},
		{&h.row, `INSERT INTO facet_rows (owner_pk, facet_pk, date, updated, saved, title) VALUES (?, ?, ?, ?, ?, ?)`},
		{&h.count, `UPDATE facets SET records = records + ? WHERE pk = ?`},
	} {
		if *p.st, err = db.Prepare(p.text); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// add inserts the rows of one note.
func (h *handFacets) add(tx *sql.Tx, pk int64, n *schema.Note, saved string) error {
	listed := []any{string(n.Timestamp), string(n.LastUpdated), saved, n.Summary}
	counted := []any{nil, nil, nil, nil}
	if err := h.insert(tx, pk, "all", "", counted); err != nil {
		return err
	}
	if err := h.insert(tx, pk, "hour", string(n.Timestamp)[:13], counted); err != nil {
		return err
	}
	if err := h.insert(tx, pk, "status", n.Status, listed); err != nil {
		return err
	}
	had := map[string]bool{}
	for _, t := range n.Tags {
		if had[t] {
			continue
		}
		had[t] = true
		if err := h.insert(tx, pk, "tag", t, listed); err != nil {
			return err
		}
	}
	for _, l := range n.Links {
		if err := h.insert(tx, pk, "link "+l.Kind, l.ID, listed); err != nil {
			return err
		}
	}
	return nil
}

func (h *handFacets) insert(tx *sql.Tx, owner int64, field, value string, cols []any) error {
	key, known := h.keys[field+"\x00"+value]
	if !known {
		res, err := tx.Stmt(h.facet).Exec(field, value)
		if err != nil {
			return fmt.Errorf("%s %q: %w", field, value, err)
		}
		if key, err = res.LastInsertId(); err != nil {
			return err
		}
		h.keys[field+"\x00"+value] = key
	}
	if h.more == nil {
		h.more = map[int64]int{}
	}
	h.more[key]++
	_, err := tx.Stmt(h.row).Exec(append([]any{owner, key}, cols...)...)
	return err
}

// settle writes the counts.
func (h *handFacets) settle(tx *sql.Tx) error {
	for key, n := range h.more {
		if _, err := tx.Stmt(h.count).Exec(n, key); err != nil {
			return err
		}
	}
	h.more = nil
	return nil
}

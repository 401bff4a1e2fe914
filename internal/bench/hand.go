package main

import (
	"database/sql"
	"fmt"

	"taskstore/schema"
)

// noteWriter inserts notes by hand.
type noteWriter struct {
	db                        *sql.DB
	note, tag, link, addition *sql.Stmt
	facets                    *handFacets
}

func newNoteWriter(db *sql.DB) (w *noteWriter, err error) {
	w = &noteWriter{db: db}
	for _, p := range []struct {
		st   **sql.Stmt
		text string
	}{
		{&w.note, `INSERT INTO notes (id, rev, saved_at, trashed_at, trash_reason, extra, odd, content, summary, timestamp, last_updated, source, status, source_text, metadata, relationship_version, title, created_at, lists, sum)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`},
		{&w.tag, `INSERT INTO note_tags (note_pk, pos, tag, sum) VALUES (?, ?, ?, ?)`},
		{&w.link, `INSERT INTO note_links (note_pk, pos, member, type, kind, id, incoming, rel_id, rel_type, source_type, source_id, target_type, target_id, metadata, canonical, extra, odd, sum)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`},
		{&w.addition, `INSERT INTO note_updates (note_pk, pos, id, extra, odd, content, timestamp, source, summary, source_text, tags, sum)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`},
	} {
		if *p.st, err = db.Prepare(p.text); err != nil {
			return nil, err
		}
	}
	w.facets, err = newHandFacets(db)
	return w, err
}

// write inserts notes in one transaction, with sums that nobody has computed.
func (w *noteWriter) write(list []*schema.Note) error {
	tx, err := w.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	note, tag, link, addition := tx.Stmt(w.note), tx.Stmt(w.tag), tx.Stmt(w.link), tx.Stmt(w.addition)
	const sum = int64(0x1234567812345678)
	const saved = "2025-01-01T00:00:00.000Z"
	for _, n := range list {
		res, err := note.Exec(n.ID, 1, saved, nil, nil, nil, nil, n.Content, n.Summary, string(n.Timestamp), string(n.LastUpdated), n.Source, n.Status, nil,
			string(n.Metadata), nil, nil, nil, `{"note_tags":[3,1234567890123456789],"note_links":[2,1234567890123456789],"note_updates":[1,1234567890123456789]}`, sum)
		if err != nil {
			return err
		}
		pk, err := res.LastInsertId()
		if err != nil {
			return err
		}
		if err := w.facets.add(tx, pk, n, saved); err != nil {
			return err
		}
		for i, t := range n.Tags {
			if _, err := tag.Exec(pk, i, t, sum); err != nil {
				return err
			}
		}
		for i, l := range n.Links {
			if _, err := link.Exec(pk, i, l.Member, "note-"+l.Kind, l.Kind, l.ID, 0, "", "", "", "", "", "", nil, 0, nil, nil, sum); err != nil {
				return err
			}
		}
		for i, u := range n.Updates {
			if _, err := addition.Exec(pk, i, u.ID, nil, nil, u.Content, string(u.Timestamp), u.Source, nil, nil, nil, sum); err != nil {
				return err
			}
		}
	}
	if err := w.facets.settle(tx); err != nil {
		return err
	}
	return tx.Commit()
}

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

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"taskstore/repo"
	"taskstore/schema"
)

// benchGet reads single notes and a hundred at once.
func benchGet(ctx context.Context, e *env) error {
	s, err := e.fresh(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	n := e.size(5000, 300)
	if err := s.Notes.Save(ctx, notes(0, n)...); err != nil {
		return err
	}
	topics := make([]*schema.Topic, n)
	ids := make([]string, n)
	for i := range ids {
		ids[i] = note(i).ID
		topics[i] = &schema.Topic{Head: schema.Head{ID: ids[i]}, Subject: schema.Subject{Name: ids[i], CreatedAt: moment(i), LastUpdated: moment(i)}}
	}
	if err := s.Topics.Save(ctx, topics...); err != nil {
		return err
	}
	db, err := handReader(s.Path())
	if err != nil {
		return err
	}
	defer db.Close()
	if err := e.getNote(ctx, s, db, ids); err != nil {
		return err
	}
	if err := e.getTopic(ctx, s, db, ids); err != nil {
		return err
	}
	return e.getMany(ctx, s, ids)
}

// at spreads reads over all ids.
func at(ids []string, i int) string { return ids[i*7919%len(ids)] }

func (e *env) getNote(ctx context.Context, s *repo.Store, db *sql.DB, ids []string) error {
	h, err := newNoteReader(ctx, db)
	if err != nil {
		return err
	}
	reads := e.size(10_000, 500)
	ours := func() (float64, error) {
		return timed(reads, func(i int) error { _, err := s.Notes.Get(ctx, at(ids, i)); return err })
	}
	by := func(snapshot bool) func() (float64, error) {
		return func() (float64, error) {
			return timed(reads, func(i int) error {
				n, err := h.get(at(ids, i), snapshot)
				if err == nil && (len(n.Tags) != 3 || len(n.Updates) != 1) {
					err = errors.New("by hand something else was read")
				}
				return err
			})
		}
	}
	a, b, err := e.interleave(ours, by(true))
	if err != nil {
		return err
	}
	e.table.add(line{name: "Get of a note / by hand, one snapshot, four statements", ours: a, other: b, unit: "s", goal: 1.15})
	a, b, err = e.interleave(ours, by(false))
	e.table.add(line{name: "  the same / by hand, each statement for itself", ours: a, other: b, unit: "s", noGoal: true})
	return err
}

// getTopic reads what is one row and nothing else.
func (e *env) getTopic(ctx context.Context, s *repo.Store, db *sql.DB, ids []string) error {
	st, err := db.Prepare(`SELECT pk, id, rev, saved_at, trashed_at, trash_reason, extra, odd, name, created_at, last_updated, note_count, type, description, color, lists, sum FROM topics WHERE id = ?`)
	if err != nil {
		return err
	}
	reads := e.size(20_000, 500)
	a, b, err := e.interleave(func() (float64, error) {
		return timed(reads, func(i int) error { _, err := s.Topics.Get(ctx, at(ids, i)); return err })
	}, func() (float64, error) {
		return timed(reads, func(i int) error {
			var v schema.Topic
			var saved, trashed, reason, extra, odd, created, updated, typ, description, color sql.NullString
			var sum sql.NullInt64
			err := st.QueryRow(at(ids, i)).Scan(&v.PK, &v.ID, &v.Rev, &saved, &trashed, &reason, &extra, &odd, &v.Name, &created, &updated, &v.NoteCount, &typ, &description, &color, &v.Lists, &sum)
			v.SavedAt, v.CreatedAt, v.LastUpdated = schema.Time(saved.String), schema.Time(created.String), schema.Time(updated.String)
			v.Type, v.Description, v.Color, v.Extra, v.Odd = typ.String, description.String, color.String, schema.JSON(extra.String), schema.JSON(odd.String)
			v.TrashedAt, v.TrashReason = schema.Time(trashed.String), reason.String
			return err
		})
	})
	e.table.add(line{name: "Get of a topic / by hand, one statement", ours: a, other: b, unit: "s", goal: 1.15})
	return err
}

// noteReader reads notes by hand.
type noteReader struct {
	begin, end                 *sql.Stmt
	note, tags, links, updates *sql.Stmt
}

func newNoteReader(ctx context.Context, db *sql.DB) (r *noteReader, err error) {
	conn, err := db.Conn(ctx) // for BEGIN and what follows it; given back with db
	if err != nil {
		return nil, err
	}
	r = &noteReader{}
	for _, p := range []struct {
		st   **sql.Stmt
		text string
	}{
		{&r.begin, "BEGIN"}, {&r.end, "ROLLBACK"},
		{&r.note, `SELECT pk, id, rev, saved_at, trashed_at, trash_reason, extra, odd, content, summary, timestamp, last_updated, source, status, source_text, metadata, relationship_version, title, created_at, lists, sum FROM notes WHERE id = ?`},
		{&r.tags, `SELECT tag FROM note_tags WHERE note_pk = ? ORDER BY pos`},
		{&r.links, `SELECT member, type, kind, id, incoming, rel_id, rel_type, source_type, source_id, target_type, target_id, metadata, canonical, extra, odd FROM note_links WHERE note_pk = ? ORDER BY pos`},
		{&r.updates, `SELECT pk, id, extra, odd, content, timestamp, source, summary, source_text, tags FROM note_updates WHERE note_pk = ? ORDER BY pos`},
	} {
		if *p.st, err = conn.PrepareContext(ctx, p.text); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *noteReader) get(id string, snapshot bool) (n schema.Note, err error) {
	if snapshot {
		if _, err := r.begin.Exec(); err != nil {
			return n, err
		}
		defer r.end.Exec()
	}
	var saved, trashed, reason, extra, odd, timestamp, updated, source, metadata, title, created sql.NullString
	var version, sum sql.NullInt64
	if err := r.note.QueryRow(id).Scan(&n.PK, &n.ID, &n.Rev, &saved, &trashed, &reason, &extra, &odd, &n.Content, &n.Summary, &timestamp, &updated, &n.Source, &n.Status,
		&source, &metadata, &version, &title, &created, &n.Lists, &sum); err != nil {
		return n, err
	}
	n.SavedAt, n.TrashedAt, n.TrashReason, n.Extra, n.Odd = schema.Time(saved.String), schema.Time(trashed.String), reason.String, schema.JSON(extra.String), schema.JSON(odd.String)
	n.Timestamp, n.LastUpdated, n.SourceText, n.Metadata = schema.Time(timestamp.String), schema.Time(updated.String), source.String, schema.JSON(metadata.String)
	n.RelationshipVersion, n.Title, n.CreatedAt = version.Int64, title.String, schema.Time(created.String)
	err = errors.Join(
		each(r.tags, n.PK, func(rows *sql.Rows) error {
			var tag string
			err := rows.Scan(&tag)
			n.Tags = append(n.Tags, tag)
			return err
		}),
		each(r.links, n.PK, func(rows *sql.Rows) error {
			var l schema.Link
			var metadata, extra, odd sql.NullString
			err := rows.Scan(&l.Member, &l.Type, &l.Kind, &l.ID, &l.Incoming, &l.RelID, &l.RelType, &l.SourceType, &l.SourceID, &l.TargetType, &l.TargetID, &metadata, &l.Canonical, &extra, &odd)
			l.Metadata, l.Extra, l.Odd = schema.JSON(metadata.String), schema.JSON(extra.String), schema.JSON(odd.String)
			n.Links = append(n.Links, l)
			return err
		}),
		each(r.updates, n.PK, func(rows *sql.Rows) error {
			var u schema.NoteUpdate
			var extra, odd, timestamp, summary, source, tags sql.NullString
			err := rows.Scan(&u.PK, &u.ID, &extra, &odd, &u.Content, &timestamp, &u.Source, &summary, &source, &tags)
			u.Extra, u.Odd, u.Timestamp, u.Summary = schema.JSON(extra.String), schema.JSON(odd.String), schema.Time(timestamp.String), summary.String
			u.SourceText, u.Tags = source.String, schema.JSON(tags.String)
			n.Updates = append(n.Updates, u)
			return err
		}))
	return n, err
}

func each(st *sql.Stmt, pk int64, scan func(*sql.Rows) error) error {
	rows, err := st.Query(pk)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// took measures one call.
func took(fn func() error) (float64, error) {
	start := time.Now()
	err := fn()
	return time.Since(start).Seconds(), err
}

func wrong(what string, got, want any) error { return fmt.Errorf("%s: %v, not %v", what, got, want) }

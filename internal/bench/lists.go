package main

import (
	"context"
	"database/sql"

	"taskstore/repo"
	"taskstore/schema"
)

// benchList lists all sessions as brief rows.
func benchList(ctx context.Context, e *env) error {
	s, err := e.manySessions(ctx)
	if err != nil {
		return err
	}
	db, err := handReader(s.Path())
	if err != nil {
		return err
	}
	defer db.Close()
	byHand, err := newBriefReader(db)
	if err != nil {
		return err
	}
	n := e.sessions()
	if _, err := s.Sessions.List(ctx, repo.Query{Limit: 1}); err != nil { // by hand the statements are prepared, too
		return err
	}
	a, b, err := e.interleave(func() (float64, error) {
		return took(func() error {
			p, err := s.Sessions.List(ctx, repo.Query{Limit: n})
			if err == nil && (len(p.Items) != n || len(p.Items[0].Tags) != 2) {
				err = wrong("List", len(p.Items), n)
			}
			return err
		})
	}, func() (float64, error) {
		return took(func() error { return byHand.list(n) })
	})
	e.table.add(line{name: "List of 10,000 brief rows / a hand-written loop", ours: a, other: b, unit: "s", goal: 1.10})
	return err
}

// briefReader reads brief rows by hand.
type briefReader struct{ rows, tags *sql.Stmt }

func newBriefReader(db *sql.DB) (r briefReader, err error) {
	if r.rows, err = db.Prepare(`SELECT pk, id, name, status, start_time, saved_at, rev, trashed_at, trash_reason FROM sessions WHERE trashed_at IS NULL ORDER BY start_time DESC, pk DESC`); err != nil {
		return r, err
	}
	r.tags, err = db.Prepare(`SELECT t.session_pk, t.tag FROM session_tags AS t JOIN sessions AS e ON e.pk = t.session_pk WHERE e.trashed_at IS NULL ORDER BY t.session_pk, t.pos`)
	return r, err
}

func (r briefReader) list(n int) error {
	found, err := r.rows.Query()
	if err != nil {
		return err
	}
	defer found.Close()
	list := make([]schema.Brief, 0, n)
	for found.Next() {
		b := schema.Brief{Kind: "session"}
		var date, saved, trashed, reason sql.NullString
		if err := found.Scan(&b.PK, &b.ID, &b.Title, &b.Status, &date, &saved, &b.Rev, &trashed, &reason); err != nil {
			return err
		}
		b.Date, b.Updated, b.TrashedAt, b.TrashReason = schema.Time(date.String), schema.Time(saved.String), schema.Time(trashed.String), reason.String
		list = append(list, b)
	}
	if err := found.Err(); err != nil {
		return err
	}
	at := make(map[int64]*schema.Brief, n)
	for i := range list {
		at[list[i].PK] = &list[i]
	}
	tagged, err := r.tags.Query()
	if err != nil {
		return err
	}
	defer tagged.Close()
	for tagged.Next() {
		var pk int64
		var tag string
		if err := tagged.Scan(&pk, &tag); err != nil {
			return err
		}
		at[pk].Tags = append(at[pk].Tags, tag)
	}
	if len(list) != n {
		return wrong("the loop", len(list), n)
	}
	return tagged.Err()
}

// benchDate asks for the sessions of a day, with the index and without.
func benchDate(ctx context.Context, e *env) error {
	s, err := e.manySessions(ctx)
	if err != nil {
		return err
	}
	db, err := handReader(s.Path())
	if err != nil {
		return err
	}
	defer db.Close()
	const where = ` WHERE trashed_at IS NULL AND start_time >= ? AND start_time < ?`
	with, err := db.Prepare(`SELECT id FROM sessions INDEXED BY sessions_by_date` + where)
	if err != nil {
		return err
	}
	without, err := db.Prepare(`SELECT id FROM sessions NOT INDEXED` + where)
	if err != nil {
		return err
	}
	n := e.sessions()
	day := func(i int) (from, to schema.Time) { k := i * 7919 % (n - 24); return moment(k), moment(k + 24) }
	ids := func(st *sql.Stmt) func(i int) error {
		return func(i int) error { from, to := day(i); return idsBetween(st, from, to) }
	}
	scan := func() (float64, error) { return timed(e.size(20, 3), ids(without)) }
	a, b, err := e.interleave(func() (float64, error) { return timed(e.size(500, 20), ids(with)) }, scan)
	if err != nil {
		return err
	}
	e.table.add(line{name: "full scan / date index, ids of one day of 10,000 sessions", ours: b, other: a, unit: "s", goal: 40, atLeast: true})
	a, b, err = e.interleave(func() (float64, error) {
		return timed(e.size(500, 20), func(i int) error {
			from, to := day(i)
			p, err := s.Sessions.List(ctx, repo.Query{From: from, To: to})
			if err == nil && len(p.Items) != 24 {
				err = wrong("List of a day", len(p.Items), 24)
			}
			return err
		})
	}, scan)
	e.table.add(line{name: "  the same scan / List with From and To, tags and all", ours: b, other: a, unit: "s", noGoal: true})
	return err
}

// idsBetween reads the ids of the sessions of a day.
func idsBetween(st *sql.Stmt, from, to schema.Time) error {
	rows, err := st.Query(string(from), string(to))
	if err != nil {
		return err
	}
	defer rows.Close()
	var id string
	found := 0
	for ; rows.Next(); found++ {
		if err := rows.Scan(&id); err != nil {
			return err
		}
	}
	if found != 24 {
		return wrong("sessions of a day", found, 24)
	}
	return rows.Err()
}

// benchLazy lists sessions, and reads them with everything in them.
func benchLazy(ctx context.Context, e *env) error {
	s, err := e.manySessions(ctx)
	if err != nil {
		return err
	}
	if err := e.lazy(ctx, s, "10,000 sessions in full / their brief rows", 10); err != nil {
		return err
	}
	return e.lazyByHand(s)
}

// lazyByHand is what the ratio is where nobody makes records of the rows: every table read
// once from end to end, and brief rows.
func (e *env) lazyByHand(s *repo.Store) error {
	db, err := handReader(s.Path())
	if err != nil {
		return err
	}
	defer db.Close()
	byHand, err := newBriefReader(db)
	if err != nil {
		return err
	}
	full, lazy, err := e.interleave(func() (float64, error) {
		return took(func() error { return readByHand(db) })
	}, func() (float64, error) {
		return took(func() error { return byHand.list(e.sessions()) })
	})
	e.table.add(line{name: "  by hand: all rows of theirs / a hand-written loop of brief rows", ours: full, other: lazy, unit: "s", noGoal: true})
	return err
}

// lazy measures it for sessions that have so many screenshots.
func (e *env) lazy(ctx context.Context, s *repo.Store, name string, shots int) error {
	n := e.sessions()
	full, lazy, err := e.interleave(func() (float64, error) {
		return took(func() error { return readInFull(ctx, s, n, shots) })
	}, func() (float64, error) {
		return took(func() error { _, err := s.Sessions.List(ctx, repo.Query{Limit: n}); return err })
	})
	e.table.add(line{name: name, ours: full, other: lazy, unit: "s", goal: 40, atLeast: true})
	return err
}

func readInFull(ctx context.Context, s *repo.Store, n, shots int) error {
	found := 0
	for v, err := range s.Sessions.All(ctx, repo.Query{}, repo.Full) {
		if err != nil {
			return err
		}
		if len(v.Screenshots) != shots || len(v.Summary) == 0 {
			return wrong("screenshots", len(v.Screenshots), shots)
		}
		found++
	}
	if found != n {
		return wrong("sessions", found, n)
	}
	return nil
}

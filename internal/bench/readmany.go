package main

import (
	"context"
	"encoding/json"
	"errors"

	"taskstore/internal/sqlitedb"
	"taskstore/repo"
)

const many = 100

// getMany reads a hundred notes at once, and one by one.
func (e *env) getMany(ctx context.Context, s *repo.Store, ids []string) error {
	rounds, k := e.size(100, 5), 0
	pick := func() []string {
		list := make([]string, many)
		for i := range list {
			list[i], k = at(ids, k), k+1
		}
		return list
	}
	gets := func() (float64, error) {
		return timed(rounds, func(int) error {
			for _, id := range pick() {
				if _, err := s.Notes.Get(ctx, id); err != nil {
					return err
				}
			}
			return nil
		})
	}
	a, b, err := e.interleave(func() (float64, error) {
		return timed(rounds, func(int) error { _, err := s.Notes.GetMany(ctx, pick()); return err })
	}, gets)
	if err != nil {
		return err
	}
	e.table.add(line{name: "GetMany of 100 notes / 100 Gets", ours: a, other: b, unit: "s", goal: 0.45})
	db, err := sqlitedb.Open(ctx, s.Path(), sqlitedb.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	a, b, err = e.interleave(func() (float64, error) {
		return timed(rounds, func(int) error { return throwAway(ctx, db, pick()) })
	}, gets)
	e.table.add(line{name: "  by hand: SQLite's part of it, the same rows thrown away / 100 Gets", ours: a, other: b, unit: "s", noGoal: true})
	return errors.Join(err, db.Close(ctx))
}

// throwAway has SQLite find all columns of some notes and of their lists, and makes nothing of
// them. It is what GetMany cannot do without, by the fastest way to ask for it.
func throwAway(ctx context.Context, db *sqlitedb.DB, ids []string) error {
	return db.View(ctx, func(ctx context.Context, tx *sqlitedb.Tx) error {
		var pks []int64
		wanted, err := json.Marshal(ids)
		if err != nil {
			return err
		}
		err = tx.Each(ctx, `SELECT e.* FROM json_each(?) CROSS JOIN notes AS e ON e.id = json_each.value`, []any{string(wanted)}, func(row *sqlitedb.Row) error {
			pks = append(pks, row.Int(0))
			return nil
		})
		if err == nil && len(pks) != len(ids) {
			err = wrong("notes", len(pks), len(ids))
		}
		if err != nil {
			return err
		}
		keys, err := json.Marshal(pks)
		for _, text := range []string{
			`SELECT c.* FROM json_each(?) CROSS JOIN note_tags AS c ON c.note_pk = json_each.value`,
			`SELECT c.* FROM json_each(?) CROSS JOIN note_links AS c ON c.note_pk = json_each.value`,
			`SELECT c.* FROM json_each(?) CROSS JOIN note_updates AS c ON c.note_pk = json_each.value`,
		} {
			if err == nil {
				err = tx.Each(ctx, text, []any{string(keys)}, func(*sqlitedb.Row) error { return nil })
			}
		}
		return err
	})
}

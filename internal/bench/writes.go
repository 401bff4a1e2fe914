package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"taskstore/repo"
	"taskstore/schema"
)

const writers = 1000 // goroutines that write at once

// together calls fn for 0 to n-1 from many goroutines at once and gives the
// calls per second and the 99th percentile of how long one took.
func together(n int, fn func(i int) error) (rate, p99 float64, err error) {
	var next atomic.Int64
	var wg sync.WaitGroup
	took := make([]float64, n)
	errs := make([]error, writers)
	start := time.Now()
	for w := range writers {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n || errs[w] != nil {
					return
				}
				begin := time.Now()
				errs[w] = fn(i)
				took[i] = time.Since(begin).Seconds()
			}
		})
	}
	wg.Wait()
	rate = float64(n) / time.Since(start).Seconds()
	slices.Sort(took)
	return rate, took[n*99/100], errors.Join(errs...)
}

const handSetting = `INSERT INTO settings (key, value, rev, saved_at, sum) VALUES (?, ?, 1, ?, 1)`

// benchQueue writes one row a call, durably, from 1000 goroutines.
func benchQueue(ctx context.Context, e *env) error {
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
	insert, err := db.Prepare(handSetting)
	if err != nil {
		return err
	}
	var p99s []float64
	series := 0
	ours := func() (float64, error) {
		series++
		rate, p99, err := together(e.size(20_000, 2000), func(i int) error {
			return s.Settings.Save(ctx, &schema.Setting{Key: fmt.Sprintf("ours-%d-%d", series, i), Value: `{"x":1}`})
		})
		p99s = append(p99s, p99)
		return rate, err
	}
	other := func() (float64, error) {
		series++
		var mu sync.Mutex
		rate, _, err := together(e.size(2000, 500), func(i int) error {
			mu.Lock()
			defer mu.Unlock()
			tx, err := db.Begin()
			if err != nil {
				return err
			}
			defer tx.Rollback()
			if _, err := tx.Stmt(insert).Exec(fmt.Sprintf("hand-%d-%d", series, i), `{"x":1}`, "2025-01-01T00:00:00.000Z"); err != nil {
				return err
			}
			return tx.Commit()
		})
		return rate, err
	}
	a, b, err := e.interleave(ours, other)
	e.table.add(line{name: "durable one-row writes, 1000 goroutines / one transaction each by hand", ours: a, other: b, unit: "/s", goal: 15, atLeast: true})
	e.table.add(line{name: "  99th percentile of one such write", ours: p99s, unit: "s", goal: 0.020})
	return err
}

// benchSaves saves whole notes from 1000 goroutines, and the same number in one
// transaction.
func benchSaves(ctx context.Context, e *env) error {
	s, err := e.fresh(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	n, from := e.size(2500, 1000), 0
	var p99s []float64
	ours := func() (float64, error) {
		list := notes(from, n)
		from += n
		rate, p99, err := together(n, func(i int) error { return s.Notes.Save(ctx, list[i]) })
		p99s = append(p99s, p99)
		return rate, err
	}
	other := func() (float64, error) {
		list := notes(from, n)
		from += n
		start := time.Now()
		err := s.Update(ctx, func(ctx context.Context, tx *repo.Tx) error {
			for _, v := range list {
				if err := tx.Notes.Save(ctx, v); err != nil {
					return err
				}
			}
			return nil
		})
		return float64(n) / time.Since(start).Seconds(), err
	}
	a, b, err := e.interleave(ours, other)
	e.table.add(line{name: "Notes.Save, 1000 goroutines / the same in one big Update", ours: a, other: b, unit: "/s", goal: 0.6, atLeast: true})
	e.table.add(line{name: "  99th percentile of one such save", ours: p99s, unit: "s", noGoal: true})
	return err
}

// benchBulk saves notes in one transaction, and inserts the same rows by hand.
func benchBulk(ctx context.Context, e *env) error {
	n, saved, inserted := e.size(2000, 300), 0, 0
	s, err := e.fresh(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	t, err := e.fresh(ctx) // another file, so that both grow alike
	if err != nil {
		return err
	}
	defer t.Close()
	db, err := hand(t.Path())
	if err != nil {
		return err
	}
	defer db.Close()
	h, err := newNoteWriter(db)
	if err != nil {
		return err
	}
	ours := func(ctx context.Context) func() (float64, error) {
		return func() (float64, error) {
			list := notes(saved, n)
			saved += n
			start := time.Now()
			err := s.Notes.Save(ctx, list...)
			return time.Since(start).Seconds() / float64(n), err
		}
	}
	other := func() (float64, error) {
		list := notes(inserted, n)
		inserted += n
		start := time.Now()
		err := h.write(list)
		return time.Since(start).Seconds() / float64(n), err
	}
	a, b, err := e.interleave(ours(repo.DeferIndex(ctx)), other)
	if err != nil {
		return err
	}
	e.table.add(line{name: "bulk save of notes, each, the search index apart / prepared inserts by hand", ours: a, other: b, unit: "s", goal: 1.5})
	a, b, err = e.interleave(ours(ctx), other)
	e.table.add(line{name: "  the same with the search index / by hand without one", ours: a, other: b, unit: "s", noGoal: true})
	return err
}

// benchModify changes notes that are there: in a transaction of many, where the
// disk is waited for once, and one by one.
func benchModify(ctx context.Context, e *env) error {
	s, err := e.fresh(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	n := e.size(2000, 200)
	if err := s.Notes.Save(ctx, notes(0, n)...); err != nil {
		return err
	}
	ids := make([]string, n)
	for i := range ids {
		ids[i] = note(i).ID
	}
	serial := 0
	change := func(v *schema.Note) error {
		serial++
		v.Summary = fmt.Sprintf("changed %d times", serial)
		return nil
	}
	modify := func() (took float64, err error) {
		err = s.Update(ctx, func(ctx context.Context, tx *repo.Tx) error {
			took, err = timed(n, func(i int) error { _, err := tx.Notes.Modify(ctx, ids[i], change); return err })
			return err
		})
		return took, err
	}
	save := func() (float64, error) {
		list, err := s.Notes.GetMany(ctx, ids)
		if err != nil {
			return 0, err
		}
		var took float64
		err = s.Update(ctx, func(ctx context.Context, tx *repo.Tx) error {
			took, err = timed(n, func(i int) error { change(&list[i]); return tx.Notes.Save(ctx, &list[i]) })
			return err
		})
		return took, err
	}
	a, b, err := e.interleave(modify, save)
	if err != nil {
		return err
	}
	e.table.add(line{name: "Modify of a note, without the wait for the disk", ours: a, unit: "s", goal: 1e-3})
	e.table.add(line{name: "Save of a changed note, likewise", ours: b, unit: "s", goal: 1e-3})
	return e.durableSaves(ctx, s, ids)
}

// durableSaves compares lone durable saves with the bare wait for the disk.
func (e *env) durableSaves(ctx context.Context, s *repo.Store, ids []string) error {
	db, err := hand(s.Path())
	if err != nil {
		return err
	}
	defer db.Close()
	n, serial := e.size(300, 30), 0
	a, b, err := e.interleave(func() (float64, error) {
		return timed(n, func(i int) error {
			serial++
			_, err := s.Notes.Modify(ctx, ids[i%len(ids)], func(v *schema.Note) error { v.Summary = fmt.Sprint("durable ", serial); return nil })
			return err
		})
	}, func() (float64, error) {
		return timed(n, func(i int) error {
			serial++
			_, err := db.Exec(`INSERT INTO settings (key, value, rev, sum) VALUES (?, '1', 1, 1)`, fmt.Sprint("lone ", serial))
			return err
		})
	})
	e.table.add(line{name: "one durable Modify / one durable one-row insert by hand", ours: a, other: b, unit: "s", noGoal: true})
	return err
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"taskstore/repo"
)

// benchIndex compares the making of the search index with the least that it can take: FTS5's own
// rebuild of the same texts, when they are there already and no disk is waited for.
func benchIndex(ctx context.Context, e *env) error {
	notes, _, err := e.searchStore(ctx, e.size(50_000, 1000))
	if err != nil {
		return err
	}
	if err := e.indexLimit(ctx, notes, fmt.Sprintf("search index of %d notes made / FTS5's rebuild of the same texts", e.size(50_000, 1000)), 1.4); err != nil {
		return err
	}
	sessions, _, err := e.momentStore(ctx, e.size(10_000, 100))
	if err != nil {
		return err
	}
	return e.indexLimit(ctx, sessions, fmt.Sprintf("search index of %d sessions of 50 KB made / FTS5's rebuild of the same texts", e.size(10_000, 100)), 1.6)
}

// indexLimit makes the index of a store anew and by hand in turns, and closes the store.
func (e *env) indexLimit(ctx context.Context, s *repo.Store, name string, goal float64) error {
	copied, err := copyOf(ctx, s)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	short := *e
	short.rounds = min(e.rounds, 3) // it takes long
	ours, other, err := short.interleave(func() (float64, error) {
		return took(func() error { return s.Index.Rebuild(ctx, nil) })
	}, func() (float64, error) { return rebuildByHand(ctx, copied) })
	if err = errors.Join(err, s.Close(), os.RemoveAll(s.Dir())); err != nil {
		return err
	}
	e.table.add(line{name: name, ours: ours, other: other, unit: "s", goal: goal})
	return nil
}

// copyOf copies the database of a store.
func copyOf(ctx context.Context, s *repo.Store) (file string, err error) {
	db, err := handOpen(s.Path(), url.Values{"_pragma": {"busy_timeout(5000)"}}, 1)
	if err != nil {
		return "", err
	}
	file = filepath.Join(filepath.Dir(s.Path()), "copy.db")
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", file)
	return file, errors.Join(err, db.Close())
}

// rebuildByHand gives the time that FTS5 alone takes to index the texts that a store has made
// ready, without records, logs or disks to wait for: the least that any way of indexing them can take.
func rebuildByHand(ctx context.Context, file string) (float64, error) {
	db, err := handOpen(file, url.Values{"_pragma": {"synchronous(OFF)", "cache_size(-64000)"}}, 1)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	return took(func() error {
		for _, text := range []string{"INSERT INTO search (search, rank) VALUES ('hashsize', 64000000)", "INSERT INTO search (search) VALUES ('rebuild')"} {
			if _, err := db.ExecContext(ctx, text); err != nil {
				return err
			}
		}
		return nil
	})
}

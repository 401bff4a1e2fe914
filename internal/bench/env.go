package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"taskstore/repo"

	_ "modernc.org/sqlite" // the driver named "sqlite"
)

// env is what the benchmarks share.
type env struct {
	short  bool
	rounds int
	puts   int    // how many attachments benchBlobs saves; 0 is its own number
	dir    string // scratch, removed at the end
	table  table
	next   int
	big    *repo.Store // many sessions, made when first asked for
}

// size gives how much of something to use.
func (e *env) size(full, short int) int {
	if e.short {
		return short
	}
	return full
}

// newDir makes a directory of its own.
func (e *env) newDir() string {
	e.next++
	return filepath.Join(e.dir, fmt.Sprintf("%03d", e.next))
}

// fresh makes a new store in a directory of its own.
func (e *env) fresh(ctx context.Context) (*repo.Store, error) {
	return repo.Open(ctx, e.newDir(), repo.Options{})
}

func (e *env) close() error {
	if e.big == nil {
		return nil
	}
	return e.big.Close()
}

// interleave measures ours and other in turns, once each a round, and swaps who
// is first. Both give what they measured.
func (e *env) interleave(ours, other func() (float64, error)) (a, b []float64, err error) {
	for round := range e.rounds {
		var x, y float64
		first, second, px, py := ours, other, &x, &y
		if round%2 == 1 {
			first, second, px, py = other, ours, &y, &x
		}
		runtime.GC()
		if *px, err = first(); err != nil {
			return nil, nil, err
		}
		runtime.GC()
		if *py, err = second(); err != nil {
			return nil, nil, err
		}
		a, b = append(a, x), append(b, y)
	}
	return a, b, nil
}

// timed gives the seconds that each of n calls took.
func timed(n int, fn func(i int) error) (float64, error) {
	start := time.Now()
	for i := range n {
		if err := fn(i); err != nil {
			return 0, err
		}
	}
	return time.Since(start).Seconds() / float64(n), nil
}

// hand opens the file of a store with the driver alone, one connection with the
// pragmas of the store's own writer.
func hand(path string) (*sql.DB, error) {
	q := url.Values{"mode": {"rw"}, "_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "cache_size(-16000)", "foreign_keys(1)"}}
	return handOpen(path, q, 1)
}

// handReader is hand with the pragmas of the store's readers.
func handReader(path string) (*sql.DB, error) {
	return handOpen(path, url.Values{"mode": {"rw"}, "_pragma": {"busy_timeout(5000)", "query_only(1)", "cache_size(-4000)", "mmap_size(0)"}}, 2)
}

func handOpen(path string, q url.Values, conns int) (*sql.DB, error) {
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	return db, db.Ping()
}

// manySessions is a store with many sessions, shared by those who only read it.
func (e *env) manySessions(ctx context.Context) (*repo.Store, error) {
	if e.big != nil {
		return e.big, nil
	}
	s, err := e.fresh(ctx)
	if err != nil {
		return nil, err
	}
	start, n := time.Now(), e.sessions()
	for from := 0; from < n; from += 100 {
		err := s.Update(ctx, func(ctx context.Context, tx *repo.Tx) error {
			for i := from; i < min(from+100, n); i++ {
				if err := tx.Sessions.Save(ctx, session(i)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	fmt.Fprintf(os.Stderr, "           %d sessions saved in %v\n", n, time.Since(start).Round(time.Millisecond))
	e.big = s
	return s, nil
}

func (e *env) sessions() int { return e.size(10_000, 300) }

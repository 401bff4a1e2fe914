package repo_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"

	"github.com/gofrs/flock"
)

// inTime fails the test when fn does not end.
func inTime(t *testing.T, what string, fn func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); fn() }()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Fatalf("%s hangs", what)
	}
}

// TestReadsInsideLoops: more goroutines than there are readers read and save
// inside a loop over All.
func TestReadsInsideLoops(t *testing.T) {
	s := testdb.Open(t)
	const notes, loops = 5, 12
	for i := range notes {
		fatal(t, s.Notes.Save(t.Context(), note(fmt.Sprint("n", i), "0")))
	}
	var ready, wg sync.WaitGroup
	ready.Add(loops)
	loop := func(i int) {
		first := true
		for n, err := range s.Notes.All(t.Context(), repo.Query{}) {
			if first { // all are inside their loops before one reads again
				first = false
				ready.Done()
				ready.Wait()
			}
			if err != nil {
				t.Errorf("loop %d: %v", i, err)
				continue
			}
			if got, err := s.Notes.Get(t.Context(), n.ID); err != nil || got.ID != n.ID {
				t.Errorf("get in loop %d: %v", i, err)
			}
			own := note(fmt.Sprint(n.ID, "-", i), "1")
			fatal(t, s.Notes.Save(t.Context(), own))
			own.Content = "2"
			fatal(t, s.Notes.Save(t.Context(), own)) // reads what is stored first
		}
	}
	inTime(t, "reading in a loop", func() {
		for i := range loops {
			wg.Go(func() { loop(i) })
		}
		wg.Wait()
	})
	want(t, "notes", noteCount(t, s), notes+notes*loops)
}

// TestListInsideItself: in one transaction a list is read inside a loop over it.
func TestListInsideItself(t *testing.T) {
	s := testdb.Open(t)
	newSession(t, s, "1", "2", "3")
	pairs := func(ctx context.Context, in repo.Sessions) (list []string) {
		for a, err := range in.Screenshots.All(ctx, "s") {
			fatal(t, err)
			v, err := in.Get(ctx, "s", "screenshots")
			fatal(t, err)
			for b, err := range in.Screenshots.All(ctx, "s") {
				fatal(t, err)
				list = append(list, fmt.Sprint(a.ID, b.ID, len(v.Screenshots)))
			}
		}
		return list
	}
	const all = "[113 123 133 213 223 233 313 323 333]"
	fatal(t, s.View(t.Context(), func(ctx context.Context, tx *repo.Tx) error {
		want(t, "in a view", pairs(ctx, tx.Sessions), all)
		return nil
	}))
	fatal(t, s.Update(t.Context(), func(ctx context.Context, tx *repo.Tx) error {
		want(t, "in an update", pairs(ctx, tx.Sessions), all)
		for a, err := range tx.Sessions.Screenshots.All(ctx, "s") { // writes inside the loop
			fatal(t, err)
			_, err = tx.Sessions.Screenshots.Update(ctx, "s", a.ID, func(e *schema.Screenshot) error { e.AnalysisStatus = "complete"; return nil })
			fatal(t, err)
		}
		return nil
	}))
	want(t, "outside", pairs(t.Context(), s.Sessions), all)
}

// TestManyFilters: a loop goes on while more filters are used than a connection
// keeps statements.
func TestManyFilters(t *testing.T) {
	t.Parallel()
	s := testdb.Open(t)
	for i := range 130 { // All reads 64 at a time
		fatal(t, s.Notes.Save(t.Context(), note(fmt.Sprint("n", i), "x")))
	}
	newSession(t, s, "1", "2", "3")
	filters := func(ctx context.Context, notes repo.Collection[schema.Note], from int) {
		for i := range 100 { // two texts of SQL each: in all more than a connection keeps
			tags := make([]string, from+i)
			for j := range tags {
				tags[j] = fmt.Sprint(j)
			}
			_, err := notes.Count(ctx, repo.Query{AnyTags: tags})
			fatal(t, err)
		}
	}
	read := func(ctx context.Context, tx *repo.Tx) error {
		n := 0
		for _, err := range tx.Sessions.Screenshots.All(ctx, "s") {
			fatal(t, err)
			filters(ctx, tx.Notes, 100*n)
			n++
		}
		want(t, "screenshots", n, 3)
		return nil
	}
	fatal(t, s.View(t.Context(), read))
	fatal(t, s.Update(t.Context(), read))
}

// TestCloseWhileOthersRead: whoever reads or writes while the store is closed gets
// its result or ErrClosed, also inside a loop.
func TestCloseWhileOthersRead(t *testing.T) {
	dir := testdb.Dir(t)
	for range 5 {
		s := testdb.Reopen(t, dir)
		for i := range 70 {
			n, err := s.Notes.Get(t.Context(), fmt.Sprint("n", i))
			if errors.Is(err, repo.ErrNotFound) {
				n, err = *note(fmt.Sprint("n", i), "x"), nil
			}
			fatal(t, err)
			fatal(t, s.Notes.Save(t.Context(), &n))
		}
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() { useUntilClosed(t, s, i) })
		}
		time.Sleep(20 * time.Millisecond)
		inTime(t, "close", func() { fatal(t, s.Close()); wg.Wait() })
	}
}

func useUntilClosed(t *testing.T, s *repo.Store, i int) {
	closed := func(err error) bool {
		if err != nil && !errors.Is(err, repo.ErrClosed) {
			t.Errorf("while the store is closed: %v", err)
		}
		return err != nil
	}
	for {
		if _, err := s.Notes.List(t.Context(), repo.Query{}); closed(err) {
			return
		}
		seen := 0
		var inside error
		for n, err := range s.Notes.All(t.Context(), repo.Query{}) {
			if closed(err) {
				return
			}
			seen++
			if inside == nil {
				if _, inside = s.Notes.Get(t.Context(), n.ID); inside == nil && i%2 == 0 {
					inside = second(s.Notes.Modify(t.Context(), n.ID, func(n *schema.Note) error { n.Content += "x"; return nil }))
				}
				closed(inside)
			}
		}
		if seen != 70 {
			t.Errorf("a loop ended without an error after %d of 70 notes", seen)
		}
	}
}

func TestCloseContext(t *testing.T) {
	s := testdb.Open(t)
	fatal(t, s.Notes.Save(t.Context(), note("a", "1")))
	inside, leave := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		err := s.View(t.Context(), func(ctx context.Context, tx *repo.Tx) error {
			if err := s.CloseContext(ctx); !errors.Is(err, repo.ErrNested) {
				t.Errorf("close inside a view: %v", err)
			}
			close(inside)
			<-leave
			return second(tx.Notes.Get(ctx, "a"))
		})
		if err != nil {
			t.Errorf("the read that close had to wait for: %v", err)
		}
	})
	<-inside
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	inTime(t, "a close that is bounded", func() {
		if err := s.CloseContext(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("close: %v", err)
		}
	})
	if _, err := s.Notes.Get(t.Context(), "a"); !errors.Is(err, repo.ErrClosed) {
		t.Errorf("after a close that goes on: %v", err)
	}
	close(leave)
	wg.Wait()
	fatal(t, s.Close())
	lock := flock.New(filepath.Join(s.Dir(), "store.lock"))
	if free, err := lock.TryLock(); err != nil || !free {
		t.Errorf("the lock after close: %t, %v", free, err)
	}
	fatal(t, lock.Close())
}

// TestOpenCancelled: who gives up waiting is told so, and not that the store is in
// use.
func TestOpenCancelled(t *testing.T) {
	s := testdb.Open(t)
	fatal(t, s.Close())
	lock := flock.New(filepath.Join(s.Dir(), "store.lock"))
	for name, within := range map[string]func(context.Context) (context.Context, context.CancelFunc){
		"cancelled": func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return ctx, cancel
		},
		"cancelled later": func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(20*time.Millisecond, cancel)
			return ctx, cancel
		},
		"late": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 20*time.Millisecond)
		},
	} {
		for _, held := range []string{"the lock", "the database"} {
			t.Run(name+" "+held, func(t *testing.T) {
				release := holdOpen(t, lock, s.Path(), held)
				defer release()
				ctx, cancel := within(t.Context())
				defer cancel()
				begun := time.Now()
				opened, err := repo.Open(ctx, s.Dir(), repo.Options{Busy: time.Second})
				if err == nil {
					_ = opened.Close()
				}
				if errors.Is(err, repo.ErrLocked) || !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("open: %v", err)
				}
				if d := time.Since(begun); d > 3*time.Second {
					t.Errorf("it took %v", d)
				}
			})
		}
	}
	release := holdOpen(t, lock, s.Path(), "the lock")
	defer release()
	if _, err := repo.Open(t.Context(), s.Dir(), repo.Options{Busy: 50 * time.Millisecond}); !errors.Is(err, repo.ErrLocked) {
		t.Errorf("nobody gave up: %v", err)
	}
}

// holdOpen keeps others from opening a store, in one of two ways.
func holdOpen(t *testing.T, lock *flock.Flock, path, what string) (release func()) {
	t.Helper()
	if what == "the lock" {
		if ok, err := lock.TryLock(); err != nil || !ok {
			t.Fatal(ok, err)
		}
		return func() { fatal(t, lock.Unlock()) }
	}
	db, err := sql.Open("sqlite", path)
	fatal(t, err)
	db.SetMaxOpenConns(1)
	_, err = db.Exec("BEGIN IMMEDIATE")
	fatal(t, err)
	return func() {
		_, err := db.Exec("ROLLBACK")
		fatal(t, errors.Join(err, db.Close()))
	}
}

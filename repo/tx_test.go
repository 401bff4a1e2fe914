package repo_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/repo/check"
	"taskstore/schema"
)

func note(id, text string) *schema.Note {
	return &schema.Note{Head: schema.Head{ID: id}, Content: text, Tags: []string{"t"}}
}

func noteCount(t testing.TB, s *repo.Store) int {
	t.Helper()
	n, err := s.Notes.Count(t.Context(), repo.Query{})
	fatal(t, err)
	return n
}

func TestUpdateAllOrNothing(t *testing.T) {
	s := testdb.Open(t)
	mine := errors.New("mine")
	err := s.Update(t.Context(), func(ctx context.Context, tx *repo.Tx) error {
		fatal(t, tx.Notes.Save(ctx, note("a", "1")))
		fatal(t, tx.Topics.Save(ctx, &schema.Topic{Head: schema.Head{ID: "x"}}))
		if got, err := tx.Notes.Get(ctx, "a"); err != nil || got.Content != "1" {
			t.Errorf("its own write: %+v, %v", got, err)
		}
		return mine
	})
	if !errors.Is(err, mine) || noteCount(t, s) != 0 {
		t.Errorf("an error: %v, %d notes", err, noteCount(t, s))
	}
	func() {
		defer func() {
			if v := recover(); v != "boom" {
				t.Errorf("the panic became %v", v)
			}
		}()
		_ = s.Update(t.Context(), func(ctx context.Context, tx *repo.Tx) error {
			fatal(t, tx.Notes.Save(ctx, note("a", "1")))
			panic("boom")
		})
	}()
	if n := noteCount(t, s); n != 0 {
		t.Errorf("after a panic %d notes", n)
	}
	var kept *repo.Tx
	fatal(t, s.Update(t.Context(), func(ctx context.Context, tx *repo.Tx) error {
		kept = tx
		return tx.Notes.Save(ctx, note("a", "1"), note("b", "2"))
	}))
	if n := noteCount(t, s); n != 2 {
		t.Errorf("%d notes, want 2", n)
	}
	if _, err := kept.Notes.Get(t.Context(), "a"); err == nil {
		t.Error("a transaction that has ended still reads")
	}
	if err := kept.Notes.Save(t.Context(), note("c", "3")); err == nil {
		t.Error("a transaction that has ended still writes")
	}
}

// TestFailedCallInUpdate: a call that fails inside an Update has no effect, also
// when the callback goes on.
func TestFailedCallInUpdate(t *testing.T) {
	s := testdb.Open(t)
	fatal(t, s.Notes.Save(t.Context(), note("a", "1"), note("b", "1")))
	stale, err := s.Notes.Get(t.Context(), "b")
	fatal(t, err)
	_, err = s.Notes.Modify(t.Context(), "b", func(n *schema.Note) error { n.Content = "2"; return nil })
	fatal(t, err)
	a, err := s.Notes.Get(t.Context(), "a")
	fatal(t, err)
	a.Content, stale.Content = "half", "half"
	fatal(t, s.Update(t.Context(), func(ctx context.Context, tx *repo.Tx) error {
		if err := tx.Notes.Save(ctx, note("new", "1"), note("a", "twin")); !errors.Is(err, repo.ErrExists) {
			t.Errorf("a twin: %v", err)
		}
		if err := tx.Notes.Delete(ctx, "a", "none"); !errors.Is(err, repo.ErrNotFound) {
			t.Errorf("delete: %v", err)
		}
		if err := tx.Notes.Purge(ctx, "a", "none"); !errors.Is(err, repo.ErrNotFound) {
			t.Errorf("purge: %v", err)
		}
		if err := tx.Notes.Save(ctx, &a, &stale); !errors.Is(err, repo.ErrConflict) {
			t.Errorf("a stale one: %v", err)
		}
		return tx.Topics.Save(ctx, &schema.Topic{Head: schema.Head{ID: "x"}})
	}))
	if n := noteCount(t, s); n != 2 {
		t.Errorf("%d notes, want 2", n)
	}
	if got, err := s.Notes.Get(t.Context(), "a"); err != nil || got.Content != "1" || got.Rev != 1 || got.TrashedAt != "" {
		t.Errorf("half of a call that failed is there: %+v, %v", got.Head, err)
	}
	if _, err := s.Topics.Get(t.Context(), "x"); err != nil {
		t.Errorf("the rest of the transaction: %v", err)
	}
}

func TestNested(t *testing.T) {
	s := testdb.Open(t)
	other := testdb.Open(t)
	verify := func(ctx context.Context) error {
		for what, err := range map[string]error{
			"get":    second(s.Notes.Get(ctx, "a")),
			"save":   s.Notes.Save(ctx, note("a", "1")),
			"update": s.Update(ctx, func(context.Context, *repo.Tx) error { return nil }),
			"view":   s.View(ctx, func(context.Context, *repo.Tx) error { return nil }),
			"set":    s.Settings.Save(ctx, &schema.Setting{Key: "k", Value: "1"}),
			"check":  second(s.Check(ctx, check.Options{})),
		} {
			if !errors.Is(err, repo.ErrNested) {
				t.Errorf("%s inside: %v", what, err)
			}
		}
		return other.Notes.Save(ctx, note("x", "1"))
	}
	fatal(t, s.Update(t.Context(), func(ctx context.Context, _ *repo.Tx) error { return verify(ctx) }))
	fatal(t, other.Notes.Purge(t.Context(), "x"))
	fatal(t, s.View(t.Context(), func(ctx context.Context, _ *repo.Tx) error { return verify(ctx) }))
}

func TestViewIsOneSnapshot(t *testing.T) {
	s := testdb.Open(t)
	fatal(t, s.Notes.Save(t.Context(), note("a", "1")))
	fatal(t, s.View(t.Context(), func(ctx context.Context, tx *repo.Tx) error {
		if _, err := tx.Notes.Get(ctx, "a"); err != nil {
			return err
		}
		fatal(t, s.Notes.Save(t.Context(), note("b", "2")))
		fatal(t, s.Topics.Save(t.Context(), &schema.Topic{Head: schema.Head{ID: "x"}}))
		if _, err := tx.Topics.Get(ctx, "x"); !errors.Is(err, repo.ErrNotFound) {
			t.Errorf("a snapshot shows what came later: %v", err)
		}
		for what, err := range map[string]error{
			"save":   tx.Notes.Save(ctx, note("c", "3")),
			"delete": tx.Notes.Delete(ctx, "a"),
			"purge":  tx.Notes.Purge(ctx, "a"),
			"modify": second(tx.Notes.Modify(ctx, "a", func(*schema.Note) error { return nil })),
			"set":    tx.Settings.Save(ctx, &schema.Setting{Key: "k", Value: "1"}),
			"item":   tx.Sessions.Screenshots.Add(ctx, "s", shot("1")),
		} {
			if !errors.Is(err, repo.ErrReadOnly) {
				t.Errorf("%s in a view: %v", what, err)
			}
		}
		return nil
	}))
}

// TestThousandAtOnce: every goroutine has its own result.
func TestThousandAtOnce(t *testing.T) {
	s := testdb.Open(t)
	var wg sync.WaitGroup
	for i := range 1000 {
		wg.Go(func() {
			err := s.Notes.Save(t.Context(), note(fmt.Sprint("n", i/2*2+i%2*(i%10/9)), "x")) // every tenth has an id of its own
			twin := i%2 == 1 && i%10 != 9
			if err != nil && (!errors.Is(err, repo.ErrExists) || i%10 == 9) {
				t.Errorf("%d: %v (twin %t)", i, err, twin)
			}
		})
	}
	wg.Wait()
	if n := noteCount(t, s); n != 600 {
		t.Errorf("%d notes, want 600", n)
	}
}

func TestClosed(t *testing.T) {
	s := testdb.Open(t)
	fatal(t, s.Notes.Save(t.Context(), note("a", "1")))
	fatal(t, s.Close())
	fatal(t, s.Close())
	for what, err := range map[string]error{
		"get":    second(s.Notes.Get(t.Context(), "a")),
		"save":   s.Notes.Save(t.Context(), note("b", "1")),
		"update": s.Update(t.Context(), func(context.Context, *repo.Tx) error { return nil }),
		"view":   s.View(t.Context(), func(context.Context, *repo.Tx) error { return nil }),
	} {
		if !errors.Is(err, repo.ErrClosed) {
			t.Errorf("%s after close: %v", what, err)
		}
	}
}

func TestSettings(t *testing.T) {
	s := testdb.Open(t)
	v := schema.Setting{Key: "ui/é", Value: ` {"a" : 1.0, "a":2, "s":"\ud800"} `}
	fatal(t, s.Settings.Save(t.Context(), &v))
	if v.Rev != 1 || v.Value != `{"a":1.0,"a":2,"s":"\ud800"}` || v.SavedAt == "" {
		t.Errorf("saved: %+v", v)
	}
	stale := v
	fatal(t, s.Settings.Save(t.Context(), &v))
	if v.Rev != 1 {
		t.Errorf("an equal value made revision %d", v.Rev)
	}
	v.Value = `2`
	fatal(t, s.Settings.Save(t.Context(), &v))
	stale.Value = `3`
	var invalid *schema.InvalidError
	for what, c := range map[string]struct{ got, want error }{
		"stale": {s.Settings.Save(t.Context(), &stale), repo.ErrConflict},
		"twin":  {s.Settings.Save(t.Context(), &schema.Setting{Key: v.Key, Value: "4"}), repo.ErrExists},
		"none":  {second(s.Settings.Get(t.Context(), "none")), repo.ErrNotFound},
		"away":  {s.Settings.Delete(t.Context(), v.Key, "none"), repo.ErrNotFound},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v, want %v", what, c.got, c.want)
		}
	}
	for _, bad := range []schema.Setting{{Key: "k", Value: "oops"}, {Key: "", Value: "1"}, {Key: "k"}, {Key: "nul\x00", Value: "1"}, {Key: "bad\xff", Value: "1"}, {Key: "k", Value: "\"\xff\""}} {
		if err := s.Settings.Save(t.Context(), &bad); !errors.As(err, &invalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	fatal(t, s.Settings.Delete(t.Context(), v.Key))
	list, err := s.Settings.History(t.Context(), v.Key)
	if err != nil || len(list) != 2 || list[0].State != "2" || list[0].Change != "delete" || list[1].State != stale.Value && list[1].Rev != 1 {
		t.Errorf("history: %+v, %v", list, err)
	}
	again := schema.Setting{Key: v.Key, Value: "5"}
	fatal(t, s.Settings.Save(t.Context(), &again))
	if again.Rev != 3 {
		t.Errorf("a key that comes back has revision %d, want 3", again.Rev)
	}
	if all, err := s.Settings.All(t.Context()); err != nil || len(all) != 1 || all[0] != again {
		t.Errorf("all: %+v, %v", all, err)
	}
}

func TestRetention(t *testing.T) {
	now := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	clock := func(o *repo.Options) { o.Now = func() time.Time { return now }; o.Retention = 24 * time.Hour }
	dir := testdb.Dir(t)
	for day := range 3 {
		now = now.AddDate(0, 0, day)
		s := testdb.Reopen(t, dir, clock)
		if day == 0 {
			fatal(t, s.Notes.Save(t.Context(), note("a", "0")))
		}
		_, err := s.Notes.Modify(t.Context(), "a", func(n *schema.Note) error { n.Content = fmt.Sprint(day + 1); return nil })
		fatal(t, err)
		fatal(t, s.Close())
	}
	s := testdb.Reopen(t, dir, clock)
	list, err := s.Notes.History(t.Context(), "a")
	if err != nil || len(list) != 1 || list[0].Rev != 3 {
		t.Errorf("kept for a day: %+v, %v", list, err)
	}
}

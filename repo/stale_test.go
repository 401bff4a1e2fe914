package repo_test

import (
	"context"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// wantConflict says that a save must not have happened.
func wantConflict(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, repo.ErrConflict) {
		t.Errorf("saved over another record: %v, want ErrConflict", err)
	}
}

func noteOf(id, content string) *schema.Note {
	return &schema.Note{Head: schema.Head{ID: id}, Content: content, Timestamp: "2026-11-01T10:00:00.000Z"}
}

// TestStaleAfterPurge: a record that was purged and made again under its id is another
// record than the one that somebody still holds.
func TestStaleAfterPurge(t *testing.T) {
	ctx, s := t.Context(), testdb.Open(t)
	held := noteOf("a", "held")
	must(t, s.Notes.Save(ctx, held), s.Notes.Purge(ctx, "a"), s.Notes.Save(ctx, noteOf("a", "made anew")))
	held.Content = "stale"
	wantConflict(t, s.Notes.Save(ctx, held))
}

// TestStaleAfterPrune: nor do revisions begin again where their history was removed.
func TestStaleAfterPrune(t *testing.T) {
	ctx, now := t.Context(), time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)
	s := testdb.Open(t, func(o *repo.Options) { o.Now = func() time.Time { return now } })
	held, setting := noteOf("a", "held"), &schema.Setting{Key: "k", Value: `1`}
	must(t, s.Notes.Save(ctx, held), s.Settings.Save(ctx, setting), s.Settings.Delete(ctx, "k"))
	testdb.Shell(t, s, "DELETE FROM notes WHERE id = 'a';")
	now = now.AddDate(1, 0, 0)
	if _, err := s.History.SetRetention(ctx, time.Hour); err != nil {
		t.Fatal(err)
	}
	must(t, s.Notes.Save(ctx, noteOf("a", "made anew")), s.Settings.Save(ctx, &schema.Setting{Key: "k", Value: `2`}))
	held.Content, setting.Value = "stale", `3`
	wantConflict(t, s.Notes.Save(ctx, held))
	wantConflict(t, s.Settings.Save(ctx, setting))
}

// TestStaleUnderAnotherID: a value whose id was changed to the one of another record does
// not overwrite that because the two are at the same revision.
func TestStaleUnderAnotherID(t *testing.T) {
	ctx, s := t.Context(), testdb.Open(t)
	must(t, s.Notes.Save(ctx, noteOf("a", "a"), noteOf("b", "b")))
	must(t, s.Settings.Save(ctx, &schema.Setting{Key: "a", Value: `"a"`}), s.Settings.Save(ctx, &schema.Setting{Key: "b", Value: `"b"`}))
	a, err := s.Notes.Get(ctx, "a")
	must(t, err)
	a.ID = "b"
	wantConflict(t, s.Notes.Save(ctx, &a))
	setting, err := s.Settings.Get(ctx, "a")
	must(t, err)
	setting.Key = "b"
	wantConflict(t, s.Settings.Save(ctx, &setting))
	if b, err := s.Notes.Get(ctx, "b"); err != nil || b.Content != "b" {
		t.Errorf("note b is %q, %v", b.Content, err)
	}
	if b, err := s.Settings.Get(ctx, "b"); err != nil || b.Value != `"b"` {
		t.Errorf("setting b is %q, %v", b.Value, err)
	}
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// TestFailedUpdateRepeated: what an Update that failed had saved is as it was before, so
// that the same closure can be run again.
func TestFailedUpdateRepeated(t *testing.T) {
	ctx, s := t.Context(), testdb.Open(t)
	old := noteOf("old", "first")
	session := &schema.Session{Head: schema.Head{ID: "s"}, Name: "S", Status: "completed", StartTime: "2026-11-01T10:00:00.000Z", Tags: []string{"x"},
		Screenshots: []schema.Screenshot{{Timestamp: "2026-11-01T10:00:00.000Z"}}}
	setting := &schema.Setting{Key: "k", Value: `1`}
	must(t, s.Notes.Save(ctx, old), s.Settings.Save(ctx, setting))
	fresh, shot := noteOf("", "new"), &schema.Screenshot{Timestamp: "2026-11-01T10:01:00.000Z"}
	fresh.ID = "fresh"
	old.Content, setting.Value = "second", `2`
	broken := errors.New("broken")
	work := func(fail error) func(context.Context, *repo.Tx) error {
		return func(ctx context.Context, tx *repo.Tx) error {
			return errors.Join(tx.Notes.Save(ctx, old, fresh), tx.Settings.Save(ctx, setting), tx.Sessions.Save(ctx, session),
				tx.Sessions.Screenshots.Add(ctx, "s", shot), fail)
		}
	}
	before := []any{old.Head, fresh.Head, *setting, session.Head, session.Screenshots[0].PK, shot.PK}
	state := func() []any {
		return []any{old.Head, fresh.Head, *setting, session.Head, session.Screenshots[0].PK, shot.PK}
	}
	if err := s.Update(ctx, work(broken)); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if after := state(); !reflect.DeepEqual(before, after) {
		t.Errorf("an Update that failed left\n%v, want\n%v", after, before)
	}
	func() {
		defer func() { _ = recover() }()
		_ = s.Update(ctx, func(ctx context.Context, tx *repo.Tx) error {
			if err := work(nil)(ctx, tx); err != nil {
				t.Error(err)
			}
			panic("broken")
		})
	}()
	if after := state(); !reflect.DeepEqual(before, after) {
		t.Errorf("an Update that panicked left\n%v, want\n%v", after, before)
	}
	must(t, s.Update(ctx, work(nil)))
	if old.Rev != 2 || fresh.Rev != 1 || setting.Rev != 2 || session.Rev != 1 || shot.PK == 0 {
		t.Errorf("revisions %d %d %d %d, key %d", old.Rev, fresh.Rev, setting.Rev, session.Rev, shot.PK)
	}
	must(t, s.Notes.Save(ctx, old), s.Settings.Save(ctx, setting))
}

// TestFailedSaveRepeated: a save that failed after it had put contents into the store, and
// then is repeated, has the row of its content. That there is none is found by the check
// at the end of the test.
func TestFailedSaveRepeated(t *testing.T) {
	ctx, s := t.Context(), testdb.Open(t)
	must(t, s.Notes.Save(ctx, noteOf("taken", "there")))
	note := noteOf("n", "with a picture")
	note.Attachments = []schema.InlineAttachment{{FileInfo: schema.FileInfo{Type: "image", Name: "p.png", Base64: schema.Content{Text: "aGVsbG8gd29ybGQ="}}}}
	if err := s.Notes.Save(ctx, note, noteOf("taken", "again")); !errors.Is(err, repo.ErrExists) {
		t.Fatal(err)
	}
	must(t, s.Notes.Save(ctx, note))
	st, err := s.Status(ctx)
	must(t, err)
	if st.Blobs.Count != 1 {
		t.Errorf("%d contents are known, want 1", st.Blobs.Count)
	}
}

// TestNoChange: what changes nothing of a session does not keep a revision, and what does
// not concern its editor does not throw his work away.
func TestNoChange(t *testing.T) {
	ctx, s := t.Context(), testdb.Open(t)
	session := &schema.Session{Head: schema.Head{ID: "s"}, Name: "S", Status: "completed", StartTime: "2026-11-01T10:00:00.000Z",
		Screenshots: []schema.Screenshot{{Item: schema.Item{ID: "x"}, Timestamp: "2026-11-01T10:00:00.000Z"}}}
	must(t, s.Sessions.Save(ctx, session))
	editor, err := s.Sessions.Get(ctx, "s", repo.Full)
	must(t, err)
	if _, err := s.Sessions.Screenshots.Update(ctx, "s", "x", func(*schema.Screenshot) error { return nil }); err != nil {
		t.Fatal(err)
	}
	lock, err := s.Sessions.Lock(ctx, "s", "enricher", time.Hour)
	must(t, err)
	if past, err := s.Sessions.History(ctx, "s"); err != nil || len(past) != 0 {
		t.Errorf("%d revisions of no change, %v", len(past), err)
	}
	editor.Name = "edited"
	if err := s.Sessions.Save(ctx, &editor); err != nil {
		t.Errorf("the editor: %v", err)
	}
	now, err := s.Sessions.Get(ctx, "s")
	must(t, err)
	if now.Name != "edited" || !strings.Contains(string(now.EnrichmentLock), lock.By) {
		t.Errorf("name %q, lock %s", now.Name, now.EnrichmentLock)
	}
	if _, err := s.Sessions.Lock(ctx, "s", "another", time.Hour); !errors.Is(err, repo.ErrLocked) {
		t.Errorf("locked twice: %v", err)
	}
	must(t, s.Sessions.Unlock(ctx, "s", "enricher"))
	if now, err = s.Sessions.Get(ctx, "s"); err != nil || now.EnrichmentLock != "" {
		t.Errorf("lock %s, %v", now.EnrichmentLock, err)
	}
	if past, err := s.Sessions.History(ctx, "s"); err != nil || len(past) != 1 {
		t.Errorf("%d revisions, %v", len(past), err)
	}
}

// TestBounds: the largest limit is one, and a title of nothing is not found.
func TestBounds(t *testing.T) {
	ctx, s := t.Context(), testdb.Open(t)
	must(t, s.Notes.Save(ctx, noteOf("a", "a"), noteOf("b", "b")))
	if page, err := s.Notes.List(ctx, repo.Query{Limit: math.MaxInt}); err != nil || len(page.Items) != 2 || page.Next != "" {
		t.Errorf("%d records, next %q, %v", len(page.Items), page.Next, err)
	}
	if hits, err := s.Search(ctx, repo.Search{Query: repo.Query{Text: "a", Limit: math.MaxInt}}); err != nil || len(hits.Hits) != 1 {
		t.Errorf("%d hits, %v", len(hits.Hits), err)
	}
	if _, err := s.Notes.Title(ctx, "none"); !errors.Is(err, repo.ErrNotFound) {
		t.Errorf("the title of nothing: %v", err)
	}
}

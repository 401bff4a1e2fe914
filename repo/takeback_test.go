package repo_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/repo/contents"
	"taskstore/schema"
)

var errBroken = errors.New("broken")

// withPicture is a note with a picture that is not in the store yet.
func withPicture(id string) *schema.Note {
	n := noteOf(id, "with a picture")
	n.Attachments = []schema.InlineAttachment{{FileInfo: schema.FileInfo{Type: "image", Name: "p.png", Base64: schema.Content{Text: "aGVsbG8gd29ybGQ="}}}}
	return n
}

// TestFailedSaveLeavesContents: a save that failed leaves the bytes in the value, so that
// it can be repeated wherever: here in another store, which has never seen them.
func TestFailedSaveLeavesContents(t *testing.T) {
	ctx, s, other := t.Context(), testdb.Open(t), testdb.Open(t)
	must(t, s.Notes.Save(ctx, noteOf("taken", "there")))
	note := withPicture("n")
	want := note.Attachments[0]
	failures := map[string]func() error{
		"Save": func() error { return s.Notes.Save(ctx, note, noteOf("taken", "again")) },
		"Update": func() error {
			return s.Update(ctx, func(ctx context.Context, tx *repo.Tx) error {
				return errors.Join(tx.Notes.Save(ctx, note), errBroken)
			})
		},
		"Load": func() error {
			return s.Load(ctx, func(ctx context.Context, tx *repo.Tx) error {
				return errors.Join(tx.Notes.Save(ctx, note), errBroken)
			})
		},
		"invalid": func() error {
			bad := noteOf("bad", "bad")
			bad.Timestamp = "yesterday"
			return s.Notes.Save(ctx, note, bad)
		},
	}
	for name, fail := range failures {
		if err := fail(); err == nil {
			t.Fatalf("%s did not fail", name)
		}
		if got := note.Attachments[0].FileInfo; !reflect.DeepEqual(got, want.FileInfo) {
			t.Errorf("%s left %+v, want %+v", name, got, want.FileInfo)
		}
	}
	must(t, other.Notes.Save(ctx, note))
	note.PK, note.Rev, note.Lists, note.Attachments[0].PK = 0, 0, "", 0
	note.Attachments[0].Base64 = want.Base64
	must(t, s.Notes.Save(ctx, note))
}

// TestFailedAddLeavesItem: an item that could not be added to one session can be added to
// another.
func TestFailedAddLeavesItem(t *testing.T) {
	ctx, s := t.Context(), testdb.Open(t)
	session := &schema.Session{Head: schema.Head{ID: "s"}, Name: "S", Status: "completed", StartTime: "2026-11-01T10:00:00.000Z"}
	must(t, s.Sessions.Save(ctx, session))
	shot := &schema.Screenshot{Item: schema.Item{ID: "x"}, Timestamp: "2026-11-01T10:00:00.000Z"}
	if err := s.Sessions.Screenshots.Add(ctx, "none", shot); !errors.Is(err, repo.ErrNotFound) {
		t.Fatal(err)
	}
	must(t, s.Sessions.Screenshots.Add(ctx, "s", shot))
	if shot.SessionID != "s" {
		t.Errorf("the item of session s says that it is of %q", shot.SessionID)
	}
}

// TestFailedBringBack: what an Update that failed brought back is as it was before.
func TestFailedBringBack(t *testing.T) {
	ctx, s := t.Context(), testdb.Open(t)
	must(t, s.Notes.Save(ctx, noteOf("a", "one")))
	v, err := s.Notes.Get(ctx, "a", repo.Full)
	must(t, err)
	must(t, s.Notes.Delete(ctx, "a"))
	v.PK, v.Rev, v.Lists = 0, 7, "" // as in the backup that it comes from
	before := v.Head
	if err := s.Update(ctx, func(ctx context.Context, tx *repo.Tx) error {
		_, err := tx.Notes.BringBack(ctx, &v)
		return errors.Join(err, errBroken)
	}); !errors.Is(err, errBroken) {
		t.Fatal(err)
	}
	if v.Head != before {
		t.Errorf("left %+v, want %+v", v.Head, before)
	}
}

// TestStaleUnderReusedKey: the key of a record that was purged may be the next one's; that
// does not make them one record.
func TestStaleUnderReusedKey(t *testing.T) {
	ctx, s := t.Context(), testdb.Open(t)
	held := noteOf("a", "a")
	must(t, s.Notes.Save(ctx, held), s.Notes.Purge(ctx, "a"), s.Notes.Save(ctx, noteOf("b", "b")))
	held.ID, held.Content = "b", "stale"
	wantConflict(t, s.Notes.Save(ctx, held))
}

// TestNoChangeOfContent: to put the same bytes into an item again is no new state of it, and
// brings its content back all the same.
func TestNoChangeOfContent(t *testing.T) {
	ctx, s := t.Context(), testdb.Open(t)
	const text = "data:image/png;base64,aGVsbG8gd29ybGQ="
	shot := schema.Screenshot{Item: schema.Item{ID: "x"}, Timestamp: "2026-11-01T10:00:00.000Z", AttachmentData: schema.Content{Text: text}}
	session := &schema.Session{Head: schema.Head{ID: "s"}, Name: "S", Status: "completed", StartTime: "2026-11-01T10:00:00.000Z", Screenshots: []schema.Screenshot{shot}}
	must(t, s.Sessions.Save(ctx, session))
	sha := session.Screenshots[0].AttachmentData.Blob
	files, err := filepath.Glob(filepath.Join(s.Dir(), "blobs", "*", sha+"*"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	must(t, os.Remove(files[0]))
	if _, err := s.Contents.Scrub(ctx, contents.ScrubOptions{}); err != nil {
		t.Fatal(err)
	}
	bad := func() int64 {
		st, err := s.Status(ctx)
		must(t, err)
		return st.BadContents
	}
	if bad() != 1 {
		t.Fatal("the scrub has not noted the content that is gone")
	}
	_, err = s.Sessions.Screenshots.Update(ctx, "s", "x", func(v *schema.Screenshot) error {
		v.AttachmentData = schema.Content{Text: text}
		return nil
	})
	must(t, err)
	if n := bad(); n != 0 {
		t.Errorf("%d contents are bad after the bytes were put again", n)
	}
	if past, err := s.Sessions.History(ctx, "s"); err != nil || len(past) != 0 {
		t.Errorf("%d revisions of no change, %v", len(past), err)
	}
}

// TestLoadFlat: what is saved in one transaction and let go by its caller is let go.
func TestLoadFlat(t *testing.T) {
	ctx, s := t.Context(), testdb.Open(t)
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	must(t, s.Load(ctx, func(ctx context.Context, tx *repo.Tx) error {
		before := heap()
		for range 200 {
			n := noteOf("", strings.Repeat("x", 100_000))
			if err := tx.Notes.Save(ctx, n); err != nil {
				return err
			}
		}
		if grown := int64(heap()) - int64(before); grown > 4<<20 {
			t.Errorf("20 MB of notes in one transaction keep %d bytes", grown)
		}
		return nil
	}))
}

var global = noteOf("global", "in the program's own data")

// TestTakeBackLeavesTheRest: what a callback itself does to a value after it has saved it
// stays when the transaction fails, and several saves of one value are taken back in turn.
func TestTakeBackLeavesTheRest(t *testing.T) {
	ctx, s := t.Context(), testdb.Open(t)
	*global = *noteOf("global", "first")
	page := withPicture("page")
	if err := s.Update(ctx, func(ctx context.Context, tx *repo.Tx) error {
		for _, v := range []*schema.Note{global, page} {
			must(t, tx.Notes.Save(ctx, v))
			v.Content = "second"
			must(t, tx.Notes.Save(ctx, v))
		}
		if global.Rev != 2 || page.Attachments[0].Base64.Blob == "" {
			t.Errorf("inside: revision %d, content %+v", global.Rev, page.Attachments[0].Base64)
		}
		page.Attachments[0].Base64 = schema.Content{Text: "Ynll"}
		return errBroken
	}); !errors.Is(err, errBroken) {
		t.Fatal(err)
	}
	if global.Rev != 0 || global.PK != 0 || global.Stored != "" || global.Content != "second" {
		t.Errorf("left %+v %q", global.Head, global.Content)
	}
	if got := page.Attachments[0].Base64; got != (schema.Content{Text: "Ynll"}) {
		t.Errorf("left %+v", got)
	}
	must(t, s.Notes.Save(ctx, global, page))
}

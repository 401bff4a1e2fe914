package repo_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"taskstore/blobs"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/repo/contents"
)

// TestCollectBetween: another process collects, and removes for good, what a save
// has put or found and not yet written down.
func TestCollectBetween(t *testing.T) {
	s := testdb.Open(t)
	ctx := t.Context()
	var between func()
	other := testdb.Reopen(t, s.Dir())
	mine := testdb.Reopen(t, s.Dir(), func(o *repo.Options) {
		o.Now = func() time.Time {
			if do := between; do != nil {
				between = nil
				do()
			}
			return time.Now()
		}
	})
	for _, ends := range []bool{false, true} {
		text := fmt.Sprintf("found and collected, removed %v", ends)
		info, err := other.Contents.Put(ctx, strings.NewReader(text), "")
		fatal(t, err)
		between = func() {
			if rep := gc(t, other, 0); rep.Trashed.Count != 1 {
				t.Errorf("collected in between: %+v", rep)
			}
			if ends {
				_, err := other.Contents.EmptyTrash(ctx, contents.EmptyOptions{})
				fatal(t, err)
			}
		}
		attach(t, mine, text, text)
		if between != nil {
			t.Fatal("nothing came in between")
		}
		if !there(t, mine, info.SHA256) || inTrash(t, mine, info.SHA256) {
			t.Errorf("%s: a row names a content that is not there", text)
		}
	}
}

// TestCollectSettles: whatever a crash, or a backup of the database that was put
// back, leaves of the trash, a collection puts right.
func TestCollectSettles(t *testing.T) {
	s := testdb.Open(t)
	ctx := t.Context()
	dir, err := blobs.Open(filepath.Join(s.Dir(), "blobs"), blobs.Options{})
	fatal(t, err)
	needed, free := attach(t, s, "needed", "needed"), attach(t, s, "free", "free")
	gone, back := attach(t, s, "gone", "gone"), attach(t, s, "back", "back")
	fatal(t, s.Attachments.Purge(ctx, "free", "gone", "back"))
	gc(t, s, 0)
	// The files were moved and the transaction was lost, for one that is needed and one that is not.
	fatal(t, s.Contents.Restore(ctx, free))
	fatal(t, dir.Trash(ctx, needed, free))
	// The file was removed, or came back, and the transaction was lost.
	fatal(t, dir.Purge(ctx, gone))
	_, err = dir.Restore(ctx, back)
	fatal(t, err)
	// A file that no row knows, and one that is no content.
	unknown, err := dir.Put(ctx, strings.NewReader(""), blobs.PutOptions{})
	fatal(t, err)
	fatal(t, dir.Trash(ctx, unknown.SHA256))
	fatal(t, os.WriteFile(filepath.Join(s.Dir(), "blobs", "trash", "note.txt"), nil, 0o644))

	rep := gc(t, s, time.Hour)
	if rep.Restored != 1 || !there(t, s, needed) || inTrash(t, s, needed) {
		t.Errorf("what is needed did not come back: %+v", rep)
	}
	if there(t, s, free) || !inTrash(t, s, free) {
		t.Error("a move was not completed")
	}
	if inTrash(t, s, gone) || inTrash(t, s, back) || !there(t, s, back) {
		t.Error("rows of what is not in the trash")
	}
	if !inTrash(t, s, unknown.SHA256) {
		t.Error("a file in the trash that nobody knows of")
	}
	if again, err := s.Contents.Collect(context.WithoutCancel(ctx), contents.CollectOptions{Grace: time.Hour}); err != nil || again.Restored != 0 {
		t.Errorf("again: %+v, %v", again, err)
	}
}

// TestTrashAge: how long a content has been in the trash counts from when the store is known
// to have had it there, not from when it was found without need, nor from what a backup of
// the database says that was put back.
func TestTrashAge(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := testdb.Open(t, c.opt)
	ctx := t.Context()
	dir, err := blobs.Open(filepath.Join(s.Dir(), "blobs"), blobs.Options{})
	fatal(t, err)
	sha := attach(t, s, "a", "a file")
	fatal(t, s.Attachments.Purge(ctx, "a"))
	gc(t, s, 30*24*time.Hour) // notes that nothing needs it
	c.pass(29 * 24 * time.Hour)
	fatal(t, dir.Trash(ctx, sha)) // by a collection that did not come to its end
	empty := func() contents.EmptyReport {
		rep, err := s.Contents.EmptyTrash(ctx, contents.EmptyOptions{Older: 24 * time.Hour})
		fatal(t, err)
		return rep
	}
	if rep := empty(); rep.Removed.Count != 0 || rep.Waiting.Count != 1 || !inTrash(t, s, sha) {
		t.Errorf("in the trash for no time: %+v", rep)
	}
	testdb.Shell(t, s, "DELETE FROM blob_idle")
	c.pass(23 * time.Hour)
	if rep, err := s.Contents.EmptyTrash(ctx, contents.EmptyOptions{Older: time.Hour, DryRun: true}); err != nil || rep.Removed.Count != 0 {
		t.Errorf("of unknown age: %+v, %v", rep, err)
	}
	if rep := empty(); rep.Removed.Count != 0 || rep.Waiting.Count != 1 {
		t.Errorf("noted just now: %+v", rep)
	}
	c.pass(25 * time.Hour)
	if rep := empty(); rep.Removed.Count != 1 || inTrash(t, s, sha) {
		t.Errorf("old enough: %+v", rep)
	}
}

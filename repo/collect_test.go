package repo_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"taskstore/backup"
	"taskstore/blobs"
	"taskstore/importexport/ledger"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/repo/contents"
	"taskstore/schema"
)

// clock is a clock that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *clock) opt(o *repo.Options) { o.Now = c.Now }

// attach saves an attachment with a content and gives the content's name.
func attach(t testing.TB, s *repo.Store, id, text string) string {
	t.Helper()
	a := schema.Attachment{Head: schema.Head{ID: id}}
	a.File.Text = base64.StdEncoding.EncodeToString([]byte(text))
	fatal(t, s.Attachments.Save(t.Context(), &a))
	return a.File.Blob
}

func gc(t testing.TB, s *repo.Store, grace time.Duration) contents.CollectReport {
	t.Helper()
	rep, err := s.Contents.Collect(t.Context(), contents.CollectOptions{Grace: grace})
	fatal(t, err)
	return rep
}

// there tells whether the store has a content, whole.
func there(t testing.TB, s *repo.Store, sha string) bool {
	t.Helper()
	err := s.Contents.Verify(t.Context(), sha)
	if err != nil && !errors.Is(err, repo.ErrNotFound) {
		t.Error(err)
	}
	return err == nil
}

func inTrash(t testing.TB, s *repo.Store, sha string) bool {
	t.Helper()
	list, err := s.Contents.Trash(t.Context())
	fatal(t, err)
	for _, c := range list {
		if c.SHA256 == sha {
			return true
		}
	}
	return false
}

// TestCollect follows a content from its last reference to its end.
func TestCollect(t *testing.T) {
	c := newClock()
	s := testdb.Open(t, c.opt)
	ctx, grace := t.Context(), 10*24*time.Hour
	sha, other := attach(t, s, "a", "content of a"), attach(t, s, "b", "stays")
	attach(t, s, "c", "content of a")
	fatal(t, s.Attachments.Purge(ctx, "c"))
	if gc(t, s, 0); !there(t, s, sha) {
		t.Fatal("one of two references was the last")
	}
	fatal(t, s.Attachments.Delete(ctx, "a"))
	if gc(t, s, 0); !there(t, s, sha) {
		t.Fatal("the trash of records does not keep its contents")
	}
	fatal(t, s.Attachments.Purge(ctx, "a"))
	if rep := gc(t, s, grace); rep.Waiting.Count != 1 || !there(t, s, sha) {
		t.Fatalf("first seen: %+v", rep)
	}
	c.pass(grace - time.Minute)
	if rep := gc(t, s, grace); rep.Trashed.Count != 0 || !there(t, s, sha) {
		t.Fatalf("within the grace period: %+v", rep)
	}
	c.pass(2 * time.Minute)
	if rep, err := s.Contents.Collect(ctx, contents.CollectOptions{Grace: grace, DryRun: true}); err != nil || rep.Trashed.Count != 1 || !there(t, s, sha) {
		t.Fatalf("dry run: %+v, %v", rep, err)
	}
	if rep := gc(t, s, grace); rep.Trashed.Count != 1 || there(t, s, sha) || !inTrash(t, s, sha) {
		t.Fatalf("after the grace period: %+v", rep)
	}
	fatal(t, s.Contents.Restore(ctx, sha))
	if rep := gc(t, s, grace); rep.Waiting.Count != 1 || !there(t, s, sha) || inTrash(t, s, sha) {
		t.Fatalf("restored, and the period begins again: %+v", rep)
	}
	gc(t, s, 0)
	if rep, err := s.Contents.EmptyTrash(ctx, contents.EmptyOptions{Older: time.Hour}); err != nil || rep.Removed.Count != 0 || rep.Waiting.Count != 1 {
		t.Fatalf("not old enough: %+v, %v", rep, err)
	}
	c.pass(2 * time.Hour)
	if rep, err := s.Contents.EmptyTrash(ctx, contents.EmptyOptions{Older: time.Hour}); err != nil || rep.Removed.Count != 1 || inTrash(t, s, sha) {
		t.Fatalf("emptied: %+v, %v", rep, err)
	}
	if err := s.Contents.Restore(ctx, sha); !errors.Is(err, repo.ErrNotFound) {
		t.Errorf("restore of what was removed: %v", err)
	}
	if !there(t, s, other) {
		t.Error("a content that is needed was removed")
	}
}

// TestCollectRevives: what is in the trash comes back when it is put, named or
// needed again.
func TestCollectRevives(t *testing.T) {
	s := testdb.Open(t)
	ctx := t.Context()
	put := func(text string) string {
		info, err := s.Contents.Put(ctx, strings.NewReader(text), "")
		fatal(t, err)
		return info.SHA256
	}
	for name, revive := range map[string]func(text, sha string){
		"saved as text": func(text, sha string) { attach(t, s, text, text) },
		"put":           func(text, sha string) { put(text) },
		"put with others": func(text, sha string) {
			for _, err := range s.Contents.PutAll(ctx, func(yield func(blobs.Source) bool) { yield(blobs.Bytes([]byte(text), "")) }) {
				fatal(t, err)
			}
		},
		"named": func(text, sha string) {
			a := schema.Attachment{Head: schema.Head{ID: text}, File: schema.Content{Blob: sha, Form: schema.FormFile}}
			fatal(t, s.Attachments.Save(ctx, &a))
		},
		"restored": func(text, sha string) { fatal(t, s.Contents.Restore(ctx, sha)) },
	} {
		text := "content that is " + name
		sha := put(text)
		if gc(t, s, 0); there(t, s, sha) || !inTrash(t, s, sha) {
			t.Fatalf("%s: not in the trash", name)
		}
		revive(text, sha)
		if !there(t, s, sha) || inTrash(t, s, sha) {
			t.Errorf("%s: not back", name)
		}
		if c, err := s.Contents.Get(ctx, sha); err != nil || c.Size != int64(len(text)) {
			t.Errorf("%s: its row: %+v, %v", name, c, err)
		}
	}
}

// TestCollectKeeps: everything that keeps a content.
func TestCollectKeeps(t *testing.T) {
	s := testdb.Open(t)
	ctx := t.Context()
	verbatim := "data:text/plain,not base64"
	a := schema.Attachment{Head: schema.Head{ID: "verbatim"}}
	a.Base64.Text = verbatim
	fatal(t, s.Attachments.Save(ctx, &a))
	text, _ := a.Base64.Verbatim()

	b := schema.Attachment{Head: schema.Head{ID: "changed"}}
	b.File.Text = "b25jZQ=="
	fatal(t, s.Attachments.Save(ctx, &b))
	once := b.File.Blob
	b.File = schema.Content{Text: "dHdpY2U="}
	fatal(t, s.Attachments.Save(ctx, &b))

	foreign := attach(t, s, "foreign", "what the other tool overwrote")
	testdb.Shell(t, s, "UPDATE attachments SET file_blob = NULL, file_form = NULL WHERE id = 'foreign';")

	info, err := s.Contents.Put(ctx, strings.NewReader("set aside"), "")
	fatal(t, err)
	run, err := ledger.Of(s).Begin(ctx, "somewhere", "hash")
	fatal(t, err)
	fatal(t, ledger.Of(s).AddQuarantined(ctx, ledger.Quarantined{Run: run.PK, File: "f", Code: "c", Reason: "r", Blob: info.SHA256, Size: 9}))

	lost, err := s.Contents.Put(ctx, strings.NewReader("of a version that lost"), "")
	fatal(t, err)
	_, err = ledger.Of(s).AddVersion(ctx, ledger.Version{Kind: "attachment", ID: "changed", SHA256: "v",
		State: schema.JSON(fmt.Sprintf(`{"_file":{"_blob":"%s","_form":"verbatim:%s"}}`, info.SHA256, lost.SHA256))})
	fatal(t, err)

	backed := attach(t, s, "backed", "in a backup")
	b1, _, err := s.Backup(ctx, backup.CreateOptions{Reason: backup.Manual})
	fatal(t, err)
	fatal(t, errors.Join(s.Attachments.Delete(ctx, "backed"), s.Attachments.Purge(ctx, "backed")))

	rep := gc(t, s, 0)
	for name, sha := range map[string]string{"a live row": b.File.Blob, "the bytes of a text": a.Base64.Blob, "a text": text, "a kept state": once,
		"a state that another tool overwrote": foreign, "the quarantine": info.SHA256, "a version": lost.SHA256, "a backup": backed} {
		if !there(t, s, sha) {
			t.Errorf("%s does not keep its content", name)
		}
	}
	if rep.Kept.Count != 1 || rep.Trashed.Count != 0 {
		t.Errorf("%+v", rep)
	}
	manifest := filepath.Join(s.Dir(), "backups", b1.ID+".json")
	fatal(t, errors.Join(os.Chmod(manifest, 0o600), os.WriteFile(manifest, []byte("rubbish"), 0o600)))
	if _, err := s.Contents.Collect(ctx, contents.CollectOptions{}); err == nil || !there(t, s, backed) {
		t.Errorf("collected without knowing what backups need: %v", err)
	}
	if _, err := s.Contents.EmptyTrash(ctx, contents.EmptyOptions{}); err == nil {
		t.Errorf("emptied without knowing what backups need: %v", err)
	}
	fatal(t, os.RemoveAll(filepath.Dir(manifest))) // the check at the end finds it
}

// TestCollectWaitsForBackups: a backup that is on its way is waited for, because
// nobody knows yet what it will name.
func TestCollectWaitsForBackups(t *testing.T) {
	s := testdb.Open(t)
	_, err := s.Contents.Put(t.Context(), strings.NewReader("nobody needs it"), "")
	fatal(t, err)
	for name, act := range map[string]func(context.Context) error{
		"collect": func(ctx context.Context) error {
			_, err := s.Contents.Collect(ctx, contents.CollectOptions{})
			return err
		},
		"empty": func(ctx context.Context) error {
			_, err := s.Contents.EmptyTrash(ctx, contents.EmptyOptions{})
			return err
		},
	} {
		fatal(t, s.Backups().Hold(t.Context(), func() error {
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			if err := act(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s beside a backup: %v", name, err)
			}
			return nil
		}))
		fatal(t, act(t.Context()))
	}
}

package recovery_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"taskstore/backup"
	"taskstore/backup/recovery"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// clock stands still until it is moved. Who waits for it is woken by that.
type clock struct {
	mu      sync.Mutex
	now     time.Time
	waiting []waiter
	asked   chan time.Duration // told of each wait
}

type waiter struct {
	at time.Time
	c  chan time.Time
}

func newClock() *clock {
	return &clock{now: time.Date(2026, 5, 4, 3, 0, 0, 0, time.UTC), asked: make(chan time.Duration, 100)}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Millisecond)
	return c.now
}

func (c *clock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := waiter{c.now.Add(d), make(chan time.Time, 1)}
	c.waiting = append(c.waiting, w)
	c.asked <- d
	return w.c
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	var left []waiter
	for _, w := range c.waiting {
		if w.at.After(c.now) {
			left = append(left, w)
		} else {
			w.c <- c.now
		}
	}
	c.waiting = left
}

// filled is a store with some of everything, and an attachment with a content.
func filled(t *testing.T) *repo.Store {
	t.Helper()
	s := testdb.Open(t)
	ctx := t.Context()
	for _, id := range []string{"t1", "t2", "t3"} {
		fatal(t, s.Tasks.Save(ctx, &schema.Task{Head: schema.Head{ID: id}, Title: "task " + id, Status: "todo", Tags: []string{"a", "b"}}))
	}
	fatal(t, s.Notes.Save(ctx, &schema.Note{Head: schema.Head{ID: "n1"}, Content: "a note"}))
	fatal(t, s.Sessions.Save(ctx, &schema.Session{Head: schema.Head{ID: "s1"}, Name: "a session", Screenshots: []schema.Screenshot{{Item: schema.Item{ID: "shot1"}}}}))
	fatal(t, s.Settings.Save(ctx, &schema.Setting{Key: "theme", Value: `"dark"`}))
	fatal(t, s.Attachments.Save(ctx, &schema.Attachment{Head: schema.Head{ID: "a1"}, FileInfo: schema.FileInfo{Base64: schema.Content{Text: "aGVsbG8gd29ybGQ="}}}))
	return s
}

func create(t *testing.T, s *repo.Store) backup.Backup {
	t.Helper()
	b, made, err := recovery.Create(t.Context(), s.Dir(), recovery.CreateOptions{})
	if err != nil || !made {
		t.Fatalf("made %v, %v", made, err)
	}
	return b
}

// content is the file of the one content of a filled store.
func content(t *testing.T, dir string) string {
	t.Helper()
	found, err := filepath.Glob(escape(repo.BlobsDir(dir)) + "/??/*")
	if err != nil || len(found) != 1 {
		t.Fatalf("contents %v, %v", found, err)
	}
	return found[0]
}

// escape makes a pattern of a path that may hold signs of patterns.
func escape(path string) string {
	var out []rune
	for _, r := range path {
		if r == '*' || r == '?' || r == '[' || r == '\\' {
			out = append(out, '\\')
		}
		out = append(out, r)
	}
	return string(out)
}

func wantCounts(t *testing.T, dir string, tasks int64) {
	t.Helper()
	s, err := repo.Open(context.Background(), dir, repo.Options{ReadOnly: true})
	fatal(t, err)
	st, err := s.Status(t.Context())
	if err = errors.Join(err, s.Close()); err != nil || st.Counts["tasks"] != tasks {
		t.Errorf("%d tasks, %v", st.Counts["tasks"], err)
	}
}

func write(t *testing.T, name string, bytes []byte) {
	t.Helper()
	fatal(t, os.WriteFile(name, bytes, 0o600))
}

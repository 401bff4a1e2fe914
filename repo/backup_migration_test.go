package repo

import (
	"context"
	"testing"
	"time"

	"taskstore/backup"
	"taskstore/repo/internal/opening"
	"taskstore/schema"
)

// TestSnapshot: before a migration a backup is made like any other, and what it
// gives puts it back.
func TestSnapshot(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	s, err := Open(ctx, dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Notes.Save(ctx, &schema.Note{Head: schema.Head{ID: "n"}, Content: "x"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	putBack, err := opening.Snapshot(ctx, s.dir, s.opt.opening())
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.Backups().List(ctx)
	if err != nil || len(list) != 1 || list[0].Reason != backup.PreMigration || !list[0].Good() {
		t.Fatalf("%+v, %v", list, err)
	}
	if s, err = Open(ctx, dir, Options{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Notes.Purge(ctx, "n"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := putBack(ctx); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(ctx, dir, Options{}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if n, err := s.Notes.Count(ctx, Query{}); err != nil || n != 1 {
		t.Errorf("%d notes, %v", n, err)
	}
}

// TestLockDir: an open store is held, and one that is held alone cannot be opened.
func TestLockDir(t *testing.T) {
	ctx := context.Background()
	s, err := Open(ctx, t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := LockDir(ctx, s.Dir(), 20*time.Millisecond); err == nil {
		t.Error("an open store was locked")
	}
	shared, err := ShareDir(ctx, s.Dir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := shared(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	release, err := LockDir(ctx, s.Dir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, s.Dir(), Options{Busy: 20 * time.Millisecond}); err == nil {
		t.Error("a locked store was opened")
	}
	if err := release(); err != nil {
		t.Error(err)
	}
}

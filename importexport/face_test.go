package importexport_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"taskstore/importexport"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// notes is how a program substitutes a repository in its tests.
func notes(s *repo.Store) repo.Repository[schema.Note] { return s.Notes }

// TestFace is a program that uses the public names as their users do. It is not
// changed when the packages behind the names are: that it still builds and runs is
// the promise.
func TestFace(t *testing.T) {
	ctx := t.Context()
	store := testdb.Open(t)
	writeFace(ctx, t, store)
	readFace(ctx, t, store)
	copyFace(ctx, t, store)
	faceErrors(ctx, t, store)
}

func writeFace(ctx context.Context, t *testing.T, store *repo.Store) {
	t.Helper()
	note := &schema.Note{Head: schema.Head{ID: "n1"}, Content: "the first words", Timestamp: "2026-01-02T03:04:05.000Z", Tags: []string{"work"}}
	if err := notes(store).Save(ctx, note); err != nil {
		t.Fatal(err)
	}
	err := store.Update(ctx, func(ctx context.Context, tx *repo.Tx) error {
		session := &schema.Session{Head: schema.Head{ID: "s1"}, Name: "A session", Status: "completed", StartTime: "2026-01-02T03:00:00.000Z"}
		if err := tx.Sessions.Save(ctx, session); err != nil {
			return err
		}
		shot := &schema.Screenshot{Timestamp: "2026-01-02T03:01:00.000Z", UserComment: "what was seen"}
		if err := tx.Sessions.Screenshots.Add(ctx, "s1", shot); err != nil {
			return err
		}
		return tx.Settings.Save(ctx, &schema.Setting{Key: "theme", Value: `"dark"`})
	})
	if err != nil {
		t.Fatal(err)
	}
	err = store.Load(ctx, func(ctx context.Context, tx *repo.Tx) error {
		for i := range 5 {
			if err := tx.Tasks.Save(ctx, &schema.Task{Head: schema.Head{ID: fmt.Sprint("t", i)}, Title: fmt.Sprint("Task ", i), Status: "todo", CreatedAt: "2026-01-02T03:04:05.000Z"}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Tasks.Modify(ctx, "t1", func(v *schema.Task) error { v.Status = "done"; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(store.Tasks.Delete(ctx, "t2"), store.Tasks.Delete(ctx, "t3"), store.Tasks.Restore(ctx, "t3"), store.Tasks.Purge(ctx, "t2")); err != nil {
		t.Fatal(err)
	}
}

func readFace(ctx context.Context, t *testing.T, store *repo.Store) {
	t.Helper()
	page, err := store.Tasks.List(ctx, repo.Query{Status: []string{"todo"}, Sort: repo.SortTitle, Limit: 2})
	if err != nil || len(page.Items) != 2 || page.Next == "" {
		t.Fatalf("%d tasks, next %q, %v", len(page.Items), page.Next, err)
	}
	var rest repo.Page[schema.Task]
	if rest, err = store.Tasks.Find(ctx, repo.Query{Status: []string{"todo"}, Sort: repo.SortTitle, Limit: 2, After: page.Next}); err != nil || len(rest.Items) != 1 {
		t.Fatalf("%d tasks, %v", len(rest.Items), err)
	}
	n := 0
	for _, err := range store.Tasks.All(ctx, repo.Query{From: "2026-01-01T00:00:00.000Z", To: "2027-01-01T00:00:00.000Z"}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if count, err := store.Tasks.Count(ctx, repo.Query{}); err != nil || count != n || n != 4 {
		t.Errorf("%d counted, %d read, %v", count, n, err)
	}
	hits, err := store.Search(ctx, repo.Search{Query: repo.Query{Text: "seen"}, Kinds: []string{"session"}, Rank: repo.RankNewest})
	if err != nil || len(hits.Hits) != 1 || hits.Hits[0].ID != "s1" {
		t.Fatalf("hits %v, %v", hits.Hits, err)
	}
	err = store.View(ctx, func(ctx context.Context, tx *repo.Tx) error {
		for shot, err := range tx.Sessions.Screenshots.All(ctx, "s1") {
			if err != nil || shot.UserComment != "what was seen" {
				return fmt.Errorf("screenshot %q: %w", shot.UserComment, err)
			}
		}
		full, err := tx.Sessions.Get(ctx, "s1", repo.Full)
		if err != nil || len(full.Screenshots) != 1 {
			return fmt.Errorf("%d screenshots: %w", len(full.Screenshots), err)
		}
		many, err := tx.Notes.GetMany(ctx, []string{"n1"})
		if err != nil || len(many) != 1 {
			return fmt.Errorf("%d notes: %w", len(many), err)
		}
		theme, err := tx.Settings.Get(ctx, "theme")
		if err == nil && theme.Value != `"dark"` {
			err = fmt.Errorf("theme %s", theme.Value)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if past, err := store.Tasks.History(ctx, "t1"); err != nil || len(past) != 1 {
		t.Errorf("%d revisions, %v", len(past), err)
	}
}

// copyFace takes everything out of the store and into another.
func copyFace(ctx context.Context, t *testing.T, store *repo.Store) {
	t.Helper()
	var out bytes.Buffer
	if _, err := importexport.Export(ctx, store, &out, importexport.FormatJSON, schema.TimeOf(time.Now()), importexport.Options{}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "all.json")
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	other, err := repo.Open(ctx, t.TempDir(), repo.Options{Durability: repo.DurabilityNormal, Readers: 2})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := importexport.Import(ctx, other, file, importexport.ImportOptions{OnConflict: importexport.ConflictFail}); err != nil {
		t.Error(err)
	}
	if n, err := other.Tasks.Count(ctx, repo.Query{}); err != nil || n != 4 {
		t.Errorf("%d tasks, %v", n, err)
	}
	if err := other.Close(); err != nil {
		t.Error(err)
	}
}

func faceErrors(ctx context.Context, t *testing.T, store *repo.Store) {
	t.Helper()
	note, err := store.Notes.Get(ctx, "n1")
	if err != nil {
		t.Fatal(err)
	}
	stale := note
	note.Content, stale.Content = "newer words", "others"
	if err := store.Notes.Save(ctx, &note); err != nil {
		t.Fatal(err)
	}
	_, missing := store.Notes.Get(ctx, "none")
	nested := store.Update(ctx, func(ctx context.Context, _ *repo.Tx) error { return store.Notes.Save(ctx, &note) })
	reading := store.View(ctx, func(ctx context.Context, tx *repo.Tx) error { return tx.Notes.Save(ctx, &note) })
	_, none := repo.Open(ctx, t.TempDir(), repo.Options{ReadOnly: true})
	for want, got := range map[error]error{
		repo.ErrConflict: store.Notes.Save(ctx, &stale),
		repo.ErrExists:   store.Notes.Save(ctx, &schema.Note{Head: schema.Head{ID: "n1"}, Content: "again"}),
		repo.ErrNotFound: missing,
		repo.ErrNested:   nested,
		repo.ErrReadOnly: reading,
		repo.ErrNoStore:  none,
	} {
		if !errors.Is(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
	var invalid *schema.InvalidError
	if _, err := store.Notes.List(ctx, repo.Query{After: "no cursor"}); !errors.As(err, &invalid) {
		t.Errorf("a cursor that is none: %v", err)
	}
	for _, err := range []error{repo.ErrCorrupt, repo.ErrLocked, repo.ErrSchemaTooNew, repo.ErrMigrationNeeded, repo.ErrFull, repo.ErrClosed} {
		if errors.Is(missing, err) {
			t.Errorf("%v is %v", missing, err)
		}
	}
}

package recovery_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"taskstore/backup"
	"taskstore/backup/recovery"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// TestRestore goes back, and undoes it.
func TestRestore(t *testing.T) {
	s := filled(t)
	b := create(t, s)
	fatal(t, s.Tasks.Save(t.Context(), &schema.Task{Head: schema.Head{ID: "t4"}, Title: "later", Status: "todo"}))
	if _, err := recovery.Restore(t.Context(), s.Dir(), b.ID, recovery.RestoreOptions{Wait: 50 * time.Millisecond}); !errors.Is(err, repo.ErrLocked) {
		t.Errorf("while it is in use: %v", err)
	}
	fatal(t, s.Close())
	r, err := recovery.Restore(t.Context(), s.Dir(), b.ID, recovery.RestoreOptions{})
	if err != nil || r.Safety.ID == "" || r.Aside != "" || r.Safety.Reason != backup.PreRestore {
		t.Fatalf("%+v, %v", r, err)
	}
	wantCounts(t, s.Dir(), 3)
	if r, err = recovery.Restore(t.Context(), s.Dir(), r.Safety.ID, recovery.RestoreOptions{}); err != nil {
		t.Fatal(err)
	}
	wantCounts(t, s.Dir(), 4)
	// What is there equals the backup: nothing more is made.
	list, err := s.Backups().List(t.Context())
	if err != nil || len(list) != 3 {
		t.Errorf("%d backups, %v", len(list), err)
	}
}

// TestRestoreWreck: whatever became of store.db, one call brings the store back,
// and what was there is kept byte for byte.
func TestRestoreWreck(t *testing.T) {
	for name, wreck := range map[string]func(t *testing.T, db string){
		"deleted":   func(t *testing.T, db string) { fatal(t, os.Remove(db)) },
		"truncated": func(t *testing.T, db string) { fatal(t, os.Truncate(db, 50_000)) },
		"empty":     func(t *testing.T, db string) { fatal(t, os.Truncate(db, 0)) },
		"zeros":     func(t *testing.T, db string) { write(t, db, make([]byte, 100_000)) },
		"text":      func(t *testing.T, db string) { write(t, db, []byte(strings.Repeat("no database\n", 1000))) },
		"wal": func(t *testing.T, db string) {
			write(t, db+"-wal", []byte(strings.Repeat("junk", 30000)))
			fatal(t, os.Truncate(db, 9000))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := filled(t)
			create(t, s)
			fatal(t, s.Close())
			wreck(t, s.Path())
			was, there := os.ReadFile(s.Path())
			r, err := recovery.Restore(t.Context(), s.Dir(), backup.Latest, recovery.RestoreOptions{})
			if err != nil || r.Safety.ID != "" {
				t.Fatalf("%+v, %v", r, err)
			}
			if (r.Aside == "") != (there != nil) {
				t.Errorf("aside %q", r.Aside)
			}
			if r.Aside != "" {
				is, err := os.ReadFile(filepath.Join(r.Aside, filepath.Base(s.Path())))
				if err != nil || string(is) != string(was) {
					t.Errorf("what was there is not kept: %v", err)
				}
			}
			wantCounts(t, s.Dir(), 3)
		})
	}
}

// TestRestoreRefuses a bad backup, names a good one, and changes nothing.
func TestRestoreRefuses(t *testing.T) {
	s := filled(t)
	good := create(t, s)
	fatal(t, s.Tasks.Save(t.Context(), &schema.Task{Head: schema.Head{ID: "t4"}, Title: "later", Status: "todo"}))
	bad := create(t, s)
	fatal(t, s.Close())
	file := filepath.Join(s.Backups().Dir(), bad.ID+".db.zst")
	text, err := os.ReadFile(file)
	fatal(t, err)
	sound := string(text)
	text[100] ^= 1
	write(t, file, text)
	_, err = recovery.Restore(t.Context(), s.Dir(), bad.ID, recovery.RestoreOptions{})
	var refused *recovery.RefusedError
	if !errors.As(err, &refused) || !errors.Is(err, recovery.ErrBad) || refused.Good == "" || refused.Good == bad.ID {
		t.Fatalf("%v: %+v", err, refused)
	}
	wantCounts(t, s.Dir(), 4)
	if aside, _ := filepath.Glob(escape(s.Path()) + ".aside*"); len(aside) > 0 {
		t.Errorf("left %v", aside)
	}
	_, err = recovery.Restore(t.Context(), s.Dir(), bad.ID, recovery.RestoreOptions{DryRun: true})
	if !errors.Is(err, recovery.ErrBad) {
		t.Errorf("dry run: %v", err)
	}
	if r, err := recovery.Restore(t.Context(), s.Dir(), good.ID, recovery.RestoreOptions{DryRun: true}); err != nil || r.Aside != "" {
		t.Errorf("dry run: %+v, %v", r, err)
	}
	wantCounts(t, s.Dir(), 4)
	write(t, file, []byte(sound))
}

// TestRestoreHeals: contents that the store has lost come from another directory, or
// are named as missing.
func TestRestoreHeals(t *testing.T) {
	s := filled(t)
	to := t.TempDir()
	_, _, err := recovery.Create(t.Context(), s.Dir(), recovery.CreateOptions{To: to})
	fatal(t, err)
	b := create(t, s)
	fatal(t, s.Close())
	fatal(t, os.Remove(content(t, s.Dir())))
	r, err := recovery.Restore(t.Context(), s.Dir(), b.ID, recovery.RestoreOptions{})
	if !errors.Is(err, recovery.ErrMissing) || len(r.Missing) != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	r, err = recovery.Restore(t.Context(), s.Dir(), backup.Latest, recovery.RestoreOptions{From: to})
	if err != nil || r.Brought != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestOnly: one record was changed and one deleted since; exactly the one that is
// asked for comes back, and what it was is in its history.
func TestOnly(t *testing.T) {
	s := filled(t)
	ctx := t.Context()
	b := create(t, s)
	change := func(id string) {
		_, err := s.Tasks.Modify(ctx, id, func(v *schema.Task) error { v.Title, v.Tags = "changed", []string{"c"}; return nil })
		fatal(t, err)
	}
	change("t1")
	change("t2")
	fatal(t, s.Tasks.Delete(ctx, "t3"))
	diff, err := recovery.Diff(ctx, s.Dir(), b.ID, recovery.Live, recovery.Options{})
	if err != nil || len(diff) != 3 || diff[0].Change != recovery.Changed || strings.Join(diff[0].Members, " ") != "tags title" || diff[2].Members[0] != "_trash" {
		t.Errorf("diff %+v, %v", diff, err)
	}
	for _, id := range []string{"t1", "t3"} {
		done, err := recovery.Only(ctx, s, b.ID, recovery.OnlyOptions{Collection: "tasks", ID: id})
		if err != nil || len(done) != 1 || done[0].ID != id {
			t.Fatalf("%+v, %v", done, err)
		}
	}
	first, err := s.Tasks.Get(ctx, "t1")
	if err != nil || first.Title != "task t1" || first.Rev != 3 || len(first.Tags) != 2 {
		t.Errorf("%+v, %v", first, err)
	}
	history, err := s.Tasks.History(ctx, "t1")
	if err != nil || len(history) != 2 || history[0].Origin != repo.OriginRestore || !strings.Contains(string(history[0].State), "changed") {
		t.Errorf("%+v, %v", history, err)
	}
	if second, err := s.Tasks.Get(ctx, "t2"); err != nil || second.Title != "changed" {
		t.Errorf("%+v, %v", second, err)
	}
	if third, err := s.Tasks.Get(ctx, "t3"); err != nil || third.TrashedAt != "" {
		t.Errorf("%+v, %v", third, err)
	}
	if done, err := recovery.Only(ctx, s, b.ID, recovery.OnlyOptions{Collection: "tasks", ID: "t1"}); err != nil || len(done) != 0 {
		t.Errorf("again: %+v, %v", done, err)
	}
	if _, err := recovery.Only(ctx, s, b.ID, recovery.OnlyOptions{Collection: "tasks", ID: "t9"}); !errors.Is(err, repo.ErrNotFound) {
		t.Errorf("one that is not there: %v", err)
	}
}

// TestOnlyBeginning: the beginning of an id is enough where no other begins so.
func TestOnlyBeginning(t *testing.T) {
	s := testdb.Open(t)
	for _, id := range []string{"alike-1", "alike-2", "alik", "single-1"} {
		fatal(t, s.Tasks.Save(t.Context(), &schema.Task{Head: schema.Head{ID: id}, Title: "before"}))
	}
	b := create(t, s)
	for _, id := range []string{"alik", "alike-1", "single-1"} {
		_, err := s.Tasks.Modify(t.Context(), id, func(v *schema.Task) error { v.Title = "after"; return nil })
		fatal(t, err)
	}
	only := func(id string) ([]recovery.Change, error) {
		return recovery.Only(t.Context(), s, b.ID, recovery.OnlyOptions{Collection: "tasks", ID: id})
	}
	for typed, want := range map[string]string{"sing": "single-1", "alike-1": "alike-1", "alik": "alik"} {
		if done, err := only(typed); err != nil || len(done) != 1 || done[0].ID != want {
			t.Errorf("%s: %+v, %v", typed, done, err)
		}
	}
	var invalid *schema.InvalidError
	if _, err := only("alike"); !errors.As(err, &invalid) || !strings.Contains(err.Error(), "alike-1, alike-2") {
		t.Errorf("several: %v", err)
	}
	for _, typed := range []string{"sin", "alike-3"} {
		if _, err := only(typed); !errors.Is(err, repo.ErrNotFound) {
			t.Errorf("%s: %v", typed, err)
		}
	}
}

// TestOnlyAll: what was purged comes back with its content, a session with all its
// lists, a setting with its value.
func TestOnlyAll(t *testing.T) {
	s := filled(t)
	ctx := t.Context()
	b := create(t, s)
	fatal(t, s.Sessions.Screenshots.Add(ctx, "s1", &schema.Screenshot{Item: schema.Item{ID: "shot2"}}))
	_, err := s.Sessions.Modify(ctx, "s1", func(v *schema.Session) error { v.Summary = schema.Document(`{"text":"x"}`); return nil })
	fatal(t, err)
	fatal(t, s.Attachments.Purge(ctx, "a1"))
	theme, err := s.Settings.Get(ctx, "theme")
	fatal(t, err)
	theme.Value = `"light"`
	fatal(t, s.Settings.Save(ctx, &theme))
	for _, collection := range []string{"sessions", "attachments", "settings"} {
		dry, err := recovery.Only(ctx, s, b.ID, recovery.OnlyOptions{Collection: collection, DryRun: true})
		fatal(t, err)
		done, err := recovery.Only(ctx, s, b.ID, recovery.OnlyOptions{Collection: collection})
		if err != nil || len(done) != 1 || len(dry) != 1 {
			t.Errorf("%s: %+v, %+v, %v", collection, dry, done, err)
		}
	}
	diff, err := recovery.Diff(ctx, s.Dir(), b.ID, recovery.Live, recovery.Options{})
	if err != nil || len(diff) != 0 {
		t.Errorf("still differs: %+v, %v", diff, err)
	}
	session, err := s.Sessions.Get(ctx, "s1", repo.Full)
	if err != nil || len(session.Screenshots) != 1 || len(session.Summary) > 0 {
		t.Errorf("%+v, %v", session, err)
	}
	v, err := s.Attachments.Get(ctx, "a1")
	fatal(t, err)
	if text, err := s.Contents.Text(ctx, v.Base64); err != nil || text != "aGVsbG8gd29ybGQ=" {
		t.Errorf("%q, %v", text, err)
	}
	testdb.WantClean(t, s.Dir())
}

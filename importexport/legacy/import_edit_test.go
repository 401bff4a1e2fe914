package legacy_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"taskstore/importexport/legacy"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// someNotes is a content of five plain notes that carry a text and a time.
func someNotes(text, updated string) testdb.LegacyContent {
	return testdb.LegacyContent{Counts: map[string]int{"notes": 5}, Entity: func(_ string, i int) []byte {
		return fmt.Appendf(nil, `{"id":"n%d","content":%q,"summary":"note %d","timestamp":"2025-01-01T00:00:00.000Z","lastUpdated":%q,"source":"other","tags":[],"kept":{"as":[1,2.0]}}`,
			i, text, i, updated)
	}}
}

func summary(t *testing.T, s *repo.Store, id string) string {
	t.Helper()
	n, err := s.Notes.Get(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return n.Summary
}

// TestImportAfterEdits changes, deletes, purges and restores what was imported,
// also with another program; importing the same again leaves all of it as the
// user made it, and the source still verifies.
func TestImportAfterEdits(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	c := someNotes("text", "2025-02-01T00:00:00.000Z")
	testdb.WriteLegacyDir(t, dir, testdb.LegacyOptions{Content: &c})
	s := testdb.Open(t)
	importing(t, s, dir)

	if _, err := s.Notes.Modify(ctx, "n0", func(n *schema.Note) error { n.Summary = "edited"; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Notes.Delete(ctx, "n1", "n2"), s.Notes.Restore(ctx, "n2"), s.Notes.Purge(ctx, "n3")); err != nil {
		t.Fatal(err)
	}
	testdb.Shell(t, s, "UPDATE notes SET summary = 'by another program' WHERE id = 'n4'")
	summary(t, s, "n4")
	edited := dump(t, s, "legacy_steps")

	for range 2 {
		r := importing(t, s, dir)
		if r.Warnings["purged"] != 1 {
			t.Errorf("the purged note is not in the report: %v", r.Warnings)
		}
		wantSame(t, "after the edits", dump(t, s, "legacy_steps"), edited)
	}
	if n, err := s.Notes.Get(ctx, "n0"); err != nil || n.Summary != "edited" {
		t.Errorf("the edit is gone: %q (%v)", n.Summary, err)
	}
	if n, err := s.Notes.Get(ctx, "n1"); err != nil || n.TrashReason != schema.TrashDeleted {
		t.Errorf("the deleted note is %q (%v)", n.TrashReason, err)
	}
	if _, err := s.Notes.Get(ctx, "n3"); !errors.Is(err, repo.ErrNotFound) {
		t.Errorf("the purged note: %v", err)
	}
	if got := summary(t, s, "n4"); got != "by another program" {
		t.Errorf("the foreign edit is gone: %q", got)
	}
	r, err := legacy.Import(ctx, s, dir, legacy.Options{BringBack: true})
	if err != nil || !r.Verified || r.Warnings["purged"] != 0 {
		t.Errorf("brought back: verified %v, %v, %v", r.Verified, r.Warnings, err)
	}
	if n, err := s.Notes.Get(ctx, "n3"); err != nil || n.TrashReason != "" {
		t.Errorf("the note that was brought back: %q, %v", n.TrashReason, err)
	}
	if n, err := s.Notes.Get(ctx, "n1"); err != nil || n.TrashReason != schema.TrashDeleted {
		t.Errorf("the deleted note is %q (%v)", n.TrashReason, err)
	}
	v, err := legacy.Verify(ctx, s, dir, legacy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	wantVerified(t, v)
}

// TestImportCopyAfterEdits imports the same content from a source of another hash,
// as a copy of the directory is that the app wrote to once more: a run of its own,
// whose steps all run.
func TestImportCopyAfterEdits(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := someNotes("text", "2025-02-01T00:00:00.000Z")
	first, second := t.TempDir(), t.TempDir()
	testdb.WriteLegacyDir(t, first, testdb.LegacyOptions{Content: &c, Form: testdb.DirRaw})
	testdb.WriteLegacyDir(t, second, testdb.LegacyOptions{Content: &c, At: testdb.LegacySavedAt.Add(48 * time.Hour)})
	s := testdb.Open(t)
	importing(t, s, first)
	if _, err := s.Notes.Modify(ctx, "n0", func(n *schema.Note) error { n.Summary = "edited"; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Notes.Delete(ctx, "n1"), s.Notes.Purge(ctx, "n3")); err != nil {
		t.Fatal(err)
	}
	testdb.Shell(t, s, "UPDATE notes SET summary = 'by another program' WHERE id = 'n4'")
	summary(t, s, "n4")
	edited := dump(t, s, "legacy_steps", "legacy_runs", "legacy_files", "legacy_records")
	importing(t, s, second)
	wantSame(t, "after the edits", dump(t, s, "legacy_steps", "legacy_runs", "legacy_files", "legacy_records"), edited)
}

// TestImportOlderAndNewer imports what the app had before and after: the newest
// stands, whatever the order, and the other states are in the history.
func TestImportOlderAndNewer(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	states := map[string]testdb.LegacyContent{
		"old": someNotes("old", "2025-01-01T00:00:00.000Z"), "middle": someNotes("middle", "2025-02-01T00:00:00.000Z"), "new": someNotes("new", "2025-03-01T00:00:00.000Z"),
	}
	for _, order := range []string{"old middle new", "new middle old", "middle old new", "middle new old"} {
		t.Run(order, func(t *testing.T) {
			s := testdb.Open(t)
			for i, name := range strings.Fields(order) {
				dir := filepath.Join(t.TempDir(), name)
				content := states[name]
				testdb.WriteLegacyDir(t, dir, testdb.LegacyOptions{Content: &content, At: testdb.LegacySavedAt.Add(time.Duration(len(name)*(i+1)) * time.Hour)})
				importing(t, s, dir)
			}
			newest := states["new"]
			wantLive(t, s, "notes", newest.All("notes"))
			for i := range 5 {
				id := fmt.Sprintf("n%d", i)
				list, err := s.Notes.History(ctx, id)
				if err != nil {
					t.Fatal(err)
				}
				var held []string
				for _, r := range list {
					held = append(held, string(r.State))
				}
				all := strings.Join(held, "\n")
				if len(list) != 2 || !strings.Contains(all, `"old"`) || !strings.Contains(all, `"middle"`) {
					t.Errorf("history of %s holds %d states: %s", id, len(list), all)
				}
			}
		})
	}
}

// TestImportNewerAfterEdit: the app went on, and so did the user of the store. What
// the user wrote later stays and the app's state is kept; what the app wrote later
// comes in and the user's is kept.
func TestImportNewerAfterEdit(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := testdb.Open(t)
	before, after := t.TempDir(), t.TempDir()
	c := someNotes("before", "2025-02-01T00:00:00.000Z")
	testdb.WriteLegacyDir(t, before, testdb.LegacyOptions{Content: &c})
	importing(t, s, before)
	edit := func(id, text string, at schema.Time) {
		t.Helper()
		_, err := s.Notes.Modify(ctx, id, func(n *schema.Note) error { n.Content, n.LastUpdated = text, at; return nil })
		if err != nil {
			t.Fatal(err)
		}
	}
	edit("n0", "edited before the app went on", "2025-02-02T00:00:00.000Z")
	edit("n1", "edited after the app went on", "2026-01-01T00:00:00.000Z")
	c = someNotes("after", "2025-03-01T00:00:00.000Z")
	testdb.WriteLegacyDir(t, after, testdb.LegacyOptions{Content: &c, At: testdb.LegacySavedAt.Add(time.Hour)})
	importing(t, s, after)
	for id, want := range map[string]struct{ live, kept string }{
		"n0": {"after", "edited before the app went on"}, "n1": {"edited after the app went on", "after"}, "n2": {"after", "before"},
	} {
		n, err := s.Notes.Get(ctx, id)
		if err != nil || n.Content != want.live || n.TrashReason != "" {
			t.Errorf("%s is %q in %q, want %q (%v)", id, n.Content, n.TrashReason, want.live, err)
		}
		list, err := s.Notes.History(ctx, id)
		if err != nil || !strings.Contains(fmt.Sprint(list), want.kept) {
			t.Errorf("history of %s lacks %q: %v (%v)", id, want.kept, list, err)
		}
	}
	again := dump(t, s, "legacy_steps")
	importing(t, s, after)
	importing(t, s, before)
	wantSame(t, "both again", dump(t, s, "legacy_steps"), again)
}

// TestImportAfterForeignDelete: another program removed a note that was imported.
// It stays away, and is in the history.
func TestImportAfterForeignDelete(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir, other := t.TempDir(), t.TempDir()
	c := someNotes("text", "2025-02-01T00:00:00.000Z")
	testdb.WriteLegacyDir(t, dir, testdb.LegacyOptions{Content: &c})
	testdb.WriteLegacyDir(t, other, testdb.LegacyOptions{Content: &c, Form: testdb.DirRaw})
	s := testdb.Open(t)
	importing(t, s, dir)
	testdb.Shell(t, s, "DELETE FROM notes WHERE id = 'n2'")
	for _, source := range []string{dir, other} {
		importing(t, s, source)
		if n, err := s.Notes.Get(ctx, "n2"); !errors.Is(err, repo.ErrNotFound) {
			t.Errorf("the note came back: %+v (%v)", n, err)
		}
	}
	if list, err := s.Notes.History(ctx, "n2"); err != nil || len(list) == 0 {
		t.Errorf("its history: %v (%v)", list, err)
	}
}

// TestImportAfterSettingDeleted: a value that was deleted stays away, and comes
// back when the user saves one.
func TestImportAfterSettingDeleted(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := testdb.Open(t)
	for i, form := range []testdb.DirForm{testdb.DirRaw, testdb.DirWrappedV2} {
		dir := t.TempDir()
		testdb.WriteLegacyDir(t, dir, testdb.LegacyOptions{Form: form, Size: testdb.SmallLegacy})
		importing(t, s, dir)
		if i == 0 {
			if err := s.Settings.Delete(ctx, "capture-draft-text"); err != nil {
				t.Fatal(err)
			}
			importing(t, s, dir)
		}
		if v, err := s.Settings.Get(ctx, "capture-draft-text"); !errors.Is(err, repo.ErrNotFound) {
			t.Errorf("%s: it came back: %+v (%v)", form, v, err)
		}
	}
}

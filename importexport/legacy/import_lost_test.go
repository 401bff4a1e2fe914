package legacy_test

import (
	"context"
	"fmt"
	"testing"

	"taskstore/importexport/legacy"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// damaged changes a column of a note and nothing beside it, as a fault of the store's would.
// What it returns undoes that.
func damaged(t *testing.T, s *repo.Store, id, column, value string) (undo func()) {
	t.Helper()
	const ofNotes = " FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'notes'"
	drop := testdb.Shell(t, s, "SELECT 'DROP TRIGGER ' || name || ';'"+ofNotes)
	create := testdb.Shell(t, s, "SELECT sql || ';'"+ofNotes)
	set := func(value string) {
		testdb.Shell(t, s, drop+"UPDATE notes SET "+column+" = "+value+" WHERE id = '"+id+"';"+create)
	}
	before := testdb.Shell(t, s, "SELECT quote("+column+") FROM notes WHERE id = '"+id+"'")
	set(value)
	return func() { set(before) }
}

func verified(t *testing.T, s *repo.Store, dir string) bool {
	t.Helper()
	v, err := legacy.Verify(context.Background(), s, dir, legacy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return v.Verified
}

// TestImportDamagedRow: what is no longer as it was imported, though the store knows of
// no change, is never called verified, by no import and no verification.
func TestImportDamagedRow(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := someNotes("text", "2025-02-01T00:00:00.000Z")
	testdb.WriteLegacyDir(t, dir, testdb.LegacyOptions{Content: &c})
	s := testdb.Open(t)
	importing(t, s, dir)
	for column, value := range map[string]string{"extra": "NULL", "summary": "'something else'", "content": "''"} {
		undo := damaged(t, s, "n0", column, value)
		if verified(t, s, dir) {
			t.Errorf("%s: the loss is not seen", column)
		}
		if r, err := legacy.Import(t.Context(), s, dir, legacy.Options{}); err != nil || r.Verified {
			t.Errorf("%s: imported again, verified: %v (%v)", column, r.Verified, err)
		}
		undo()
		importing(t, s, dir)
	}
}

// TestImportUnverified: where an import left a record that does not hold what it was
// imported from, the next one brings that back.
func TestImportUnverified(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, change := range map[string]func(*schema.Note){
		"a member":         func(n *schema.Note) { n.Extra = "" },
		"a value":          func(n *schema.Note) { n.Summary = "something else" },
		"an emptied value": func(n *schema.Note) { n.Content = "" },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			c := someNotes("text", "2025-02-01T00:00:00.000Z")
			testdb.WriteLegacyDir(t, dir, testdb.LegacyOptions{Content: &c})
			s := testdb.Open(t)
			importing(t, s, dir)
			n, err := s.Notes.Modify(ctx, "n0", func(n *schema.Note) error { change(n); return nil })
			if err != nil {
				t.Fatal(err)
			}
			// As if this were the state that the import itself had made.
			testdb.Shell(t, s, fmt.Sprintf("DELETE FROM revisions WHERE id = 'n0'; DELETE FROM revision_counts WHERE id = 'n0'; UPDATE legacy_records SET rev = %d WHERE id = 'n0'", n.Rev))
			if verified(t, s, dir) {
				t.Error("the loss is not seen")
			}
			importing(t, s, dir)
			if n, err = s.Notes.Get(ctx, "n0"); err != nil || n.Content != "text" || n.Summary != "note 0" || len(n.Extra) == 0 {
				t.Errorf("%+v %v", n, err)
			}
			again := dump(t, s, "legacy_steps")
			importing(t, s, dir)
			wantSame(t, "imported once more", dump(t, s, "legacy_steps"), again)
			if !verified(t, s, dir) {
				t.Error("not verified")
			}
		})
	}
}

// TestImportAfterItemsWent: an item that a person removed from a list does not come back,
// though that does not change the session's revision.
func TestImportAfterItemsWent(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	c := testdb.LegacyContent{Counts: map[string]int{"sessions": 1}, Entity: func(string, int) []byte {
		return []byte(`{"id":"s","name":"S","description":"","status":"completed","startTime":"2025-01-01T00:00:00.000Z","screenshotInterval":2,"autoAnalysis":true,"enableScreenshots":true,` +
			`"audioRecording":false,"tags":[],"screenshots":[{"id":"a","sessionId":"s","timestamp":"2025-01-01T00:00:00.000Z","attachmentId":"x","analysisStatus":"pending"},` +
			`{"id":"b","sessionId":"s","timestamp":"2025-01-01T00:01:00.000Z","attachmentId":"y","analysisStatus":"pending"}]}`)
	}}
	testdb.WriteLegacyDir(t, dir, testdb.LegacyOptions{Content: &c, Form: testdb.DirRaw})
	s := testdb.Open(t)
	importing(t, s, dir)
	if err := s.Sessions.Screenshots.Remove(ctx, "s", "a"); err != nil {
		t.Fatal(err)
	}
	edited := dump(t, s, "legacy_steps")
	importing(t, s, dir)
	wantSame(t, "after an item was removed", dump(t, s, "legacy_steps"), edited)
	if !verified(t, s, dir) {
		t.Error("not verified")
	}
}

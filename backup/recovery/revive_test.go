package recovery_test

import (
	"fmt"
	"testing"

	"taskstore/backup/recovery"
	"taskstore/internal/testdb"
)

// TestReviveLost: a record whose row cannot be read and that is in no backup is there again as the newest of its revisions,
// in the trash if it was there; one that was purged stays away, and one without a revision is lost, which is said.
func TestReviveLost(t *testing.T) {
	s := testdb.Unchecked(t)
	ctx := t.Context()
	manyNotes(t, s, "n", 300)
	changed := map[string]bool{}
	for i := 0; i < 300; i += 2 {
		n, err := s.Notes.Get(ctx, fmt.Sprintf("n%04d", i))
		fatal(t, err)
		changed[n.ID] = true
		n.Content = "the newest text"
		fatal(t, s.Notes.Save(ctx, &n))
	}
	fatal(t, s.Notes.Delete(ctx, "n0022", "n0040"))
	fatal(t, s.Notes.Purge(ctx, "n0040"))
	fatal(t, s.Close())
	smashPage(t, s.Path(), leafPages(t, s.Path(), "notes")[1])
	r, err := recovery.Rebuild(ctx, s.Dir(), recovery.RebuildOptions{})
	fatal(t, err)
	was := len(r.Damaged()[0].Unread)
	again := testdb.Reopen(t, s.Dir())
	_, err = again.RepairRows(ctx, false)
	fatal(t, err)
	fatal(t, r.Revive(ctx, again))
	rows := r.Damaged()[0]
	if lost := rows.Lost(); len(rows.Unread) != was || was < 8 || lost == 0 || lost == was {
		t.Fatalf("%d rows could not be read, then %d, and %d are lost", was, len(rows.Unread), lost)
	}
	for _, row := range rows.Unread {
		n, err := again.Notes.Get(ctx, row.ID)
		if back := row.OfRevision != ""; (err == nil) != back || changed[row.ID] != back || back && (row.At == "" || row.OfRevision != "1" && row.ID != "n0022") {
			t.Errorf("%+v, changed %v: %v", row, changed[row.ID], err)
		}
		if err == nil && (n.Content == "the newest text") != (row.ID == "n0022") {
			t.Errorf("%+v: %q", row, n.Content)
		}
	}
	if n, err := again.Notes.Get(ctx, "n0022"); err != nil || n.TrashedAt == "" {
		t.Errorf("what was in the trash: %+v, %v", n.Head, err)
	}
	if _, err := again.Notes.Get(ctx, "n0040"); err == nil {
		t.Error("what was purged is there again")
	}
	fatal(t, again.Close())
	testdb.WantClean(t, s.Dir())
}

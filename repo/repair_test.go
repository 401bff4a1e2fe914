package repo_test

import (
	"fmt"
	"strings"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo/check"
	"taskstore/schema"
)

// TestRepair: what is not as its checksum says is kept and accepted, rows without
// an owner are kept and go, what records are listed by is made anew, and the check is
// content afterwards.
func TestRepair(t *testing.T) {
	s := testdb.Open(t)
	n := note("a", "x")
	n.Updates = []schema.NoteUpdate{{Item: schema.Item{ID: "u"}, Content: "first"}, {Item: schema.Item{ID: "v"}, Content: "second"}}
	fatal(t, s.Notes.Save(t.Context(), n))
	fatal(t, s.Settings.Save(t.Context(), &schema.Setting{Key: "k", Value: "1"}))
	testdb.Shell(t, s, `PRAGMA foreign_keys = OFF; UPDATE writer SET active = 1;
UPDATE notes SET content = 'flipped';
DELETE FROM note_updates WHERE id = 'v';
UPDATE settings SET value = '2';
INSERT INTO task_tags (task_pk, pos, tag, sum) VALUES (99, 0, 'orphan', 1);
UPDATE writer SET active = 0;`)
	plan, err := s.RepairRows(t.Context(), true)
	fatal(t, err)
	done, err := s.RepairRows(t.Context(), false)
	fatal(t, err)
	if len(plan) != 4 || fmt.Sprint(plan) != fmt.Sprint(done) {
		t.Errorf("planned\n%+v\ndone\n%+v", plan, done)
	}
	rep, err := s.Check(t.Context(), check.Options{})
	if err != nil || !rep.OK {
		t.Errorf("the check still finds %+v, %v", rep.Problems, err)
	}
	list, err := s.Notes.History(t.Context(), "a")
	fatal(t, err)
	if len(list) != 1 || list[0].Origin != check.OriginRepair || !strings.Contains(string(list[0].State), "flipped") {
		t.Errorf("the history is %+v", list)
	}
	if kept := testdb.Shell(t, s, "SELECT body FROM revisions WHERE part = 'task_tags';"); !strings.Contains(kept, "orphan") {
		t.Errorf("the row without an owner was kept as %q", kept)
	}
	if again, err := s.RepairRows(t.Context(), false); err != nil || len(again) != 0 {
		t.Errorf("again: %+v, %v", again, err)
	}
}

// TestUpkeep: the file gets smaller, and nothing in it changes.
func TestUpkeep(t *testing.T) {
	s := testdb.Open(t)
	for i := range 30 {
		fatal(t, s.Notes.Save(t.Context(), note(fmt.Sprint(i), strings.Repeat("long ", 4000))))
	}
	for i := range 29 {
		fatal(t, s.Notes.Purge(t.Context(), fmt.Sprint(i)))
	}
	free, err := s.Reclaimable(t.Context())
	if err != nil || free < 100_000 {
		t.Fatalf("%d bytes are free, %v", free, err)
	}
	if _, err := s.Optimize(t.Context()); err != nil {
		t.Error(err)
	}
	c, err := s.Vacuum(t.Context())
	if err != nil || c.After > c.Before-free/2 {
		t.Errorf("%+v, %v", c, err)
	}
	st, err := s.Stats(t.Context())
	if err != nil || st.FreePages != 0 || st.Kinds[1].Live != 1 || st.Pages == 0 || len(st.Tables) < 20 || st.Tables[0].Bytes <= 0 {
		t.Errorf("%+v, %v", st, err)
	}
	if got, err := s.Notes.Get(t.Context(), "29"); err != nil || len(got.Content) != 20000 {
		t.Errorf("%d bytes, %v", len(got.Content), err)
	}
}

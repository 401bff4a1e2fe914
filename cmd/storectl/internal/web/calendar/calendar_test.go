package calendar_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"taskstore/cmd/storectl/internal/web/calendar"
	"taskstore/cmd/storectl/internal/web/hold"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// TestAgenda: tasks stand on the day on which they are due or were done, and what is saved, deleted or written by another
// tool comes to be known, each by its way.
func TestAgenda(t *testing.T) {
	store := testdb.Open(t)
	task := func(id, due string) *schema.Task {
		return &schema.Task{Head: schema.Head{ID: id}, Title: id, Status: "todo", Priority: "low", CreatedBy: "manual", CreatedAt: "2025-09-01T10:00:00.000Z", DueDate: due}
	}
	if err := store.Tasks.Save(t.Context(), task("a", "2025-09-12"), task("b", "2025-09-12"), task("c", "no day")); err != nil {
		t.Fatal(err)
	}
	a := calendar.NewAgenda(hold.New(func(context.Context) (*repo.Store, error) { return store, nil }, time.Hour))
	wants := func(what string, n int) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			due, _, err := a.Of(t.Context(), "2025-09-12")
			if err != nil {
				t.Fatal(err)
			}
			if len(due) == n {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: %v, want %d", what, due, n)
			}
		}
	}
	a.Hurry(time.Hour)
	wants("at first", 2)
	if err := store.Tasks.Save(t.Context(), task("d", "2025-09-12T08:00")); err != nil {
		t.Fatal(err)
	}
	wants("one more", 3)
	if err := store.Tasks.Delete(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	wants("one less", 2)
	if _, err := store.Tasks.Modify(t.Context(), "b", func(x *schema.Task) error { x.DueDate = "2025-09-13"; return nil }); err != nil {
		t.Fatal(err)
	}
	wants("one moved", 1)
	testdb.Shell(t, store, "UPDATE tasks SET due_date = '2025-10-01' WHERE id = 'd'")
	a.Hurry(0)
	wants("one moved by another tool", 0)
}

// TestAgendaUnread: a page does not wait for tasks without end, and does not take what was read before a change.
func TestAgendaUnread(t *testing.T) {
	store, open := testdb.Open(t), make(chan struct{})
	a := calendar.NewAgenda(hold.New(func(context.Context) (*repo.Store, error) { <-open; return store, nil }, time.Hour))
	a.Patience(time.Millisecond)
	if _, _, err := a.Of(t.Context(), "2025-09-12"); !errors.Is(err, calendar.ErrUnread) {
		t.Fatalf("nothing was read, and: %v", err)
	}
	close(open)
	a.Patience(time.Minute)
	if _, _, err := a.Of(t.Context(), "2025-09-12"); err != nil {
		t.Fatal(err)
	}
	a.Forget()
	if a.EndOld(t.Context()) {
		t.Error("what was read before is taken for what there is")
	}
}

// TestBeside: the days next to one are those on which there is anything, however far.
func TestBeside(t *testing.T) {
	d := calendar.Counts{Total: map[string]int64{"2024-01-31": 1, "2025-09-12": 20, "2026-02-01": 3}, Keys: []string{"2024-01-31", "2025-09-12", "2026-02-01"}}
	for _, test := range []struct{ day, earlier, later, latest string }{
		{"2025-09-12", "2024-01-31", "2026-02-01", "2025-09-12"}, {"2025-01-01", "2024-01-31", "2025-09-12", "2024-01-31"}, {"2020-01-01", "", "2024-01-31", ""}, {"2027-01-01", "2026-02-01", "", "2026-02-01"},
	} {
		key := func(l *calendar.DayLink) string {
			if l == nil {
				return ""
			}
			return l.Key
		}
		earlier, later := d.Beside(test.day)
		if key(earlier) != test.earlier || key(later) != test.later || d.Latest(test.day) != test.latest {
			t.Errorf("%s: %s, %s, %s", test.day, key(earlier), key(later), d.Latest(test.day))
		}
	}
	m := calendar.MonthOf(time.Date(2025, 9, 12, 0, 0, 0, 0, time.UTC), d)
	if len(m.Weeks) != 5 || m.Weeks[0][0].Key != "2025-09-01" || m.Weeks[1][4].Level != 4 || !m.Weeks[1][4].Selected {
		t.Errorf("%+v", m)
	}
}

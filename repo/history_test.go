package repo_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// steps are states of one entity, by their revision, as they were when they were
// the present ones.
type steps[T any] struct {
	c      repo.Collection[T]
	id     string
	states map[int64][]byte
}

func (st *steps[T]) note(t *testing.T, s *repo.Store, head func(*T) *schema.Head) {
	t.Helper()
	v, err := st.c.Get(t.Context(), st.id, repo.Full)
	fatal(t, err)
	st.states[head(&v).Rev] = encoded(t, s, &v)
}

// want holds every state against what At gives for its revision.
func (st *steps[T]) want(t *testing.T, s *repo.Store) {
	t.Helper()
	for rev, want := range st.states {
		v, err := st.c.At(t.Context(), st.id, repo.RevName{Rev: rev})
		if err != nil {
			t.Errorf("revision %d: %v", rev, err)
			continue
		}
		testdb.WantJSON(t, fmt.Sprint("revision ", rev), encoded(t, s, &v), want)
	}
}

// TestAtProgram: every state that this program wrote comes back, documents that
// came and went included.
func TestAtProgram(t *testing.T) {
	s := testdb.Open(t)
	st := steps[schema.Session]{s.Sessions.Collection, "s", map[int64][]byte{}}
	head := func(v *schema.Session) *schema.Head { return &v.Head }
	edits := []func(*schema.Session){
		func(v *schema.Session) { v.Summary = schema.Document(`{"text":"first"}`) },
		func(v *schema.Session) { v.Tags = []string{"a", "b"} },
		func(v *schema.Session) { v.Summary = schema.Document(`{"text":"second"}`); v.Name = "renamed" },
		func(v *schema.Session) { v.Summary = schema.Absent; v.Notes = schema.Document(`"notes"`) },
		func(v *schema.Session) {
			v.Links = []schema.Link{{Kind: "note", ID: "n"}}
			v.Video = &schema.Video{Item: schema.Item{ID: "v"}}
		},
		func(v *schema.Session) { v.Tags = nil; v.Notes = schema.Absent },
		func(v *schema.Session) { v.Video.Chapters = []schema.VideoChapter{{Item: schema.Item{ID: "c"}}} },
		func(v *schema.Session) { v.Video = nil },
	}
	fatal(t, s.Sessions.Save(t.Context(), &schema.Session{Head: schema.Head{ID: "s"}, Name: "new", StartTime: "2026-11-01T10:00:00.000Z"}))
	st.note(t, s, head)
	for _, edit := range edits {
		_, err := s.Sessions.Modify(t.Context(), "s", func(v *schema.Session) error { edit(v); return nil }, repo.Full)
		fatal(t, err)
		st.note(t, s, head)
	}
	st.want(t, s)
	for rev := range st.states {
		_, err := s.Sessions.Revert(t.Context(), "s", repo.RevName{Rev: rev})
		fatal(t, err)
		v, err := s.Sessions.Get(t.Context(), "s", repo.Full)
		fatal(t, err)
		testdb.WantJSON(t, fmt.Sprint("reverted to ", rev), encoded(t, s, &v), st.states[rev])
	}
	st.want(t, s) // what was reverted is in the history too
}

// someTools runs a test with one tool that enforces foreign keys and one that does
// not.
func someTools(t *testing.T, fn func(t *testing.T, s *repo.Store, run func(sql string))) {
	for _, tool := range foreignTools[:2] {
		t.Run(tool.name, func(t *testing.T) {
			s := testdb.Open(t)
			tool.run(t, s, "SELECT 1;")
			fn(t, s, func(sql string) { tool.run(t, s, sql) })
		})
	}
}

// TestAtForeign: the same for what other tools wrote, row by row.
func TestAtForeign(t *testing.T) {
	t.Parallel()
	someTools(t, func(t *testing.T, s *repo.Store, run func(string)) {
		st := steps[schema.Task]{s.Tasks, "t", map[int64][]byte{}}
		head := func(v *schema.Task) *schema.Head { return &v.Head }
		task := &schema.Task{Head: schema.Head{ID: "t"}, Title: "one", Status: "todo", Tags: []string{"a", "b", "c"}, CreatedAt: "2026-11-01T10:00:00.000Z",
			Subtasks: []schema.Subtask{{Item: schema.Item{ID: "x"}, Title: "X"}, {Item: schema.Item{ID: "y"}, Title: "Y"}, {Item: schema.Item{ID: "z"}, Title: "Z"}}}
		fatal(t, s.Tasks.Save(t.Context(), task))
		st.note(t, s, head)
		for _, sql := range []string{
			"UPDATE tasks SET title = 'two' WHERE id = 't';",
			"DELETE FROM task_tags WHERE tag = 'a';",
			"DELETE FROM task_tags WHERE tag = 'b';",
			"INSERT INTO task_tags (task_pk, pos, tag) SELECT pk, 0, 'first' FROM tasks;",
			"UPDATE task_tags SET tag = 'C' WHERE tag = 'c';",
			"UPDATE task_subtasks SET done = 1, title = 'YY' WHERE id = 'y';",
			"DELETE FROM task_subtasks WHERE id = 'y';",
			"INSERT INTO task_subtasks (task_pk, pos, id, title, done) SELECT pk, 1, 'new', 'New', 0 FROM tasks;",
			"UPDATE tasks SET extra = '{\"zzz\":1}', done = 1 WHERE id = 't';",
		} {
			run(sql)
			st.note(t, s, head)
		}
		_, err := s.Tasks.Modify(t.Context(), "t", func(v *schema.Task) error { v.Title = "mine"; v.Subtasks = v.Subtasks[1:]; return nil })
		fatal(t, err)
		st.note(t, s, head)
		st.want(t, s)

		run("DELETE FROM tasks WHERE id = 't';")
		if _, err := s.Tasks.Get(t.Context(), "t"); !errors.Is(err, repo.ErrNotFound) {
			t.Fatalf("it is still there: %v", err)
		}
		st.want(t, s)
		v, err := s.Tasks.Revert(t.Context(), "t", repo.RevName{Rev: 1})
		fatal(t, err)
		if v.Rev <= 11 {
			t.Errorf("a revision of it was there before: %d", v.Rev)
		}
		v, err = s.Tasks.Get(t.Context(), "t", repo.Full)
		fatal(t, err)
		testdb.WantJSON(t, "what another tool had deleted", encoded(t, s, &v), st.states[1])
		st.want(t, s)
	})
}

// TestAtItems: items that were changed or removed come back to their places, and
// those that were added since stay; all within one millisecond.
func TestAtItems(t *testing.T) {
	s := testdb.Open(t, func(o *repo.Options) {
		o.Now = func() time.Time { return time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC) }
	})
	v := &schema.Session{Head: schema.Head{ID: "s"}, Name: "n"}
	for _, id := range []string{"a", "b", "c"} {
		v.Screenshots = append(v.Screenshots, schema.Screenshot{Item: schema.Item{ID: id}})
	}
	fatal(t, s.Sessions.Save(t.Context(), v))
	fatal(t, s.Sessions.Screenshots.Remove(t.Context(), "s", "a"))
	_, err := s.Sessions.Screenshots.Update(t.Context(), "s", "b", func(i *schema.Screenshot) error { i.UserComment = "changed"; return nil })
	fatal(t, err)
	_, err = s.Sessions.Modify(t.Context(), "s", func(v *schema.Session) error { v.Name = "second"; return nil })
	fatal(t, err)
	fatal(t, s.Sessions.Screenshots.Remove(t.Context(), "s", "b"))
	fatal(t, s.Sessions.Screenshots.Add(t.Context(), "s", &schema.Screenshot{Item: schema.Item{ID: "d"}}))
	_, err = s.Sessions.Modify(t.Context(), "s", func(v *schema.Session) error {
		v.Name, v.Screenshots = "third", v.Screenshots[1:]
		return nil
	}, "screenshots")
	fatal(t, err)

	shots := func(v schema.Session) string {
		var ids []string
		for _, i := range v.Screenshots {
			ids = append(ids, i.ID+i.UserComment)
		}
		return v.Name + ": " + strings.Join(ids, " ")
	}
	for rev, want := range map[int64]string{1: "n: bchanged c d", 2: "second: c d", 3: "third: d"} {
		got, err := s.Sessions.At(t.Context(), "s", repo.RevName{Rev: rev})
		fatal(t, err)
		if shots(got) != want {
			t.Errorf("revision %d: %s, want %s", rev, shots(got), want)
		}
	}
	list, err := s.Sessions.Changes(t.Context(), "s")
	fatal(t, err)
	var lines []string
	for _, c := range list {
		lines = append(lines, fmt.Sprintf("%d %s %s %s %d", c.Rev, c.Change, c.Part, c.Item, len(c.Fields)))
	}
	want := []string{"3 update   2", "0 delete session_screenshots b 1", "2 update   1", "0 update session_screenshots b 1",
		"0 delete session_screenshots a 1", "1 create   0"}
	if !slices.Equal(lines, want) {
		t.Errorf("the history is\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	// One item alone, by the key of its state.
	got, err := s.Sessions.Revert(t.Context(), "s", repo.RevName{Key: list[4].Key})
	fatal(t, err)
	if shots(got) != "third: a d" {
		t.Errorf("the item came back as %s", shots(got))
	}
}

// TestHistoryTells: who, when, what.
func TestHistoryTells(t *testing.T) {
	clock := time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)
	s := testdb.Open(t, func(o *repo.Options) { o.Now = func() time.Time { clock = clock.Add(time.Hour); return clock } })
	n := note("a", "first")
	fatal(t, s.Notes.Save(t.Context(), n))
	n.Content = "second"
	fatal(t, s.Notes.Save(repo.WithOrigin(t.Context(), "import"), n))
	fatal(t, s.Notes.Delete(t.Context(), "a"))
	fatal(t, s.Notes.Restore(t.Context(), "a"))
	if _, err := s.Notes.Revert(t.Context(), "a", repo.RevName{Rev: 1}); err != nil {
		t.Fatal(err)
	}
	list, err := s.Notes.Changes(t.Context(), "a")
	fatal(t, err)
	var lines []string
	for _, c := range list {
		var fields []string
		for _, f := range c.Fields {
			fields = append(fields, fmt.Sprintf("%s %s>%s", f.Path, f.Old, f.New))
		}
		lines = append(lines, fmt.Sprintf("%d %s %s %s %s", c.Rev, c.At[11:16], c.Origin, c.Change, strings.Join(fields, " ")))
	}
	want := []string{`5 14:00 program revert content "second">"first"`, "4 13:00 program restore ", "3 12:00 program delete ",
		`2 11:00 import update content "first">"second"`, "1 10:00  create "}
	for i := range want {
		if i >= len(lines) || lines[i][:1] != want[i][:1] || lines[i][7:] != want[i][7:] {
			t.Errorf("the history is\n%s\nwant but for the hours\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
			break
		}
	}
	if !slices.IsSortedFunc(list, func(a, b repo.Change) int { return strings.Compare(string(b.At), string(a.At)) }) {
		t.Errorf("the times are not in order: %v", lines)
	}
}

func TestRevertGone(t *testing.T) {
	s := testdb.Open(t)
	fatal(t, s.Notes.Save(t.Context(), note("a", "x")))
	_, err := s.Notes.Revert(t.Context(), "a", repo.RevName{Rev: 7})
	if !errors.Is(err, repo.ErrNotFound) || !strings.Contains(err.Error(), "revision 7 is not kept; there are 1") {
		t.Errorf("a revision that never was: %v", err)
	}
	_, err = s.Notes.Revert(t.Context(), "never", repo.RevName{Rev: 1})
	if !errors.Is(err, repo.ErrNotFound) {
		t.Errorf("a note that never was: %v", err)
	}
	fatal(t, s.Notes.Purge(t.Context(), "a"))
	var purged *repo.PurgedError
	if _, err := s.Notes.Revert(t.Context(), "a", repo.RevName{Rev: 1}); !errors.As(err, &purged) || purged.Rev != 1 {
		t.Errorf("a purged note: %v", err)
	}
	if _, err := s.Notes.Changes(t.Context(), "a"); !errors.As(err, &purged) {
		t.Errorf("the history of a purged note: %v", err)
	}
}

func TestSettingHistory(t *testing.T) {
	someTools(t, func(t *testing.T, s *repo.Store, run func(string)) {
		v := schema.Setting{Key: "k", Value: `{"a":1,"_state":{"rank":1}}`}
		fatal(t, s.Settings.Save(t.Context(), &v))
		v.Value = `{"a":2}`
		fatal(t, s.Settings.Save(t.Context(), &v))
		run(`UPDATE settings SET value = 'no JSON' WHERE key = 'k';`)
		fatal(t, s.Settings.Delete(t.Context(), "k"))
		list, err := s.Settings.Changes(t.Context(), "k")
		fatal(t, err)
		if len(list) != 4 || list[0].Change != "delete" || list[1].Origin != repo.OriginForeign || list[2].Fields[0].Path != "_state" {
			t.Errorf("the history is %+v", list)
		}
		got, err := s.Settings.Revert(t.Context(), "k", repo.RevName{Rev: 1})
		if err != nil || got.Value != `{"a":1,"_state":{"rank":1}}` || got.Rev != 4 {
			t.Errorf("reverted to %+v, %v", got, err)
		}
	})
}

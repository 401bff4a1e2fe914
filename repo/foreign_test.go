package repo_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/repo/check"
	"taskstore/schema"
)

// foreignTool is a program that knows nothing of this one.
type foreignTool struct {
	name string
	run  func(t testing.TB, s *repo.Store, sql string) string
}

var foreignTools = []foreignTool{
	{"shell", testdb.Shell},
	{"shell with foreign keys", func(t testing.TB, s *repo.Store, sql string) string {
		return testdb.Shell(t, s, "PRAGMA foreign_keys = ON;\n"+sql)
	}},
	{"shell with recursive triggers", func(t testing.TB, s *repo.Store, sql string) string {
		return testdb.Shell(t, s, "PRAGMA recursive_triggers = ON;\n"+sql)
	}},
	{"python", func(t testing.TB, s *repo.Store, sql string) string {
		text, err := json.Marshal(sql)
		fatal(t, err)
		return testdb.Python(t, s, "import sqlite3, sys\ndb = sqlite3.connect(sys.argv[1], timeout=20)\ndb.executescript("+string(text)+")\ndb.commit()\ndb.close()\n")
	}},
}

func eachTool(t *testing.T, fn func(t *testing.T, s *repo.Store, run func(sql string))) {
	for _, tool := range foreignTools {
		t.Run(tool.name, func(t *testing.T) {
			t.Parallel()
			s := testdb.Open(t)
			tool.run(t, s, "SELECT 1;") // a tool that is not there skips
			fn(t, s, func(sql string) { tool.run(t, s, sql) })
		})
	}
}

// TestForeignRead: every table and view can be read by another SQLite.
func TestForeignRead(t *testing.T) {
	t.Parallel()
	s := testdb.Open(t)
	fillStore(t, s)
	names := strings.Fields(testdb.Shell(t, s, "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name;"))
	if len(names) < 40 {
		t.Fatalf("only %v", names)
	}
	var all strings.Builder
	for _, n := range names {
		fmt.Fprintf(&all, "SELECT '%s', count(*) FROM (SELECT * FROM %s);\n", n, n)
	}
	out := testdb.Shell(t, s, all.String())
	for _, view := range []string{"v_sessions", "v_notes", "v_tasks", "v_topics", "v_companies", "v_contacts", "v_attachments", "v_links", "v_tags", "v_blob_refs"} {
		if strings.Contains(out, view+"|0\n") || !strings.Contains(out, view+"|") {
			t.Errorf("%s shows nothing", view)
		}
	}
	program := "import sqlite3, sys\ndb = sqlite3.connect(sys.argv[1])\nfor (n,) in db.execute(\"SELECT name FROM sqlite_master WHERE type IN ('table', 'view')\").fetchall():\n    print(n, len(db.execute('SELECT * FROM ' + n).fetchall()))\n"
	if got := strings.Count(testdb.Python(t, s, program), "\n"); got < len(names)-1 {
		t.Errorf("Python read %d of %d", got, len(names))
	}
	if got := testdb.Shell(t, s, "PRAGMA integrity_check; PRAGMA foreign_key_check;"); got != "ok" {
		t.Errorf("the shell's check: %s", got)
	}
}

// fillStore saves one of everything.
func fillStore(t testing.TB, s *repo.Store) {
	t.Helper()
	a, b, c, d, e, f, g := testdb.Sample[schema.Session](1), testdb.Sample[schema.Note](1), testdb.Sample[schema.Task](1), testdb.Sample[schema.Topic](1), testdb.Sample[schema.Company](1), testdb.Sample[schema.Contact](1), testdb.Sample[schema.Attachment](1)
	a.Tags, b.Tags = []string{"x", "y"}, []string{"x"}
	fatal(t, errors.Join(s.Sessions.Save(t.Context(), &a), s.Notes.Save(t.Context(), &b), s.Tasks.Save(t.Context(), &c), s.Topics.Save(t.Context(), &d),
		s.Companies.Save(t.Context(), &e), s.Contacts.Save(t.Context(), &f), s.Attachments.Save(t.Context(), &g)))
	fatal(t, s.Settings.Save(t.Context(), &schema.Setting{Key: "settings", Value: "{}"}))
}

// foreignState holds the last kept row of a part against what it should say.
func foreignState(t *testing.T, list []repo.Revision, part, change, column, value string) {
	t.Helper()
	for _, r := range list {
		if r.Part != part || r.Change != change || r.Origin != repo.OriginForeign || !r.Row {
			continue
		}
		var row map[string]any
		fatal(t, json.Unmarshal([]byte(r.State), &row))
		if fmt.Sprint(row[column]) == value {
			return
		}
	}
	t.Errorf("no %s of %q with %s = %s in the history: %+v", change, part, column, value, list)
}

func sealedBy(t *testing.T, s *repo.Store, query, want string) {
	t.Helper()
	if got := testdb.Shell(t, s, query); got != want {
		t.Errorf("%s gives %s, want %s", query, got, want)
	}
}

func TestForeignUpdate(t *testing.T) {
	t.Parallel()
	eachTool(t, func(t *testing.T, s *repo.Store, run func(string)) {
		n := note("a", "mine")
		n.Updates = []schema.NoteUpdate{{Item: schema.Item{ID: "u"}, Content: "first"}}
		fatal(t, s.Notes.Save(t.Context(), n))
		stale := *n
		run("UPDATE notes SET content = 'theirs' WHERE id = 'a';")
		sealedBy(t, s, "SELECT rev, sum IS NULL FROM notes;", "2|1")
		got, err := s.Notes.Get(t.Context(), "a")
		if err != nil || got.Content != "theirs" || got.Rev != 2 {
			t.Errorf("read %+v, %v", got, err)
		}
		stale.Content = "mine again"
		if err := s.Notes.Save(t.Context(), &stale); !errors.Is(err, repo.ErrConflict) {
			t.Errorf("a stale save: %v", err)
		}
		run("UPDATE note_tags SET tag = 'new'; INSERT INTO note_tags (note_pk, pos, tag) SELECT pk, 1, 'more' FROM notes; UPDATE note_updates SET content = 'second' WHERE id = 'u';")
		got, err = s.Notes.Get(t.Context(), "a")
		if err != nil || got.Rev != 5 || !slices.Equal(got.Tags, []string{"new", "more"}) || got.Updates[0].Content != "second" {
			t.Errorf("read %+v, %v", got, err)
		}
		list, err := s.Notes.History(t.Context(), "a")
		fatal(t, err)
		foreignState(t, list, "", "update", "content", "mine")
		foreignState(t, list, "note_tags", "update", "tag", "t")
		foreignState(t, list, "note_updates", "update", "content", "first")
		got.Summary = "both"
		fatal(t, s.Notes.Save(t.Context(), &got))
		sealedBy(t, s, "SELECT (SELECT count(*) FROM notes WHERE sum IS NULL) + (SELECT count(*) FROM note_tags WHERE sum IS NULL) + (SELECT count(*) FROM note_updates WHERE sum IS NULL);", "0")
		list, err = s.Notes.History(t.Context(), "a")
		fatal(t, err)
		if list[0].Origin != repo.OriginProgram || !strings.Contains(string(list[0].State), "theirs") {
			t.Errorf("what the tool wrote and the program overwrote is not kept: %+v", list[0])
		}
	})
}

func TestForeignInsert(t *testing.T) {
	t.Parallel()
	eachTool(t, func(t *testing.T, s *repo.Store, run func(string)) {
		run("INSERT INTO tasks (id, title, status) VALUES ('new', 'by hand', 'todo'); INSERT INTO task_subtasks (task_pk, pos, id, title) SELECT pk, 0, 'st', 'step' FROM tasks WHERE id = 'new';")
		got, err := s.Tasks.Get(t.Context(), "new")
		if err != nil || got.Rev != 2 || got.SavedAt == "" || len(got.Subtasks) != 1 {
			t.Errorf("read %+v, %v", got, err)
		}
		got.Title = "and by program"
		fatal(t, s.Tasks.Save(t.Context(), &got))
		fatal(t, s.Tasks.Delete(t.Context(), "new"))
		fatal(t, s.Tasks.Purge(t.Context(), "new"))
		run("INSERT INTO sessions (id, name) VALUES ('s', 'by hand'); INSERT INTO session_documents (session_pk, name, body) SELECT pk, 'summary', '{\"a\":1}' FROM sessions; INSERT INTO session_screenshots (session_pk, pos, id) SELECT pk, 0, 'shot' FROM sessions;")
		v, err := s.Sessions.Get(t.Context(), "s", repo.Full)
		if err != nil || string(v.Summary) != `{"a":1}` || len(v.Screenshots) != 1 {
			t.Errorf("read %+v, %v", v, err)
		}
		fatal(t, s.Sessions.Screenshots.Add(t.Context(), "s", shot("second")))
		run("INSERT INTO settings (key, value) VALUES ('k', '1'); UPDATE settings SET value = '2';")
		set, err := s.Settings.Get(t.Context(), "k")
		if err != nil || set.Value != "2" || set.Rev != 2 {
			t.Errorf("setting %+v, %v", set, err)
		}
		list, err := s.Settings.History(t.Context(), "k")
		fatal(t, err)
		foreignState(t, list, "", "update", "value", "1")
	})
}

func TestForeignReplace(t *testing.T) {
	t.Parallel()
	eachTool(t, func(t *testing.T, s *repo.Store, run func(string)) {
		v := schema.Topic{Head: schema.Head{ID: "a"}, Subject: schema.Subject{Name: "mine"}}
		fatal(t, s.Topics.Save(t.Context(), &v))
		fatal(t, s.Settings.Save(t.Context(), &schema.Setting{Key: "k", Value: "1"}))
		stale := v
		run("INSERT OR REPLACE INTO topics (id, name) VALUES ('a', 'theirs'); INSERT OR REPLACE INTO settings (key, value) VALUES ('k', '2');")
		got, err := s.Topics.Get(t.Context(), "a")
		if err != nil || got.Name != "theirs" || got.Rev < 2 {
			t.Errorf("replaced: %+v, %v", got, err)
		}
		stale.Name = "mine again"
		if err := s.Topics.Save(t.Context(), &stale); !errors.Is(err, repo.ErrConflict) {
			t.Errorf("a stale save: %v", err)
		}
		run("INSERT INTO topics (id, name) VALUES ('a', 'upsert') ON CONFLICT (id) DO UPDATE SET name = excluded.name;")
		after, err := s.Topics.Get(t.Context(), "a")
		if err != nil || after.Name != "upsert" || after.Rev <= got.Rev {
			t.Errorf("upsert: %+v after revision %d, %v", after.Head, got.Rev, err)
		}
		list, err := s.Topics.History(t.Context(), "a")
		fatal(t, err)
		foreignState(t, list, "", "replace", "name", "mine")
		foreignState(t, list, "", "update", "name", "theirs")
		set, err := s.Settings.Get(t.Context(), "k")
		if err != nil || set.Value != "2" || set.Rev != 2 {
			t.Errorf("setting %+v, %v", set, err)
		}
		list, err = s.Settings.History(t.Context(), "k")
		fatal(t, err)
		foreignState(t, list, "", "replace", "value", "1")
	})
}

// TestForeignDelete: what an entity owned goes with it and is in its history,
// whatever the tool thinks of foreign keys.
func TestForeignDelete(t *testing.T) {
	t.Parallel()
	eachTool(t, func(t *testing.T, s *repo.Store, run func(string)) {
		n := note("a", "mine")
		n.Updates = []schema.NoteUpdate{{Item: schema.Item{ID: "u"}, Content: "addition"}}
		n.Links = []schema.Link{{Kind: "topic", ID: "x"}}
		fatal(t, s.Notes.Save(t.Context(), n, note("b", "stays")))
		v := newSession(t, s, "1")
		v.Summary = schema.Document(`{"kept":true}`)
		fatal(t, s.Sessions.Save(t.Context(), &v))
		run("DELETE FROM notes WHERE id = 'a'; DELETE FROM sessions;")
		if _, err := s.Notes.Get(t.Context(), "a"); !errors.Is(err, repo.ErrNotFound) {
			t.Errorf("deleted: %v", err)
		}
		list, err := s.Notes.History(t.Context(), "a")
		fatal(t, err)
		foreignState(t, list, "", "delete", "content", "mine")
		foreignState(t, list, "note_updates", "delete", "content", "addition")
		foreignState(t, list, "note_tags", "delete", "tag", "t")
		foreignState(t, list, "note_links", "delete", "id", "x")
		list, err = s.Sessions.History(t.Context(), "s")
		fatal(t, err)
		foreignState(t, list, "session_screenshots", "delete", "id", "1")
		foreignState(t, list, "session_documents", "delete", "body", `{"kept":true}`)
		sealedBy(t, s, "SELECT (SELECT count(*) FROM note_updates) + (SELECT count(*) FROM note_links) + (SELECT count(*) FROM session_screenshots) + (SELECT count(*) FROM session_documents) + (SELECT active FROM writer);", "0")
		back := note("a", "again")
		fatal(t, s.Notes.Save(t.Context(), back))
		if back.Rev != 2 {
			t.Errorf("an id that comes back has revision %d, want 2", back.Rev)
		}
		run("DELETE FROM note_tags;")
		got, err := s.Notes.Get(t.Context(), "b")
		if err != nil || len(got.Tags) != 0 || got.Rev != 2 {
			t.Errorf("without tags: %+v, %v", got, err)
		}
	})
}

// TestForeignSealed: the next program that opens the store gives everything its
// checksums.
func TestForeignSealed(t *testing.T) {
	t.Parallel()
	s := testdb.Open(t)
	fillStore(t, s)
	testdb.Shell(t, s, "UPDATE sessions SET name = 'x'; UPDATE session_screenshots SET flagged = 1; UPDATE session_documents SET body = '{}'; UPDATE settings SET value = '2'; UPDATE task_links SET type = 'x'; INSERT INTO topics (id) VALUES ('t');")
	rep, err := s.Check(t.Context(), check.Options{})
	fatal(t, err)
	if !rep.OK || rep.Damaged() {
		t.Errorf("unsealed is not damaged: %+v", rep.Problems)
	}
	st, err := s.Status(t.Context())
	if err != nil || st.ForeignWrites == 0 {
		t.Errorf("status: %+v, %v", st, err)
	}
	fatal(t, s.Close())
	again := testdb.Reopen(t, s.Dir())
	rep, err = again.Check(t.Context(), check.Options{})
	fatal(t, err)
	for _, p := range rep.Problems {
		if strings.Contains(p.Detail, "another tool") {
			t.Errorf("not sealed: %+v", p)
		}
	}
	for _, table := range []string{"sessions", "session_screenshots", "session_documents", "settings", "task_links", "topics"} {
		sealedBy(t, again, "SELECT count(*) FROM "+table+" WHERE sum IS NULL;", "0")
	}
}

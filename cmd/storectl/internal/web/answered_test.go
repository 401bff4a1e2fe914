package web_test

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// TestPicked: what is picked is brought back all or not at all, and what was not in the trash any more is not said to be.
func TestPicked(t *testing.T) {
	s := enter(t, world(t))
	notice := func(form ...string) string {
		t.Helper()
		resp := s.ask(http.MethodPost, "/trash", s.form(form...))
		resp.Body.Close()
		return s.get(resp.Header.Get("Location"))
	}
	s.wants(404, "POST", "/trash", s.form("pick", "notes/gone", "pick", "tasks/none"))
	s.has("/trash", "Numbers of the old shop")
	if body := notice("pick", "notes/gone", "pick", "notes/gone"); !strings.Contains(body, "1 record brought back, and read back.") {
		t.Error(body)
	}
	s.change(func(ctx context.Context, store *repo.Store) error { return store.Tasks.Delete(ctx, "bank") })
	resp := s.ask(http.MethodGet, "/trash?kind=notes&after=&done=x", nil) // where the last of a page left the trash
	resp.Body.Close()
	if to := resp.Header.Get("Location"); resp.StatusCode != 303 || to != "/trash?done=x" || !strings.Contains(s.get(to), "Ask the bank") {
		t.Errorf("%d to %q", resp.StatusCode, to)
	}
	if body := notice("pick", "notes/gone"); !strings.Contains(body, "1 record had left the trash before") {
		t.Error(body)
	}
	s.change(func(ctx context.Context, store *repo.Store) error { return store.Notes.Delete(ctx, "gone", "plan") })
	s.has("/trash", `<input type="hidden" name="n" value="2">`)
	s.wants(400, "POST", "/trash", s.form("all", "notes"))
	for _, said := range []struct{ n, want string }{{"1", "the trash has 2 notes now, and had 1; nothing was done"}, {"2", "2 records brought back, and read back"}, {"0", "0 records brought back"}} {
		s.wants(303, "POST", "/trash", s.form("all", "notes", "n", said.n))
		if body := s.waitFor(); !strings.Contains(body, said.want) {
			t.Errorf("%s: %s", said.n, body)
		}
	}
}

// TestAnswered: an answer counts for what was asked. What has changed since is asked again, and nothing is done.
func TestAnswered(t *testing.T) {
	s := enter(t, world(t))
	id := regexp.MustCompile(`<li id="([^"]+)"`).FindStringSubmatch(s.get("/backups"))[1]
	later := func(name string) func(context.Context, *repo.Store) error {
		return func(ctx context.Context, store *repo.Store) error {
			_, err := store.Notes.Modify(ctx, "changed", func(n *schema.Note) error { n.Title = name; return nil })
			return err
		}
	}
	s.wants(409, "POST", "/restore", s.form("step", "do-all", "id", id))
	s.wants(409, "POST", "/restore", s.form("step", "do-some", "work", "none"))
	s.wants(303, "POST", "/restore", s.form("id", id, "step", "some", "pick", "notes/changed"))
	s.waitFor()
	s.change(later("Another title"))
	if body := s.answer("do-some"); !strings.Contains(body, "has changed since the question") || !strings.Contains(body, "1 record would change") {
		t.Error(body)
	}
	s.has("/record?kind=notes&id=changed", "opens at ten", "Another title")
	if body := s.answer("do-some"); !strings.Contains(body, "none of them differs") {
		t.Error(body)
	}
	s.has("/record?kind=notes&id=changed", "opens at nine")

	s.wants(303, "POST", "/restore", s.form("id", id, "step", "all"))
	s.waitFor()
	s.change(later("A third title"))
	if body := s.answer("do-all"); !strings.Contains(body, "has changed since the question") || !strings.Contains(body, "Restore the whole store?") {
		t.Error(body)
	}
	s.has("/record?kind=notes&id=changed", "A third title")
	if body := s.answer("do-all"); !strings.Contains(body, "holds as many records of each kind") {
		t.Error(body)
	}
}

// TestAllGone: what the store does not have any more comes back at once, and nothing else changes.
func TestAllGone(t *testing.T) {
	s := enter(t, world(t))
	s.change(func(_ context.Context, store *repo.Store) error {
		testdb.Shell(t, store, "DELETE FROM notes WHERE id IN ('plan', 'hostile')")
		return nil
	})
	id := regexp.MustCompile(`<li id="([^"]+)"`).FindStringSubmatch(s.get("/backups"))[1]
	s.wants(303, "POST", "/compare", s.form("id", id))
	if body := s.waitFor(); !strings.Contains(body, "Bring back all 2 that are gone") {
		t.Fatal(body)
	}
	if body := s.answer("gone"); !strings.Contains(body, "2 records would change") {
		t.Fatal(body)
	}
	if body := s.answer("do-some"); !strings.Contains(body, "2 records brought back") {
		t.Error(body)
	}
	s.has("/record?kind=notes&id=plan", "test account")
	s.has("/record?kind=notes&id=changed", "opens at ten")
}

// TestSetting: a setting can be found, and is brought back like any record.
func TestSetting(t *testing.T) {
	s := enter(t, world(t))
	s.has("/search", `href="/search?kind=settings">Settings</a>`, ">settings</a>")
	s.change(func(ctx context.Context, store *repo.Store) error {
		value, err := store.Settings.Get(ctx, "settings")
		if err != nil {
			return err
		}
		value.Value = schema.JSON(`{"other":true}`)
		return store.Settings.Save(ctx, &value)
	})
	id := regexp.MustCompile(`<li id="([^"]+)"`).FindStringSubmatch(s.get("/backups"))[1]
	s.wants(303, "POST", "/compare", s.form("id", id))
	if body := s.waitFor(); !strings.Contains(body, ">settings</a>") {
		t.Error(body)
	}
	s.wants(303, "POST", "/restore", s.form("id", id, "step", "some", "pick", "settings/settings"))
	if body := s.answer("do-some"); !strings.Contains(body, "1 record brought back") {
		t.Error(body)
	}
	if strings.Contains(s.get("/raw?kind=settings&id=settings"), "other") {
		t.Error("the setting is as it was since")
	}
}

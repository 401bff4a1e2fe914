package web_test

import (
	"errors"
	"fmt"
	"html"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"taskstore/cmd/storectl/internal/web"
	"taskstore/repo"
	"taskstore/schema"
)

// TestManyTags: a record with 10,000 tags has a page like any other.
func TestManyTags(t *testing.T) {
	dir := world(t)
	s := enter(t, dir)
	store, err := repo.Open(t.Context(), dir, repo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	n := schema.Note{Head: schema.Head{ID: "many"}, Title: "Many", Summary: "Many", Content: "x", Timestamp: at(200), LastUpdated: at(200), Source: "thought", Status: "approved"}
	for i := range 10_000 {
		n.Tags = append(n.Tags, fmt.Sprintf("tag%05d", i))
	}
	if err := store.Notes.Save(t.Context(), &n); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	body := s.get("/record?kind=notes&id=many")
	if !strings.Contains(body, "9,800 more") || len(body) > 1<<20 {
		t.Errorf("%d bytes", len(body))
	}
	s.get("/days")
	s.get("/search?kind=notes")
}

// TestPages: each page says what is in the store, and each kind of record has one.
func TestPages(t *testing.T) {
	s := enter(t, world(t))
	for path, wants := range map[string][]string{
		"/days":                               {"Friday, 12 September 2025", "Design review of the checkout", "Due on this day", "Wed, 10 Sep 2025"},
		"/days?day=2025-09-11":                {"Nothing was recorded", "Wed, 10 Sep 2025", "Fri, 12 Sep 2025"},
		"/days?month=2025-09":                 {"12 September 2025"},
		"/record?kind=sessions&id=review":     {"five steps to three", "Decision: guest checkout", "The address comes first", "<video", "<audio", "missing: the store has no file nowhere", "Basket", "Ask whether parcels"},
		"/record?kind=notes&id=plan":          {"<table>", "<strong>test account</strong>", "picture elsewhere: a chart", `<input checked`},
		"/record?kind=tasks&id=bank":          {"2025-09-12 16:00", "<em>Thursday</em>", "Find the number", "high"},
		"/record?kind=settings&id=settings":   {"Everything in it"},
		"/record?kind=notes&id=gone":          {"in the trash", "Bring it back"},
		"/record?kind=notes&id=changed&rev=1": {"as it was at revision 1", "opens at nine"},
		"/search?q=address":                   {"<mark>address</mark>", "Design review", "Audio segment", "/thumb?sha="},
		"/search?q=nosuchword":                {"Nothing was found"},
		"/search?q=status:nonsense":           {"names nothing"},
		"/search?q=%22":                       {"How to ask"},
		"/search?kind=notes&tag=checkout":     {"What is left for the checkout", "2 notes"},
		"/search?kind=topics&status=done":     {"How to ask"},
		"/search?month=2025-09&q=shop":        {"Sep 2025", "record"},
		"/history?kind=notes&id=changed":      {"<del>nine</del><ins>ten</ins>", "as it is now", "Make it so again"},
		"/revert?kind=notes&id=changed&to=1":  {"1 field would change", "<ins>nine</ins>"},
		"/trash":                              {"Numbers of the old shop", "somebody deleted it", "no limit of time"},
		"/backups":                            {"What is different now", "manual", "never tried"},
		"/health":                             {"Is the data safe?", "no backup was ever restored", "Try to restore the newest"},
		"/job":                                {"Nothing is being done"},
	} {
		body := s.get(path)
		for _, want := range wants {
			if !strings.Contains(strings.ToLower(body), strings.ToLower(want)) {
				t.Errorf("%s: %q is not on the page", path, want)
			}
		}
		wantValid(t, path, body)
	}
	for path, code := range map[string]int{"/record?kind=notes&id=none": 404, "/record?kind=x&id=y": 400, "/history?kind=notes&id=none": 404, "/revert?kind=notes&id=changed&to=99": 404, "/days?day=x": 400, "/search?since=whenever": 400, "/nowhere": 404} {
		wantValid(t, path, s.wants(code, "GET", path, nil))
	}
	kinds := slices.Collect(func(yield func(repo.Kind) bool) {
		for _, k := range repo.Kinds() {
			yield(k)
		}
	})
	for _, k := range kinds {
		for _, id := range regexp.MustCompile(`/record\?id=([^&"]+)&amp;kind=`+k.Plural+`"`).FindAllStringSubmatch(s.get("/search?kind="+k.Plural), 3) {
			wantValid(t, k.Plural, s.get("/record?id="+id[1]+"&kind="+k.Plural))
		}
	}
}

// TestConflict: a button that is pressed on what has changed since does nothing, and says so.
func TestConflict(t *testing.T) {
	s := enter(t, world(t))
	form := s.form("kind", "notes", "id", "changed", "to", "1", "rev", "1")
	if body := s.wants(409, "POST", "/revert", form); !strings.Contains(body, "It has changed meanwhile") {
		t.Error(body)
	}
	if !strings.Contains(s.get("/record?kind=notes&id=changed"), "opens at ten") {
		t.Error("it was reverted")
	}
	s.wants(400, "POST", "/trash", s.form("pick", "nonsense"))
	s.wants(404, "POST", "/trash", s.form("pick", "notes/none"))
	s.wants(400, "POST", "/backups", s.form("do", "nonsense"))
	s.wants(400, "POST", "/health", s.form("do", "nonsense"))
}

// TestTagsOnThePage: tags are added and taken away, and said as they are then.
func TestTagsOnThePage(t *testing.T) {
	s := enter(t, world(t))
	for _, step := range [][]string{{"add", " new  "}, {"remove", "checkout"}} {
		s.wants(303, "POST", "/tags", s.form("kind", "notes", "id", "plan", step[0], step[1]))
	}
	body := s.get("/record?kind=notes&id=plan")
	if !strings.Contains(body, ">new</a>") || strings.Contains(body, ">checkout</a>") {
		t.Error("the tags are not as they were made")
	}
}

// waitFor waits for a work to end, and gives what is said of it.
func (s *site) waitFor() string {
	s.t.Helper()
	for range 300 {
		if body := s.get("/job"); !strings.Contains(body, "data-work") {
			return body
		}
		time.Sleep(100 * time.Millisecond)
	}
	s.t.Fatal("the work does not end")
	return ""
}

// answer says yes to what the work asks that was last, and gives what is said in the end.
func (s *site) answer(step string) string {
	s.t.Helper()
	work := regexp.MustCompile(`name="work" value="([^"]+)"`).FindStringSubmatch(s.waitFor())
	if work == nil {
		s.t.Fatalf("nothing is asked: %s", s.waitFor())
	}
	s.wants(303, "POST", "/restore", s.form("work", work[1], "step", step))
	return s.waitFor()
}

// TestLostStore: where the database is gone the page shows the backups, and gives the store back.
func TestLostStore(t *testing.T) {
	dir := world(t)
	for _, name := range []string{"store.db", "store.db-wal", "store.db-shm"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	s := enter(t, dir)
	if body := s.wants(500, "GET", "/days", nil); !strings.Contains(body, `href="/backups"`) {
		t.Error(body)
	}
	id := regexp.MustCompile(`<li id="([^"]+)"`).FindStringSubmatch(s.get("/backups"))[1]
	s.wants(303, "POST", "/restore", s.form("id", id, "step", "all"))
	if body := s.waitFor(); !strings.Contains(body, "Restore the whole store?") {
		t.Fatal(body)
	}
	if body := s.answer("do-all"); !strings.Contains(body, "holds as many records of each kind as the backup") {
		t.Fatal(body)
	}
	if !strings.Contains(s.get("/days"), "Design review of the checkout") {
		t.Error("the day is empty")
	}
}

// TestStoreInUse: what another program has open is not restored over, and the page says who has it.
func TestStoreInUse(t *testing.T) {
	dir := world(t)
	s := enter(t, dir, func(o *web.Options) { o.Lock = 100 * time.Millisecond })
	id := regexp.MustCompile(`<li id="([^"]+)"`).FindStringSubmatch(s.get("/backups"))[1]
	s.wants(303, "POST", "/restore", s.form("id", id, "step", "all"))
	s.waitFor()
	other, err := repo.Open(t.Context(), dir, repo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if body := s.answer("do-all"); !strings.Contains(body, "Another program has the store open") {
		t.Error(body)
	}
	if !strings.Contains(s.get("/record?kind=tasks&id=newer"), "Tell the shop") {
		t.Error("the store is another one")
	}
}

// TestMendAndCheck: the buttons of the health check, and say what was found.
func TestMendAndCheck(t *testing.T) {
	s := enter(t, world(t))
	for _, step := range []struct{ path, name, value, want string }{{"/check", "quick", "1", "samples"}, {"/health", "do", "fts", "Mended, and checked again"}, {"/backups", "do", "create", "made and verified"}} {
		s.wants(303, "POST", step.path, s.form(step.name, step.value))
		if body := s.waitFor(); !strings.Contains(body, step.want) {
			t.Errorf("%s: %s", step.path, body)
		}
	}
}

// TestBringBackSome: of what differs from a backup only what was picked changes, after a question that changes nothing.
func TestBringBackSome(t *testing.T) {
	s := enter(t, world(t))
	id := regexp.MustCompile(`<li id="([^"]+)"`).FindStringSubmatch(s.get("/backups"))[1]
	s.wants(303, "POST", "/compare", s.form("id", id))
	if body := s.waitFor(); !strings.Contains(body, "3 records differ") {
		t.Error(body)
	}
	s.wants(303, "POST", "/restore", s.form("id", id, "step", "some", "pick", "notes/changed"))
	if body := s.waitFor(); !strings.Contains(body, "1 record would change") {
		t.Error(body)
	}
	if !strings.Contains(s.get("/record?kind=notes&id=changed"), "opens at ten") {
		t.Error("the question changed the note")
	}
	if body := s.answer("do-some"); !strings.Contains(body, "none of them differs") {
		t.Error(body)
	}
	if !strings.Contains(s.get("/record?kind=notes&id=changed"), "opens at nine") || !strings.Contains(s.get("/trash"), "Numbers of the old shop") {
		t.Error("what was picked is not as it was, or something else is")
	}
}

// TestSearchStates: each state of the page of a search has an address, and whatever narrows it next keeps what did before.
func TestSearchStates(t *testing.T) {
	s := enter(t, world(t))
	state := url.Values{"q": {"checkout"}, "kind": {"notes"}, "tag": {"checkout", "new"}, "status": {"approved"}, "month": {"2025-09"}, "since": {"2025-09-01"}, "until": {"2025-09-30"}, "sort": {"newest"}}
	links := 0
	for _, kind := range []string{"notes", ""} {
		state.Set("kind", kind)
		state["tag"] = state["tag"][:1]
		body := s.get("/search?" + state.Encode())
		for _, l := range regexp.MustCompile(`href="/search\?([^"]+)"`).FindAllStringSubmatch(body, -1) {
			to, err := url.ParseQuery(html.UnescapeString(l[1]))
			if err != nil || to.Get("q") != "checkout" {
				continue // a tag of a record, by itself
			}
			links++
			changed := 0
			for name, values := range state {
				if values[0] != "" && !slices.Equal(to[name], values) {
					changed++
				}
			}
			if changed > 1 {
				t.Errorf("%v is changed more than once: %v", state, to)
			}
		}
		for _, name := range []string{"tag", "status", "month", "since", "until", "sort"} {
			if !strings.Contains(body, `<input type="hidden" name="`+name+`" value="`+state.Get(name)+`">`) {
				t.Errorf("what is asked next is not narrowed by %s", name)
			}
		}
		wantValid(t, kind, body)
	}
	if links < 10 {
		t.Errorf("only %d links", links)
	}
}

// TestContinuousCopy: the health tells of a copy that Litestream makes, and that it is behind.
func TestContinuousCopy(t *testing.T) {
	dir := world(t)
	s := enter(t, dir)
	if strings.Contains(s.get("/health"), "Litestream") {
		t.Error("there is no copy")
	}
	level := filepath.Join(dir, ".store.db-litestream", "ltx", "0")
	name := filepath.Join(level, "0000000000000001-0000000000000001.ltx")
	old := time.Now().Add(-3 * time.Hour)
	for _, err := range []error{os.MkdirAll(level, 0o700), os.WriteFile(name, []byte("x"), 0o600), os.Chtimes(name, old, old)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	body := s.get("/health")
	for _, want := range []string{"Continuous copy by Litestream", "behind the store", "is it running"} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	wantValid(t, "/health", body)
}

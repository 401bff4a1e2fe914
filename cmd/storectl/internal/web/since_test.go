package web_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"taskstore/cmd/storectl/internal/web/shown"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// change does something to a store that is being shown, as another program does.
func (s *site) change(do func(ctx context.Context, store *repo.Store) error) {
	s.t.Helper()
	store, err := repo.Open(s.t.Context(), s.dir, repo.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	if err := do(s.t.Context(), store); err != nil {
		s.t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) has(path string, wants ...string) {
	s.t.Helper()
	body := s.get(path)
	for _, want := range wants {
		if !strings.Contains(body, want) {
			s.t.Errorf("%s: %q is not on the page", path, want)
		}
	}
}

// TestPast: a state of the past has the title, the file and the moments that it had, and not those of now.
func TestPast(t *testing.T) {
	s := enter(t, world(t))
	s.change(func(ctx context.Context, store *repo.Store) error {
		_, err := store.Notes.Modify(ctx, "changed", func(n *schema.Note) error { n.Title = "When the shop is open"; return nil })
		return err
	})
	s.has("/record?kind=notes&id=changed", "<h1>When the shop is open</h1>")
	s.has("/record?kind=notes&id=changed&rev=1", "<h1>Opening hours</h1>", "<title>Opening hours", "/raw?id=changed&amp;kind=notes&amp;rev=1")
	s.has("/raw?kind=notes&id=changed&rev=1", "opens at nine")
	s.has("/raw?kind=notes&id=changed", "opens at ten")
	s.change(func(ctx context.Context, store *repo.Store) error {
		var shots []*schema.Screenshot
		for i := range 90 {
			shots = append(shots, &schema.Screenshot{Item: schema.Item{ID: fmt.Sprintf("more%02d", i)}, SessionID: "review", Timestamp: at(100), AnalysisStatus: "pending"})
		}
		if err := store.Sessions.Screenshots.Add(ctx, "review", shots...); err != nil {
			return err
		}
		_, err := store.Sessions.Modify(ctx, "review", func(x *schema.Session) error { x.Name = "Review"; return nil })
		return err
	})
	more := regexp.MustCompile(`id="more" href="([^"]+)"`).FindStringSubmatch(s.get("/record?kind=sessions&id=review&rev=1"))
	if more == nil || !strings.Contains(more[1], "rev=1") {
		t.Errorf("the moments of the past go on at %v", more)
	}
}

// TestNoMoreThere: the history of a record that another tool has removed says what it was called, and so does the question.
func TestNoMoreThere(t *testing.T) {
	s := enter(t, world(t))
	s.change(func(_ context.Context, store *repo.Store) error {
		testdb.Shell(t, store, "DELETE FROM notes WHERE id = 'changed'")
		return nil
	})
	s.wants(303, "GET", "/record?kind=notes&id=changed", nil)
	s.has("/history?kind=notes&id=changed", "Opening hours <span", "not in the store any more")
	s.has("/revert?kind=notes&id=changed&to=1", ">Opening hours</a>", "It will be there again")
	s.has("/history?kind=settings&id=settings", ">settings</a>")
}

// TestTitles: what stands for the title of a note is shown without the marks of Markdown, wherever it stands; a title as it is.
func TestTitles(t *testing.T) {
	s := enter(t, world(t))
	s.change(func(ctx context.Context, store *repo.Store) error {
		n := &schema.Note{Head: schema.Head{ID: "marked"}, Content: "# The **new** shop\n\nOpens in *May*.", Timestamp: at(160), LastUpdated: at(160), Source: "thought", Status: "approved"}
		task := &schema.Task{Head: schema.Head{ID: "code"}, Title: "Try `make shop`", Priority: "low", Status: "todo", CreatedBy: "manual", CreatedAt: at(161), DueDate: "2025-09-12"}
		if err := store.Notes.Save(ctx, n); err != nil {
			return err
		}
		return store.Tasks.Save(ctx, task)
	})
	for _, path := range []string{"/days", "/search", "/search?kind=notes", "/search?q=may", "/record?kind=notes&id=marked", "/history?kind=notes&id=marked"} {
		s.has(path, ">The new shop<")
	}
	s.has("/days", ">Try `make shop`</a> <span")
}

// TestTitleOf: a record is called on its own page what lists call it.
func TestTitleOf(t *testing.T) {
	s := enter(t, world(t))
	s.change(func(ctx context.Context, store *repo.Store) error {
		if err := store.Notes.Save(ctx, &schema.Note{Head: schema.Head{ID: "long"}, Content: "## " + strings.Repeat("word ", 100), Timestamp: at(160), Source: "thought", Status: "approved"}); err != nil {
			return err
		}
		for _, k := range repo.Kinds() {
			records, n := k.In(&store.Repos), 0
			for value, err := range records.All(ctx, repo.Query{}) {
				if err != nil {
					return err
				}
				want, err := records.Title(ctx, k.ID(value))
				if err != nil {
					return err
				}
				if got := shown.TitleOf(k, value); strings.TrimSuffix(got, "…") != want && k.IsEntity() || got == "" {
					t.Errorf("%s %s is called %q and %q", k.Name, k.ID(value), got, want)
				}
				n++
			}
			if n == 0 {
				t.Errorf("there are no %s", k.Plural)
			}
		}
		return nil
	})
}

// TestClocksTurned: where clocks are turned at midnight each day is in the calendar once, and has its records.
func TestClocksTurned(t *testing.T) {
	cairo, err := time.LoadLocation("Africa/Cairo")
	if err != nil {
		t.Fatal(err)
	}
	zone := time.Local
	time.Local = cairo
	defer func() { time.Local = zone }()
	dir := world(t)
	s := enter(t, dir)
	s.change(func(ctx context.Context, store *repo.Store) error {
		var notes []*schema.Note
		for i, moment := range []string{"2025-04-24T23:59:00+02:00", "2025-04-25T01:00:00+03:00", "2025-04-25T23:59:00+03:00", "2025-04-26T00:00:00+03:00"} {
			at, _ := schema.ParseTime(moment)
			notes = append(notes, &schema.Note{Head: schema.Head{ID: fmt.Sprintf("turn%d", i)}, Title: fmt.Sprintf("Turned %d", i), Content: "c", Timestamp: at, LastUpdated: at, Source: "thought", Status: "approved"})
		}
		return store.Notes.Save(ctx, notes...)
	})
	body := s.get("/days?day=2025-04-25")
	for day := range 30 {
		if n := strings.Count(body, fmt.Sprintf(`href="/days?day=2025-04-%02d" class`, day+1)); n != 1 {
			t.Errorf("April %d is in its month %d times", day+1, n)
		}
	}
	if !strings.Contains(body, "Friday, 25 April 2025") || !strings.Contains(body, "Turned 1") || !strings.Contains(body, "Turned 2") || strings.Contains(body, "Turned 0<") || strings.Contains(body, "Turned 3<") || !strings.Contains(body, "2 notes") {
		t.Error(body)
	}
}

// TestNarrowedTwice: what narrows by time narrows together, whatever else does.
func TestNarrowedTwice(t *testing.T) {
	s := enter(t, world(t))
	s.has("/search?kind=notes&month=2025-09&until=2026-12-31&since=2020-01-01", "Opening hours")
	for _, more := range []string{"since=2025-10-01", "until=2025-08-31"} {
		if body := s.get("/search?kind=notes&month=2025-09&" + more); strings.Contains(body, "Opening hours") || !strings.Contains(body, "There are none") {
			t.Errorf("%s: %s", more, body)
		}
	}
	if body := s.get("/search?kind=notes&month=2025-08&until=2026-12-31"); strings.Contains(body, "Opening hours") {
		t.Error("the month ends when something else does")
	}
}

// TestOneValue: the only tag that what was found has is a choice, where others have none.
func TestOneValue(t *testing.T) {
	s := enter(t, world(t))
	s.has("/search?q=opens", "2 records", "<span>#shop</span>")
	if body := s.get("/search?q=opens&kind=notes"); strings.Contains(body, "<span>#shop</span>") {
		t.Error("a tag that all have narrows nothing")
	}
}

// TestLongSession: the pictures of a very long session are of its beginning, and each leads to its moment.
func TestLongSession(t *testing.T) {
	s := enter(t, world(t))
	s.change(func(ctx context.Context, store *repo.Store) error {
		x := &schema.Session{Head: schema.Head{ID: "long"}, Name: "Long", Status: "completed", StartTime: at(200)}
		for i := range 2000 {
			x.Screenshots = append(x.Screenshots, schema.Screenshot{Item: schema.Item{ID: fmt.Sprintf("l&%04d", i)}, SessionID: "long", Timestamp: at(200 + float64(i)), AnalysisStatus: "pending"})
		}
		return store.Sessions.Save(ctx, x)
	})
	body := s.get("/days")
	for i := 0; i < 400; i += 50 {
		if want := fmt.Sprintf("/record?id=long&amp;kind=sessions&amp;at=l%%26%04d#m-l&amp;%04d", i, i); !strings.Contains(body, want) {
			t.Errorf("%s is not on the page", want)
		}
	}
	if !strings.Contains(body, "1,992 more") {
		t.Error("it is not said how many more there are")
	}
	s.has("/record?id=long&kind=sessions&at=l%261950", `id="m-l&amp;1950" class="chosen"`)
}

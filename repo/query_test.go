package repo_test

import (
	"fmt"
	"slices"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"

	"pgregory.net/rapid"
)

// seen is what a query can ask of an entity, read in Go.
type seen struct {
	id, status string
	date       schema.Time
	trashed    bool
	tags       []string
	links      []schema.Link
}

// world is a store with links back and forth, and everything in it by kind.
type world struct {
	s   *repo.Store
	all map[string][]seen
}

var (
	worldDates  = []schema.Time{"", "2025-01-01T00:00:00.000Z", "2025-01-02T00:00:00.000Z", "2025-01-03T00:00:00.000Z"}
	worldStates = []string{"draft", "approved", "todo", ""}
	worldTags   = []string{"a", "b", "c"}
	linkable    = []string{"note", "task", "topic", "company", "contact", "session"}
)

func newWorld(t *testing.T) world {
	w := world{testdb.Open(t), map[string][]seen{}}
	g := testdb.Seeded(11, 0)
	var notes []*schema.Note
	var tasks []*schema.Task
	var topics []*schema.Topic
	var companies []*schema.Company
	for i := range 40 {
		e := randomSeen(g, i)
		head := schema.Head{ID: e.id}
		if e.trashed {
			head.TrashedAt, head.TrashReason = "2025-02-01T00:00:00.000Z", schema.TrashDeleted
		}
		n := &schema.Note{Head: head, Status: e.status, Timestamp: e.date, Tags: e.tags, Links: slices.Clone(e.links)}
		task := &schema.Task{Head: head, Status: e.status, CreatedAt: e.date, Tags: e.tags, Links: slices.Clone(e.links)}
		topic := &schema.Topic{Head: head, Subject: schema.Subject{CreatedAt: e.date}, Links: slices.Clone(e.links)}
		company := &schema.Company{Head: head, Subject: schema.Subject{CreatedAt: e.date}, Links: slices.Clone(e.links)}
		notes, tasks, topics, companies = append(notes, n), append(tasks, task), append(topics, topic), append(companies, company)
		for _, k := range []string{"note", "task", "topic", "company"} {
			w.all[k] = append(w.all[k], e)
		}
	}
	imported := repo.WithOrigin(t.Context(), repo.OriginImport) // what has no date stays so
	fatal(t, w.s.Notes.Save(imported, notes...))
	fatal(t, w.s.Tasks.Save(imported, tasks...))
	fatal(t, w.s.Topics.Save(imported, topics...))
	fatal(t, w.s.Companies.Save(imported, companies...))
	return w
}

func randomSeen(g *testdb.Gen, i int) seen {
	e := seen{id: fmt.Sprint("e", i), status: worldStates[g.IntN(4)], date: worldDates[g.IntN(4)], trashed: g.IntN(5) == 0}
	for _, tag := range worldTags {
		if g.IntN(3) == 0 {
			e.tags = append(e.tags, tag)
		}
	}
	for range g.IntN(4) {
		l := schema.Link{Kind: linkable[g.IntN(len(linkable))], ID: fmt.Sprint("e", g.IntN(8)), Incoming: g.IntN(2) == 0}
		e.links = append(e.links, l)
	}
	return e
}

// matches is what Query promises, without an index.
func (w world) matches(kind string, e seen, q repo.Query) bool {
	if e.trashed != q.Trash || len(q.Status) > 0 && !slices.Contains(q.Status, e.status) {
		return false
	}
	if q.From != "" && (e.date == "" || e.date < q.From) || q.To != "" && (e.date == "" || e.date >= q.To) {
		return false
	}
	for _, tag := range q.Tags {
		if !slices.Contains(e.tags, tag) {
			return false
		}
	}
	for _, l := range q.Links {
		if !linked(e.links, l.Kind, l.ID) && !w.linkedFrom(l, kind, e.id) {
			return false
		}
	}
	return true
}

func linked(links []schema.Link, kind, id string) bool {
	return slices.ContainsFunc(links, func(l schema.Link) bool {
		return l.ID == id && (l.Kind == kind || l.Kind == "topic" && (kind == "company" || kind == "contact"))
	})
}

// linkedFrom tells whether the entity at the other end names this one.
func (w world) linkedFrom(other schema.Link, kind, id string) bool {
	return slices.ContainsFunc(w.all[other.Kind], func(e seen) bool { return e.id == other.ID && linked(e.links, kind, id) })
}

// TestQueryAgainstScan compares every filter with a scan in Go.
func TestQueryAgainstScan(t *testing.T) {
	w := newWorld(t)
	rapid.Check(t, func(rt *rapid.T) {
		kind := rapid.SampledFrom([]string{"note", "task", "topic", "company"}).Draw(rt, "kind")
		q := repo.Query{Trash: rapid.IntRange(0, 3).Draw(rt, "trash") == 0, Limit: rapid.IntRange(1, 50).Draw(rt, "limit")}
		q.From, q.To = rapid.SampledFrom(worldDates).Draw(rt, "from"), rapid.SampledFrom(worldDates).Draw(rt, "to")
		q.Sort = rapid.SampledFrom([]repo.Sort{"", "date", "-date", "updated", "-saved", "title", "-title"}).Draw(rt, "sort")
		if kind == "note" || kind == "task" {
			q.Status = rapid.SliceOfNDistinct(rapid.SampledFrom(worldStates), 0, 2, rapid.ID).Draw(rt, "status")
			q.Tags = rapid.SliceOfNDistinct(rapid.SampledFrom(worldTags), 0, 2, rapid.ID).Draw(rt, "tags")
		}
		for range rapid.SampledFrom([]int{0, 0, 1, 1, 2}).Draw(rt, "links") {
			q.Links = append(q.Links, schema.Link{Kind: rapid.SampledFrom(linkable).Draw(rt, "link"), ID: fmt.Sprint("e", rapid.IntRange(0, 9).Draw(rt, "to"))})
		}
		w.compare(t, rt, kind, q)
	})
}

func (w world) compare(t *testing.T, rt *rapid.T, kind string, q repo.Query) {
	var want []string
	for _, e := range w.all[kind] {
		if w.matches(kind, e, q) {
			want = append(want, e.id)
		}
	}
	var got []string
	for at := q; ; {
		var page repo.Page[schema.Brief]
		var err error
		switch kind {
		case "note":
			page, err = w.s.Notes.List(t.Context(), at)
		case "task":
			page, err = w.s.Tasks.List(t.Context(), at)
		case "topic":
			page, err = w.s.Topics.List(t.Context(), at)
		default:
			page, err = w.s.Companies.List(t.Context(), at)
		}
		if err != nil {
			rt.Fatal(err)
		}
		for _, b := range page.Items {
			got = append(got, b.ID)
		}
		if at.After = page.Next; at.After == "" {
			break
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		rt.Fatalf("%s %+v: %v, want %v", kind, q, got, want)
	}
	if kind == "note" {
		if n, err := w.s.Notes.Count(t.Context(), q); err != nil || n != len(want) {
			rt.Fatalf("%+v: count %d, %v, want %d", q, n, err, len(want))
		}
	}
}

// TestForeignDates: an empty text where a date should be, which only another
// tool writes, does not end a walk.
func TestForeignDates(t *testing.T) {
	s := testdb.Open(t)
	for i := range 9 {
		n := note(fmt.Sprint("n", i), "x")
		n.Timestamp = worldDates[i%3]
		fatal(t, s.Notes.Save(t.Context(), n))
	}
	testdb.Shell(t, s, "UPDATE notes SET timestamp = '' WHERE id IN ('n1', 'n2', 'n4'); UPDATE notes SET timestamp = 'noon' WHERE id = 'n7';")
	for _, sort := range []repo.Sort{"date", "-date"} {
		found := map[string]int{}
		for q := (repo.Query{Limit: 1, Sort: sort}); ; {
			page, err := s.Notes.List(t.Context(), q)
			fatal(t, err)
			for _, b := range page.Items {
				found[b.ID]++
			}
			if q.After = page.Next; q.After == "" {
				break
			}
		}
		for i := range 9 {
			if n := found[fmt.Sprint("n", i)]; n != 1 {
				t.Errorf("by %s n%d is there %d times", sort, i, n)
			}
		}
	}
}

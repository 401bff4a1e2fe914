package repo_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// facetWorld is a store of notes that are alike: few dates and titles, some without a date,
// one tag that all have, links written at either end; and how they are now, read by their
// ids.
type facetWorld struct {
	s     *repo.Store
	g     *testdb.Gen
	ids   []string
	notes []schema.Note
	named map[string][]string // topics, and the notes that their own links name
}

var (
	facetTitles = []string{"", "a", "A", "a", "b", "ß", "Zebra"}
	facetDates  = []schema.Time{"", "2025-03-30T00:59:59.999Z", "2025-03-30T01:00:00.000Z", "2025-03-30T01:00:00.001Z", "2025-03-30T22:15:00.000Z",
		"2025-03-30T18:29:00.000Z", "2025-03-30T18:31:00.000Z", "2026-01-01T00:00:00.000Z"}
	facetStates = []string{"draft", "approved", "", "pending_review"}
)

func newFacetWorld(t *testing.T) *facetWorld {
	w := &facetWorld{s: testdb.Open(t), g: testdb.Seeded(16, 0), named: map[string][]string{}}
	ctx := repo.WithOrigin(t.Context(), repo.OriginImport)
	for i := range 70 {
		w.ids = append(w.ids, fmt.Sprint("n", i))
		fatal(t, w.s.Notes.Save(ctx, w.draw(&schema.Note{Head: schema.Head{ID: w.ids[i]}})))
	}
	for i := range 3 {
		topic := &schema.Topic{Head: schema.Head{ID: fmt.Sprint("t", i)}}
		for range 5 * i {
			id := w.ids[w.g.IntN(len(w.ids))]
			topic.Links = append(topic.Links, schema.Link{Kind: "note", ID: id})
			w.named[topic.ID] = append(w.named[topic.ID], id)
		}
		fatal(t, w.s.Topics.Save(ctx, topic))
	}
	return w
}

func pick[T any](g *testdb.Gen, list []T) T { return list[g.IntN(len(list))] }

// draw gives a note other members.
func (w *facetWorld) draw(n *schema.Note) *schema.Note {
	n.Title, n.Status, n.Timestamp, n.LastUpdated = pick(w.g, facetTitles), pick(w.g, facetStates), pick(w.g, facetDates), pick(w.g, facetDates)
	n.Tags, n.Links = []string{"every"}, nil
	for _, tag := range []string{"a", "b", "rare"} {
		if w.g.IntN(3) == 0 && (tag != "rare" || w.g.IntN(3) == 0) {
			n.Tags = append(n.Tags, tag)
		}
	}
	for _, kind := range []string{"topic", "company"} {
		if w.g.IntN(3) == 0 {
			n.Links = append(n.Links, schema.Link{Kind: kind, ID: fmt.Sprint("t", w.g.IntN(3))})
		}
	}
	n.TrashedAt, n.TrashReason = "", ""
	if w.g.IntN(3) == 0 {
		n.TrashedAt, n.TrashReason = "2025-02-01T00:00:00.000Z", schema.TrashDeleted
	}
	return n
}

// change writes some notes, as this program or as another.
func (w *facetWorld) change(t *testing.T, external bool) {
	t.Helper()
	id := pick(w.g, w.ids)
	if !external {
		_, err := w.s.Notes.Modify(repo.WithOrigin(t.Context(), repo.OriginImport), id, func(n *schema.Note) error { w.draw(n); return nil })
		fatal(t, err)
		return
	}
	testdb.Shell(t, w.s, pick(w.g, []string{
		"UPDATE notes SET timestamp = NULL WHERE id = '" + id + "';",
		"UPDATE notes SET status = 'draft', title = 'A' WHERE id IN ('" + id + "', 'n3');",
		"UPDATE notes SET trashed_at = '2025-02-01T00:00:00.000Z', trash_reason = 'deleted' WHERE id = '" + id + "';",
		"UPDATE notes SET trashed_at = NULL, trash_reason = NULL WHERE id = '" + id + "';",
		"DELETE FROM note_tags WHERE note_pk = (SELECT pk FROM notes WHERE id = '" + id + "');",
		"INSERT INTO note_tags (note_pk, pos, tag) SELECT pk, 90, 'rare' FROM notes WHERE id = '" + id + "' AND NOT EXISTS (SELECT 1 FROM note_tags WHERE note_pk = notes.pk AND pos = 90);",
		"UPDATE note_links SET id = 't2' WHERE note_pk = (SELECT pk FROM notes WHERE id = '" + id + "');",
	}))
}

func (w *facetWorld) read(t *testing.T) {
	t.Helper()
	var err error
	w.notes, err = w.s.Notes.GetMany(t.Context(), w.ids)
	fatal(t, err)
}

func (w *facetWorld) query() (q repo.Query) {
	some := func(n int) bool { return w.g.IntN(n) == 0 }
	q.Trash, q.Zone = some(3), pick(w.g, append([]string{"Asia/Kolkata"}, zones...))
	q.Sort = pick(w.g, []repo.Sort{"", "-date", "updated", "-updated", "saved", "-saved", "title", "-title"})
	for _, tag := range []string{"every", "a", "rare"} {
		if some(4) {
			q.Tags = append(q.Tags, tag)
		}
	}
	if some(4) {
		q.AnyTags = []string{pick(w.g, []string{"a", "rare", "none"}), "b"}
	}
	if some(5) {
		q.NotTags = []string{"b", "rare"}[:1+w.g.IntN(2)]
	}
	if some(3) {
		q.Status = []string{pick(w.g, facetStates), pick(w.g, facetStates)}[:1+w.g.IntN(2)]
	}
	if some(5) {
		q.NotStatus = []string{pick(w.g, facetStates)}
	}
	if some(4) {
		q.Links = []schema.Link{{Kind: pick(w.g, []string{"topic", "company"}), ID: fmt.Sprint("t", w.g.IntN(4))}}
	}
	if some(5) {
		q.AnyLinks = [][]schema.Link{{{Kind: "topic", ID: "t1"}, {Kind: "topic", ID: "t2"}, {Kind: "company", ID: "t0"}}}
	}
	if some(4) {
		q.From = pick(w.g, facetDates)
	}
	if some(4) {
		q.To = pick(w.g, facetDates)
	}
	return q
}

func (w *facetWorld) linked(n *schema.Note, l schema.Link) bool {
	return slices.ContainsFunc(n.Links, func(own schema.Link) bool {
		return own.ID == l.ID && (own.Kind == l.Kind || l.Kind == "company" && own.Kind == "topic")
	}) || l.Kind == "topic" && slices.Contains(w.named[l.ID], n.ID)
}

func (w *facetWorld) matches(n *schema.Note, q repo.Query) bool {
	has := func(tag string) bool { return slices.Contains(n.Tags, tag) }
	ok := (n.TrashedAt != "") == q.Trash && (len(q.Status) == 0 || slices.Contains(q.Status, n.Status)) && !slices.Contains(q.NotStatus, n.Status) &&
		(len(q.AnyTags) == 0 || slices.ContainsFunc(q.AnyTags, has)) && !slices.ContainsFunc(q.NotTags, has) &&
		(q.From == "" || n.Timestamp >= q.From) && (q.To == "" || n.Timestamp != "" && n.Timestamp < q.To)
	for _, tag := range q.Tags {
		ok = ok && has(tag)
	}
	for _, l := range q.Links {
		ok = ok && w.linked(n, l)
	}
	for _, any := range q.AnyLinks {
		ok = ok && slices.ContainsFunc(any, func(l schema.Link) bool { return w.linked(n, l) })
	}
	return ok
}

// wanted are the ids that a query gives, in its order.
func (w *facetWorld) wanted(q repo.Query) []string {
	var list []*schema.Note
	for i := range w.notes {
		if w.matches(&w.notes[i], q) {
			list = append(list, &w.notes[i])
		}
	}
	name, reverse := strings.CutPrefix(string(q.Sort), "-")
	down := (name == "title") == reverse
	key := func(n *schema.Note) string {
		switch name {
		case "updated":
			return string(n.LastUpdated)
		case "saved":
			return string(n.SavedAt)
		case "title":
			return strings.Map(lower, cmp.Or(n.Title, n.Summary, n.Content))
		}
		return string(n.Timestamp)
	}
	slices.SortFunc(list, func(a, b *schema.Note) int {
		c := cmp.Or(cmp.Compare(key(a), key(b)), cmp.Compare(a.PK, b.PK))
		if down {
			c = -c
		}
		if name != "title" && (key(a) == "") != (key(b) == "") { // undated ones are the last
			if key(a) == "" {
				return 1
			}
			return -1
		}
		return c
	})
	ids := make([]string, len(list))
	for i, n := range list {
		ids[i] = n.ID
	}
	return ids
}

// lower is what SQLite's NOCASE does to a letter.
func lower(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

package repo_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"

	"github.com/google/go-cmp/cmp"
)

// pageTotal is how many entities the tests of pages have.
const pageTotal = 16

// pages: every order gives everything once, page by page, in both directions,
// equal and missing dates included, also when entities come in between.
func (k kind[T]) pages(t *testing.T) {
	s := testdb.Open(t)
	c := k.of(&s.Repos)
	var values []*T
	for i := range pageTotal {
		v := testdb.Sample[T](uint64(i + 1))
		*k.date(&v) = []schema.Time{"", "2025-01-01T00:00:00.000Z", "2025-01-02T00:00:00.000Z"}[i%3]
		k.edit(&v, []string{"", "a", "B", "b", "ß"}[i%5])
		values = append(values, &v)
	}
	fatal(t, c.Save(t.Context(), values...))
	for _, sort := range repo.Sorts() {
		for _, sort := range []repo.Sort{sort, "-" + sort} {
			for _, limit := range []int{7, pageTotal, pageTotal + 1} {
				k.walk(t, c, repo.Query{Sort: sort, Limit: limit}, pageTotal)
			}
		}
	}
	k.walk(t, c, repo.Query{Limit: 1}, pageTotal)
	k.between(t, s)
	k.cursors(t, c)
	one := k.head(values[0])
	fatal(t, c.Delete(t.Context(), one.ID, k.head(values[1]).ID))
	k.walk(t, c, repo.Query{Trash: true, Limit: 1}, 2)
}

// walk follows the cursors of q and compares Find, List and All.
func (k kind[T]) walk(t *testing.T, c repo.Collection[T], q repo.Query, want int) {
	t.Helper()
	var byPage, byList, byAll []string
	listed, at := q, q
	for {
		page, err := c.Find(t.Context(), at)
		fatal(t, err)
		list, err := c.List(t.Context(), listed)
		fatal(t, err)
		for i := range page.Items {
			byPage = append(byPage, k.head(&page.Items[i]).ID)
		}
		for _, b := range list.Items {
			byList = append(byList, b.ID)
		}
		if page.Next != list.Next {
			t.Fatalf("%+v: Find and List differ in the cursor", at)
		}
		if page.Next == "" {
			break
		}
		if len(page.Items) != q.Limit {
			t.Fatalf("%+v: a page of %d", q, len(page.Items))
		}
		at.After, listed.After = page.Next, list.Next
	}
	for v, err := range c.All(t.Context(), q) {
		fatal(t, err)
		byAll = append(byAll, k.head(&v).ID)
	}
	if diff := cmp.Diff(byPage, byAll); diff != "" || !slices.Equal(byPage, byList) {
		t.Errorf("%+v: pages, lists and the stream differ: %s", q, diff)
	}
	sorted := slices.Clone(byPage)
	slices.Sort(sorted)
	if n := len(slices.Compact(sorted)); n != want || len(byPage) != want {
		t.Errorf("%+v: %d entities, %d of them different, want %d", q, len(byPage), n, want)
	}
	if n, err := c.Count(t.Context(), q); err != nil || n != want {
		t.Errorf("%+v: count %d, %v, want %d", q, n, err, want)
	}
	k.walkBack(t, c, at, byList)
	k.ordered(t, c, q)
}

// walkBack goes from the last page to the first, which are the same pages as those
// there, all being in the order of the list.
func (k kind[T]) walkBack(t *testing.T, c repo.Collection[T], last repo.Query, want []string) {
	t.Helper()
	var back []string
	for at := last; ; {
		page, err := c.List(t.Context(), at)
		fatal(t, err)
		ids := make([]string, len(page.Items), len(page.Items)+len(back))
		for i, b := range page.Items {
			ids[i] = b.ID
		}
		first := page.Prev == ""
		if back != nil && (len(ids) != at.Limit || page.Next == "") {
			t.Errorf("%+v: going back, a page of %d, next %q", at, len(ids), page.Next)
		}
		if back != nil && !first { // turn round: the page after this one is the one before
			k.turn(t, c, at, page.Next, back)
		}
		back = append(ids, back...)
		if first {
			break
		}
		at.After, at.Before = "", page.Prev
	}
	if diff := cmp.Diff(want, back); diff != "" {
		t.Errorf("%+v: back is not there: %s", last, diff)
	}
}

// turn wants the page after next to begin what is known to follow.
func (k kind[T]) turn(t *testing.T, c repo.Collection[T], at repo.Query, next repo.Cursor, follow []string) {
	t.Helper()
	at.Before, at.After = "", next
	page, err := c.Find(t.Context(), at)
	fatal(t, err)
	for i := range page.Items {
		if id := k.head(&page.Items[i]).ID; i >= len(follow) || id != follow[i] {
			t.Errorf("%+v: turned round, %s is number %d of %v", at, id, i, follow)
		}
	}
	if page.Prev == "" {
		t.Errorf("%+v: turned round, there is no way back", at)
	}
}

// writtenTitle is the title of a record as it was written: a list shows that of a note in HTML as text, and is
// sorted by this one.
func writtenTitle[T any](t *testing.T, c repo.Collection[T], b schema.Brief) string {
	t.Helper()
	v, err := c.Get(t.Context(), b.ID)
	fatal(t, err)
	n, ok := any(&v).(*schema.Note)
	if !ok {
		return b.Title
	}
	content := []rune(n.Content)
	for _, title := range []string{n.Title, n.Summary} {
		if title != "" {
			return title
		}
	}
	return string(content[:min(200, len(content))])
}

// ordered holds the order of a list against its own dates and titles.
func (k kind[T]) ordered(t *testing.T, c repo.Collection[T], q repo.Query) {
	t.Helper()
	q.Limit, q.After = 1000, ""
	list, err := c.List(t.Context(), q)
	fatal(t, err)
	name, reverse := strings.CutPrefix(string(q.Sort), "-")
	key := func(b schema.Brief) string {
		switch repo.Sort(name) {
		case repo.SortTitle:
			return strings.ToLower(writtenTitle(t, c, b))
		case repo.SortUpdated:
			return string(b.Updated)
		case repo.SortSaved:
			return "" // all were saved at once
		}
		return string(b.Date)
	}
	down := reverse == (repo.Sort(name) == repo.SortTitle)
	for i := 1; i < len(list.Items); i++ {
		a, b := key(list.Items[i-1]), key(list.Items[i])
		missing := repo.Sort(name) != repo.SortTitle && (a == "" || b == "")
		switch {
		case missing && a == "" && b != "":
			t.Errorf("%+v: %d: one without a date before one with", q, i)
		case missing && a != b:
		case down && a < b, !down && a > b:
			t.Errorf("%+v: %d: %q before %q", q, i, a, b)
		case a == b && (list.Items[i-1].PK < list.Items[i].PK) == down:
			t.Errorf("%+v: %d: equal ones out of order", q, i)
		}
	}
}

// between: entities that come while somebody pages do not move others.
func (k kind[T]) between(t *testing.T, s *repo.Store) {
	t.Helper()
	c := k.of(&s.Repos)
	seen := map[string]int{}
	q := repo.Query{Limit: 5}
	var added []string
	for i := 0; ; i++ {
		page, err := c.Find(t.Context(), q)
		fatal(t, err)
		for j := range page.Items {
			seen[k.head(&page.Items[j]).ID]++
		}
		if page.Next == "" {
			break
		}
		q.After = page.Next
		v := testdb.Sample[T](uint64(1000 + i))
		*k.date(&v) = []schema.Time{"", "2025-01-01T00:00:00.000Z", "2030-01-02T00:00:00.000Z"}[i%3]
		fatal(t, c.Save(t.Context(), &v))
		added = append(added, k.head(&v).ID)
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s was seen %d times", id, n)
		}
	}
	if len(seen) < pageTotal {
		t.Errorf("%d of %d were seen", len(seen), pageTotal)
	}
	fatal(t, c.Purge(t.Context(), added...))
}

func (k kind[T]) cursors(t *testing.T, c repo.Collection[T]) {
	t.Helper()
	page, err := c.Find(t.Context(), repo.Query{Limit: 3})
	fatal(t, err)
	var invalid *schema.InvalidError
	for _, q := range []repo.Query{
		{After: page.Next, Sort: "-date"}, {After: page.Next, Trash: true}, {After: page.Next, From: "2025-01-01T00:00:00.000Z"},
		{Before: page.Next, Sort: "-date"}, {After: page.Next, Before: page.Next}, {Before: "nonsense"},
		{After: "nonsense"}, {After: "e30"}, {Limit: -1}, {Sort: "size"}, {From: "yesterday"},
		{Links: []schema.Link{{Kind: "planet", ID: "x"}}},
	} {
		if _, err := c.Find(t.Context(), q); !errors.As(err, &invalid) {
			t.Errorf("%+v: %v", q, err)
		}
		if _, err := c.List(t.Context(), q); !errors.As(err, &invalid) {
			t.Errorf("%+v: %v", q, err)
		}
	}
	if _, err := c.Find(t.Context(), repo.Query{After: page.Next, Limit: 9}); err != nil {
		t.Errorf("a cursor with another page size: %v", err)
	}
}

// many: GetMany in its order, streams that are left early.
func (k kind[T]) many(t *testing.T) {
	s := testdb.Open(t)
	c := k.of(&s.Repos)
	a, b := k.saved(t, s, 1), k.saved(t, s, 2)
	ids := []string{k.head(&b).ID, "none", k.head(&a).ID, k.head(&b).ID}
	got, err := c.GetMany(t.Context(), ids, repo.Full)
	fatal(t, err)
	if len(got) != 3 {
		t.Fatalf("%d of %v", len(got), ids)
	}
	for i, want := range []*T{&b, &a, &b} {
		testdb.WantJSON(t, fmt.Sprint("number ", i), encoded(t, s, &got[i]), encoded(t, s, want))
	}
	if none, err := c.GetMany(t.Context(), nil); err != nil || len(none) != 0 {
		t.Errorf("none of none: %v, %v", none, err)
	}
	n := 0
	for range c.All(t.Context(), repo.Query{}) {
		n++
		break
	}
	for v, err := range c.All(t.Context(), repo.Query{}) {
		fatal(t, err)
		if _, err := c.Get(t.Context(), k.head(&v).ID); err != nil { // another snapshot beside it
			t.Error(err)
		}
		n++
	}
	if n != 3 {
		t.Errorf("%d were streamed", n)
	}
	for _, err := range c.All(t.Context(), repo.Query{Sort: "nonsense"}) {
		if err == nil {
			t.Error("a stream of a wrong query gives something")
		}
	}
	modified, err := c.Modify(t.Context(), k.head(&a).ID, func(v *T) error { k.edit(v, "modified"); return nil })
	if err != nil || k.head(&modified).Rev != 2 || k.text(&modified) != "modified" {
		t.Errorf("modified: %+v, %v", k.head(&modified), err)
	}
	mine := errors.New("mine")
	if _, err := c.Modify(t.Context(), k.head(&a).ID, func(v *T) error { k.edit(v, "lost"); return mine }); !errors.Is(err, mine) {
		t.Errorf("an error of the callback: %v", err)
	}
	if got, err := c.Get(t.Context(), k.head(&a).ID); err != nil || k.text(&got) != "modified" {
		t.Errorf("after a callback that failed: %q, %v", k.text(&got), err)
	}
}

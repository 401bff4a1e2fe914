package repo_test

import (
	"fmt"
	"slices"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// TestListEverything: a page that has room for everything has the rows that small pages have,
// in their order, whatever the order is and whatever lies in the trash.
func TestListEverything(t *testing.T) {
	s := testdb.Open(t)
	var all []*schema.Task
	for i := range 40 {
		task := &schema.Task{Head: schema.Head{ID: fmt.Sprintf("t%02d", i)}, Title: fmt.Sprintf("task %d", i*7%11), Status: "todo", Priority: "low"}
		if i%9 != 3 { // the others have no date
			task.CreatedAt = schema.Time(fmt.Sprintf("2026-01-%02dT00:00:00.000Z", 1+i*5%23))
		}
		if i%4 == 0 {
			task.Tags = []string{"a", "b"}
		}
		all = append(all, task)
	}
	fatal(t, s.Tasks.Save(t.Context(), all...))
	fatal(t, s.Tasks.Delete(t.Context(), "t05", "t17", "t39"))
	for _, sort := range repo.Sorts() {
		for _, sort := range []repo.Sort{sort, "-" + sort} {
			var want []schema.Brief
			for at := repo.Cursor(""); ; {
				p, err := s.Tasks.List(t.Context(), repo.Query{Sort: sort, Limit: 7, After: at})
				fatal(t, err)
				want = append(want, p.Items...)
				if at = p.Next; at == "" {
					break
				}
			}
			p, err := s.Tasks.List(t.Context(), repo.Query{Sort: sort, Limit: 1000})
			fatal(t, err)
			if len(want) != 37 || !slices.EqualFunc(p.Items, want, sameBrief) || p.Next != "" || p.Prev != "" {
				t.Errorf("by %s: %d rows in one page, %d in small ones, or in another order", sort, len(p.Items), len(want))
			}
		}
	}
	for _, q := range []repo.Query{{Trash: true}, {Text: "3"}, {From: "2026-01-10T00:00:00.000Z"}, {Tags: []string{"a"}}, {NotTags: []string{"a"}}} {
		q.Limit = 100
		some, err := s.Tasks.List(t.Context(), q)
		fatal(t, err)
		q.Limit = 1000
		p, err := s.Tasks.List(t.Context(), q)
		fatal(t, err)
		if n := len(p.Items); n == 0 || n > 30 || !slices.EqualFunc(p.Items, some.Items, sameBrief) {
			t.Errorf("%+v: %d rows where a shorter page has %d, or in another order", q, n, len(some.Items))
		}
	}
}

func sameBrief(a, b schema.Brief) bool {
	tags := slices.Equal(a.Tags, b.Tags)
	a.Tags, b.Tags = nil, nil
	return tags && fmt.Sprint(a) == fmt.Sprint(b)
}

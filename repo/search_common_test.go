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

// commonSessions saves 300 sessions of which each has five texts with every, and every
// fifteenth sixty with seldom: of both words more texts than are listed first, of seldom
// in fewer sessions than are tried.
func commonSessions(t *testing.T, s *repo.Store) []*schema.Session {
	t.Helper()
	list := make([]*schema.Session, 300)
	for i := range list {
		v := &schema.Session{Head: schema.Head{ID: fmt.Sprint("s", i)}, Name: fmt.Sprintf("%03d", i*7%300), Status: "completed", Tags: []string{fmt.Sprint("t", i%3)},
			StartTime: schema.Time(fmt.Sprintf("2025-01-%02dT%02d:00:00.000Z", 1+i/12, i%12))}
		if i%2 == 0 {
			v.Status = "interrupted"
		}
		if i%15 == 0 {
			for range 60 {
				v.Screenshots = append(v.Screenshots, schema.Screenshot{UserComment: "seldom"})
			}
		}
		for range 5 {
			v.Screenshots = append(v.Screenshots, schema.Screenshot{UserComment: "every"})
		}
		list[i] = v
	}
	fatal(t, s.Sessions.Save(repo.DeferIndex(t.Context()), list...))
	fatal(t, s.Index.Flush(t.Context(), nil))
	fatal(t, s.Sessions.Delete(t.Context(), "s30"))
	return slices.Delete(list, 30, 31)
}

// TestCommonWords: lists by words that very many texts of sessions have are those that a look
// at each session gives, in each order, by pages of any size, in both directions.
func TestCommonWords(t *testing.T) {
	t.Parallel()
	s := testdb.Open(t)
	all := commonSessions(t, s)
	for text, of := range map[string]func(*schema.Session) bool{
		"every":  func(*schema.Session) bool { return true },
		"seldom": func(v *schema.Session) bool { return len(v.Screenshots) > 5 },
	} {
		for name, q := range map[string]repo.Query{
			"all":    {},
			"status": {Status: []string{"completed"}},
			"tag":    {Tags: []string{"t1"}},
			"not":    {NotTags: []string{"t0"}, Status: []string{"completed", "interrupted"}},
			"both":   {Tags: []string{"t2"}, Status: []string{"interrupted"}, From: "2025-01-03T00:00:00.000Z", To: "2025-01-22T00:00:00.000Z"},
		} {
			q.Text = text
			for order, by := range map[repo.Sort]func(a, b *schema.Session) int{
				repo.SortDate:  func(a, b *schema.Session) int { return cmp.Compare(b.StartTime, a.StartTime) }, // the newest first
				repo.SortTitle: func(a, b *schema.Session) int { return cmp.Compare(a.Name, b.Name) },
			} {
				want := wantedIDs(all, q, of, by)
				for _, q.Limit = range []int{23, 400} {
					q.Sort = order
					wantPages(t, s, name, q, want)
					q.Sort = "-" + order
					backwards := slices.Clone(want)
					slices.Reverse(backwards)
					wantPages(t, s, name, q, backwards)
				}
			}
		}
	}
}

func wantedIDs(all []*schema.Session, q repo.Query, of func(*schema.Session) bool, by func(a, b *schema.Session) int) []string {
	var list []*schema.Session
	for _, v := range all {
		in := of(v) && (len(q.Status) == 0 || slices.Contains(q.Status, string(v.Status))) && (q.From == "" || v.StartTime >= q.From) && (q.To == "" || v.StartTime < q.To)
		for _, tag := range q.Tags {
			in = in && slices.Contains(v.Tags, tag)
		}
		for _, tag := range q.NotTags {
			in = in && !slices.Contains(v.Tags, tag)
		}
		if in {
			list = append(list, v)
		}
	}
	slices.SortFunc(list, by)
	ids := make([]string, len(list))
	for i, v := range list {
		ids[i] = v.ID
	}
	return ids
}

// wantPages goes through all pages and back.
func wantPages(t *testing.T, s *repo.Store, name string, q repo.Query, want []string) {
	t.Helper()
	var there, back []string
	what := fmt.Sprintf("%q, %s, by %s, %d on a page", q.Text, name, q.Sort, q.Limit)
	p, err := s.Sessions.List(t.Context(), q)
	fatal(t, err)
	for there = idsOf(p.Items); p.Next != ""; there = append(there, idsOf(p.Items)...) {
		q.After = p.Next
		p, err = s.Sessions.List(t.Context(), q)
		fatal(t, err)
	}
	for back = idsOf(p.Items); p.Prev != ""; back = append(idsOf(p.Items), back...) {
		q.After, q.Before = "", p.Prev
		p, err = s.Sessions.List(t.Context(), q)
		fatal(t, err)
	}
	if !slices.Equal(there, want) || !slices.Equal(back, want) {
		t.Errorf("%s:\n there %s\n back  %s\n want  %s", what, strings.Join(there, " "), strings.Join(back, " "), strings.Join(want, " "))
	}
}

func idsOf(list []schema.Brief) []string {
	ids := make([]string, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	return ids
}

// TestCommonWordsOfNotes: so are those by words that more notes have than are listed first, also
// when the first that are tried do not have them, or the rest of the query leaves few.
func TestCommonWordsOfNotes(t *testing.T) {
	t.Parallel()
	s := testdb.Open(t)
	const all, old = 8300, 8050
	list := make([]*schema.Note, all)
	for i := range list {
		v := &schema.Note{Head: schema.Head{ID: fmt.Sprint("n", i)}, Content: "every", Tags: []string{fmt.Sprint("t", i%3)},
			Timestamp: schema.Time(fmt.Sprintf("2025-01-%02dT%02d:%02d:00.000Z", 1+i/1440, i/60%24, i%60))}
		if i < old {
			v.Content += " old"
		}
		if i%900 == 0 {
			v.Links = []schema.Link{{Kind: "topic", ID: "few"}}
		}
		list[i] = v
	}
	fatal(t, s.Notes.Save(repo.DeferIndex(t.Context()), list...))
	fatal(t, s.Index.Flush(t.Context(), nil))
	for text, newest := range map[string]int{"every": all, "old": old} {
		for name, x := range map[string]struct {
			q  repo.Query
			in func(i int) bool
		}{
			"all":  {repo.Query{}, func(int) bool { return true }},
			"tag":  {repo.Query{Tags: []string{"t1"}}, func(i int) bool { return i%3 == 1 }},
			"not":  {repo.Query{NotTags: []string{"t0"}}, func(i int) bool { return i%3 != 0 }},
			"link": {repo.Query{AnyLinks: [][]schema.Link{{{Kind: "topic", ID: "few"}}}}, func(i int) bool { return i%900 == 0 }},
		} {
			var want, got []string
			for i := newest - 1; i >= 0 && len(want) < 100; i-- {
				if x.in(i) {
					want = append(want, list[i].ID)
				}
			}
			for x.q.Text, x.q.Limit = text, 50; len(got) < 100; {
				p, err := s.Notes.List(t.Context(), x.q)
				fatal(t, err)
				got = append(got, idsOf(p.Items)...)
				if x.q.After = p.Next; p.Next == "" {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, %s:\n got  %s\n want %s", text, name, got, want)
			}
		}
	}
}

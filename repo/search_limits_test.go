package repo_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// TestSearchEnds: a search ends with its context wherever it is, and the store
// goes on searching.
func TestSearchEnds(t *testing.T) {
	s := testdb.Open(t)
	for i := range 200 {
		n := &schema.Note{Head: schema.Head{ID: fmt.Sprint("n", i)}, Content: strings.Repeat(fmt.Sprintf("w%d x%d y%d common ", i, i*7, i*13), 40)}
		fatal(t, s.Notes.Save(repo.DeferIndex(t.Context()), n))
	}
	fatal(t, s.Index.Flush(t.Context(), nil))
	var words []string
	for i := range 30 {
		words = append(words, fmt.Sprintf("w%d*", i%9+1))
	}
	q := repo.Search{Query: repo.Query{Text: strings.Join(words, " OR ") + " common", Limit: 50}}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Search(over, q); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
	for limit := 50 * time.Microsecond; limit < 5*time.Second; limit *= 3 {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		p, err := s.Search(ctx, q)
		if err == nil {
			err = listed(ctx, s, q.Query, p.Total)
		}
		cancel()
		if err == nil {
			return // it was faster than this limit, and slower than the one before
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("within %v: %v", limit, err)
		}
	}
	t.Error("no limit was enough")
}

func listed(ctx context.Context, s *repo.Store, q repo.Query, want int64) error {
	n, err := s.Notes.Count(ctx, q)
	if err == nil && (int64(n) != want || n == 0) {
		err = fmt.Errorf("list counts %d, search %d", n, want)
	}
	return err
}

// TestReadsDuringRebuild: while the index is made anew, or brought in step, reads
// and searches of this store and of a read-only one go on, and say what they miss.
func TestReadsDuringRebuild(t *testing.T) {
	s := testdb.Open(t)
	const total = 600
	for i := range total {
		fatal(t, s.Notes.Save(repo.DeferIndex(t.Context()), &schema.Note{Head: schema.Head{ID: fmt.Sprint("n", i)}, Content: fmt.Sprint("an ibis ", i)}))
	}
	fatal(t, s.Index.Flush(t.Context(), nil))
	ro := testdb.Reopen(t, s.Dir(), func(o *repo.Options) { o.ReadOnly = true })
	batches := 0
	between := func(done, all int64) { // between two batches: some records are indexed, the rest is not
		batches++
		if done < all {
			wantAll(t, ro, total)
		}
		fatal(t, s.Notes.Save(t.Context(), &schema.Note{Head: schema.Head{ID: fmt.Sprint("w", batches)}, Content: "written meanwhile"}))
		if _, err := s.Notes.Get(t.Context(), "n7"); err != nil {
			t.Error(err)
		}
	}
	stop := searchBeside(t, ro, total)
	fatal(t, s.Index.Rebuild(t.Context(), between))
	if batches < 2 {
		t.Fatalf("the index was made in %d batches: nothing was between them", batches)
	}
	wantAll(t, s, total)
	for i := range total {
		_, err := s.Notes.Modify(repo.DeferIndex(t.Context()), fmt.Sprint("n", i), func(n *schema.Note) error {
			n.Content = fmt.Sprint("an ibis, changed ", i)
			return nil
		})
		fatal(t, err)
	}
	batches = 100
	fatal(t, s.Index.Flush(t.Context(), between))
	stop()
	wantAll(t, s, total)
	wantFound(t, s, "changed 17", "n17")
}

// searchBeside searches all the time, also while a batch is written, until stop is
// called.
func searchBeside(t *testing.T, s *repo.Store, total int) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	n := 0
	wg.Go(func() {
		for ; ctx.Err() == nil; n++ {
			p, err := s.Search(t.Context(), repo.Search{Query: repo.Query{Text: "ibis", Limit: total + 1}, Rank: repo.RankNewest})
			if err != nil || len(p.Hits)+int(p.Unindexed) != total {
				t.Errorf("beside: %d hits, %d not indexed, %v, want %d", len(p.Hits), p.Unindexed, err, total)
				return
			}
		}
	})
	return func() {
		cancel()
		if wg.Wait(); n == 0 {
			t.Error("nothing was searched beside")
		}
	}
}

// wantAll wants all the birds, found or said not to be indexed yet.
func wantAll(t *testing.T, s *repo.Store, total int) {
	t.Helper()
	p, err := s.Search(t.Context(), repo.Search{Query: repo.Query{Text: "ibis", Limit: total + 1}, Rank: repo.RankNewest})
	fatal(t, err)
	list, err := s.Notes.List(t.Context(), repo.Query{Text: "ibis", Limit: total + 1})
	fatal(t, err)
	if len(p.Hits)+int(p.Unindexed) != total || len(list.Items)+int(list.Unindexed) != total {
		t.Errorf("%d hits and %d listed, %d and %d not indexed, want %d", len(p.Hits), len(list.Items), p.Unindexed, list.Unindexed, total)
	}
}

// TestTypedLinks: topic:, company: and contact: take ids and names, in any case.
func TestTypedLinks(t *testing.T) {
	s := testdb.Open(t)
	ctx := t.Context()
	for _, x := range []struct{ id, name string }{{"t1", "Alpha"}, {"t2", "alpha"}, {"t3", "Beta \"x\""}, {"t4", "Gone"}} {
		fatal(t, s.Topics.Save(ctx, &schema.Topic{Head: schema.Head{ID: x.id}, Subject: schema.Subject{Name: x.name}}))
	}
	fatal(t, s.Companies.Save(ctx, &schema.Company{Head: schema.Head{ID: "c1"}, Subject: schema.Subject{Name: "Acme GmbH"}}))
	fatal(t, s.Contacts.Save(ctx, &schema.Contact{Head: schema.Head{ID: "p1"}, Subject: schema.Subject{Name: "Ada Łovelace"}}))
	for id, to := range map[string]schema.Link{"n1": {Kind: "topic", ID: "t1"}, "n2": {Kind: "topic", ID: "t2"}, "n3": {Kind: "topic", ID: "t3"},
		"n4": {Kind: "topic", ID: "t4"}, "n5": {Kind: "company", ID: "c1"}, "n6": {Kind: "contact", ID: "p1"}} {
		fatal(t, s.Notes.Save(ctx, &schema.Note{Head: schema.Head{ID: id}, Content: "linked", Links: []schema.Link{to}}))
	}
	fatal(t, s.Topics.Delete(ctx, "t4"))
	for typed, want := range map[string][]string{
		"topic:t1":                           {"n1"},
		"topic:alpha":                        {"n1", "n2"}, // two have the name: any of them
		"topic:ALPHA":                        {"n1", "n2"},
		`topic:"Beta`:                        {},
		`topic:"beta "x""`:                   {},
		"topic:t3":                           {"n3"},
		"topic:Gone":                         {},     // a name in the trash is none
		"topic:t4":                           {"n4"}, // an id is one wherever it is
		`company:"acme gmbh" linked`:         {"n5"},
		`contact:"Ada Łovelace"`:             {"n6"},
		"topic:nobody":                       {},
		"topic:nobody linked":                {},
		"topic:alpha company:c1":             {},
		"topic:c1":                           {},
		`topic:alpha contact:"Ada Łovelace"`: {},
	} {
		p, err := s.Search(ctx, repo.Search{Query: repo.Query{Text: typed}, Kinds: []string{"note"}})
		fatal(t, err)
		ids := []string{}
		for _, h := range p.Hits {
			ids = append(ids, h.ID)
		}
		if slices.Sort(ids); !slices.Equal(ids, want) || p.Loose {
			t.Errorf("%s finds %v, want %v", typed, ids, want)
		}
		if gone := strings.Contains(typed, "nobody") || strings.Contains(typed, "Beta") || strings.Contains(typed, "beta") || strings.Contains(typed, "Gone") ||
			typed == "topic:c1"; gone != (len(p.Unknown) == 1) {
			t.Errorf("%s is said to name nothing by %q", typed, p.Unknown)
		}
		n, err := s.Notes.Count(ctx, repo.Query{Text: typed})
		if err != nil || n != len(want) {
			t.Errorf("%s counts %d, %v, want %v", typed, n, err, want)
		}
	}
	var invalid *schema.InvalidError
	if _, err := s.Search(ctx, repo.Search{Query: repo.Query{Text: "-topic:alpha"}}); !errors.As(err, &invalid) {
		t.Errorf("what cannot be asked: %v", err)
	}
}

// TestNamesakes: a name that very many records have is refused with what to give instead; one that some have
// means any of them.
func TestNamesakes(t *testing.T) {
	s := testdb.Open(t)
	var list []*schema.Note
	for i := range 40 {
		n := note(fmt.Sprint("n", i), "word")
		n.Summary, n.Links = "Few", []schema.Link{{Kind: "note", ID: "n0"}}
		list = append(list, n)
	}
	list[0].Links = nil
	fatal(t, s.Notes.Save(t.Context(), list...))
	q := repo.Search{Query: repo.Query{Text: "note:few word", Limit: 100}}
	if p, err := s.Search(t.Context(), q); err != nil || len(p.Hits) != 40 { // each is linked with n0
		t.Errorf("%d hits, %v", len(p.Hits), err)
	}
	for i := range 700 {
		n := note(fmt.Sprint("m", i), "word")
		n.Summary = "Call"
		list = append(list, n)
	}
	fatal(t, s.Notes.Save(t.Context(), list[40:]...))
	q.Text = "note:Call word"
	var invalid *schema.InvalidError
	if _, err := s.Search(t.Context(), q); !errors.As(err, &invalid) {
		t.Errorf("700 of one name: %v", err)
	}
	if _, err := s.Notes.List(t.Context(), q.Query); !errors.As(err, &invalid) {
		t.Errorf("700 of one name, listed: %v", err)
	}
}

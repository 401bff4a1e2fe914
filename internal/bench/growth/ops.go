package growth

import (
	"context"
	"errors"
	"fmt"

	"taskstore/repo"
	"taskstore/schema"
)

const (
	page   = 50     // of the short run 20, which the smallest store of it has of all that is listed
	surely = 10_000 // from how many records on there is one for each query
)

// lister is what lists and counts records of any kind.
type lister interface {
	List(context.Context, repo.Query) (repo.Page[schema.Brief], error)
	Count(context.Context, repo.Query) (int, error)
	Facets(context.Context, repo.Query, repo.Facet) ([]repo.FacetCount, error)
}

// list is the first page of a query, which must have something on it in all but the smallest stores.
func list(name string, of func(*world) lister, q func(i int) repo.Query) Op {
	return shorter(name, 1, of, q)
}

// shorter is list for a page of a part of the rows: of so many one.
func shorter(name string, part int, of func(*world) lister, q func(i int) repo.Query) Op {
	return Op{Name: name, Group: listing, run: func(ctx context.Context, w *world, i int) error {
		asked := q(i)
		asked.Limit = w.page / part
		p, err := of(w).List(ctx, asked)
		if err == nil && len(p.Items) == 0 && w.n >= surely {
			err = errors.New("the page is empty")
		}
		return err
	}}
}

// sorted is a first page in each order.
func sorted(name string, of func(*world) lister, q func(i int) repo.Query) (ops []Op) {
	for _, by := range []repo.Sort{"date", "-date", "updated", "saved", "title", "-title"} {
		ops = append(ops, list(name+", by "+string(by), of, func(i int) repo.Query {
			asked := q(i)
			asked.Sort = by
			return asked
		}))
	}
	return ops
}

// walk reads 20 pages one after the other, and the last one back.
func walk(name string, of func(*world) lister, q repo.Query) Op {
	return Op{Name: name, Group: listing, run: func(ctx context.Context, w *world, _ int) error {
		asked := q
		asked.Limit = w.page
		for range 20 {
			p, err := of(w).List(ctx, asked)
			if err != nil || p.Next == "" {
				return err
			}
			asked.After = p.Next
		}
		asked.Before, asked.After = asked.After, ""
		_, err := of(w).List(ctx, asked)
		return err
	}}
}

func count(name string, of func(*world) lister, q func(i int) repo.Query) Op {
	return Op{Name: name, Group: counting, run: func(ctx context.Context, w *world, i int) error {
		_, err := of(w).Count(ctx, q(i))
		return err
	}}
}

func facet(by repo.Facet, of func(*world) lister, q repo.Query) Op {
	reads := ""
	if by == repo.FacetDay || by == repo.FacetMonth || by == repo.FacetYear {
		reads = byHours
	}
	return Op{Name: "counts by " + string(by), Group: counting, Reads: reads, run: func(ctx context.Context, w *world, _ int) error {
		_, err := of(w).Facets(ctx, q, by)
		return err
	}}
}

// find is a search; where must is set it must find something.
func find(name string, rank repo.Rank, must bool, text func(i int) string) Op {
	return Op{Name: name, Group: searching, run: func(ctx context.Context, w *world, i int) error {
		p, err := w.s.Search(ctx, repo.Search{Query: repo.Query{Text: text(i)}, Rank: rank})
		if err == nil && must && len(p.Hits) == 0 {
			err = fmt.Errorf("nothing has %s", text(i))
		}
		return err
	}}
}

func always(text string) func(int) string     { return func(int) string { return text } }
func asked(q repo.Query) func(int) repo.Query { return func(int) repo.Query { return q } }
func notesOf(w *world) lister                 { return w.s.Notes }
func tasksOf(w *world) lister                 { return w.s.Tasks }
func sessionsOf(w *world) lister              { return w.s.Sessions.Collection }
func attachmentsOf(w *world) lister           { return w.s.Attachments }
func do(name string, run func(context.Context, *world, int) error) Op {
	return Op{Name: name, Group: reading, run: run}
}
func write(name string, run func(context.Context, *world, int) error) Op {
	return Op{Name: name, Group: writing, run: run}
}

// but says what an operation reads that is not flat, and since from which size on it is.
func (p Op) but(reads string) Op { p.Reads = reads; return p }
func (p Op) since(n int) Op      { p.From = n; return p }

// finding are searches of all forms, the first ones right after the store was filled. i is of a word that
// was not looked for before.
func finding() []Op {
	return []Op{
		find("search a word of few texts, another each time", repo.RankRelevance, true, scarce),
		find("search a word of hardly any text", repo.RankRelevance, false, func(i int) string { return rareWord(i * 37) }),
		find("search a prefix of one letter", repo.RankRelevance, true, func(i int) string { return vocabulary[i%40][:1] + "*" }),
		find("search a prefix of two letters", repo.RankRelevance, true, func(i int) string { return vocabulary[i%40][:2] + "*" }),
		find("search a prefix of four letters", repo.RankRelevance, false, func(i int) string { return vocabulary[300+i%100][:2] + vocabulary[i%50][:2] + "*" }).since(someTexts),
		find("search a part of words", repo.RankRelevance, false, func(i int) string { return "*" + vocabulary[i%50] + "q*" }),
		find("search what is nowhere", repo.RankRelevance, false, func(i int) string { return fmt.Sprintf("nowhere%d", i) }),
		find("search a common word, newest", repo.RankNewest, true, always(vocabulary[2])).since(allTotals),
		find("search a common word, relevance", repo.RankRelevance, true, always(vocabulary[2])),
		find("search two words", repo.RankRelevance, true, always(vocabulary[1]+" "+vocabulary[40])).since(someTexts),
		find("search three words", repo.RankRelevance, true, always(vocabulary[1]+" "+vocabulary[12]+" "+vocabulary[40])).since(someTexts),
		find("search a phrase", repo.RankRelevance, false, always(`"`+vocabulary[0]+" "+vocabulary[1]+`"`)).since(someTexts),
		find("search a word with a tag", repo.RankNewest, true, always(vocabulary[2]+" tag:area-3")).since(tagTotals),
	}
}

func noteOps() []Op {
	tagged := func(tags ...string) repo.Query { return repo.Query{Tags: tags} }
	rare := func(i int) repo.Query { return tagged(rareTag(i * 13)) }
	linked := asked(repo.Query{Links: []schema.Link{{Kind: "topic", ID: "topic-7"}}})
	ops := finding()
	ops = append(ops, sorted("all", notesOf, asked(repo.Query{}))...)
	ops = append(ops, sorted("a rare tag", notesOf, rare)...)
	ops = append(ops, sorted("a common tag", notesOf, asked(tagged("area-3")))...)
	ops = append(ops, sorted("a status", notesOf, asked(repo.Query{Status: []string{"draft"}}))...)
	ops = append(ops, sorted("a link", notesOf, linked)...)
	ops = append(ops, sorted("a common tag and a status", notesOf, asked(repo.Query{Tags: []string{"area-3"}, Status: []string{"draft"}}))...)
	ops = append(ops,
		shorter("a rare and a common tag", 10, notesOf, asked(tagged("project-5", "area-3"))),
		list("one of two tags", notesOf, asked(repo.Query{AnyTags: []string{"area-3", "area-5"}})),
		list("two states", notesOf, asked(repo.Query{Status: []string{"draft", "approved"}})),
		list("without a tag", notesOf, asked(repo.Query{NotTags: []string{"area-3"}})),
		list("without a status", notesOf, asked(repo.Query{NotStatus: []string{"draft"}})),
		list("a day", notesOf, asked(repo.Query{From: minute(1440), To: minute(2880)})),
		list("a day, by title", notesOf, asked(repo.Query{From: minute(1440), To: minute(2880), Sort: repo.SortTitle})),
		list("a common tag and a day", notesOf, asked(repo.Query{Tags: []string{"area-3"}, From: minute(1440), To: minute(2880)})),
		list("a common tag and a word", notesOf, asked(repo.Query{Tags: []string{"area-3"}, Text: vocabulary[2]})).since(someTexts),
		list("a word, by title", notesOf, asked(repo.Query{Text: vocabulary[2], Sort: repo.SortTitle})).since(someTexts),
		walk("twenty pages of a common tag", notesOf, tagged("area-3")),
		count("count all", notesOf, asked(repo.Query{})),
		count("count a common tag", notesOf, asked(tagged("area-3"))),
		count("count a status", notesOf, asked(repo.Query{Status: []string{"draft"}})),
		count("count a year", notesOf, asked(repo.Query{From: minute(0), To: minute(365 * 1440)})).but(byHours),
		facet(repo.FacetTag, notesOf, repo.Query{}), facet(repo.FacetStatus, notesOf, repo.Query{}), facet(repo.FacetMonth, notesOf, repo.Query{Zone: "Europe/Berlin"}),
		do("all tags with counts", func(ctx context.Context, w *world, _ int) error { _, err := w.s.Tags(ctx); return err }),
	)
	return append(append(ops, recordOps()...), storeOps()...)
}

// recordOps are what is done with one note.
func recordOps() []Op {
	at := func(w *world, i int) string { return noteID(i * 7919 % w.n) }
	change := func(n *schema.Note) error { n.Content += " more"; return nil }
	return []Op{
		do("get", func(ctx context.Context, w *world, i int) error { _, err := w.s.Notes.Get(ctx, at(w, i)); return err }),
		do("get 50", func(ctx context.Context, w *world, i int) error {
			ids := make([]string, page)
			for k := range ids {
				ids[k] = at(w, i*page+k)
			}
			_, err := w.s.Notes.GetMany(ctx, ids)
			return err
		}),
		write("save a new one", func(ctx context.Context, w *world, _ int) error {
			w.made++
			n := note(w.n + w.made)
			n.ID = fmt.Sprintf("made-%d", w.made)
			return w.s.Notes.Save(ctx, n)
		}),
		write("modify", func(ctx context.Context, w *world, i int) error {
			_, err := w.s.Notes.Modify(ctx, at(w, i), change)
			return err
		}),
		write("delete and restore", func(ctx context.Context, w *world, i int) error {
			return errors.Join(w.s.Notes.Delete(ctx, at(w, i)), w.s.Notes.Restore(ctx, at(w, i)))
		}),
		do("history of one", func(ctx context.Context, w *world, i int) error {
			_, err := w.s.Notes.Changes(ctx, at(w, i))
			return err
		}),
		write("revert", func(ctx context.Context, w *world, i int) error {
			id := noteID(i * 7919 % w.n)
			if _, err := w.s.Notes.Modify(ctx, id, change); err != nil {
				return err
			}
			_, err := w.s.Notes.Revert(ctx, id, repo.RevName{Rev: 1})
			return err
		}),
		do("links of a note", func(ctx context.Context, w *world, i int) error {
			_, err := w.s.LinksOf(ctx, repo.Ref{Kind: "note", ID: at(w, i)})
			return err
		}),
		write("add a link and take it away", func(ctx context.Context, w *world, i int) error {
			from, to := repo.Ref{Kind: "note", ID: at(w, i)}, repo.Ref{Kind: "note", ID: at(w, i+1)}
			if _, err := w.s.AddLink(ctx, from, to, ""); err != nil {
				return err
			}
			_, err := w.s.RemoveLinks(ctx, from, to, "", false)
			return err
		}),
		write("purge", func(ctx context.Context, w *world, _ int) error {
			w.made++
			n := note(w.made)
			n.ID = fmt.Sprintf("purged-%d", w.made)
			return errors.Join(w.s.Notes.Save(ctx, n), w.s.Notes.Delete(ctx, n.ID), w.s.Notes.Purge(ctx, n.ID))
		}),
		do("what a purge would end", func(ctx context.Context, w *world, i int) error {
			_, err := w.s.History.PurgeEnds(ctx, "note", at(w, i))
			return err
		}),
	}
}

// storeOps are what is asked of a store as a whole.
func storeOps() []Op {
	return []Op{
		write("save a setting and read it", func(ctx context.Context, w *world, i int) error {
			key := fmt.Sprintf("k%d-%d", w.made, i)
			if err := w.s.Settings.Save(ctx, &schema.Setting{Key: key, Value: `1`}); err != nil {
				return err
			}
			_, err := w.s.Settings.Get(ctx, key)
			return err
		}),
		do("status", func(ctx context.Context, w *world, _ int) error { _, err := w.s.Status(ctx); return err }).but(readsAll),
		do("open and the first page", func(ctx context.Context, w *world, _ int) error {
			s, err := repo.Open(ctx, w.s.Dir(), repo.Options{ReadOnly: true})
			if err != nil {
				return err
			}
			_, err = s.Notes.List(ctx, repo.Query{Limit: page})
			return errors.Join(err, s.Close())
		}),
	}
}

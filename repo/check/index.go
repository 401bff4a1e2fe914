package check

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"taskstore/fts"
	"taskstore/fts/index"
	"taskstore/repo/internal/rows"
	"taskstore/repo/search"
)

const (
	fixIndex = "storectl repair fts"
	fixFlush = "nothing: the next search takes it up"
)

// The tables of the list of words, which is made anew without the rest of the index.
const (
	TableWords     = "search_words"
	TableWordParts = "search_word_parts"
)

// index plans the comparison of the search index with the records in both directions, and
// of FTS5's own tables with the texts, on a copy. It is derived: nothing is lost by damage to it.
func (p *plan) index(ctx context.Context) error {
	look := &job{area: AreaFTS, done: true}
	look.run = func(c *checker, ctx context.Context) error {
		ready, err := c.indexState(ctx)
		if err != nil || !ready {
			return err
		}
		if p.opt.Quick {
			p.sampleIndex()
			return nil
		}
		return p.compareIndex(ctx, c)
	}
	p.add(look, 0)
	return p.do(ctx, look, p.txs[0])
}

// indexState tells whether there is an index to compare.
func (c *checker) indexState(ctx context.Context) (ready bool, err error) {
	version, err := search.SchemaVersion(ctx, c.q)
	if err != nil {
		return false, err
	}
	state, err := index.Look(ctx, c.q, version)
	if err != nil {
		return false, err
	}
	if state != index.Ready {
		p := Problem{Area: AreaFTS, Severity: SeverityError, Table: "search", Detail: "the search index, or a part of it, is not there", Fix: fixIndex}
		if state == index.Stale {
			p.Severity, p.Detail, p.Fix = SeverityNote, "the search index was made for another version", "nothing: the next program that writes makes it anew"
		}
		c.found(p)
		return false, nil
	}
	if err := c.indexObjects(ctx); err != nil {
		return false, err
	}
	n, err := index.CountDirty(ctx, c.q, 1<<30)
	if n > 0 {
		c.found(Problem{Area: AreaFTS, Severity: SeverityNote, Table: "search_dirty", Detail: fmt.Sprintf("not indexed yet: records or parts: %d", n), Fix: fixFlush})
	}
	return err == nil, err
}

// recordsOfJob is how many records one job compares with the index.
const recordsOfJob = 8 * search.FlushPage

// compareIndex plans the comparison with an index that is there.
func (p *plan) compareIndex(ctx context.Context, c *checker) error {
	words := &index.WordLook{}
	for _, r := range rows.Relations {
		var pks []int64
		if err := c.q.Select(ctx, &pks, "SELECT pk FROM "+r.Name); err != nil {
			return err
		}
		for some := range slices.Chunk(pks, recordsOfJob) {
			p.add(&job{area: AreaFTS, run: func(c *checker, ctx context.Context) error { return c.indexOf(ctx, r, some, words) }}, int64(len(some)))
		}
		p.add(&job{area: AreaFTS, run: func(c *checker, ctx context.Context) error { return c.indexGone(ctx, r) }}, 0)
	}
	p.add(&job{area: AreaFTS, run: (*checker).indexPairs}, 0)
	p.after(&job{area: AreaFTS, run: func(c *checker, _ context.Context) error { return c.indexWords(words) }})
	p.add(&job{area: AreaFTS, run: (*checker).indexItself, tx: p.own, early: true}, 0)
	if p.asked = p.bare == p.own; !p.asked {
		p.bare.WithoutModules() // or SQLite's check of the pages has FTS5 look at a part of the same once more
	}
	return nil
}

// indexOf compares records of one kind with what is indexed of them, and the words of that with the
// list of words, unless look is nil.
func (c *checker) indexOf(ctx context.Context, r *rows.Relation, pks []int64, look *index.WordLook) error {
	var words map[string]bool
	if look != nil {
		words = map[string]bool{}
	}
	for page := range slices.Chunk(pks, search.FlushPage) {
		marks := make([]fts.Mark, len(page))
		for i, pk := range page {
			marks[i] = fts.Mark{Kind: r.Kind, PK: pk, List: fts.All}
		}
		entries, err := search.EntriesOf(ctx, c.q, r, marks)
		if err != nil {
			return err
		}
		differing, err := index.Differing(ctx, c.q, r.Kind, entries, words)
		if err != nil {
			return err
		}
		for _, d := range differing {
			if err := c.indexDiffers(ctx, r, d); err != nil {
				return err
			}
		}
		if index.Much(words) {
			if err := look.Ask(ctx, c.q, words); err != nil {
				return err
			}
		}
		c.tally.add(AreaFTS, int64(len(page)))
	}
	if look == nil {
		return nil
	}
	return look.Ask(ctx, c.q, words)
}

func (c *checker) indexDiffers(ctx context.Context, r *rows.Relation, d index.Difference) error {
	if dirty, err := index.IsDirty(ctx, c.q, r.Kind, d.PK); err != nil || dirty {
		return err
	}
	p := Problem{Area: AreaFTS, Severity: SeverityError, Kind: r.Kind, Table: "search_text", PK: d.PK, Detail: d.Detail, Fix: fixIndex}
	if err := c.name(ctx, &p); err != nil {
		return err
	}
	c.found(p)
	return nil
}

// indexGone looks for records that the index has and the store has not.
func (c *checker) indexGone(ctx context.Context, r *rows.Relation) error {
	gone, err := index.Gone(ctx, c.q, r.Kind, r.Name)
	for _, pk := range gone {
		c.found(Problem{Area: AreaFTS, Severity: SeverityError, Kind: r.Kind, Table: "search_rows", PK: pk,
			Detail: "the search index has texts of a record that is not there", Fix: fixIndex})
	}
	return err
}

// indexPairs looks for texts without a row, and the other way round.
func (c *checker) indexPairs(ctx context.Context) error {
	n, err := index.Unpaired(ctx, c.q)
	if n > 0 {
		c.found(Problem{Area: AreaFTS, Severity: SeverityError, Table: "search_text", Detail: fmt.Sprintf("%d texts without a row, or rows without a text", n), Fix: fixIndex})
	}
	return err
}

// indexWords tells of words of the texts that the list of words lacks.
func (c *checker) indexWords(look *index.WordLook) error {
	if lacking := look.Lacking(); len(lacking) > 0 {
		c.found(Problem{Area: AreaFTS, Severity: SeverityError, Table: TableWords, Fix: fixIndex,
			Detail: fmt.Sprintf("the list of words lacks %d words of the texts or more, such as %q: parts of them are not found", len(lacking), lacking[0])})
	}
	return nil
}

// indexItself lets FTS5 check its tables, on a copy.
func (c *checker) indexItself(ctx context.Context) error {
	problems, err := index.Verify(ctx, c.q)
	for table, problem := range problems {
		p := Problem{Area: AreaFTS, Severity: SeverityError, Table: table, Detail: "the index differs from its texts: " + problem, Fix: fixIndex}
		if table == TableWordParts {
			p.Detail = "the index of the words differs from their list: " + problem
		}
		c.found(p)
	}
	return err
}

// areaOf tells what SQLite's own check says of the index from what it says of the
// rest.
func areaOf(finding string) (area, fix string) {
	if strings.Contains(strings.ToLower(finding), "fts5") || strings.Contains(finding, "table main.search") || strings.Contains(finding, "vtable constructor failed: search") {
		return AreaFTS, fixIndex
	}
	return AreaDB, FixRows
}

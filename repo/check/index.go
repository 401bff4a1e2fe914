package check

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"taskstore/fts"
	"taskstore/fts/index"
	"taskstore/internal/sqlitedb"
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

// index compares the search index with the records in both directions, and FTS5's
// own tables with the texts, on a copy. It is derived: nothing is lost by damage to it.
func (c *checker) index(ctx context.Context) error {
	conn := c.q
	version, err := search.SchemaVersion(ctx, c.q)
	if err != nil {
		return err
	}
	state, err := index.Look(ctx, conn, version)
	if err != nil {
		return err
	}
	if state != index.Ready {
		p := Problem{Area: AreaFTS, Severity: SeverityError, Table: "search", Detail: "the search index, or a part of it, is not there", Fix: fixIndex}
		if state == index.Stale {
			p.Severity, p.Detail, p.Fix = SeverityNote, "the search index was made for another version", "nothing: the next program that writes makes it anew"
		}
		c.found(p)
		return nil
	}
	n, err := index.CountDirty(ctx, conn, 1<<30)
	if err != nil {
		return err
	}
	if n > 0 {
		c.found(Problem{Area: AreaFTS, Severity: SeverityNote, Table: "search_dirty", Detail: fmt.Sprintf("%d records or parts are not indexed yet", n), Fix: fixFlush})
	}
	for _, r := range rows.Relations {
		if err := c.indexOf(ctx, r); err != nil {
			return err
		}
	}
	if n, err = index.Unpaired(ctx, conn); err != nil {
		return err
	}
	if n > 0 {
		c.found(Problem{Area: AreaFTS, Severity: SeverityError, Table: "search_text", Detail: fmt.Sprintf("%d texts without a row, or rows without a text", n), Fix: fixIndex})
	}
	if c.opt.Quick {
		return nil
	}
	if err := c.indexWords(ctx); err != nil {
		return err
	}
	return c.indexItself(ctx)
}

// indexOf compares the records of one kind with what is indexed of them.
func (c *checker) indexOf(ctx context.Context, r *rows.Relation) error {
	var pks []int64
	if err := c.q.Select(ctx, &pks, "SELECT pk FROM "+r.Name); err != nil {
		return err
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
		for _, e := range entries {
			c.step(AreaFTS, int64(len(pks)))
			if err := c.indexEntry(ctx, r, e); err != nil {
				return err
			}
		}
	}
	gone, err := index.Gone(ctx, c.q, r.Kind, r.Name)
	for _, pk := range gone {
		c.found(Problem{Area: AreaFTS, Severity: SeverityError, Kind: r.Kind, Table: "search_rows", PK: pk,
			Detail: "the search index has texts of a record that is not there", Fix: fixIndex})
	}
	return err
}

func (c *checker) indexEntry(ctx context.Context, r *rows.Relation, e fts.Entry) error {
	differs, err := index.Differs(ctx, c.q, e)
	if err != nil || differs == "" {
		return err
	}
	if dirty, err := index.IsDirty(ctx, c.q, e.Kind, e.PK); err != nil || dirty {
		return err
	}
	p := Problem{Area: AreaFTS, Severity: SeverityError, Kind: r.Kind, Table: "search_text", PK: e.PK, Detail: differs, Fix: fixIndex}
	if err := c.q.Get(ctx, &p.ID, "SELECT id FROM "+r.Name+" WHERE pk = ?", e.PK); err != nil {
		return err
	}
	c.found(p)
	return nil
}

// indexWords looks for words of the texts that the list of words lacks.
func (c *checker) indexWords(ctx context.Context) error {
	lacking, err := index.UnlistedWords(ctx, c.q)
	if err == nil && len(lacking) > 0 {
		c.found(Problem{Area: AreaFTS, Severity: SeverityError, Table: TableWords, Fix: fixIndex,
			Detail: fmt.Sprintf("the list of words lacks %d words of the texts or more, such as %q: parts of them are not found", len(lacking), lacking[0])})
	}
	return err
}

// indexItself lets FTS5 check its tables, on a copy.
func (c *checker) indexItself(ctx context.Context) error {
	return withScratch(ctx, func(scratch *sqlitedb.Tx) error {
		problems, err := index.Verify(ctx, c.q, scratch)
		for table, problem := range problems {
			p := Problem{Area: AreaFTS, Severity: SeverityError, Table: table, Detail: "the index differs from its texts: " + problem, Fix: fixIndex}
			if table == TableWordParts {
				p.Detail = "the index of the words differs from their list: " + problem
			}
			c.found(p)
		}
		return err
	})
}

// areaOf tells what SQLite's own check says of the index from what it says of the
// rest.
func areaOf(finding string) (area, fix string) {
	if strings.Contains(strings.ToLower(finding), "fts5") || strings.Contains(finding, "table main.search") || strings.Contains(finding, "vtable constructor failed: search") {
		return AreaFTS, fixIndex
	}
	return AreaDB, fixRestore
}

// withScratch gives fn an empty index in a database of its own.
func withScratch(ctx context.Context, fn func(*sqlitedb.Tx) error) error {
	return sqlitedb.Scratch(ctx, func(ctx context.Context, tx *sqlitedb.Tx) error {
		scratch := tx
		if _, err := scratch.Exec(ctx, "CREATE TABLE store (key TEXT PRIMARY KEY, value TEXT)"); err != nil {
			return err
		}
		if err := index.CreateBare(ctx, scratch); err != nil {
			return err
		}
		return fn(scratch)
	})
}

package repo

import (
	"context"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/check"
	"taskstore/repo/search"
)

// Search finds texts. What is written to the store before the call, by whatever
// program, is found; where nothing may be written, SearchPage.Unindexed counts what is not.
//
// Query.Text is what a person typed, and never a syntax error: see the package
// fts. *schema.InvalidError says what cannot be asked, and that a text has nothing in it to
// look for; ErrIndex that the index must be made anew.
//
// Snippets are HTML: <mark> and </mark> are around what was found, and the text itself is escaped, as by
// html.EscapeString, so that no other tag is in it. They are cut between characters as people see them, and are
// of one field each.
func (s *Store) Search(ctx context.Context, q Search) (p SearchPage, err error) {
	defer sqlitedb.Wrap(&err, "search %q", q.Text)
	ctx, cancel := context.WithTimeout(ctx, search.SearchTime)
	defer cancel()
	if s.db.Inside(ctx) {
		return p, ErrNested
	}
	err = s.readIndexed(ctx, func(x *sqlitedb.Tx, g search.Gap) error {
		defer x.Limited(ctx)()
		p, err = search.Run(ctx, x, g, q, s.now())
		return err
	})
	return p, search.IndexError(err)
}

// Search is Store.Search within the transaction: it sees what that has written.
func (tx *Tx) Search(ctx context.Context, q Search) (p SearchPage, err error) {
	defer sqlitedb.Wrap(&err, "search %q", q.Text)
	err = tx.readIndexed(ctx, func(x *sqlitedb.Tx, g search.Gap) error {
		defer x.Limited(ctx)()
		p, err = search.Run(ctx, x, g, q, tx.now())
		return err
	})
	return p, search.IndexError(err)
}

func (s *Store) readIndexed(ctx context.Context, fn func(*sqlitedb.Tx, search.Gap) error) error {
	return s.Index.InStep(ctx, fn)
}

func (tx *Tx) readIndexed(ctx context.Context, fn func(*sqlitedb.Tx, search.Gap) error) error {
	return tx.read(ctx, func(x *sqlitedb.Tx) error {
		if !x.Writes() {
			return search.WithGap(ctx, x, fn)
		}
		if err := search.CatchUp(ctx, x); err != nil {
			return err
		}
		return fn(x, nil)
	})
}

func (w within) readIndexed(ctx context.Context, fn func(*sqlitedb.Tx, search.Gap) error) error {
	if err := search.CatchUp(ctx, w.q); err != nil {
		return err
	}
	return fn(w.q, nil)
}

// Explain tells how Search would answer q.
func (s *Store) Explain(ctx context.Context, q Search) (e Explanation, err error) {
	defer sqlitedb.Wrap(&err, "explain the search for %q", q.Text)
	err = s.readIndexed(ctx, func(x *sqlitedb.Tx, g search.Gap) error {
		e, err = search.ExplainSearch(ctx, x, g, q, s.now())
		return err
	})
	return e, search.IndexError(err)
}

// Index is the search index: see the type that is embedded.
type Index struct {
	*search.Index
	s *Store
}

// IndexRepair is what Index.Repair did, or would do.
type IndexRepair struct {
	Records int64 `json:"records"` // that the index was made from
	Wrong   int64 `json:"wrong"`   // problems that a check found in the index that was there
}

// Repair looks at the search index and makes it anew if anything is wrong
// with it, or only its list of words if nothing else is; with dryRun it only looks. Reads go on meanwhile, and writes between two
// batches.
func (x Index) Repair(ctx context.Context, dryRun bool, progress func(done, total int64)) (done IndexRepair, err error) {
	defer sqlitedb.Wrap(&err, "repair the search index")
	rep, err := x.s.Check(ctx, check.Options{Only: []string{check.AreaFTS}})
	if err != nil {
		return done, err
	}
	onlyWords := true
	for _, p := range rep.Problems {
		if p.Severity != check.SeverityNote {
			done.Wrong++
			onlyWords = onlyWords && (p.Table == check.TableWords || p.Table == check.TableWordParts)
		}
	}
	if dryRun {
		return done, nil
	}
	count := func(n, total int64) {
		done.Records = n
		if progress != nil {
			progress(n, total)
		}
	}
	switch {
	case done.Wrong == 0:
		err = x.Flush(ctx, count)
	case onlyWords:
		if err = x.RelistWords(ctx); search.IsIndexDamage(err) {
			err = x.Rebuild(ctx, count)
		}
	default:
		err = x.Rebuild(ctx, count)
	}
	return done, err
}

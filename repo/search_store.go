package repo

import (
	"context"
	"strings"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/search"
)

// Search finds texts. What is written to the store before the call, by whatever
// program, is found; where nothing may be written, SearchPage.Unindexed counts what is not.
//
// Query.Text is what a person typed, and never a syntax error: see the package
// fts. *schema.InvalidError says what cannot be asked; ErrIndex that the index
// must be made anew.
//
// Snippets have <mark> and </mark> around what was found; the text itself is
// plain and not escaped for HTML.
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
	if err == nil && (p.Loose || strings.Contains(q.Text, "*")) {
		s.Index.KeepWords(ctx)
	}
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
	return tx.Read(ctx, func(x *sqlitedb.Tx) error {
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

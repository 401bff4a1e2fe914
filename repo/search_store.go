package repo

import (
	"context"
	"strings"

	"taskstore/internal/sqlitedb"
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
	ctx, cancel := context.WithTimeout(ctx, searchTime)
	defer cancel()
	if s.db.Inside(ctx) {
		return p, ErrNested
	}
	err = s.readIndexed(ctx, func(x *sqlitedb.Tx, g gap) error {
		defer x.Limited(ctx)()
		p, err = search(ctx, x, g, q, s.now())
		return err
	})
	if err == nil && (p.Loose || strings.Contains(q.Text, "*")) {
		s.Index.keepWords(ctx)
	}
	return p, indexError(err)
}

// Search is Store.Search within the transaction: it sees what that has written.
func (tx *Tx) Search(ctx context.Context, q Search) (p SearchPage, err error) {
	defer sqlitedb.Wrap(&err, "search %q", q.Text)
	err = tx.readIndexed(ctx, func(x *sqlitedb.Tx, g gap) error {
		defer x.Limited(ctx)()
		p, err = search(ctx, x, g, q, tx.now())
		return err
	})
	return p, indexError(err)
}

func (s *Store) readIndexed(ctx context.Context, fn func(*sqlitedb.Tx, gap) error) error {
	return s.Index.inStep(ctx, fn)
}

func (tx *Tx) readIndexed(ctx context.Context, fn func(*sqlitedb.Tx, gap) error) error {
	return tx.read(ctx, func(x *sqlitedb.Tx) error {
		if !x.Writes() {
			return withGap(ctx, x, fn)
		}
		if err := catchUp(ctx, x); err != nil {
			return err
		}
		return fn(x, nil)
	})
}

func (w within) readIndexed(ctx context.Context, fn func(*sqlitedb.Tx, gap) error) error {
	if err := catchUp(ctx, w.q); err != nil {
		return err
	}
	return fn(w.q, nil)
}

// Explain tells how Search would answer q.
func (s *Store) Explain(ctx context.Context, q Search) (e Explanation, err error) {
	defer sqlitedb.Wrap(&err, "explain the search for %q", q.Text)
	err = s.readIndexed(ctx, func(x *sqlitedb.Tx, g gap) error {
		e, err = explainSearch(ctx, x, g, q, s.now())
		return err
	})
	return e, indexError(err)
}

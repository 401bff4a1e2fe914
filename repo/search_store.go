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
	if err == nil && !s.opt.ReadOnly && (p.Loose || strings.Contains(q.Text, "*")) {
		if err := s.indexer.keepWords(ctx); err != nil { // the answer stands; the next one takes longer
			s.opt.Log.Warn("the list of words was not brought in step", "error", err)
		}
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

// readIndexed runs fn on a snapshot whose index is in step with it, but for the gap: what
// cannot be brought in step, because nothing may be written.
func (s *Store) readIndexed(ctx context.Context, fn func(*sqlitedb.Tx, gap) error) error {
	for round := 0; round < 3 && !s.opt.ReadOnly; round++ {
		behind := false
		err := s.read(ctx, func(x *sqlitedb.Tx) (err error) {
			if behind, err = isBehind(ctx, x); err != nil || behind {
				return err
			}
			return fn(x, nil)
		})
		if err != nil || !behind {
			return err
		}
		if err := s.FlushIndex(ctx, nil); err != nil {
			return err
		}
	}
	return s.read(ctx, func(x *sqlitedb.Tx) error { return withGap(ctx, x, fn) })
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

// Unindexed counts the records that the search index does not know yet. A search takes them up
// first; one that may not write leaves them out. ErrIndex: there is no index for this program.
func (s *Store) Unindexed(ctx context.Context) (n int64, err error) {
	defer sqlitedb.Wrap(&err, "look whether the search index is in step")
	err = s.read(ctx, func(x *sqlitedb.Tx) error {
		g, err := readGap(ctx, x)
		n = int64(len(g))
		return err
	})
	return n, indexError(err)
}

// FlushIndex brings the search index in step with what other tools, an import
// with DeferIndex, or an older program have written, a batch at a time: others
// write in between, and reads go on. What it has done stays done when it is
// interrupted.
//
// One flush runs at a time: a second call waits for the first, and then takes up what
// is left. So progress must not search in this store.
func (s *Store) FlushIndex(ctx context.Context, progress IndexProgress) (err error) {
	defer sqlitedb.Wrap(&err, "bring the search index in step")
	if s.opt.ReadOnly {
		return ErrReadOnly
	}
	return indexError(s.indexer.flush(ctx, progress))
}

// RebuildIndex makes the search index anew. Reads go on meanwhile; searches wait
// for it.
func (s *Store) RebuildIndex(ctx context.Context, progress IndexProgress) (err error) {
	defer sqlitedb.Wrap(&err, "make the search index anew")
	if err := s.write(ctx, rebuildIndex); err != nil {
		return err
	}
	return s.FlushIndex(ctx, progress)
}

// flushMarks is run before a transaction of the writer commits.
func (s *Store) flushMarks(ctx context.Context, tx *sqlitedb.Tx) error {
	return indexMarks(ctx, tx, tx.State().(*txMarks).list(), s.opt.Log)
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

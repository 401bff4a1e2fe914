package search

import (
	"cmp"
	"context"

	"taskstore/fts/index"
	"taskstore/internal/sqlitedb"
)

// IndexProgress is told how many records are indexed, and how many there were to be.
type Progress func(done, total int64)

// Index is the search index of a store. What is written through the store is in it when
// the write is durable; its methods take up what others have written. Any number of
// goroutines may use it.
type Index struct {
	db       *sqlitedb.DB
	readOnly bool
	turn     turn
}

func New(db *sqlitedb.DB, readOnly bool) *Index {
	return &Index{db, readOnly, make(turn, 1)}
}

// InStep runs fn on a snapshot whose index is in step with it, but for the gap: what
// cannot be brought in step, because nothing may be written.
func (x *Index) InStep(ctx context.Context, fn func(*sqlitedb.Tx, Gap) error) error {
	for round := 0; round < 3 && !x.readOnly; round++ {
		behind := false
		err := x.db.View(ctx, func(ctx context.Context, q *sqlitedb.Tx) (err error) {
			if behind, err = isBehind(ctx, q); err != nil || behind {
				return err
			}
			return fn(q, nil)
		})
		if err != nil || !behind {
			return err
		}
		if err := x.Flush(ctx, nil); err != nil {
			return err
		}
	}
	return x.db.View(ctx, func(ctx context.Context, q *sqlitedb.Tx) error { return WithGap(ctx, q, fn) })
}

// Unindexed counts the records that the search index does not know yet. A search takes them up
// first; one that may not write leaves them out. ErrIndex: there is no index for this program.
func (x *Index) Unindexed(ctx context.Context) (n int64, err error) {
	defer sqlitedb.Wrap(&err, "look whether the search index is in step")
	err = x.db.View(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		g, err := readGap(ctx, q)
		n = int64(len(g))
		return err
	})
	return n, IndexError(err)
}

// Flush brings the search index in step with what other tools, an import
// with DeferIndex, or an older program have written, a batch at a time: others
// write in between, and reads go on. What it has done stays done when it is
// interrupted.
//
// One flush runs at a time: a second call waits for the first, and then takes up what
// is left. So progress must not search in this store.
func (x *Index) Flush(ctx context.Context, progress Progress) (err error) {
	defer sqlitedb.Wrap(&err, "bring the search index in step")
	if x.readOnly {
		return sqlitedb.ErrReadOnly
	}
	return IndexError(x.flush(ctx, progress))
}

// Rebuild makes the search index anew. Reads go on meanwhile; searches wait
// for it.
func (x *Index) Rebuild(ctx context.Context, progress Progress) (err error) {
	defer sqlitedb.Wrap(&err, "make the search index anew")
	if err := x.db.Do(ctx, rebuildIndex); err != nil {
		return err
	}
	return x.Flush(ctx, progress)
}

// flush takes up all that is noted.
func (x *Index) flush(ctx context.Context, progress Progress) error {
	if err := x.turn.take(ctx); err != nil {
		return err
	}
	defer x.turn.give()
	var total, done int64
	err := x.db.View(ctx, func(ctx context.Context, q *sqlitedb.Tx) (err error) {
		total, err = index.CountDirty(ctx, q, 1<<30)
		return err
	})
	for more := total > 0; err == nil && more; { // again: others have noted something meanwhile
		more, err = flushNoted(ctx, x.db, func(n int) {
			if done += int64(n); progress != nil {
				progress(done, max(total, done))
			}
		})
	}
	if err != nil {
		return err
	}
	return x.mergeLeft(ctx)
}

// mergeLeft merges what a flush that ended early has left.
func (x *Index) mergeLeft(ctx context.Context) error {
	left := false
	err := x.db.View(ctx, func(ctx context.Context, q *sqlitedb.Tx) (err error) {
		left, err = index.Untidy(ctx, q)
		return err
	})
	for left && err == nil {
		err = x.db.Do(ctx, func(ctx context.Context, q *sqlitedb.Tx) (err error) {
			left, err = index.Merge(ctx, q)
			return err
		})
	}
	return err
}

// turn is had by one at a time.
type turn chan struct{}

// take waits for the turn until ctx ends.
func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// give ends the turn.
func (t turn) give() { <-t }

// RelistWords completes the list of words by those of all texts, a batch at a time, and makes its
// index anew. What it has done is right wherever it ends.
func (x *Index) RelistWords(ctx context.Context) error {
	err := x.db.Do(ctx, func(ctx context.Context, q *sqlitedb.Tx) error { return index.IndexWords(ctx, q) })
	if err != nil {
		return err
	}
	err = sqlitedb.Keyset(ctx, "table search_text", int64(index.FirstText), cmp.Compare, func(after int64) (last int64, more bool, err error) {
		err = x.db.Do(ctx, func(ctx context.Context, q *sqlitedb.Tx) (err error) {
			last, more, err = index.ListWords(ctx, q, after)
			return err
		})
		return last, more, err
	})
	if err != nil {
		return err
	}
	return x.Flush(ctx, nil)
}

package search

import (
	"context"
	"log/slog"

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
	log      *slog.Logger
	turn     turn
}

func New(db *sqlitedb.DB, readOnly bool, log *slog.Logger) *Index {
	return &Index{db, readOnly, log, make(turn, 1)}
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

// flush takes up all that is noted, and the words of new texts.
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
	return listWords(ctx, x.db, 1)
}

// KeepWords brings the list of words in step when so many texts are not in it that
// looking through them takes time, unless somebody is at it.
func (x *Index) KeepWords(ctx context.Context) {
	if x.readOnly || !x.turn.takeFree() {
		return
	}
	defer x.turn.give()
	if err := listWords(ctx, x.db, listBatch); err != nil { // the answer stands; the next one takes longer
		x.log.Warn("the list of words was not brought in step", "error", err)
	}
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

// takeFree takes the turn if nobody has it.
func (t turn) takeFree() bool {
	select {
	case t <- struct{}{}:
		return true
	default:
		return false
	}
}

// give ends the turn.
func (t turn) give() { <-t }

// listBatch is how many texts have their words listed in one transaction.
const listBatch = 1000

// listWords takes up the texts whose words the list of words lacks, if they are so many.
func listWords(ctx context.Context, db *sqlitedb.DB, least int64) error {
	var lacking int64
	err := db.View(ctx, func(ctx context.Context, x *sqlitedb.Tx) (err error) {
		lacking, err = index.Unlisted(ctx, x, int(least))
		return err
	})
	if err != nil || lacking < least {
		return err
	}
	for n := listBatch; n == listBatch; {
		err := db.Do(ctx, func(ctx context.Context, q *sqlitedb.Tx) (err error) {
			n, err = index.ListWords(ctx, q, listBatch)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// RelistWords makes the list of words anew from the texts. A search for parts of
// words looks through the texts until they are listed.
func (x *Index) RelistWords(ctx context.Context) error {
	err := x.db.Do(ctx, func(ctx context.Context, q *sqlitedb.Tx) error { return index.ForgetWords(ctx, q) })
	if err != nil {
		return err
	}
	return x.Flush(ctx, nil)
}

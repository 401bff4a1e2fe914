package repo

import (
	"context"

	"taskstore/fts/index"
	"taskstore/internal/sqlitedb"
)

// IndexProgress is told how many records are indexed, and how many there were to be.
type IndexProgress func(done, total int64)

// indexed is what a flush needs of a store.
type indexed interface {
	read(ctx context.Context, fn func(*sqlitedb.Tx) error) error
	write(ctx context.Context, fn func(context.Context, *sqlitedb.Tx) error) error
}

// indexer brings the search index of a store in step, one flush at a time.
type indexer struct {
	in   indexed
	turn turn
}

func newIndexer(in indexed) *indexer { return &indexer{in, make(turn, 1)} }

// flush takes up all that is noted, and the words of new texts.
func (x *indexer) flush(ctx context.Context, progress IndexProgress) error {
	if err := x.turn.take(ctx); err != nil {
		return err
	}
	defer x.turn.give()
	var total, done int64
	err := x.in.read(ctx, func(q *sqlitedb.Tx) (err error) {
		total, err = index.CountDirty(ctx, q, 1<<30)
		return err
	})
	for more := total > 0; err == nil && more; { // again: others have noted something meanwhile
		more, err = flushNoted(ctx, x.in, func(n int) {
			if done += int64(n); progress != nil {
				progress(done, max(total, done))
			}
		})
	}
	if err != nil {
		return err
	}
	return listWords(ctx, x.in, 1)
}

// keepWords brings the list of words in step when so many texts are not in it that
// looking through them takes time, unless somebody is at it.
func (x *indexer) keepWords(ctx context.Context) error {
	if !x.turn.takeFree() {
		return nil
	}
	defer x.turn.give()
	return listWords(ctx, x.in, listBatch)
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
func listWords(ctx context.Context, in indexed, least int64) error {
	var lacking int64
	err := in.read(ctx, func(x *sqlitedb.Tx) (err error) {
		lacking, err = index.Unlisted(ctx, x, int(least))
		return err
	})
	if err != nil || lacking < least {
		return err
	}
	for n := listBatch; n == listBatch; {
		err := in.write(ctx, func(ctx context.Context, q *sqlitedb.Tx) (err error) {
			n, err = index.ListWords(ctx, q, listBatch)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

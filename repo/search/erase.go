package search

import (
	"context"

	"taskstore/fts/index"
	"taskstore/internal/sqlitedb"
)

// Erase takes out of the index what no text has any more: words of records that were purged or
// changed stay in FTS5's segments and in the list of words, from where they would also go into
// backups. It writes the whole index anew where there is more than one segment, a few megabytes
// in a transaction: others write in between, and what it has done is right wherever it ends.
func (x *Index) Erase(ctx context.Context) (err error) {
	defer sqlitedb.Wrap(&err, "take what is gone out of the search index")
	if x.readOnly {
		return sqlitedb.ErrReadOnly
	}
	return IndexError(x.erase(ctx))
}

func (x *Index) erase(ctx context.Context) error {
	if err := x.flush(ctx, nil); err != nil { // what is noted may be a text that is gone
		return err
	}
	if err := x.turn.take(ctx); err != nil {
		return err
	}
	defer x.turn.give()
	words, err := x.leftWords(ctx)
	if err != nil {
		return err
	}
	for len(words) > 0 && err == nil {
		some := words[:min(unlistMost, len(words))]
		words = words[len(some):]
		err = x.db.Do(ctx, func(ctx context.Context, q *sqlitedb.Tx) error { return index.Unlist(ctx, q, some) })
	}
	more := false
	if err == nil {
		err = x.db.Do(ctx, func(ctx context.Context, q *sqlitedb.Tx) (err error) {
			more, err = index.BeginWhole(ctx, q)
			return err
		})
	}
	for more && err == nil {
		err = x.db.Do(ctx, func(ctx context.Context, q *sqlitedb.Tx) (err error) {
			more, err = index.GoOnWhole(ctx, q)
			return err
		})
	}
	return err
}

// unlistMost is how many words leave the list in one transaction.
const unlistMost = 500

// IsErased tells whether the index has nothing but what its texts hold.
func (x *Index) IsErased(ctx context.Context) (is bool, err error) {
	defer sqlitedb.Wrap(&err, "look what the search index holds")
	var texts, parts int
	err = x.db.View(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		texts, parts, err = index.Segments(ctx, q)
		return err
	})
	if err != nil || texts > 1 || parts > 1 {
		return false, IndexError(err)
	}
	words, err := x.leftWords(ctx)
	return len(words) == 0, IndexError(err)
}

// leftWords gives the words of the list that no text has.
func (x *Index) leftWords(ctx context.Context) (list []index.Word, err error) {
	err = x.db.View(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		left := map[string]bool{}
		for last, more := int64(0), true; more; {
			if err := ctx.Err(); err != nil {
				return err
			}
			var some []index.Word
			if some, last, more, err = index.UnfoundWords(ctx, q, last); err != nil {
				return err
			}
			list = append(list, some...)
		}
		for _, w := range list {
			left[w.Text] = true
		}
		for last, more := int64(index.FirstText), true; more && len(left) > 0; {
			if err := ctx.Err(); err != nil {
				return err
			}
			if last, more, err = index.KeepUsed(ctx, q, left, last); err != nil {
				return err
			}
		}
		kept := list[:0]
		for _, w := range list {
			if left[w.Text] {
				kept = append(kept, w)
			}
		}
		list = kept
		return nil
	})
	return list, err
}

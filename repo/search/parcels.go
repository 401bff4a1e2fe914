package search

import (
	"context"

	"taskstore/fts/index"
	"taskstore/internal/sqlitedb"
)

// make hands on what was read, and once it is much, has FTS5 index it in a database of its own.
func (f *flusher) make(ctx context.Context, found <-chan flushing, batches chan<- flushing) error {
	for b := range found {
		if b.bulk() {
			return sqlitedb.Scratch(ctx, func(ctx context.Context, maker *sqlitedb.Tx) error {
				return f.makeBulk(ctx, maker, b, found, batches)
			})
		}
		if err := sendFlushing(ctx, batches, b); err != nil {
			return err
		}
	}
	return nil
}

// makeBulk makes the parcels of b and of what comes after it.
func (f *flusher) makeBulk(ctx context.Context, maker *sqlitedb.Tx, b flushing, found <-chan flushing, batches chan<- flushing) error {
	if err := index.PrepareMaker(ctx, maker); err != nil {
		return err
	}
	for more := true; more; {
		if b.bulk() {
			if err := f.makeParcel(ctx, maker, &b); err != nil {
				return err
			}
		}
		if err := sendFlushing(ctx, batches, b); err != nil {
			return err
		}
		b, more = <-found
	}
	return nil
}

// prepare makes of the texts what FTS5 indexes, and gathers their words.
func (b *flushing) prepare() {
	b.words = map[string]bool{}
	for i := range b.entries {
		b.entries[i].Prepare(b.words)
	}
}

// makeParcel makes the parcel of a batch whose records the index has nothing of.
func (f *flusher) makeParcel(ctx context.Context, maker *sqlitedb.Tx, b *flushing) error {
	fresh := false
	err := f.db.View(ctx, func(ctx context.Context, q *sqlitedb.Tx) (err error) {
		fresh, err = index.Fresh(ctx, q, b.entries)
		return err
	})
	if err != nil || !fresh {
		return err
	}
	b.keys, err = f.keys.Give(func(fn func(context.Context, index.Conn) error) error {
		return f.db.View(ctx, func(ctx context.Context, q *sqlitedb.Tx) error { return fn(ctx, q) })
	}, b.entries)
	if err != nil {
		return err
	}
	b.parcel, err = index.MakeParcel(ctx, maker, b.keys, b.entries)
	return err
}

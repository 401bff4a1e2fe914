package search

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"taskstore/fts"
	"taskstore/fts/index"
	"taskstore/internal/sqlitedb"

	"golang.org/x/sync/errgroup"
)

// Bounds of what Index.Flush takes up in one transaction, by marks and by text;
// others write between two of them.
const (
	flushMarks = 512
	flushText  = 1 << 18
)

// After how many pages in the write-ahead log SQLite puts them into the database: by
// itself, and while very many texts are indexed, which writes some pages again and again.
const (
	logPages     = "PRAGMA wal_autocheckpoint = 1000"
	logPagesBulk = "PRAGMA wal_autocheckpoint = 4000"
)

// unmergedMost is how many segments FTS5 is left to merge at once.
const unmergedMost = 200

// bulkTexts is from how many texts on it pays to leave the merging for later.
const bulkTexts = 64

// flusher takes up the marks that are noted. While the writer puts one batch into
// the store's tables, FTS5 indexes the next one beside it, and the one after that is read.
// What was read holds only if nobody has written since; the transaction that writes it
// looks.
type flusher struct {
	db *sqlitedb.DB
	// quiet is raised when somebody else has written: what was read before that
	// is read again.
	quiet atomic.Int64
	// Of the writer's goroutine: how many jobs it had run, and SQLite's count of
	// the commits of other connections, when flusher was there last.
	ran, version int64

	keys index.Allotments

	bulk     bool  // there are many marks
	segments int   // that FTS5 has left unmerged
	texts    int64 // in them, about
}

// flushing is a batch on its way.
type flushing struct {
	marks   []fts.Mark
	entries []fts.Entry
	words   map[string]bool // of all of them
	keys    *index.Allotted // of parcel
	parcel  *index.Parcel   // nil: the writer gives keys, and has FTS5 index the texts
	texts   int64           // as many as there were when they were read; one for a mark without
	quiet   int64
}

// bulk tells whether these are many texts: a session is many by itself.
func (b *flushing) bulk() bool { return b.texts >= bulkTexts }

// flushNoted takes up all marks that there are, and tells whether there were any.
func flushNoted(ctx context.Context, db *sqlitedb.DB, done func(n int)) (any bool, err error) {
	f := &flusher{db: db}
	if err := db.Do(ctx, f.look); err != nil {
		return false, err
	}
	if any, err = f.takeUp(ctx, done); !f.bulk {
		return any, err
	}
	if err == nil {
		err = f.merge(ctx, true)
	}
	return any, errors.Join(err, db.Do(context.WithoutCancel(ctx), func(ctx context.Context, q *sqlitedb.Tx) error {
		_, err := q.Exec(ctx, logPages)
		return err
	}))
}

func (f *flusher) takeUp(ctx context.Context, done func(n int)) (any bool, err error) {
	group, ctx := errgroup.WithContext(ctx)
	found, batches := make(chan flushing), make(chan flushing)
	group.Go(func() error {
		defer close(found)
		return f.Read(ctx, found)
	})
	group.Go(func() error {
		defer close(batches)
		return f.make(ctx, found, batches)
	})
	group.Go(func() error {
		for b := range batches {
			if err := f.put(ctx, b); err != nil {
				return err
			}
			any = true
			done(len(b.marks))
		}
		return ctx.Err()
	})
	err = group.Wait()
	return any, err
}

// Read reads the marks in their order, and what the index should hold for them.
func (f *flusher) Read(ctx context.Context, batches chan<- flushing) error {
	return sqlitedb.Keyset(ctx, "table search_dirty", fts.Mark{}, compareMarks, func(after fts.Mark) (last fts.Mark, more bool, err error) {
		b := flushing{quiet: f.quiet.Load()}
		err = f.db.View(ctx, func(ctx context.Context, q *sqlitedb.Tx) error { return b.fill(ctx, q, after) })
		if err != nil || len(b.marks) == 0 {
			return last, false, err
		}
		b.prepare()
		return b.marks[len(b.marks)-1], true, sendFlushing(ctx, batches, b)
	})
}

// compareMarks compares marks in the order in which they are read.
func compareMarks(a, b fts.Mark) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.PK, b.PK), cmp.Compare(a.List, b.List), cmp.Compare(a.ItemPK, b.ItemPK))
}

func sendFlushing(ctx context.Context, to chan<- flushing, b flushing) error {
	select {
	case to <- b:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// fill takes up what comes after last.
func (b *flushing) fill(ctx context.Context, q *sqlitedb.Tx, last fts.Mark) error {
	size := 0
	return sqlitedb.Keyset(ctx, "table search_dirty", last, compareMarks, func(after fts.Mark) (fts.Mark, bool, error) {
		page, err := wholeMarks(ctx, q, after)
		if err != nil || len(page) == 0 {
			return after, false, err
		}
		err = eachPage(ctx, q, page, func(entries []fts.Entry) error {
			for i := range entries {
				size += entries[i].Size()
				b.texts += int64(max(1, len(entries[i].Rows)))
			}
			b.entries = append(b.entries, entries...)
			return nil
		})
		b.marks = append(b.marks, page...)
		return page[len(page)-1], len(b.marks) < flushMarks && size < flushText, err
	})
}

// wholeMarks gives some of the marks that come after last, and of the last record all: of
// marks where one contains another, a page takes up only that.
func wholeMarks(ctx context.Context, q *sqlitedb.Tx, last fts.Mark) ([]fts.Mark, error) {
	for limit := FlushPage; ; limit *= 2 {
		page, err := index.Dirty(ctx, q, last, limit)
		if err != nil || len(page) < limit {
			return page, err
		}
		end := page[limit-1]
		first := slices.IndexFunc(page, func(m fts.Mark) bool { return m.Kind == end.Kind && m.PK == end.PK })
		if first > 0 {
			return page[:first], nil
		}
	}
}

// put has the writer put a batch into the index.
func (f *flusher) put(ctx context.Context, b flushing) error {
	own := f.keys.Begin()
	err := f.db.Do(ctx, func(ctx context.Context, q *sqlitedb.Tx) error { return f.Write(ctx, q, b, own) })
	f.keys.Written(own)
	f.keys.Written(b.keys)
	if err != nil {
		return err
	}
	if !b.bulk() {
		return nil
	}
	f.segments++
	f.texts += b.texts
	if f.segments%unmergedMost == 0 {
		return f.merge(ctx, false)
	}
	return nil
}

// Write puts a batch into the index.
func (f *flusher) Write(ctx context.Context, q *sqlitedb.Tx, b flushing, own *index.Allotted) error {
	if err := f.look(ctx, q); err != nil {
		return err
	}
	if b.quiet != f.quiet.Load() {
		b.entries, b.words, b.parcel = nil, nil, nil
	}
	batch := index.NewBulk(q, b.words)
	batch.GiveFrom(&f.keys, own)
	if !b.bulk() {
		return takeUp(ctx, q, batch, b)
	}
	f.bulk = true
	if _, err := q.Exec(ctx, logPagesBulk); err != nil {
		return err
	}
	if b.parcel != nil {
		return takeUp(ctx, q, batch, b)
	}
	return index.Unmerged(ctx, q, func() error { return takeUp(ctx, q, batch, b) })
}

// merge has FTS5 merge the segments that it has left, a step in a transaction: into one
// with all others at the end, if they are a good part of the index.
func (f *flusher) merge(ctx context.Context, end bool) error {
	if end {
		err := f.db.Do(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
			all, err := index.Texts(ctx, q)
			if err != nil || f.texts < all/4 {
				return err
			}
			return index.MergeAll(ctx, q)
		})
		if err != nil {
			return err
		}
	}
	for more := true; more; {
		err := f.db.Do(ctx, func(ctx context.Context, q *sqlitedb.Tx) (err error) {
			more, err = index.Merge(ctx, q)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// takeUp makes the index that batch writes hold what the marks of b want, and removes the marks. With
// no entries it reads them from q.
func takeUp(ctx context.Context, q *sqlitedb.Tx, batch *index.Batch, b flushing) error {
	if b.entries == nil {
		if err := flush(ctx, q, batch, b.marks); err != nil {
			return err
		}
	}
	if b.parcel != nil {
		if err := batch.PutParcel(ctx, b.parcel, b.entries); err != nil {
			return err
		}
	} else if err := batch.Put(ctx, b.entries); err != nil {
		return err
	}
	if err := batch.Finish(ctx); err != nil {
		return err
	}
	return index.Settle(ctx, q, b.marks)
}

// look finds out whether anybody else has written since it was called last.
func (f *flusher) look(ctx context.Context, q *sqlitedb.Tx) error {
	var version int64
	if err := q.Get(ctx, &version, "PRAGMA data_version"); err != nil {
		return err
	}
	if q.Job() != f.ran+1 || version != f.version {
		f.quiet.Add(1)
	}
	f.ran, f.version = q.Job(), version
	return nil
}

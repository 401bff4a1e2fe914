package search

import (
	"context"

	"taskstore/fts"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// Fresh is what the index should hold for a record that is stored for the first time. It
// is made before the writer's turn, of the value that is saved, which the writer then need
// not read again.
type Fresh struct {
	entry fts.Entry
	lists schema.JSON // of the row, when it was stored
	sum   int64       // likewise
}

// NewFresh looks at the value of a new record. Of a session it gives nil: the texts in it
// have the keys of rows that are not stored yet.
func NewFresh(r *rows.Relation, v any) *Fresh {
	if r == rows.Sessions {
		return nil
	}
	return &Fresh{entry: fts.Entry{Trashed: r.Head(v).TrashedAt != "", Labels: fts.LabelsOf(v), Rows: fts.Extract(v)}}
}

// freshMost is how much text a transaction holds until its end. What is more is read again.
const freshMost = 3 << 20

// MarkFresh is MarkDirty for a record that was stored with these lists and this checksum.
func MarkFresh(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, pk int64, f *Fresh, lists schema.JSON, sum int64) error {
	m := fts.Mark{Kind: r.Kind, PK: pk, List: fts.All}
	if err := MarkDirty(ctx, q, m); err != nil || f == nil {
		return err
	}
	if noted, ok := q.State().(*txMarks); ok && !Deferred(ctx) {
		f.entry.Mark = m
		f.lists, f.sum = lists, sum
		noted.mu.Lock()
		defer noted.mu.Unlock()
		if size := f.entry.Size(); noted.held+size <= freshMost {
			noted.fresh[m], noted.held = f, noted.held+size
		}
	}
	return nil
}

// freshEntries takes out of marks those of records that are what they were when they were
// stored in this transaction, as the checksums of their rows say, and gives their entries.
func freshEntries(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, marks []fts.Mark) (entries []fts.Entry, rest []fts.Mark, err error) {
	noted, ok := q.State().(*txMarks)
	if !ok || len(noted.fresh) == 0 || marks[0].List != fts.All {
		return nil, marks, nil
	}
	stands := make(map[int64]bool, len(marks))
	err = q.Each(ctx, r.SQL.Sums, []any{pksOf(marks)}, func(row *sqlitedb.Row) error {
		pk := row.Int(0)
		f := noted.fresh[fts.Mark{Kind: r.Kind, PK: pk, List: fts.All}]
		stands[pk] = f != nil && string(row.View(1)) == string(f.lists) && !row.Null(2) && row.Int(2) == f.sum
		return nil
	})
	for _, m := range marks {
		if stands[m.PK] {
			entries = append(entries, noted.fresh[m].entry)
		} else {
			rest = append(rest, m)
		}
	}
	return entries, rest, err
}

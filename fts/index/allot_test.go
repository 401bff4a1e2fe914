package index

import (
	"context"
	"testing"

	"taskstore/fts"
	"taskstore/schema"

	"pgregory.net/rapid"
)

// TestAllottedOnce: of a batch that takes its keys one by one, and parcels that are given theirs meanwhile, no two texts
// have one key.
func TestAllottedOnce(t *testing.T) {
	c := open(t)
	rapid.Check(t, func(t *rapid.T) {
		var l Allotments
		own := l.Begin()
		b := NewBatch(c)
		b.GiveFrom(&l, own)
		taken := map[int64]bool{}
		take := func(keys ...int64) {
			for _, pk := range keys {
				if taken[pk] {
					t.Fatalf("key %d was allotted twice", pk)
				}
				taken[pk] = true
			}
		}
		for range rapid.IntRange(2, 40).Draw(t, "steps") {
			at := rapid.SampledFrom([]schema.Time{"", "2025-01-01T09:59:00.000Z", "2025-01-01T10:00:00.000Z"}).Draw(t, "at")
			if rapid.Bool().Draw(t, "alone") {
				pk, err := b.newKey(context.Background(), firstKey(at, false))
				if err != nil {
					t.Fatal(err)
				}
				take(pk)
				continue
			}
			parcel := []fts.Entry{{Mark: fts.Mark{Kind: "note", PK: 1, List: fts.All}, Rows: sameTime(rapid.IntRange(1, 30).Draw(t, "texts"), at)}}
			a, err := l.Give(func(fn func(context.Context, Conn) error) error { return fn(context.Background(), c) }, parcel)
			if err != nil {
				t.Fatal(err)
			}
			take(a.keys...)
		}
	})
}

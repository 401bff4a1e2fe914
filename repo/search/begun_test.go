package search

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"taskstore/fts"
	"taskstore/fts/index"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/listing"
	"taskstore/schema"
)

// begunTexts fills an index with 2,600 texts, one a minute, all of which have words with a, every
// tenth one with b, and the first 500 with c.
func begunTexts(t *testing.T, x *sqlitedb.Tx) {
	t.Helper()
	ctx := t.Context()
	if _, err := x.Exec(ctx, "CREATE TABLE store (key TEXT PRIMARY KEY, value TEXT, sum INTEGER)"); err != nil {
		t.Fatal(err)
	}
	if err := index.Create(ctx, x, 1); err != nil {
		t.Fatal(err)
	}
	var list []fts.Entry
	for i := range 2600 {
		words := func(letter string, n int) (list []string) {
			for k := range n {
				list = append(list, fmt.Sprintf("%s%d", letter, (i+k*7)%900))
			}
			return list
		}
		body := words("a", 12)
		if i%10 == 0 {
			body = append(body, words("b", 100)...)
		}
		if i < 500 {
			body = append(body, words("c", 60)...)
		}
		at := schema.TimeOf(time.Date(2025, 1, 1, 0, i, 0, 0, time.UTC))
		list = append(list, fts.Entry{Mark: fts.Mark{Kind: "note", PK: int64(i + 1), List: fts.All}, Rows: []fts.Row{{At: at, Body: strings.Join(body, " ")}}})
	}
	b := index.NewBatch(x)
	if err := b.Put(ctx, list); err != nil {
		t.Fatal(err)
	}
	if err := b.Finish(ctx); err != nil {
		t.Fatal(err)
	}
	if err := index.PutDown(ctx, x); err != nil {
		t.Fatal(err)
	}
}

// TestTextsLookedInto: for beginnings that very many texts have no more texts are looked into
// than a page or a comparison takes, and where it would take too many, FTS5 is asked.
func TestTextsLookedInto(t *testing.T) {
	err := sqlitedb.Scratch(t.Context(), func(ctx context.Context, x *sqlitedb.Tx) error {
		begunTexts(t, x)
		for _, one := range []struct {
			text          string
			rank          Rank
			looked, found int // texts at most, and at least
			fts5          bool
		}{
			{"a*", RankNewest, 33, 21, false},
			{"a*", RankRelevance, 200, 200, false},
			{"b*", RankNewest, 700, 21, false}, // 33, 132 and 528,
			{"b*", RankRelevance, 2000, 100, false},
			{"a* b*", RankNewest, 700, 21, false},
			{"c*", RankNewest, 600, 21, true},
			{"c*", RankRelevance, 1000, 500, true},
			{`"a1 a"*`, RankRelevance, 40, 20, false}, // those that have a1
			{"c5* a*", RankNewest, 200, 21, false},    // FTS5 finds c5*, few texts have
		} {
			parsed, err := fts.Parse(one.text)
			if err != nil {
				return err
			}
			f, err := newFinder(ctx, x, nil, Search{Query: listing.Query{Text: one.text}, Rank: one.rank}, parsed, "2025-02-01T00:00:00.000Z")
			if err != nil {
				return err
			}
			if f.begun == nil {
				t.Errorf("%s by %s: the lists are not long", one.text, one.rank)
			}
			if err := f.collect(ctx); err != nil {
				return err
			}
			if f.looked > one.looked || len(f.groups) < one.found || (f.begun == nil) != one.fts5 {
				t.Errorf("%s by %s: %d texts were looked at for %d, FTS5 asked for all: %v", one.text, one.rank, f.looked, len(f.groups), f.begun == nil)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

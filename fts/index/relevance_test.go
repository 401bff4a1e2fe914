package index

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"taskstore/fts"
	"taskstore/schema"
)

// corpus fills an index with texts, in several segments, some of them changed and some
// gone again.
func corpus(t testing.TB, c Conn, r *rand.Rand, n, size int) {
	t.Helper()
	b := NewBatch(c)
	for i := range n {
		changeText(t, b, r, int64(i+1), size)
		if r.IntN(20) == 0 {
			putDown(t, b)
		}
	}
	for range n / 5 {
		changeText(t, b, r, 1+r.Int64N(int64(n)), size)
		if r.IntN(5) == 0 {
			putDown(t, b)
		}
	}
	putDown(t, b)
}

// changeText makes an entity have another text, or none.
func changeText(t testing.TB, b *Batch, r *rand.Rand, pk int64, size int) {
	t.Helper()
	e := &fts.Entry{Mark: fts.Mark{Kind: "note", PK: pk, List: fts.All}, Trashed: r.IntN(30) == 0}
	if r.IntN(12) > 0 {
		at := schema.Time(fmt.Sprintf("2025-%02d-%02dT%02d:%02d:00.000Z", 1+r.IntN(12), 1+r.IntN(28), r.IntN(24), r.IntN(60)))
		e.Rows = []fts.Row{{Part: "content@0", At: at, Title: sometimes(r, 3), Body: sometimes(r, 1+r.IntN(size))}}
	}
	if err := b.Put(t.Context(), []fts.Entry{*e}); err != nil {
		t.Fatal(err)
	}
}

// sometimes gives words of which the first are far more common.
func sometimes(r *rand.Rand, n int) string {
	vocabulary := strings.Fields("the of and café getUserName 学习中文 quick fox brown zebra store storage sqlite3 größe")
	var list []string
	for range n {
		f := r.Float64()
		list = append(list, vocabulary[int(f*f*float64(len(vocabulary)))])
	}
	return strings.Join(list, " ")
}

// putDown finishes a batch and has FTS5 write it, as a segment of its own.
func putDown(t testing.TB, b *Batch) {
	t.Helper()
	if err := b.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	writePending(t, b.c)
}

// writePending has FTS5 write what it has in memory.
func writePending(t testing.TB, c Conn) {
	t.Helper()
	for _, text := range []string{"SAVEPOINT s", "RELEASE s"} {
		if _, err := c.Exec(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
}

// TestScores: relevance is that of FTS5's bm25. It is compared by its ratio to that of
// another text, for a phrase counts as rare as its rarest word here.
func TestScores(t *testing.T) {
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 2))
		c := open(t)
		corpus(t, c, r, 300, []int{5, 60, 300}[seed%3])
		for _, typed := range []string{"the", "zebra", "café", "CAFE quick", "fox the brown", "stor*", `"the of"`, "学习", "user -fox", "größe OR zebra", "sqlite", "title:the"} {
			for _, most := range []int{7, 1 << 30} {
				compareScores(t, fmt.Sprintf("seed %d, %s, %d", seed, typed, most), c, typed, most)
			}
		}
	}
}

func compareScores(t *testing.T, name string, c Conn, typed string, most int) {
	t.Helper()
	q, err := fts.Parse(typed)
	if err != nil {
		t.Fatal(err)
	}
	m := q.Match(nil, fts.Labels{}, nil)
	got, err := Newest(t.Context(), c, m, Span("", "", false, 0), most)
	if err != nil || len(got) == 0 {
		t.Fatalf("%s: %d found, %v", name, len(got), err)
	}
	want := slices.Clone(got)
	if err := scoresOfFTS5(t.Context(), c, m, want); err != nil {
		t.Fatal(err)
	}
	share, err := Scores(t.Context(), c, m, q.Words(nil), got)
	if err != nil || share <= 0 || share > 1 {
		t.Errorf("%s: FTS5 was asked: share %v, %v", name, share, err)
	}
	simple := !strings.ContainsAny(typed, `*":`) && len(q.Clauses) == 1
	for i := range got {
		factor := want[0].Score / got[0].Score
		if simple && most == 1<<30 {
			factor = 1
		}
		if exact := math.Abs(got[i].Score*factor/want[i].Score - 1); exact > 0.1 {
			t.Fatalf("%s: %d scores %v, want %v", name, got[i].PK, got[i].Score*factor, want[i].Score)
		}
	}
}

// TestScoresOfOtherFormat: where FTS5's tables are not as they are known, or its words are
// cut otherwise, FTS5 is asked.
func TestScoresOfOtherFormat(t *testing.T) {
	c := open(t)
	corpus(t, c, rand.New(rand.NewPCG(1, 3)), 100, 20)
	if _, err := c.Exec(t.Context(), "INSERT INTO search (search, rank) VALUES ('secure-delete', 1)"); err != nil {
		t.Fatal(err)
	}
	b := NewBatch(c)
	for i := range int64(50) {
		if err := b.Put(t.Context(), []fts.Entry{{Mark: fts.Mark{Kind: "note", PK: i + 1, List: fts.All}}}); err != nil {
			t.Fatal(err)
		}
	}
	putDown(t, b)
	q, err := fts.Parse("the")
	if err != nil {
		t.Fatal(err)
	}
	m := q.Match(nil, fts.Labels{}, nil)
	got, err := Newest(t.Context(), c, m, Span("", "", false, 0), 1000)
	if err != nil || len(got) == 0 {
		t.Fatal(len(got), err)
	}
	other := fts.Words{fts.ClauseWords{{{{Words: []string{"notinit"}, Columns: 31}}}}}
	for _, w := range []fts.Words{q.Words(nil), other} {
		if share, err := Scores(t.Context(), c, m, w, got); share != 0 || err != nil {
			t.Fatal(share, err)
		}
		for _, f := range got {
			if f.Score <= 0 {
				t.Fatalf("%d scores %v", f.PK, f.Score)
			}
		}
	}
}

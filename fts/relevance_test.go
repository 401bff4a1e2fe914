package fts

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

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
	e := &Entry{Mark: Mark{Kind: "note", PK: pk, List: All}, Trashed: r.IntN(30) == 0}
	if r.IntN(12) > 0 {
		at := schema.Time(fmt.Sprintf("2025-%02d-%02dT%02d:%02d:00.000Z", 1+r.IntN(12), 1+r.IntN(28), r.IntN(24), r.IntN(60)))
		e.Rows = []Row{{Part: "content@0", At: at, Title: sometimes(r, 3), Body: sometimes(r, 1+r.IntN(size))}}
	}
	if err := b.Put(t.Context(), []Entry{*e}); err != nil {
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

// everyPosting collects what eachPosting visits, what is hidden left out.
type everyPosting struct {
	list map[string]map[int64][]place
	gone map[string]map[int64]bool
	term string
}

func (e *everyPosting) begin(term []byte) {
	e.term = string(term[1:])
	if e.list[e.term] == nil {
		e.list[e.term], e.gone[e.term] = map[int64][]place{}, map[int64]bool{}
	}
}

func (e *everyPosting) posting(p posting) {
	if _, known := e.list[e.term][p.pk]; known || e.gone[e.term][p.pk] {
		return
	}
	if len(p.places) == 0 {
		e.gone[e.term][p.pk] = true
		return
	}
	var places []place
	eachPlace(p.places, func(at place) { places = append(places, at) })
	e.list[e.term][p.pk] = places
}

// TestPostings: what is read from FTS5's tables is what FTS5 says it is.
func TestPostings(t *testing.T) {
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 1))
		c := open(t)
		corpus(t, c, r, 40+r.IntN(300), []int{5, 60, 400}[seed%3])
		want := vocabularyOf(t, c)
		f, err := readFacts(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		all := &everyPosting{map[string]map[int64][]place{}, map[string]map[int64]bool{}, ""}
		if _, err := eachPosting(t.Context(), c, f, "", true, math.MinInt64, all); err != nil {
			t.Fatal(err)
		}
		comparePostings(t, fmt.Sprint("all, seed ", seed), all.list, want)
		for term := range want {
			one := &everyPosting{map[string]map[int64][]place{}, map[string]map[int64]bool{}, ""}
			if _, err := eachPosting(t.Context(), c, f, term, false, math.MinInt64, one); err != nil {
				t.Fatal(err)
			}
			comparePostings(t, fmt.Sprintf("%q, seed %d", term, seed), one.list, map[string]map[int64][]place{term: want[term]})
		}
	}
}

func comparePostings(t *testing.T, name string, got, want map[string]map[int64][]place) {
	t.Helper()
	for term := range got {
		if len(got[term]) == 0 {
			delete(got, term)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d terms, want %d", name, len(got), len(want))
	}
	for term, texts := range want {
		if len(got[term]) != len(texts) {
			t.Errorf("%s: %q is in %d texts, want %d", name, term, len(got[term]), len(texts))
		}
		for pk, places := range texts {
			if !slices.Equal(got[term][pk], places) {
				t.Fatalf("%s: %q is at %v of %d, want %v", name, term, got[term][pk], pk, places)
			}
		}
	}
}

// vocabularyOf asks FTS5 for all that is in its index.
func vocabularyOf(t *testing.T, c Conn) map[string]map[int64][]place {
	t.Helper()
	if _, err := c.Exec(t.Context(), "CREATE VIRTUAL TABLE vocabulary USING fts5vocab(search, instance)"); err != nil {
		t.Fatal(err)
	}
	rows, err := c.Query(t.Context(), "SELECT term, doc, col, offset FROM vocabulary")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns := map[string]uint64{"title": 0, "body": 1, "title_parts": 2, "body_parts": 3, "kind": 4}
	want := map[string]map[int64][]place{}
	for rows.Next() {
		var term, column string
		var pk int64
		var word uint64
		if err := rows.Scan(&term, &pk, &column, &word); err != nil {
			t.Fatal(err)
		}
		if want[term] == nil {
			want[term] = map[int64][]place{}
		}
		want[term][pk] = append(want[term][pk], place{columns[column], word})
	}
	if err := rows.Err(); err != nil || len(want) == 0 {
		t.Fatal(len(want), err)
	}
	return want
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
	q, err := Parse(typed)
	if err != nil {
		t.Fatal(err)
	}
	m := q.Match(nil, Labels{}, nil)
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
		if err := b.Put(t.Context(), []Entry{{Mark: Mark{Kind: "note", PK: i + 1, List: All}}}); err != nil {
			t.Fatal(err)
		}
	}
	putDown(t, b)
	q, err := Parse("the")
	if err != nil {
		t.Fatal(err)
	}
	m := q.Match(nil, Labels{}, nil)
	got, err := Newest(t.Context(), c, m, Span("", "", false, 0), 1000)
	if err != nil || len(got) == 0 {
		t.Fatal(len(got), err)
	}
	if _, err := readFacts(t.Context(), c); err != errFormat {
		t.Errorf("secure-delete: %v", err)
	}
	other := Words{ClauseWords{{{{Words: []string{"notinit"}, Columns: 31}}}}}
	for _, w := range []Words{q.Words(nil), other} {
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

// TestDamagedLeaves: whatever stands in a leaf, reading it ends with an error or without.
func TestDamagedLeaves(t *testing.T) {
	c := open(t)
	r := rand.New(rand.NewPCG(1, 4))
	corpus(t, c, r, 60, 60)
	blocks, err := column[[]byte](t.Context(), c, "SELECT block FROM search_data ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for range 5_000 {
		block := slices.Clone(blocks[r.IntN(len(blocks))])
		for range 1 + r.IntN(4) {
			if len(block) > 0 {
				block[r.IntN(len(block))] = byte(r.IntN(256))
			}
		}
		w := &walk{want: []byte("0"), open: true, v: newHits([]*Found{{PK: 1}}, 31), page: block}
		first := w.leaf(1<<segmentBits + 1)
		if err := errors.Join(first, w.leaf(1<<segmentBits+int64(r.IntN(4)))); err != nil {
			refused++
		}
		_, _ = segments(block)
	}
	if refused == 0 {
		t.Error("no damage was seen")
	}
}

// TestLongList: of a long list only the end is read, and its length is estimated.
func TestLongList(t *testing.T) {
	c := open(t)
	b := NewBatch(c)
	const n = 2500
	for i := range int64(n) {
		at := schema.Time(fmt.Sprintf("2025-01-%02dT%02d:%02d:00.000Z", 1+i/1440, i/60%24, i%60))
		e := &Entry{Mark: Mark{Kind: "note", PK: i + 1, List: All}, Rows: []Row{{Part: "content@0", At: at, Body: strings.Repeat("the ", 30) + "end"}}}
		if err := b.Put(t.Context(), []Entry{*e}); err != nil {
			t.Fatal(err)
		}
	}
	putDown(t, b)
	list, err := Newest(t.Context(), c, `"the"`, Span("", "", false, 0), 100)
	if err != nil || len(list) != 100 {
		t.Fatal(len(list), err)
	}
	f, err := readFacts(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	h := newHits([]*Found{&list[99]}, 31)
	all, err := eachPosting(t.Context(), c, f, "the", false, list[99].PK, h)
	if err != nil || all == n || math.Abs(all/n-1) > 0.05 || h.some != 100 {
		t.Errorf("%v texts, and %d of 100 newest: %v", all, h.some, err)
	}
}

package postings

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"taskstore/fts"

	_ "modernc.org/sqlite" // the driver named "sqlite"
)

// open makes an empty FTS5 table of the name and the columns that are read.
func open(t *testing.T) *sql.Tx {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(filepath.Join(t.TempDir(), "index.db")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tx.Rollback() })
	exec(t, tx, "CREATE VIRTUAL TABLE search USING fts5 (title, body, title_parts, body_parts, kind)")
	return tx
}

func exec(t *testing.T, c *sql.Tx, text string, args ...any) {
	t.Helper()
	if _, err := c.Exec(text, args...); err != nil {
		t.Fatal(err)
	}
}

// asked lets what is tested ask a transaction.
type asked struct{ *sql.Tx }

func (a asked) Query(ctx context.Context, text string, args ...any) (Rows, error) {
	return a.QueryContext(ctx, text, args...)
}

// corpus fills the table with texts, in several segments, some of them changed and some
// gone again.
func corpus(t *testing.T, c *sql.Tx, r *rand.Rand, n, size int) {
	t.Helper()
	for i := range n {
		changeText(t, c, r, int64(i+1), size)
		if r.IntN(20) == 0 {
			putDown(t, c)
		}
	}
	for range n / 5 {
		changeText(t, c, r, 1+r.Int64N(int64(n)), size)
		if r.IntN(5) == 0 {
			putDown(t, c)
		}
	}
	putDown(t, c)
}

// changeText makes a key have another text, or none.
func changeText(t *testing.T, c *sql.Tx, r *rand.Rand, pk int64, size int) {
	t.Helper()
	exec(t, c, "DELETE FROM search WHERE rowid = ?", pk)
	if r.IntN(12) > 0 {
		exec(t, c, "INSERT INTO search (rowid, title, body, body_parts, kind) VALUES (?, ?, ?, ?, 'note')", pk, sometimes(r, 3), sometimes(r, 1+r.IntN(size)), sometimes(r, 2))
	}
}

// putDown has FTS5 write what it has in memory, as a segment of its own.
func putDown(t *testing.T, c *sql.Tx) {
	t.Helper()
	exec(t, c, "SAVEPOINT s")
	exec(t, c, "RELEASE s")
}

// sometimes gives words of which the first are far more common.
func sometimes(r *rand.Rand, n int) string {
	vocabulary := strings.Fields("the of and cafe username quick fox brown zebra store storage sqlite3")
	var list []string
	for range n {
		f := r.Float64()
		list = append(list, vocabulary[int(f*f*float64(len(vocabulary)))])
	}
	return strings.Join(list, " ")
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
		f, err := readFacts(t.Context(), asked{c})
		if err != nil {
			t.Fatal(err)
		}
		all := &everyPosting{map[string]map[int64][]place{}, map[string]map[int64]bool{}, ""}
		if _, err := eachPosting(t.Context(), asked{c}, f, "", true, nil, all); err != nil {
			t.Fatal(err)
		}
		comparePostings(t, fmt.Sprint("all, seed ", seed), all.list, want)
		for term := range want {
			one := &everyPosting{map[string]map[int64][]place{}, map[string]map[int64]bool{}, ""}
			if _, err := eachPosting(t.Context(), asked{c}, f, term, false, nil, one); err != nil {
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
func vocabularyOf(t *testing.T, c *sql.Tx) map[string]map[int64][]place {
	t.Helper()
	exec(t, c, "CREATE VIRTUAL TABLE vocabulary USING fts5vocab(search, instance)")
	rows, err := c.QueryContext(t.Context(), "SELECT term, doc, col, offset FROM vocabulary")
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

// TestOtherFormat: an index that may hold lists of another form is refused.
func TestOtherFormat(t *testing.T) {
	c := open(t)
	corpus(t, c, rand.New(rand.NewPCG(1, 3)), 100, 20)
	if _, err := readFacts(t.Context(), asked{c}); err != nil {
		t.Fatal(err)
	}
	exec(t, c, "INSERT INTO search (search, rank) VALUES ('secure-delete', 1)")
	exec(t, c, "DELETE FROM search WHERE rowid < 50")
	putDown(t, c)
	if _, err := readFacts(t.Context(), asked{c}); err != ErrUnknown {
		t.Errorf("secure-delete: %v", err)
	}
}

// TestDamagedLeaves: whatever stands in a leaf, reading it ends with an error or without.
func TestDamagedLeaves(t *testing.T) {
	c := open(t)
	r := rand.New(rand.NewPCG(1, 4))
	corpus(t, c, r, 60, 60)
	blocks, err := column[[]byte](t.Context(), asked{c}, "SELECT block FROM search_data ORDER BY id")
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
		w := &walk{want: []byte("0"), open: true, v: newHits([]*Text{{PK: 1}}, 31), page: block}
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

// TestLongList: of a long list those leaves are read that can have the texts asked for, and its
// length is estimated.
func TestLongList(t *testing.T) {
	testLongList(t, false)
	testLongList(t, true)
}

// testLongList has one of the texts be many leaves long, or not.
func testLongList(t *testing.T, long bool) {
	t.Helper()
	c := open(t)
	const n = 2500
	all := int64(n)
	for i := range n {
		exec(t, c, "INSERT INTO search (rowid, body) VALUES (?, ?)", 64*(i+1), strings.Repeat("the ", 30)+"end")
	}
	if long {
		exec(t, c, "INSERT INTO search (rowid, body) VALUES (?, ?)", 64*(n+1), strings.Repeat("the ", 20_000))
		exec(t, c, "INSERT INTO search (rowid, body) VALUES (?, ?)", 64*(n+2), "the end")
		all += 2
	}
	putDown(t, c)
	f, err := readFacts(t.Context(), asked{c})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 5))
	for _, pks := range [][]int64{
		keysFrom(n-97, n+2), {64}, {64, 64 * (n + 2)}, {64 * (n + 1)}, {64 * (n + 2)}, {64 * 700, 64*700 + 1, 64 * 900}, keysFrom(1, n+2),
		{64*n + 1}, {1, 64 * (1 + r.Int64N(n))}, {64 * (1 + r.Int64N(n/2)), 64 * (n/2 + r.Int64N(n/2))},
	} {
		h := newHits(textsOf(pks), 31)
		got, err := eachPosting(t.Context(), asked{c}, f, "the", false, pks, h)
		if err != nil {
			t.Fatal(err)
		}
		if newer := float64(all - (pks[0]-1)/64); !long && (math.Abs(got.all/float64(all)-1) > 0.05 || math.Abs(float64(h.some)+got.unread-newer) > 0.03*float64(all)) {
			t.Errorf("%v: %v texts, %v of %v newer ones", pks, got, float64(h.some)+got.unread, newer)
		}
		for i, pk := range pks {
			want := 0.0
			switch {
			case pk%64 != 0 || pk > 64*all:
			case pk == 64*(n+1):
				want = 20_000
			case pk == 64*(n+2):
				want = 1
			default:
				want = 30
			}
			if h.times[i] != want*fts.Weights[1] {
				t.Errorf("%v: %d has it %v times, want %v", pks, pk, h.times[i], want)
			}
		}
	}
}

func keysFrom(from, to int64) (list []int64) {
	for i := from; i <= to; i++ {
		list = append(list, 64*i)
	}
	return list
}

func textsOf(pks []int64) (list []*Text) {
	for _, pk := range pks {
		list = append(list, &Text{PK: pk})
	}
	return list
}

// TestLeavesRead: for a few texts that are far from each other a few leaves are read.
func TestLeavesRead(t *testing.T) {
	c := open(t)
	for i := range 20_000 {
		exec(t, c, "INSERT INTO search (rowid, body) VALUES (?, ?)", 64*(i+1), strings.Repeat("the ", 10)+"end")
	}
	putDown(t, c)
	exec(t, c, "INSERT INTO search (search) VALUES ('optimize')")
	f, err := readFacts(t.Context(), asked{c})
	if err != nil {
		t.Fatal(err)
	}
	list, err := leavesOf(t.Context(), asked{c}, f, []byte("0the"), false)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	l := &list[0]
	if err := l.choose(t.Context(), asked{c}, []int64{64 * 100, 64 * 9_000, 64 * 15_000}); err != nil {
		t.Fatal(err)
	}
	read := int64(0)
	for _, p := range l.read {
		read += p[1] - p[0] + 1
	}
	if all := l.last - l.first + 1; all < 50 || read > 8 {
		t.Errorf("%d of %d leaves are read: %v", read, all, l.read)
	}
}

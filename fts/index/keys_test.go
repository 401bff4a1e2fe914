package index

import (
	"fmt"
	"slices"
	"testing"

	"taskstore/fts"
	"taskstore/schema"

	"pgregory.net/rapid"
)

// asksForKeys counts the statements that look for keys.
func asksForKeys(n map[string]int) (sum int) {
	for _, text := range []string{sqlRooms, sqlFirstKey, sqlHole, sqlFull, sqlFullFrom, sqlSetFull, sqlUnfull} {
		sum += n[text]
	}
	return sum
}

// sameTime makes n texts of one time.
func sameTime(n int, at schema.Time) []fts.Row {
	rows := make([]fts.Row, n)
	for i := range rows {
		rows[i] = fts.Row{ItemPK: int64(i + 1), At: at, Body: fmt.Sprint("heron ", i)}
	}
	return rows
}

// TestKeyIsAskedForOnce: a text without a time, or of a minute that has thousands, asks for one key,
// once in 64 notes that a minute is full, and keeps its key when it is edited.
func TestKeyIsAskedForOnce(t *testing.T) {
	for _, at := range []schema.Time{"", "2025-01-01T10:00:00.000Z"} {
		c := open(t)
		put(t, c, 1, sameTime(3000, at)...)
		asked := 0
		for pk := range int64(2 * perMinute) {
			asked += asksForKeys(ran(t, c, pk+2, fts.Row{At: at, Body: "stork"}))
		}
		if most := 2*perMinute + 2*7; asked > most {
			t.Errorf("%q: 128 texts ask %d times for keys, not %d at most", at, asked, most)
		}
		key := func() []int64 {
			keys, err := column[int64](t.Context(), c, "SELECT pk FROM search_rows WHERE owner_pk = 7")
			if err != nil || len(keys) != 1 {
				t.Fatal(keys, err)
			}
			return keys
		}
		before := key()
		if n := asksForKeys(ran(t, c, 7, fts.Row{At: at, Body: "crane"})); n != 0 || !slices.Equal(before, key()) {
			t.Errorf("%q: an edited text asks %d times for a key, and has %d, not %d", at, n, key(), before)
		}
	}
}

// TestBulkAsksForKeysTogether: so do many at once.
func TestBulkAsksForKeysTogether(t *testing.T) {
	c := open(t)
	put(t, c, 1, sameTime(3000, "")...)
	counted := counting{c, map[string]int{}}
	b := NewBatch(counted)
	entries := make([]fts.Entry, 640)
	for i := range entries {
		entries[i] = fts.Entry{Mark: fts.Mark{Kind: "note", PK: int64(i + 2), List: fts.All}, Rows: []fts.Row{{Body: "stork"}}}
	}
	if err := b.Put(t.Context(), entries); err != nil {
		t.Fatal(err)
	}
	putDown(t, b)
	if n := asksForKeys(counted.ran); n > 11*7 {
		t.Errorf("640 texts ask %d times for keys", n)
	}
}

// times are drawn by the test below: of few minutes, with odd ones.
var times = rapid.SampledFrom([]schema.Time{"", "", "1969-01-01T00:00:00.000Z", "1970-01-01T00:00:30.000Z", "soon", "2025-01-01T09:59:00.000Z",
	"2025-01-01T10:00:00.000Z", "2025-01-01T10:00:59.000Z", "2025-01-01T10:01:00.000Z", "2025-01-01T10:02:00.000Z", "2025-01-01T10:04:00.000Z", "2025-01-02T00:00:00.000Z"})

// TestSpanHasAllOfATime: whatever comes, changes its time and goes, all texts of a time are among the
// keys of that time, and none has another's key.
func TestSpanHasAllOfATime(t *testing.T) {
	c := open(t)
	rapid.Check(t, func(rt *rapid.T) {
		if err := Create(t.Context(), c, 1); err != nil {
			rt.Fatal(err)
		}
		has := map[int64]fts.Entry{}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			pk := rapid.Int64Range(1, 4).Draw(rt, "pk")
			e := fts.Entry{Mark: fts.Mark{Kind: "note", PK: pk, List: fts.All}, Trashed: rapid.Bool().Draw(rt, "trashed")}
			for _, at := range rapid.SliceOfN(times, 0, 3).Draw(rt, "times") {
				e.Rows = append(e.Rows, sameTime(rapid.IntRange(1, 150).Draw(rt, "texts"), at)...)
			}
			for i := range e.Rows {
				e.Rows[i].ItemPK = int64(i + 1)
			}
			b := NewBatch(c)
			if err := b.Put(t.Context(), []fts.Entry{e}); err != nil {
				rt.Fatal(err)
			}
			if err := b.Finish(t.Context()); err != nil {
				rt.Fatal(err)
			}
			has[pk] = e
		}
		bounds := times.Filter(func(at schema.Time) bool { return at != "soon" })
		from, to := bounds.Draw(rt, "from"), bounds.Draw(rt, "to")
		for _, trash := range []bool{false, true} {
			spansAll(rt, c, has, from, to, trash)
		}
	})
}

// spansAll wants the texts of a time to be found by it.
func spansAll(rt *rapid.T, c Conn, has map[int64]fts.Entry, from, to schema.Time, trash bool) {
	within := func(at schema.Time) bool {
		return (from == "" || at >= from) && (to == "" || at != "" && at < to) && at != "soon"
	}
	want, got := 0, 0
	for _, e := range has {
		if problems, err := Differing(rt.Context(), c, e.Kind, []fts.Entry{e}, nil); err != nil || len(problems) > 0 {
			rt.Fatal(problems, err)
		}
		for _, r := range e.Rows {
			if e.Trashed == trash && within(r.At) {
				want++
			}
		}
	}
	spill, err := Spill(rt.Context(), c, to, trash)
	if err != nil {
		rt.Fatal(err)
	}
	found, err := Newest(rt.Context(), c, `"heron"`, Span(from, to, trash, spill), 10_000)
	if err != nil {
		rt.Fatal(err)
	}
	for _, f := range found {
		if within(f.At) {
			got++
		}
	}
	if got != want {
		rt.Fatalf("from %q to %q, trash %v: %d texts are found, not %d", from, to, trash, got, want)
	}
}

// TestFormerTablesGo: an index of before leaves nothing behind.
func TestFormerTablesGo(t *testing.T) {
	c := open(t)
	for _, text := range []string{"CREATE TABLE search_new (pk INTEGER PRIMARY KEY)", "INSERT INTO store (key, value) VALUES ('search spill', '128')"} {
		if _, err := c.Exec(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	if err := Create(t.Context(), c, 1); err != nil {
		t.Fatal(err)
	}
	left, err := column[string](t.Context(), c, "SELECT name FROM sqlite_master WHERE name = 'search_new' UNION ALL SELECT key FROM store WHERE key <> 'search'")
	if err != nil || len(left) > 0 {
		t.Error(left, err)
	}
}

// TestMisplacedTextIsSeen: a check sees that a search by time would not find a text.
func TestMisplacedTextIsSeen(t *testing.T) {
	c := open(t)
	rows := sameTime(2*perMinute+10, "2025-01-01T10:00:00.000Z")
	put(t, c, 1, rows...)
	e := fts.Entry{Mark: fts.Mark{Kind: "note", PK: 1, List: fts.All}, Rows: rows}
	for i, want := range []bool{false, true} {
		problems, err := Differing(t.Context(), c, e.Kind, []fts.Entry{e}, nil)
		if err != nil || (len(problems) > 0) != want {
			t.Errorf("%d: %v, %v", i, problems, err)
		}
		if _, err := c.Exec(t.Context(), "UPDATE search_full SET room = room - 1"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFreedKeysAreKept: a text of another minute is not given a key that was freed for a text of its own minute.
func TestFreedKeysAreKept(t *testing.T) {
	c := open(t)
	const before, at, after = schema.Time("2025-01-01T09:59:00.000Z"), schema.Time("2025-01-01T10:00:00.000Z"), schema.Time("2025-01-01T10:01:00.000Z")
	renamed := func(parts ...[]fts.Row) []fts.Row {
		rows := slices.Concat(parts...)
		for i := range rows {
			rows[i].ItemPK = int64(i + 1)
		}
		return rows
	}
	put(t, c, 4, renamed(sameTime(60, at), sameTime(129, before))...)
	rows := renamed(sameTime(1, after), sameTime(129, before))
	put(t, c, 4, rows...)
	problems, err := Differing(t.Context(), c, "note", []fts.Entry{{Mark: fts.Mark{Kind: "note", PK: 4, List: fts.All}, Rows: rows}}, nil)
	if err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
}

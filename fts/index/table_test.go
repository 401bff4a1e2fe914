package index

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"taskstore/fts"
	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// open makes an empty index in a database of its own.
func open(t testing.TB) Conn {
	t.Helper()
	ready, done, ended := make(chan *sqlitedb.Tx), make(chan bool), make(chan error, 1)
	go func() {
		ended <- sqlitedb.Scratch(context.Background(), func(_ context.Context, tx *sqlitedb.Tx) error {
			ready <- tx
			<-done
			return nil
		})
	}()
	var c *sqlitedb.Tx
	select {
	case c = <-ready:
	case err := <-ended:
		t.Fatal(err)
	}
	t.Cleanup(func() {
		close(done)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	if _, err := c.Exec(t.Context(), "CREATE TABLE store (key TEXT PRIMARY KEY, value TEXT, sum INTEGER)"); err != nil {
		t.Fatal(err)
	}
	if err := Create(t.Context(), c, 1); err != nil {
		t.Fatal(err)
	}
	return c
}

func put(t testing.TB, c Conn, pk int64, rows ...fts.Row) {
	t.Helper()
	b := NewBatch(c)
	err := b.Put(t.Context(), []fts.Entry{{Mark: fts.Mark{Kind: "note", PK: pk, List: fts.All}, Rows: rows}})
	if err == nil {
		err = b.Finish(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// finds tells whether a text is found by what a person types.
func finds(t testing.TB, text, typed string) bool {
	t.Helper()
	c := open(t)
	put(t, c, 1, fts.Extract(&schema.Note{Content: text})...)
	q, err := fts.Parse(typed)
	if err != nil {
		t.Fatal(err)
	}
	inner := fts.Expand{}
	for _, part := range q.InnerParts() {
		if inner[part], err = Inner(t.Context(), c, part); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Newest(t.Context(), c, q.Match([]string{"note"}, fts.Labels{}, inner), Span("", "", false, 0), 10)
	if err != nil {
		t.Fatalf("%q: %v", typed, err)
	}
	wantScores(t, c, q, inner, got)
	return len(got) > 0
}

// wantScores wants all that was found to have a relevance.
func wantScores(t testing.TB, c Conn, q fts.Query, inner fts.Expand, list []Found) {
	t.Helper()
	writePending(t, c)
	if _, err := Scores(t.Context(), c, q.Match([]string{"note"}, fts.Labels{}, inner), q.Words(inner), list); err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if f.Score <= 0 && len(q.Clauses) > 0 {
			t.Errorf("%v scores %v", q, f.Score)
		}
	}
}

// cell is the text of a cell of a Markdown table, without its quotes.
func cell(s string) string {
	s = strings.ReplaceAll(strings.TrimSpace(s), `\|`, "|")
	if i := strings.LastIndexByte(s, '`'); i >= 0 {
		s = s[:i+1] // a remark may follow
	}
	if s = strings.TrimPrefix(strings.TrimSuffix(s, "`"), "`"); strings.HasPrefix(s, "` ") && strings.HasSuffix(s, " `") {
		s = strings.Trim(s, "` ")
	}
	return s
}

// TestWhatFindsWhat: every row of the table in DESIGN.md is true.
func TestWhatFindsWhat(t *testing.T) {
	text, err := os.ReadFile("../DESIGN.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(text), "<!-- what finds what -->\n")
	if !ok {
		t.Fatal("DESIGN.md has no such table")
	}
	rows := 0
	for _, line := range strings.Split(table, "\n")[2:] {
		if !strings.HasPrefix(line, "|") {
			break
		}
		cells := strings.Split(strings.ReplaceAll(strings.Trim(line, "|"), `\|`, "\x01"), "|")
		if len(cells) != 3 {
			t.Fatalf("%d cells in %s", len(cells), line)
		}
		for i := range cells {
			cells[i] = cell(strings.ReplaceAll(cells[i], "\x01", `\|`))
		}
		rows++
		for _, typed := range strings.Split(cells[1], "`, `") {
			if !finds(t, cells[0], typed) {
				t.Errorf("%q is not found by %q", cells[0], typed)
			}
		}
		if cells[2] == "-" {
			continue
		}
		for _, typed := range strings.Split(cells[2], "`, `") {
			if finds(t, cells[0], typed) {
				t.Errorf("%q is found by %q", cells[0], typed)
			}
		}
	}
	if rows < 30 {
		t.Errorf("only %d rows", rows)
	}
}

// TestDecomposed: accents that stand by themselves, as file names of macOS have them.
func TestDecomposed(t *testing.T) {
	for _, typed := range []string{"cafe", "café", "cafe\u0301", "caf*"} {
		if !finds(t, "un cafe\u0301 noir", typed) {
			t.Errorf("%q does not find the decomposed word", typed)
		}
	}
	if !finds(t, "un café noir", "cafe\u0301") {
		t.Error("the decomposed word does not find the composed one")
	}
}

// TestKeysFollowTime: the order of keys is that of times, also when a minute has
// more texts than fit, and in the trash.
func TestKeysFollowTime(t *testing.T) {
	for _, trash := range []bool{false, true} {
		t.Run(fmt.Sprint("trash ", trash), func(t *testing.T) { keysFollowTime(t, trash) })
	}
}

func keysFollowTime(t *testing.T, trash bool) {
	c := open(t)
	var rows []fts.Row
	for i := range 3 * perMinute {
		rows = append(rows, fts.Row{ItemPK: int64(i + 1), At: "2025-01-01T10:00:00.000Z", Body: "word"})
	}
	others := []fts.Row{{At: "2025-01-01T10:01:00.000Z", Body: "word"}, {At: "", Body: "word"}, {At: "2025-01-01T09:59:00.000Z", Body: "word"}}
	for pk, list := range [][]fts.Row{rows, others} {
		b := NewBatch(c)
		if err := b.Put(t.Context(), []fts.Entry{{Mark: fts.Mark{Kind: "note", PK: int64(pk + 1), List: fts.All}, Trashed: trash, Rows: list}}); err != nil {
			t.Fatal(err)
		}
		putDown(t, b)
	}
	q, err := fts.Parse("word")
	if err != nil {
		t.Fatal(err)
	}
	newest := func(from, to schema.Time, trash bool) []Found {
		spill, err := Spill(t.Context(), c, to, trash)
		if err != nil || spill > 8*perMinute {
			t.Fatal(spill, err)
		}
		got, err := Newest(t.Context(), c, q.Match(nil, fts.Labels{}, nil), Span(from, to, trash, spill), 1000)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	n := 0
	for _, f := range newest("2025-01-01T10:00:00.000Z", "2025-01-01T10:01:00.000Z", trash) {
		if f.At == "2025-01-01T10:00:00.000Z" {
			n++
		}
	}
	if n != 3*perMinute {
		t.Errorf("%d texts of the minute are found, want %d", n, 3*perMinute)
	}
	if other := newest("", "", !trash); len(other) > 0 {
		t.Errorf("%d texts are on the other side of the trash", len(other))
	}
	all := newest("", "", trash)
	if last := all[len(all)-1]; len(all) != 3*perMinute+3 || last.At != "" {
		t.Errorf("%d texts, the last of %q; the undated one must be the last", len(all), last.At)
	}
	keys := map[int64]bool{}
	for _, f := range all {
		keys[f.PK] = true
	}
	if len(keys) != len(all) || !slices.IsSortedFunc(all, func(a, b Found) int { return int(b.PK - a.PK) }) {
		t.Error("keys are not unique and sorted")
	}
}

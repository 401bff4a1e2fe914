package fts

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"taskstore/schema"

	_ "modernc.org/sqlite" // the driver named "sqlite"
)

// dbConn is a Conn on a transaction of a database.
type dbConn struct{ tx *sql.Tx }

func (c dbConn) Exec(ctx context.Context, text string, args ...any) (sql.Result, error) {
	return c.tx.ExecContext(ctx, text, args...)
}

func (c dbConn) Query(ctx context.Context, text string, args ...any) (Rows, error) {
	return c.tx.QueryContext(ctx, text, args...)
}

// open makes an empty index in a file of its own.
func open(t testing.TB) Conn {
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
	c := dbConn{tx}
	if _, err := c.Exec(t.Context(), "CREATE TABLE store (key TEXT PRIMARY KEY, value TEXT)"); err != nil {
		t.Fatal(err)
	}
	if err := Create(t.Context(), c, 1); err != nil {
		t.Fatal(err)
	}
	return c
}

func put(t testing.TB, c Conn, pk int64, rows ...Row) {
	t.Helper()
	b := NewBatch(c)
	err := b.Put(t.Context(), []Entry{{Mark: Mark{Kind: "note", PK: pk, List: All}, Rows: rows}})
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
	put(t, c, 1, Row{Part: "content@0", Body: clean(text)})
	q, err := Parse(typed)
	if err != nil {
		t.Fatal(err)
	}
	inner := Expand{}
	for _, part := range q.InnerParts() {
		if inner[part], err = Inner(t.Context(), c, part); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Newest(t.Context(), c, q.Match([]string{"note"}, Labels{}, inner), Span("", "", false, 0), 10)
	if err != nil {
		t.Fatalf("%q: %v", typed, err)
	}
	wantScores(t, c, q, inner, got)
	return len(got) > 0
}

// wantScores wants all that was found to have a relevance.
func wantScores(t testing.TB, c Conn, q Query, inner Expand, list []Found) {
	t.Helper()
	writePending(t, c)
	if _, err := Scores(t.Context(), c, q.Match([]string{"note"}, Labels{}, inner), q.Words(inner), list); err != nil {
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
	if s = strings.TrimPrefix(strings.TrimSuffix(s, "`"), "`"); strings.HasPrefix(s, "` ") && strings.HasSuffix(s, " `") {
		s = strings.Trim(s, "` ")
	}
	return s
}

// TestWhatFindsWhat: every row of the table in DESIGN.md is true.
func TestWhatFindsWhat(t *testing.T) {
	text, err := os.ReadFile("DESIGN.md")
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

// TestSnippetMarksWhatIsFound: the snippet shows why.
func TestSnippetMarksWhatIsFound(t *testing.T) {
	for _, x := range []struct{ text, typed, want string }{
		{"The quick brown fox", "brown", "The quick <mark>brown</mark> fox"},
		{"Ein schönes Café", "cafe", "Ein schönes <mark>Café</mark>"},
		{"call getUserName() now", "user", "call get<mark>User</mark>Name() now"},
		{"我喜欢学习中文", "学习", "我喜欢<mark>学习</mark>中文"},
		{"see src/main.go for it", "src/main.go", "see <mark>src/main.go</mark> for it"},
		{"Handwerker", "*werk*", "Hand<mark>werk</mark>er"},
		{"Handwerker", "hand*", "<mark>Handwerker</mark>"},
		{"<p>Some <b>bold</b> text</p>", "bold", "Some <mark>bold</mark> text"},
		{"ship it 🚀 now", "🚀", "ship it <mark>🚀</mark> now"},
		{"a < b and c > d", "b", "a < <mark>b</mark> and c > d"},
	} {
		q, err := Parse(x.typed)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := NewMarker(q.Terms()).Snippet("", clean(x.text)); got != x.want {
			t.Errorf("%q in %q: %s, want %s", x.typed, x.text, got, x.want)
		}
	}
}

func TestPartAt(t *testing.T) {
	const part = "content@0 summary@12 updates/u1@30"
	for at, want := range map[int]string{-1: "title", 0: "content", 11: "content", 12: "summary", 99: "updates/u1"} {
		if got := PartAt(part, "", at, "title"); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
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
	var rows []Row
	for i := range 3 * perMinute {
		rows = append(rows, Row{ItemPK: int64(i + 1), At: "2025-01-01T10:00:00.000Z", Body: "word"})
	}
	others := []Row{{At: "2025-01-01T10:01:00.000Z", Body: "word"}, {At: "", Body: "word"}, {At: "2025-01-01T09:59:00.000Z", Body: "word"}}
	for pk, list := range [][]Row{rows, others} {
		b := NewBatch(c)
		if err := b.Put(t.Context(), []Entry{{Mark: Mark{Kind: "note", PK: int64(pk + 1), List: All}, Trashed: trash, Rows: list}}); err != nil {
			t.Fatal(err)
		}
		putDown(t, b)
	}
	q, err := Parse("word")
	if err != nil {
		t.Fatal(err)
	}
	spill, err := Spill(t.Context(), c)
	if err != nil || spill > 8*perMinute {
		t.Fatal(spill, err)
	}
	newest := func(from, to schema.Time, trash bool) []Found {
		got, err := Newest(t.Context(), c, q.Match(nil, Labels{}, nil), Span(from, to, trash, spill), 1000)
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

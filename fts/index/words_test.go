package index

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"testing"

	"taskstore/fts"
	"taskstore/internal/sqlitedb"
)

// counting counts the statements that run, by their text.
type counting struct {
	Conn
	ran map[string]int
}

func (c counting) Exec(ctx context.Context, text string, args ...any) (sql.Result, error) {
	c.ran[text]++
	return c.Conn.Exec(ctx, text, args...)
}

func (c counting) Query(ctx context.Context, text string, args ...any) (*sqlitedb.Rows, error) {
	c.ran[text]++
	return c.Conn.Query(ctx, text, args...)
}

// ran counts the statements that put runs.
func ran(t *testing.T, c Conn, pk int64, rows ...fts.Row) map[string]int {
	t.Helper()
	counted := counting{c, map[string]int{}}
	put(t, counted, pk, rows...)
	return counted.ran
}

// TestWordsAreListedWithTheirText: parts of words are found without a look at any text.
func TestWordsAreListedWithTheirText(t *testing.T) {
	c := open(t)
	put(t, c, 1, fts.Row{Title: "Wolverine", Body: "a marten and an otter"})
	if _, err := c.Exec(t.Context(), "DELETE FROM search_text"); err != nil {
		t.Fatal(err)
	}
	for part, want := range map[string]string{"olver": "wolverine", "arte": "marten", "tter": "otter", "ghost": ""} {
		got, err := Inner(t.Context(), c, part)
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("*%s* is in %q, %v, not %q", part, got, err, want)
		}
	}
}

// TestKnownWordsAreNotAskedAgain: a text asks once for all words that the text before it did
// not have, and not at all if there are none.
func TestKnownWordsAreNotAskedAgain(t *testing.T) {
	c := open(t)
	for i, step := range []struct {
		body              string
		asked, added, all int
	}{
		{"heron stork marten", 1, 3, 3},
		{"stork heron heron", 0, 0, 3},
		{"stork heron crane otter", 1, 2, 5},
		{"marten stork", 1, 0, 5},
	} {
		n := ran(t, c, 1, fts.Row{Body: step.body})
		if n[sqlUnlisted] != step.asked || n[sqlAddWord] != step.added || n[sqlIndexWord] != step.added {
			t.Errorf("%d: asked %d times, not %d; %d words are new, not %d", i, n[sqlUnlisted], step.asked, n[sqlAddWord], step.added)
		}
		words, err := column[string](t.Context(), c, "SELECT word FROM search_words")
		if err != nil || len(words) != step.all {
			t.Errorf("%d: the list is %q, %v", i, words, err)
		}
		if lacking := lackingWords(t, c); len(lacking) > 0 {
			t.Errorf("%d: the list lacks %q", i, lacking)
		}
	}
}

// TestListWordsCompletes: words that the list has lost come back, however many texts there are.
func TestListWordsCompletes(t *testing.T) {
	c := open(t)
	for i := range int64(textPage + 20) {
		put(t, c, i+1, fts.Row{Body: "common " + strings.Repeat("x", 4+int(i%30))})
	}
	put(t, c, 1e6, fts.Row{At: "2025-01-01T10:00:00.000Z", Body: "newest"})
	if _, err := c.Exec(t.Context(), "DELETE FROM search_words WHERE word IN ('common', 'newest', 'xxxxx')"); err != nil {
		t.Fatal(err)
	}
	if lacking := lackingWords(t, c); !slices.Equal(lacking, []string{"common", "newest", "xxxxx"}) {
		t.Errorf("the list is said to lack %q", lacking)
	}
	if err := IndexWords(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	steps := 0
	for last, more := int64(FirstText), true; more; steps++ {
		var err error
		if last, more, err = ListWords(t.Context(), c, last); err != nil {
			t.Fatal(err)
		}
	}
	if lacking := lackingWords(t, c); len(lacking) > 0 || steps != 3 {
		t.Errorf("after %d steps the list lacks %q", steps, lacking)
	}
	if got, err := Inner(t.Context(), c, "ewes"); err != nil || !slices.Equal(got, []string{"newest"}) {
		t.Errorf("*ewes* is in %q, %v", got, err)
	}
}

// lackingWords are the words of all texts that the list of words lacks, asked for in several goes.
func lackingWords(t *testing.T, c Conn) []string {
	t.Helper()
	look := &WordLook{}
	for last := int64(FirstText); ; {
		words, next, err := wordsAfter(t.Context(), c, last, 100)
		if err != nil {
			t.Fatal(err)
		}
		if words == nil {
			return look.Lacking()
		}
		if err := look.Ask(t.Context(), c, words); err != nil {
			t.Fatal(err)
		}
		last = next
	}
}

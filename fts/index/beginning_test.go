package index

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"taskstore/fts"
)

// TestWordsAreFTS5s: each character stands in words, begins them and ends them as FTS5 has it, and
// is folded likewise where that makes it one that a beginning can have.
func TestWordsAreFTS5s(t *testing.T) {
	c := open(t)
	for _, text := range []string{
		`CREATE VIRTUAL TABLE chars USING fts5 (a, content = '', tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'")`,
		"CREATE VIRTUAL TABLE words USING fts5vocab (chars, instance)",
	} {
		if _, err := c.Exec(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	around := func(r rune) string { return string(r) + "zq a" + string(r) + " " + string(r) }
	for r := rune(1); r <= 0x10ffff; r++ {
		if r == 0xd800 {
			r = 0xe000
		}
		if r > 0x1ffff {
			r += 96 // hardly anything is there
		}
		if _, err := c.Exec(t.Context(), "INSERT INTO chars (rowid, a) VALUES (?, ?)", r, around(r)); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := c.Query(t.Context(), "SELECT doc, group_concat(term, ' ') FROM (SELECT doc, term FROM words ORDER BY doc, offset) GROUP BY doc")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var r rune
		var words string
		if err := rows.Scan(&r, &words); err != nil {
			t.Fatal(err)
		}
		got := strings.Join(fts.WordsOfFTS5(around(r)), " ")
		if hideOthers(got) != hideOthers(words) {
			t.Errorf("%x %c: %q, FTS5 has %q", r, r, got, words)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// hideOthers writes one sign for all characters that no beginning has.
func hideOthers(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 || r >= 'а' && r <= 'џ' {
			return r
		}
		return '?'
	}, s)
}

// TestBeginningsAreFTS5s: a look into texts finds those that FTS5 finds by words that begin so, in
// words, in parts of identifiers, in other spellings and beside signs.
func TestBeginningsAreFTS5s(t *testing.T) {
	pieces := strings.Fields("the of and data-ab Ähre café Çınar ǟon ſtill Ḁa getUserName HTTPServer sqlite3 v2.0.3 学习中文 学习abc abc学习 🚀 🏓ab 👩‍💻 größe Straße œuvre Łódź كِتَاب Ёлка йод Москва a1b2 x_y e\u0301t\u0301a ＦＵＬＬ \u0301ab")
	questions := strings.Fields("a* ab* e* s* st* u* n* h* 3* 2* Ä* ä* ſ* l* o* oe* f* ё* Е* й* м* title:a* title:u* title:s* t* ä* v2.0* 2.0* x_y* x_* a1b* a1b2* getUserN* data-a* the-o* title:v2.0*")
	questions = append(questions, `"the a"*`, `"of the"*`, "title:x_*")
	r := rand.New(rand.NewPCG(3, 4))
	text := func(n int) string {
		var b strings.Builder
		for range r.IntN(n) {
			b.WriteString(pieces[r.IntN(len(pieces))] + []string{" ", "", "-", "\n"}[r.IntN(4)])
		}
		return b.String()
	}
	c := open(t)
	for range 2 { // the second time they are edited
		for pk := range int64(400) {
			put(t, c, pk+1, fts.Row{Title: text(3), Body: text(5)})
		}
	}
	all, err := Newest(t.Context(), c, "", Span("", "", false, 0), 1000)
	if err != nil || len(all) != 400 {
		t.Fatalf("%d texts, %v", len(all), err)
	}
	for i, typed := range append(questions, "v2.0.3", "a1b2", "x_y", "data-a", "of") {
		q, err := fts.Parse(typed)
		if err != nil {
			t.Fatal(err)
		}
		inner := fts.Expand{"of": {"soft"}}
		if i >= len(questions) {
			q.Loosen()
		}
		some := i%2 == 0 // of the beginnings are common
		rest, list := q.Beginnings(inner, func(word string) bool { return some || len(word) == 1 })
		if len(list) != 1 {
			if some && typed != "of" { // which is inside of others, too
				t.Errorf("%s is no beginning", typed)
			}
			continue
		}
		want, err := Newest(t.Context(), c, q.Match(nil, fts.Labels{}, inner), Span("", "", false, 0), 1000)
		if err != nil {
			t.Fatal(err)
		}
		among := slices.Clone(all)
		if m := rest.MatchRest(nil, nil, fts.Labels{}, inner); m != "" {
			if among, err = Newest(t.Context(), c, m, Span("", "", false, 0), 1000); err != nil {
				t.Fatal(err)
			}
			if _, err := Scores(t.Context(), c, m, rest.Words(inner), slices.Clone(among)); err != nil {
				t.Errorf("%s: %v", typed, err)
			}
		}
		got, err := Begun(t.Context(), c, list, among, 1)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := keysIn(got), keysIn(want); !slices.Equal(a, b) || len(a) == 0 {
			t.Errorf("%s is in %v, FTS5 finds it in %v", typed, a, b)
		}
	}
}

func keysIn(list []Found) (pks []int64) {
	for _, f := range list {
		pks = append(pks, f.PK)
	}
	return pks
}

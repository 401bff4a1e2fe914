package repo_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"

	"pgregory.net/rapid"
)

// manyBegun saves notes of 2020 with so many words of one letter that FTS5's lists of them
// are long.
func manyBegun(t *testing.T, s *repo.Store, letters string) (list []*schema.Note) {
	t.Helper()
	const more = "0123456789abcdefghijklmnopqrstuvwxyz"
	var b strings.Builder
	for _, l := range letters {
		for _, x := range more {
			for _, y := range more {
				fmt.Fprintf(&b, "%c%c%c ", l, x, y)
			}
		}
	}
	for i := range 20 {
		list = append(list, &schema.Note{Head: schema.Head{ID: fmt.Sprint("many", i)}, Title: "many", Content: b.String(), Timestamp: schema.Time(fmt.Sprintf("2020-01-01T00:%02d:00.000Z", i))})
	}
	fatal(t, s.Notes.Save(t.Context(), list...))
	return list
}

var begunParts = regexp.MustCompile(`\p{Lu}?[\p{Ll}]+|\p{Lu}+|\d+|[\p{L}\d]+`)

// begunWords are the words of a text and of its identifiers, in small letters without accents.
func begunWords(s string) (list []string) {
	plain := strings.NewReplacer("é", "e", "Ä", "a", "ü", "u", "学", " ", "习", " ").Replace(s)
	list = strings.FieldsFunc(plain, func(r rune) bool { return strings.ContainsRune(" \n,.-", r) })
	for _, w := range slices.Clone(list) {
		list = append(list, begunParts.FindAllString(w, -1)...)
	}
	for i := range list {
		list[i] = strings.ToLower(list[i])
	}
	return list
}

// begunMatch tells whether a note answers to a question: words, beginnings, and words that are not wanted.
func begunMatch(n *schema.Note, question string) bool {
	for _, want := range strings.Fields(question) {
		text := n.Title + "\n" + n.Content
		want, title := strings.CutPrefix(want, "title:")
		if title {
			text = n.Title
		}
		want, not := strings.CutPrefix(want, "-")
		want, open := strings.CutSuffix(want, "*")
		if not == slices.ContainsFunc(begunWords(text), func(w string) bool { return w == want || open && strings.HasPrefix(w, want) }) {
			return false
		}
	}
	return true
}

// TestBegunAgainstScan: questions for beginnings that very many texts have find what a scan finds, the
// newest first, page by page, whatever was saved, edited, deleted and restored.
func TestBegunAgainstScan(t *testing.T) {
	t.Parallel()
	s := testdb.Open(t)
	all := manyBegun(t, s, "agu")
	for _, letter := range []string{"a", "g", "u"} {
		e, err := s.Explain(t.Context(), repo.Search{Query: repo.Query{Text: letter + "*"}})
		if fatal(t, err); e.Match != "" {
			t.Fatalf("FTS5 is asked for %s", e.Match)
		}
	}
	trashed := map[string]bool{}
	words := []string{"alpha", "Apfel", "Ägypten", "éclair", "beta", "getUserName", "gamma", "user", "über", "学习abc", "abc学习", "sqlite3", "v2.0.3", "data-Ab"}
	n := 0
	rapid.Check(t, testdb.Draws(*scanDraws, func(rt *rapid.T) {
		text := func(most int) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, most).Draw(rt, "text"), " ")
		}
		for range rapid.IntRange(1, 3).Draw(rt, "writes") {
			v := all[rapid.IntRange(0, len(all)-1).Draw(rt, "which")]
			switch {
			case rapid.IntRange(0, 2).Draw(rt, "new") == 0 || strings.HasPrefix(v.ID, "many"):
				n++
				v = &schema.Note{Head: schema.Head{ID: fmt.Sprint("n", n)}, Title: text(1), Content: text(3),
					Timestamp: schema.Time(fmt.Sprintf("2025-%02d-%02dT%02d:%02d:00.000Z", 1+n/40320, 1+n/1440%28, n/60%24, n%60))}
				fatal(rt, s.Notes.Save(t.Context(), v))
				all = append(all, v)
			case trashed[v.ID]:
				fatal(rt, s.Notes.Restore(t.Context(), v.ID))
				trashed[v.ID] = false
			case rapid.Bool().Draw(rt, "delete"):
				fatal(rt, s.Notes.Delete(t.Context(), v.ID))
				trashed[v.ID] = true
			default:
				v.Title, v.Content = text(1), text(3)
				_, err := s.Notes.Modify(t.Context(), v.ID, func(o *schema.Note) error {
					o.Title, o.Content = v.Title, v.Content
					return nil
				})
				fatal(rt, err)
			}
		}
		question := rapid.SampledFrom([]string{"a*", "g*", "u*", "title:a*", "a* g*", "a* user", "beta a*", "u* -alpha alpha*", "g* -beta", "user u* -gamma", "a* -beta", "u* -alpha -user"}).Draw(rt, "question")
		q := repo.Query{Text: question, Limit: rapid.IntRange(1, 30).Draw(rt, "limit"), Trash: rapid.IntRange(0, 3).Draw(rt, "trash") == 0}
		if rapid.Bool().Draw(rt, "dated") {
			q.From, q.To = "2025-01-01T00:00:00.000Z", "2025-01-01T01:10:00.000Z"
		}
		wantBegun(rt, s, all, trashed, q)
	}))
}

// wantBegun compares all that is found with a scan.
func wantBegun(t *rapid.T, s *repo.Store, all []*schema.Note, trashed map[string]bool, q repo.Query) {
	var want []string
	for _, v := range slices.Backward(all) {
		if trashed[v.ID] == q.Trash && (q.From == "" || v.Timestamp >= q.From) && (q.To == "" || v.Timestamp < q.To) && begunMatch(v, q.Text) {
			want = append(want, v.ID)
		}
	}
	for _, rank := range []repo.Rank{repo.RankNewest, repo.RankRelevance} {
		var got []string
		for ask := (repo.Search{Query: q, Rank: rank, Kinds: []string{"note"}}); ; {
			p, err := s.Search(t.Context(), ask)
			fatal(t, err)
			for _, h := range p.Hits {
				if !p.Loose {
					got = append(got, h.ID)
				}
			}
			if ask.After = p.Next; p.Next == "" {
				break
			}
		}
		sameBegun(t, fmt.Sprintf("%+v by %s", q, rank), got, want, rank == repo.RankNewest)
	}
	var listed []string
	for b, err := range s.Notes.All(t.Context(), q) {
		fatal(t, err)
		listed = append(listed, b.ID)
	}
	sameBegun(t, fmt.Sprintf("list %+v", q), listed, want, false)
}

func sameBegun(t *rapid.T, what string, got, want []string, ordered bool) {
	if !ordered {
		got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%s finds\n%v, a scan\n%v", what, got, want)
	}
}

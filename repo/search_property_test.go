package repo_test

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"taskstore/fts"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"

	"pgregory.net/rapid"
)

// searchWords are words of all the forms that are found in different ways.
var searchWords = []string{"alpha", "Beta", "gammaRay", "ray", "getUserName", "user", "café", "cafe", "CAFÉ", "Straße", "strasse", "snake_case", "case",
	"日本語", "本語", "東京タワー", "搜索引擎", "引擎", "한국어를", "국어", "v1.2.3", "1.2", "ada@b.example", "src/main.go", "main", "🚀", "👩‍💻", "كِتَاب", "كتاب", "sqlite3", "sqlite", "über", "uber"}

func drawText(t *rapid.T, label string) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(searchWords), 0, 5).Draw(t, label), rapid.SampledFrom([]string{" ", "\n", ", "}).Draw(t, "between"))
}

// scanWords cuts a text into words as a person would: letters and digits, without
// case and accents, vowel marks and the like.
func scanWords(s string) (list []string) {
	fold := strings.NewReplacer("é", "e", "É", "E", "ü", "u")
	list = strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.Is(unicode.Mn, r) })
	for i := range list {
		list[i] = fold.Replace(list[i])
	}
	return list
}

func unmarked(words []string) []string {
	list := slices.Clone(words)
	for i := range list {
		list[i] = strings.NewReplacer("ِ", "", "َ", "").Replace(list[i])
	}
	return list
}

// sameWord tells whether a word of a text answers to a wanted one: it is that, it
// has it as a part, or it is the same in other letters.
func sameWord(is, want string, open, inner bool) bool {
	eq := func(a string) bool {
		a, b := strings.ToLower(a), strings.ToLower(want)
		return a == b || inner && strings.Contains(a, b) && len(a) > 3 || open && strings.HasPrefix(a, b)
	}
	if eq(is) || eq(strings.ReplaceAll(is, "ß", "ss")) {
		return true
	}
	if strings.Contains(want, "ß") {
		plain := strings.ToLower(strings.ReplaceAll(want, "ß", "ss"))
		if strings.EqualFold(is, plain) || open && strings.HasPrefix(strings.ToLower(is), plain) {
			return true
		}
	}
	parts := map[string][]string{"gammaRay": {"gamma", "ray"}, "getUserName": {"get", "user", "name"}, "sqlite3": {"sqlite", "3"}, "v1": {"v", "1"}}[is]
	return slices.ContainsFunc(parts, eq)
}

func unspaced(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return unicode.In(r, unicode.Han, unicode.Katakana, unicode.Hangul) || r > 0x1f000
	})
}

// scanTerm looks for a term in a text, without any index.
func scanTerm(text string, t fts.Term) bool {
	if unspaced(t.Text) {
		return strings.Contains(text, t.Text)
	}
	is, want := scanWords(text), scanWords(t.Text)
	if len(want) == 1 { // inside a phrase vowel marks count
		is, want = unmarked(is), unmarked(want)
	}
	for i := 0; i+len(want) <= len(is); i++ {
		all := true
		for k, w := range want {
			open := t.Open && k == len(want)-1
			if len(want) == 1 {
				all = sameWord(is[i], w, open, t.Inner)
			} else {
				a, b := strings.ToLower(is[i+k]), strings.ToLower(w)
				all = all && (a == b || open && strings.HasPrefix(a, b))
			}
		}
		if all {
			return true
		}
	}
	// The parts of an identifier are a phrase, too, and the numbers of a version.
	if len(want) > 1 {
		if strings.Contains(text, "v1.2.3") && scanTerm("1 2 3", t) {
			return true
		}
		for _, parts := range []string{"get user name", "gamma ray", "sqlite 3", "v 1"} {
			if slices.ContainsFunc(is, func(w string) bool {
				return strings.EqualFold(w, strings.ReplaceAll(parts, " ", "")) && w != strings.ToLower(w) || w == "v1" && parts == "v 1" || w == "sqlite3" && parts == "sqlite 3"
			}) &&
				scanTerm(parts, t) {
				return true
			}
		}
	}
	return false
}

func scanRow(r fts.Row, q fts.Query) bool {
	if len(q.Terms()) == 0 && (r.List != "" || r.ItemPK != 0) {
		return false // without a word that is wanted, an entity is judged by its own text
	}
	for _, c := range q.Clauses {
		any := slices.ContainsFunc(c.Any, func(t fts.Term) bool { return scanTerm(r.Title, t) || !t.Title && scanTerm(r.Body, t) })
		if any == c.Not {
			return false
		}
	}
	return true
}

// scanned is an entity with its texts, read without the index.
type scanned struct {
	kind, id, status string
	trashed          bool
	tags             []string
	rows             []fts.Row
}

func scanAll(t *rapid.T, s *repo.Store) (all []scanned) {
	ctx := context.Background()
	add := func(kind string, h *schema.Head, status string, tags []string, v any) {
		all = append(all, scanned{kind, h.ID, status, h.TrashedAt != "", tags, fts.Extract(v)})
	}
	for _, trash := range []bool{false, true} {
		q := repo.Query{Trash: trash}
		for v, err := range s.Notes.All(ctx, q, repo.Full) {
			fatal(t, err)
			add("note", &v.Head, v.Status, v.Tags, &v)
		}
		for v, err := range s.Tasks.All(ctx, q, repo.Full) {
			fatal(t, err)
			add("task", &v.Head, v.Status, v.Tags, &v)
		}
		for v, err := range s.Sessions.All(ctx, q, repo.Full) {
			fatal(t, err)
			add("session", &v.Head, v.Status, v.Tags, &v)
		}
		for v, err := range s.Topics.All(ctx, q) {
			fatal(t, err)
			add("topic", &v.Head, "", nil, &v)
		}
	}
	return all
}

// wantScan asks the index and a scan the same.
func wantScan(t *rapid.T, s *repo.Store, all []scanned, text string, q repo.Query) {
	parsed, err := fts.Parse(text)
	fatal(t, err)
	var want []string
	for _, e := range all {
		if e.trashed == q.Trash && (len(q.Tags) == 0 || slices.Contains(e.tags, q.Tags[0])) && (len(q.Status) == 0 || slices.Contains(q.Status, e.status)) &&
			slices.ContainsFunc(e.rows, func(r fts.Row) bool { return scanRow(r, parsed) }) && !(e.kind == "topic" && len(q.Tags)+len(q.Status) > 0) {
			want = append(want, e.kind+"/"+e.id)
		}
	}
	slices.Sort(want)
	for _, rank := range []repo.Rank{repo.RankNewest, repo.RankRelevance} {
		ask := repo.Search{Query: q, Rank: rank}
		ask.Text, ask.Limit = text, 7
		got := []string{}
		for {
			p, err := s.Search(context.Background(), ask)
			fatal(t, err)
			for _, h := range p.Hits {
				if !p.Loose {
					got = append(got, h.Kind+"/"+h.ID)
				}
			}
			if p.Total != int64(len(want)) && !p.Loose && !p.About {
				t.Errorf("%q, %+v: total is %d, want %d", text, q, p.Total, len(want))
			}
			if ask.After = p.Next; ask.After == "" {
				break
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) && len(got)+len(want) > 0 {
			t.Fatalf("%q by %s, %+v finds\n%v, a scan finds\n%v", text, rank, q, got, want)
		}
	}
	q.Text = text
	var listed []string
	for b, err := range s.Notes.All(context.Background(), q) {
		fatal(t, err)
		listed = append(listed, "note/"+b.ID)
	}
	slices.Sort(listed)
	want = slices.DeleteFunc(want, func(s string) bool { return !strings.HasPrefix(s, "note/") })
	if !slices.Equal(listed, want) {
		t.Fatalf("list notes --text %q, %+v: %v, want %v", text, q, listed, want)
	}
}

func drawQuery(t *rapid.T) string {
	var words []string
	for i := range rapid.IntRange(0, 3).Draw(t, "words") {
		w := rapid.SampledFrom(searchWords).Draw(t, "word")
		switch rapid.IntRange(0, 7).Draw(t, "form") {
		case 0:
			w = `"` + w + " " + rapid.SampledFrom(searchWords[:8]).Draw(t, "second") + `"`
			if unspaced(w) {
				continue
			}
		case 1:
			w = "-" + w
		case 2:
			if r := []rune(w); len(r) > 2 && !unspaced(w) {
				w = string(r[:rapid.IntRange(2, len(r)-1).Draw(t, "cut")]) + "*"
			}
		case 5:
			if r := []rune(w); len(r) > 4 && !unspaced(w) && len(scanWords(w)) == 1 && !strings.ContainsAny(w, "كß") {
				w = "*" + string(r[1:4]) + "*"
			}
		case 3:
			if i > 0 {
				w = "OR " + w
			}
		case 4:
			w = "title:" + w
		}
		words = append(words, w)
	}
	if len(words) == 0 {
		return "kind:notes,tasks,sessions,topics" // all that there are: no words are no question
	}
	return strings.Join(words, " ")
}

var scanDraws = flag.Int("scan.draws", 25, "how often what was written, and questions to it, are compared with a scan")

// TestSearchAgainstScan: whatever was written, in whatever way, the index finds
// what a scan of everything finds.
func TestSearchAgainstScan(t *testing.T) {
	t.Parallel()
	s := testdb.Open(t)
	n := 0
	rapid.Check(t, testdb.Draws(*scanDraws, func(rt *rapid.T) {
		n++
		for range rapid.IntRange(1, 4).Draw(rt, "writes") {
			randomWrite(t, rt, s)
		}
		all := scanAll(rt, s)
		for range 4 {
			q := repo.Query{Trash: rapid.IntRange(0, 5).Draw(rt, "trash") == 0}
			if rapid.IntRange(0, 3).Draw(rt, "by tag") == 0 {
				q.Tags = []string{rapid.SampledFrom([]string{"red", "green"}).Draw(rt, "tag")}
			}
			if rapid.IntRange(0, 3).Draw(rt, "by status") == 0 {
				q.Status = []string{rapid.SampledFrom([]string{"todo", "done"}).Draw(rt, "status")}
			}
			wantScan(rt, s, all, drawQuery(rt), q)
		}
	}))
}

var errUndo = errors.New("undo")

// randomWrite changes the store in one of the ways in which it can be changed.
func randomWrite(t *testing.T, rt *rapid.T, s *repo.Store) {
	ctx := context.Background()
	id := fmt.Sprint("e", rapid.IntRange(0, 14).Draw(rt, "id"))
	tags := rapid.SliceOfN(rapid.SampledFrom([]string{"red", "green"}), 0, 2).Draw(rt, "tags")
	status := rapid.SampledFrom([]string{"todo", "done"}).Draw(rt, "status")
	at := rapid.SampledFrom(worldDates).Draw(rt, "at")
	text := drawText(rt, "text")
	change := func(ctx context.Context, r repo.Repos) error {
		switch rapid.IntRange(0, 3).Draw(rt, "kind") {
		case 0:
			return save(ctx, r.Notes, id, func(v *schema.Note) {
				v.ID, v.Content, v.Title, v.Tags, v.Status, v.Timestamp = id, text, drawText(rt, "title"), tags, status, at
				v.Updates = append(v.Updates[:0:0], schema.NoteUpdate{Content: drawText(rt, "update")})
			})
		case 1:
			return save(ctx, r.Tasks, id, func(v *schema.Task) {
				v.ID, v.Title, v.Tags, v.Status, v.CreatedAt = id, text, tags, status, at
				v.Subtasks = append(v.Subtasks[:0:0], schema.Subtask{Title: drawText(rt, "subtask")})
			})
		case 2:
			return save(ctx, r.Topics, id, func(v *schema.Topic) { v.ID, v.Name, v.CreatedAt = id, text, at })
		}
		return save(ctx, r.Sessions.Collection, id, func(v *schema.Session) {
			v.ID, v.Name, v.Tags, v.Status, v.StartTime = id, text, tags, status, at
			if rapid.Bool().Draw(rt, "summary") {
				v.Summary = schema.Document(fmt.Sprintf(`{"narrative":%q}`, drawText(rt, "narrative")))
			}
			if rapid.Bool().Draw(rt, "screenshots") {
				v.Screenshots = []schema.Screenshot{{UserComment: drawText(rt, "comment")}, {UserComment: drawText(rt, "comment")}}
			}
		})
	}
	switch rapid.IntRange(0, 12).Draw(rt, "how") {
	case 0:
		_ = s.Notes.Delete(ctx, id)
	case 1:
		_ = s.Notes.Restore(ctx, id)
	case 2:
		_ = s.Sessions.Delete(ctx, id)
	case 3:
		_ = s.Sessions.Restore(ctx, id)
	case 4:
		_ = s.Notes.Purge(ctx, id)
	case 5:
		_ = s.Sessions.Screenshots.Add(ctx, id, &schema.Screenshot{UserComment: text})
	case 6:
		changeItem(rt, s, id, text)
	case 7:
		err := s.Update(ctx, func(ctx context.Context, tx *repo.Tx) error {
			fatal(rt, change(ctx, tx.Repos))
			if rapid.Bool().Draw(rt, "look") {
				_, err := tx.Search(ctx, repo.Search{Query: repo.Query{Text: cmp.Or(strings.TrimSpace(text), "alpha")}})
				fatal(rt, err)
			}
			return errUndo
		})
		if !errors.Is(err, errUndo) {
			rt.Fatal(err)
		}
	case 8:
		testdb.Shell(t, s, foreignWrite(rt, id, text))
	case 9:
		if rapid.IntRange(0, 5).Draw(rt, "rebuild") == 0 {
			fatal(rt, s.Index.Rebuild(ctx, nil))
		}
	case 10:
		fatal(rt, change(repo.DeferIndex(ctx), s.Repos))
	default:
		fatal(rt, change(ctx, s.Repos))
	}
}

func save[T any](ctx context.Context, c repo.Collection[T], id string, fn func(*T)) error {
	v, err := c.Get(ctx, id)
	if err != nil && !errors.Is(err, repo.ErrNotFound) {
		return err
	}
	fn(&v)
	return c.Save(ctx, &v)
}

func changeItem(rt *rapid.T, s *repo.Store, id, text string) {
	ctx := context.Background()
	for x, err := range s.Sessions.Screenshots.All(ctx, id) {
		if err != nil {
			return
		}
		if rapid.Bool().Draw(rt, "remove") {
			fatal(rt, s.Sessions.Screenshots.Remove(ctx, id, x.ID))
		} else {
			_, err = s.Sessions.Screenshots.Update(ctx, id, x.ID, func(x *schema.Screenshot) error { x.UserComment = text; return nil })
			fatal(rt, err)
		}
		return
	}
}

func foreignWrite(rt *rapid.T, id, text string) string {
	text = strings.ReplaceAll(text, "'", "''")
	return fmt.Sprintf(rapid.SampledFrom([]string{
		"UPDATE notes SET content = '%[2]s' WHERE id = '%[1]s'",
		"DELETE FROM notes WHERE id = '%[1]s'",
		"INSERT OR REPLACE INTO notes (id, content) VALUES ('%[1]s', '%[2]s')",
		"UPDATE notes SET trashed_at = CASE WHEN trashed_at IS NULL THEN '2025-01-01T00:00:00.000Z' END WHERE id = '%[1]s'",
		"UPDATE session_screenshots SET user_comment = '%[2]s' WHERE session_pk = (SELECT pk FROM sessions WHERE id = '%[1]s')",
		"DELETE FROM session_screenshots WHERE session_pk = (SELECT pk FROM sessions WHERE id = '%[1]s')",
		"UPDATE sessions SET start_time = '2025-01-02T00:00:00.000Z', name = '%[2]s' WHERE id = '%[1]s'",
		"PRAGMA foreign_keys = ON; DELETE FROM sessions WHERE id = '%[1]s'",
	}).Draw(rt, "foreign"), id, text)
}

package fts

import "testing"

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

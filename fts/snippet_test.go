package fts

import (
	"html"
	"strings"
	"testing"

	"taskstore/schema"

	"github.com/rivo/uniseg"
	"pgregory.net/rapid"
)

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
		{"a < b and c > d", "b", "a &lt; <mark>b</mark> and c &gt; d"},
		{"`<img src=x onerror=alert(1)>` \"R&D\"", "onerror", "&lt;img src=x <mark>onerror</mark>=alert(1)&gt; &#34;R&amp;D&#34;"},
		{"`<mark>` is a tag", "tag", "&lt;mark&gt; is a <mark>tag</mark>"},
		{"thumbs 👍🏽 up", "👍", "thumbs <mark>👍🏽</mark> up"},
		{"she 👩‍💻 codes", "💻", "she <mark>👩‍💻</mark> codes"},
		{"vive 🇫🇷🇩🇪 now", "🇩", "vive 🇫🇷<mark>🇩🇪</mark> now"},
		{"the language C, and then C++ again", "C++", "the language <mark>C</mark>, and then <mark>C++</mark> again"},
		{"H₂O is wet", "H2O", "<mark>H₂O</mark> is wet"},
		{"co\u00adoper\u00adate", "cooperate", "<mark>cooperate</mark>"},
	} {
		q, err := Parse(x.typed)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := NewMarker(q.Terms()).Snippet("", clean(x.text), ""); got != x.want {
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

// TestSnippetIsOfOneField: what stands in another field is not shown beside it, nor counted with it.
func TestSnippetIsOfOneField(t *testing.T) {
	row := note(&schema.Note{Title: "Plan", Content: "ends with a lion", Summary: "the lion, a lion and a lion", Tags: []string{"zoo", "cat"}})[0]
	for typed, want := range map[string]struct{ text, part string }{
		"ends": {"<mark>ends</mark> with a lion", "content"},
		"lion": {"the <mark>lion</mark>, a <mark>lion</mark> and a <mark>lion</mark>", "summary"},
		"zoo":  {"<mark>zoo</mark> cat", "tags"},
		"plan": {"<mark>Plan</mark>", "title"},
		"wolf": {"ends with a lion", "content"},
	} {
		q, err := Parse(typed)
		if err != nil {
			t.Fatal(err)
		}
		got, at := NewMarker(q.Terms()).Snippet(row.Title, row.Body, row.Part)
		if part := PartAt(row.Part, "", at, "title"); got != want.text || part != want.part {
			t.Errorf("%s: %s of %s, want %s of %s", typed, got, part, want.text, want.part)
		}
	}
}

// TestSnippetCutsBetweenCharacters: wherever a text is cut or marked, a character as people see it stays whole.
func TestSnippetCutsBetweenCharacters(t *testing.T) {
	characters := []string{"🇩🇪", "🇫🇷", "👍🏽", "👩‍👩‍👧", "e\u0301\u0323", "x", "ก็", "한", "\u1112\u1161\u11ab", "❤️"}
	rapid.Check(t, func(t *rapid.T) {
		before := strings.Join(rapid.SliceOfN(rapid.SampledFrom(characters), 0, 60).Draw(t, "before"), "")
		after := strings.Join(rapid.SliceOfN(rapid.SampledFrom(characters), 0, 90).Draw(t, "after"), "")
		text := before + " word " + after
		q, err := Parse(rapid.SampledFrom([]string{"word", "🇩", "👍", "nothing", "word x*"}).Draw(t, "typed"))
		if err != nil {
			t.Fatal(err)
		}
		got, _ := NewMarker(q.Terms()).Snippet("", text, "")
		plain := strings.NewReplacer("<mark>", "\x00", "</mark>", "\x00").Replace(strings.TrimSuffix(strings.TrimPrefix(got, "… "), " …"))
		at := strings.Index(text, strings.ReplaceAll(html.UnescapeString(plain), "\x00", ""))
		if at < 0 {
			t.Fatalf("%q is no part of %q", plain, text)
		}
		ends := map[int]bool{0: true}
		for g := uniseg.NewGraphemes(text); g.Next(); {
			_, end := g.Positions()
			ends[end] = true
		}
		for i, piece := range strings.Split(html.UnescapeString(plain), "\x00") {
			if !ends[at] {
				t.Fatalf("piece %d of %q is cut within a character", i, plain)
			}
			at += len(piece)
		}
		if !ends[at] {
			t.Fatalf("%q ends within a character", plain)
		}
	})
}

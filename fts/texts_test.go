package fts

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"testing"

	"taskstore/schema"
)

var update = flag.Bool("update", false, "write the golden file anew")

const goldenTexts = "testdata/texts.json"

// golden holds entities and texts with all that the index makes of them, for one
// TextVersion.
type golden struct {
	Version  int            `json:"version"`
	Entities []goldenEntity `json:"entities"`
	Texts    []goldenText   `json:"texts"`
}

type goldenEntity struct {
	Kind   string          `json:"kind"`
	Entity json.RawMessage `json:"entity"`
	Rows   []Row           `json:"rows"`
}

type goldenText struct {
	Text  string   `json:"text"`
	Clean string   `json:"clean"`
	Terms string   `json:"terms"`
	Words []string `json:"words"`
}

// searched makes an empty entity of each kind that is indexed.
var searched = map[string]func() any{
	"note":       func() any { return new(schema.Note) },
	"task":       func() any { return new(schema.Task) },
	"session":    func() any { return new(schema.Session) },
	"topic":      func() any { return new(schema.Topic) },
	"company":    func() any { return new(schema.Company) },
	"contact":    func() any { return new(schema.Contact) },
	"attachment": func() any { return new(schema.Attachment) },
}

// TestTextVersion: texts that come out differently than those which stores have
// indexed need a higher TextVersion, or no store would learn of it. -update does
// not write other texts under the same version.
func TestTextVersion(t *testing.T) {
	file, err := os.ReadFile(goldenTexts)
	if err != nil {
		t.Fatal(err)
	}
	var want, got golden
	if err := json.Unmarshal(file, &want); err != nil {
		t.Fatal(err)
	}
	got.Version = TextVersion
	kinds := map[string]bool{}
	for _, e := range want.Entities {
		kinds[e.Kind] = true
		got.Entities = append(got.Entities, goldenEntity{e.Kind, e.Entity, extracted(t, e)})
	}
	for _, x := range want.Texts {
		got.Texts = append(got.Texts, indexed(x.Text))
	}
	if len(kinds) != len(searched) || len(want.Texts) < 50 {
		t.Errorf("the golden file has entities of %v and %d texts", kinds, len(want.Texts))
	}
	same := wantTexts(t, want, got)
	switch {
	case !same && want.Version == TextVersion:
		t.Fatal("the index gets other texts than before: raise TextVersion, then go test ./fts -update")
	case want.Version != TextVersion && !*update:
		t.Fatalf("the golden file is of version %d, TextVersion is %d: go test ./fts -update", want.Version, TextVersion)
	case want.Version != TextVersion:
		writeGolden(t, got)
	}
}

// wantTexts tells whether both have the same texts, and names those that differ
// under one version.
func wantTexts(t *testing.T, want, got golden) bool {
	t.Helper()
	same := true
	differ := func(what string, a, b any) {
		if reflect.DeepEqual(a, b) {
			return
		}
		if same = false; want.Version == got.Version {
			t.Errorf("%s\n was %+v\n is  %+v", what, a, b)
		}
	}
	for i, e := range want.Entities {
		differ(e.Kind, e.Rows, got.Entities[i].Rows)
	}
	for i, x := range want.Texts {
		differ(x.Text, x, got.Texts[i])
	}
	return same
}

func extracted(t *testing.T, e goldenEntity) []Row {
	t.Helper()
	empty, ok := searched[e.Kind]
	if !ok {
		t.Fatalf("%s is no kind that is indexed", e.Kind)
	}
	v := empty()
	if _, err := schema.Decode(e.Entity, v); err != nil {
		t.Fatal(err)
	}
	return Extract(v)
}

func indexed(text string) goldenText {
	x := goldenText{Text: text, Clean: clean(text), Words: []string{}}
	x.Terms = sideTerms(x.Clean)
	words := map[string]bool{}
	WordsOf(words, x.Clean)
	for w := range words {
		x.Words = append(x.Words, w)
	}
	slices.Sort(x.Words)
	return x
}

// writeGolden writes an entity or a text a line.
func writeGolden(t *testing.T, g golden) {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\"version\": %d,\n\"entities\": [\n", g.Version)
	writeLines(t, &b, g.Entities)
	b.WriteString("],\n\"texts\": [\n")
	writeLines(t, &b, g.Texts)
	b.WriteString("]}\n")
	if err := os.WriteFile(goldenTexts, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func writeLines[T any](t *testing.T, b *bytes.Buffer, list []T) {
	t.Helper()
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	for i, v := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := enc.Encode(v); err != nil {
			t.Fatal(err)
		}
	}
}

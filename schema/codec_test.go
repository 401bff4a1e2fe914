package schema_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"taskstore/internal/testdb"
	"taskstore/schema"

	"pgregory.net/rapid"
)

// again decodes raw into a T and encodes it.
func again[T any](raw []byte) ([]byte, error) {
	var v T
	if _, err := schema.Decode(raw, &v); err != nil {
		return nil, err
	}
	return schema.Encode(&v, schema.EncodeOptions{})
}

// entityTypes are all kinds, with the function that decodes and encodes one.
var entityTypes = []struct {
	kind  string
	again func([]byte) ([]byte, error)
	gen   func(*testdb.Gen, string) []byte
}{
	{"session", again[schema.Session], testdb.Entity[schema.Session]},
	{"note", again[schema.Note], testdb.Entity[schema.Note]},
	{"task", again[schema.Task], testdb.Entity[schema.Task]},
	{"topic", again[schema.Topic], testdb.Entity[schema.Topic]},
	{"company", again[schema.Company], testdb.Entity[schema.Company]},
	{"contact", again[schema.Contact], testdb.Entity[schema.Contact]},
	{"attachment", again[schema.Attachment], testdb.Entity[schema.Attachment]},
}

// TestLossless: what is decoded and encoded again is an equal JSON value, and a
// second time the same text.
func TestLossless(t *testing.T) {
	for _, e := range entityTypes {
		t.Run(e.kind, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				raw := e.gen(testdb.Drawn(rt, 30), "id-1")
				checkLossless(rt, e.again, raw)
			})
		})
	}
}

type fataler interface {
	Fatalf(format string, args ...any)
}

func checkLossless(t fataler, again func([]byte) ([]byte, error), raw []byte) {
	want, err := testdb.Canon(raw)
	if err != nil {
		t.Fatalf("generated %s: %v", raw, err)
	}
	out, err := again(raw)
	if err != nil {
		t.Fatalf("decode %s: %v", raw, err)
	}
	got, err := testdb.Canon(out)
	if err != nil {
		t.Fatalf("encoded %s: %v", out, err)
	}
	if got != want {
		t.Fatalf("not equal\nread    %s\nwritten %s\n%s", raw, out, firstDifference(got, want))
	}
	if twice, err := again(out); err != nil || string(twice) != string(out) {
		t.Fatalf("a second time it is written as %s, not %s (%v)", twice, out, err)
	}
}

func firstDifference(got, want string) string {
	i := 0
	for i < len(got) && i < len(want) && got[i] == want[i] {
		i++
	}
	from := max(0, i-40)
	return fmt.Sprintf("at %d: got …%.120s, want …%.120s", i, got[from:], want[from:])
}

// TestLosslessSeeded runs many entities of every kind, faster than rapid can.
func TestLosslessSeeded(t *testing.T) {
	n := uint64(300)
	if testing.Short() {
		n = 30
	}
	for _, e := range entityTypes {
		for seed := range n {
			checkLossless(t, e.again, e.gen(testdb.Seeded(seed, int(seed%60)), "id-1"))
		}
	}
}

// FuzzLossless holds any JSON object against every kind.
func FuzzLossless(f *testing.F) {
	for i, e := range entityTypes {
		f.Add(i, []byte(`{}`))
		for seed := range uint64(3) {
			f.Add(i, e.gen(testdb.Seeded(seed, 40), "a"))
		}
	}
	f.Add(1, []byte(`{"":1,"status":null,"status":"draft","tags":"a, b","tags":[1]}`))
	f.Add(2, []byte(`{"id":"x","done":1,"title":"\ud800","noteId":7,"relationships":{},"relationships":[[]]}`))
	f.Fuzz(func(t *testing.T, kind int, raw []byte) {
		e := entityTypes[uint(kind)%uint(len(entityTypes))]
		if inner, ok := bytes.CutPrefix(raw, []byte(`{"`)); ok { // an entity without an id is given one
			raw = append([]byte(`{"id":"a","`), inner...)
		}
		want, err := testdb.Canon(raw)
		if err != nil || len(raw) > 1<<16 || len(raw) < 3 {
			return
		}
		out, err := e.again(raw)
		if err != nil || !utf8.Valid(raw) { // bytes that are no text become U+FFFD
			return
		}
		got, err := testdb.Canon(out)
		if err != nil || got != want {
			t.Fatalf("read %q\nwritten %q (%v)\n%s", raw, out, err, firstDifference(got, want))
		}
	})
}

// TestOddCases are the odd things that real files hold, each alone.
func TestOddCases(t *testing.T) {
	deep := strings.Repeat("[", 1500) + strings.Repeat("]", 1500)
	for _, c := range []struct{ kind, raw, code string }{
		{"note", `{"id":"a","content":"half \ud83d"}`, schema.WarnLoneSurrogate},
		{"note", `{"id":"a","content":"\udc00\ud800"}`, schema.WarnLoneSurrogate},
		{"note", `{"id":"a","\ud800":1}`, schema.WarnUnknownField},
		{"note", `{"id":"a","__proto__":{"x":1},"constructor":2,"toString":3}`, schema.WarnUnknownField},
		{"note", `{"id":"a","content":"1","content":"2","content":"3"}`, ""},
		{"note", `{"id":"a","extra1":1,"extra1":2}`, schema.WarnUnknownField},
		{"note", `{"id":"a","tags":null}`, schema.WarnNullRequired},
		{"note", `{"id":"a","tags":[1,"b",null,{"c":2}]}`, schema.WarnTypeCoerced},
		{"note", `{"id":"a","tags":"one, two"}`, schema.WarnTypeCoerced},
		{"note", `{"id":"a","updates":[]}`, ""},
		{"note", `{"id":"a","updates":[7,null,"x",{"id":"u"}]}`, schema.WarnTypeCoerced},
		{"note", `{"id":"a","updates":{"0":{}}}`, schema.WarnTypeCoerced},
		{"note", `{"id":"a","timestamp":1700000000000}`, schema.WarnTypeCoerced},
		{"note", `{"id":"a","timestamp":"2025-01-01T01:00:00+02:00"}`, ""},
		{"note", `{"id":"a","timestamp":"sometime"}`, ""},
		{"note", `{"id":"a","source":"fax"}`, schema.WarnUnknownEnum},
		{"note", `{"id":"a","relationshipVersion":9007199254740993}`, schema.WarnBigInteger},
		{"note", `{"id":"a","relationshipVersion":99999999999999999999}`, schema.WarnBigInteger},
		{"note", `{"id":"a","relationshipVersion":"1"}`, schema.WarnTypeCoerced},
		{"note", `{"id":"a","relationshipVersion":0}`, ""},
		{"note", `{"id":"a","relationshipVersion":1.5}`, ""},
		{"note", `{"id":"a","metadata":{"n":1e400,"m":-0,"k":1.0}}`, schema.WarnBigInteger},
		{"note", `{"id":"a","metadata":null}`, ""},
		{"note", `{"id":"a","metadata":` + deep + `}`, schema.WarnDeepNesting},
		{"note", `{"id":"a","attachments":[{"id":"x","base64":null,"size":"12"}]}`, schema.WarnTypeCoerced},
		{"note", `{"id":"a","attachments":[{"id":"x","base64":{"not":"text"}}]}`, schema.WarnTypeCoerced},
		{"note", `{"id":"a","content":"nul \u0000 in the middle"}`, ""},
		{"task", `{"id":"a","done":1}`, schema.WarnTypeCoerced},
		{"task", `{"id":"a","done":"yes"}`, schema.WarnTypeCoerced},
		{"task", `{"id":"a","done":[true]}`, schema.WarnTypeCoerced},
		{"task", `{"id":"a","title":12}`, schema.WarnTypeCoerced},
		{"task", `{"id":"a","title":{"de":"x"}}`, schema.WarnTypeCoerced},
		{"task", `{"id":"a","status":""}`, ""},
		{"task", `{"id":"a","dueDate":"Friday"}`, ""},
		{"task", `{"id":"a","dueDate":""}`, ""},
		{"session", `{"id":"a","screenshotInterval":0.5,"totalDuration":-0}`, ""},
		{"session", `{"id":"a","screenshotInterval":1e400}`, schema.WarnBigInteger},
		{"session", `{"id":"a","screenshotInterval":"NaN","audioSegments":[{"id":"s","duration":"nan"}]}`, schema.WarnTypeCoerced},
		{"session", `{"id":"a","totalDuration":"-Infinity","video":{"duration":"inf"}}`, schema.WarnTypeCoerced},
		{"session", `{"id":"a","video":"gone"}`, schema.WarnTypeCoerced},
		{"session", `{"id":"a","video":{"chapters":null,"chunks":[]}}`, schema.WarnNullRequired},
		{"session", `{"id":"a","summary":null,"canvasSpec":"","fullTranscription":"\ud800"}`, schema.WarnLoneSurrogate},
		{"session", `{"id":"a","screenshots":null}`, schema.WarnNullRequired},
		{"session", `{"id":"a","summary":1,"summary":2}`, ""},
		{"topic", `{"id":"a","noteCount":"3","relationships":[]}`, schema.WarnTypeCoerced},
		{"company", `{"id":"a","profile":["x"],"relationships":null}`, ""},
		{"attachment", `{"id":"a","size":12.75,"duration":1.50}`, ""},
		{"attachment", `{"id":"a","base64":"","thumbnail":"\ud800"}`, schema.WarnLoneSurrogate},
	} {
		wantOdd(t, c.kind, c.raw, c.code)
	}
}

func wantOdd(t *testing.T, kind, raw, code string) {
	t.Helper()
	for _, e := range entityTypes {
		if e.kind == kind {
			checkLossless(t, e.again, []byte(raw))
		}
	}
	warnings, err := decodeKind(kind, raw)
	if err != nil {
		t.Fatal(err)
	}
	found := code == ""
	for _, w := range warnings {
		found = found || w.Code == code
	}
	if !found {
		t.Errorf("%.80s: no warning %s, but %v", raw, code, warnings)
	}
}

func decodeKind(kind, raw string) ([]schema.Warning, error) {
	switch kind {
	case "session":
		return schema.Decode([]byte(raw), &schema.Session{})
	case "note":
		return schema.Decode([]byte(raw), &schema.Note{})
	case "task":
		return schema.Decode([]byte(raw), &schema.Task{})
	case "topic":
		return schema.Decode([]byte(raw), &schema.Topic{})
	case "company":
		return schema.Decode([]byte(raw), &schema.Company{})
	}
	return schema.Decode([]byte(raw), &schema.Attachment{})
}

func TestDecodeRefuses(t *testing.T) {
	for _, raw := range []string{``, ` `, `[]`, `null`, `"x"`, `12`, `{`, `{"a":}`, `{} {}`, `{"a":1,}`, "{\"a\":\"\x01\"}", `{"metadata":` + strings.Repeat("[", 10001) + strings.Repeat("]", 10001) + `}`} {
		if _, err := schema.Decode([]byte(raw), &schema.Note{}); err == nil {
			t.Errorf("%.40q was decoded", raw)
		}
	}
}

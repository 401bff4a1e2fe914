package rawjson

import (
	"bytes"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func TestEqual(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 3*longString)
	for _, c := range []struct {
		name, a, b string
		want       bool
	}{
		{"white space", `{"a":[1,2]}`, " { \"a\" :\t[ 1 ,\n2 ] } ", true},
		{"member order", `{"a":1,"b":{"c":2,"d":3}}`, `{"b":{"d":3,"c":2},"a":1}`, true},
		{"element order", `[1,2]`, `[2,1]`, false},
		{"number text", `1.0`, `1`, false},
		{"exponent", `1e2`, `1E2`, false},
		{"big integer", `9007199254740993`, `9007199254740992`, false},
		{"number and text", `3`, `"3"`, false},
		{"escapes", `"\u0061\/\n"`, `"a/\u000a"`, true},
		{"pair", `"\ud83d\ude80"`, `"🚀"`, true},
		{"lone surrogates", `"\ud83d"`, `"\ud83c"`, false},
		{"lone surrogate and its replacement", `"\ud83d"`, `"\ufffd"`, false},
		{"reversed pair", `"\ude80\ud83d"`, `"\ud83d\ude80"`, false},
		{"case of hex digits", `"\uD83D"`, `"\ud83d"`, true},
		{"escape spelled out", `"\\ud83d"`, `"\ud83d"`, false},
		{"escaped name", `{"\u0061":1}`, `{"a":1}`, true},
		{"surrogate in a name", `{"\udc00":1}`, `{"\udc01":1}`, false},
		{"duplicate names", `{"a":1,"a":2}`, `{"a":2}`, false},
		{"order of duplicate names", `{"a":1,"a":2}`, `{"a":2,"a":1}`, false},
		{"duplicates among others", `{"a":1,"b":0,"a":2}`, `{"b":0,"a":1,"a":2}`, true},
		{"null and absent", `{"a":null}`, `{}`, false},
		{"long text", `{"b":"` + long + `","a":1}`, `{"a":1,"b":"` + long + `"}`, true},
		{"long text escaped", `"` + long + `\n"`, `"\u0078` + long[1:] + `\u000a"`, true},
		{"long text changed", `"` + long + `a"`, `"` + long + `b"`, false},
		{"nesting against text", `["a,b"]`, `["a","b"]`, false},
		{"empty name", `{"":1}`, `{}`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Equal(jsontext.Value(c.a), jsontext.Value(c.b)); got != c.want {
				t.Errorf("Equal(%.80s, %.80s) = %v", c.a, c.b, got)
			}
		})
	}
}

func TestHashRefusesWhatIsNoValue(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "{", `{"a"}`, `{"a":1,}`, `[1,]`, `[,1]`, `"a`, `"\u12"`, `"\x"`, "nul", "1 2", `{a:1}`, "\"\n\"", "--1", "[1 2]", "{]", strings.Repeat("[", maxDepth+1)} {
		if sum, err := Hash(jsontext.Value(bad)); err == nil {
			t.Errorf("Hash(%.20q) = %v, want an error", bad, sum)
		}
	}
	deep := strings.Repeat("[", 2000) + strings.Repeat("]", 2000)
	if _, err := Hash(jsontext.Value(deep)); err != nil {
		t.Errorf("2000 levels: %v", err)
	}
}

func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{`{"a":[1,{"b":"\ud83d"}],"a":null}`, `"\ude80\ud83d x"`, `[true,-0,1e400]`, "\"\xff\"", `{"b":1,"a":2}`} {
		f.Add([]byte(seed))
	}
	relaxed := []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}
	f.Fuzz(func(t *testing.T, raw []byte) {
		v := jsontext.Value(raw)
		text, err := Canonical(v)
		if valid := v.IsValid(relaxed...); valid != (err == nil) {
			t.Fatalf("valid %v, error %v", valid, err)
		}
		Members(v)
		Elements(v)
		if err != nil {
			return
		}
		pretty := v.Clone()
		if err := pretty.Indent(append(relaxed, jsontext.PreserveRawStrings(true))...); err != nil {
			return
		}
		again, err := Canonical(pretty)
		if err != nil || !bytes.Equal(text, again) {
			t.Fatalf("%q\n%q\nerror %v", text, again, err)
		}
		if list, ok := Members(v); ok && !Equal(JoinMembers(list), v) {
			t.Fatalf("members of %q do not join to it", v)
		}
		if list, ok := Elements(v); ok && !Equal(JoinElements(list), v) {
			t.Fatalf("elements of %q do not join to it", v)
		}
	})
}

func BenchmarkHash(b *testing.B) {
	item := `{"timestamp":"2025-10-01T10:00:00.000Z","id":"1740916914-abc","aiAnalysis":{"summary":"Some words about\nwhat is seen","keyElements":["a","b","c"],"confidence":0.75},"flagged":false}`
	raw := jsontext.Value("[" + strings.Repeat(item+",", 500) + item + "]")
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if _, err := Hash(raw); err != nil {
			b.Fatal(err)
		}
	}
}

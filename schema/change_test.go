package schema_test

import (
	"reflect"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/schema"

	"github.com/google/go-cmp/cmp"
)

func decode[T any](t *testing.T, raw string) T {
	t.Helper()
	var v T
	if _, err := schema.Decode([]byte(raw), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func wantEncoded(t *testing.T, v any, want string) {
	t.Helper()
	out, err := schema.Encode(v, schema.EncodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	testdb.WantJSON(t, "encoded", out, []byte(want))
}

// TestChangedFieldWins: a field that was changed after decoding is written as
// it is now; its neighbours keep their odd originals.
func TestChangedFieldWins(t *testing.T) {
	task := decode[schema.Task](t, `{"id":"a","title":12,"done":"yes","tags":"x, y","topicId":7,"zz":1}`)
	task.Title = "twelve"
	wantOddTask := `{"id":"a","title":"twelve","done":"yes","tags":"x, y","topicId":7,"zz":1}`
	wantEncoded(t, &task, wantOddTask)
	task.Done = false
	task.Tags = append(task.Tags, "z")
	wantEncoded(t, &task, `{"id":"a","title":"twelve","done":false,"tags":["x","y","z"],"topicId":7,"zz":1}`)

	twice := decode[schema.Note](t, `{"id":"a","content":"1","content":"2","metadata":{"a":1},"metadata":{"b":2}}`)
	if twice.Content != "2" || twice.Metadata != `{"b":2}` {
		t.Errorf("the last of two does not count: %q, %s", twice.Content, twice.Metadata)
	}
	twice.Content = "3"
	wantEncoded(t, &twice, `{"id":"a","content":"3","metadata":{"a":1},"metadata":{"b":2}}`)

	missing := decode[schema.Note](t, `{"id":"a"}`)
	wantEncoded(t, &missing, `{"id":"a"}`)
	missing.Summary = "now there"
	wantEncoded(t, &missing, `{"id":"a","summary":"now there"}`)

	nested := decode[schema.Note](t, `{"id":"a","updates":[{"id":"u","content":5,"x":1},"stray"]}`)
	nested.Updates[0].Content = "five"
	wantEncoded(t, &nested, `{"id":"a","updates":[{"id":"u","content":"five","x":1},"stray"]}`)

	lone := decode[schema.Note](t, `{"id":"a","content":"\ud800","summary":"\ud800"}`)
	lone.Content = "whole"
	wantEncoded(t, &lone, `{"id":"a","content":"whole","summary":"\ud800"}`)
}

// TestDerived: what the oldest files lack has a meaning, and is not written back.
func TestDerived(t *testing.T) {
	for raw, want := range map[string]string{`{"id":"a","done":true}`: "done", `{"id":"a","done":false}`: "todo", `{"id":"a"}`: "todo", `{"id":"a","done":true,"status":"blocked"}`: "blocked"} {
		task := decode[schema.Task](t, raw)
		if task.Status != want {
			t.Errorf("%s: status %q, want %q", raw, task.Status, want)
		}
		wantEncoded(t, &task, raw)
	}
	task := decode[schema.Task](t, `{"id":"a","done":false}`)
	task.Status = "blocked"
	wantEncoded(t, &task, `{"id":"a","done":false,"status":"blocked"}`)
	if note := decode[schema.Note](t, `{"id":"a"}`); note.Status != "approved" {
		t.Errorf("a note without a status is %q", note.Status)
	}
	if s := decode[schema.Session](t, `{"id":"a"}`); !s.EnableScreenshots {
		t.Error("an old session takes no screenshots")
	}
	if s := decode[schema.Session](t, `{"id":"a","enableScreenshots":false}`); s.EnableScreenshots {
		t.Error("a session that takes none does")
	}
}

func TestNewEntity(t *testing.T) {
	n := schema.Note{Head: schema.Head{ID: "n"}, Content: "c", Tags: []string{"a"}, Source: "call"}
	wantEncoded(t, &n, `{"id":"n","content":"c","summary":"","timestamp":"","lastUpdated":"","source":"call","status":"","tags":["a"]}`)
	if diff := cmp.Diff(testdb.Sample[schema.Session](7), testdb.Sample[schema.Session](7)); diff != "" {
		t.Errorf("a seed does not repeat: %s", diff)
	}
	if reflect.DeepEqual(testdb.Sample[schema.Task](7), testdb.Sample[schema.Task](8)) {
		t.Error("two seeds give the same")
	}
}

// TestForeignText: what another program has put into a column for JSON never
// makes the whole unreadable.
func TestForeignText(t *testing.T) {
	for _, bad := range []schema.JSON{`oops`, `{"a":`, `]`, ` `, `{"a":1}}`, "\"\xff\"x"} {
		n := schema.Note{Head: schema.Head{ID: "n"}}
		n.Metadata, n.Extra, n.Odd = bad, bad, bad
		s := schema.Session{Head: schema.Head{ID: "s"}, Summary: schema.Document(bad)}
		for _, v := range []any{&n, &s} {
			out, err := schema.Encode(v, schema.EncodeOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := testdb.Canon(out); err != nil {
				t.Errorf("%q: written as %s: %v", bad, out, err)
			}
		}
	}
	n := schema.Note{Head: schema.Head{ID: "n", Rest: schema.Rest{Extra: ` { "a" : 1 } `}}}
	out, err := schema.Encode(&n, schema.EncodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := testdb.Canon(out); err != nil {
		t.Errorf("extra with white space: %s: %v", out, err)
	}
}

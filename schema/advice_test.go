package schema_test

import (
	"strings"
	"testing"

	"taskstore/schema"
)

// TestAdvice: each oddity is said in words, with what there is instead.
func TestAdvice(t *testing.T) {
	for _, x := range []struct {
		v    any
		text string
		want string // part of what is said; "" is nothing
	}{
		{&schema.Task{}, `{"title":"t","status":"doin"}`, `status: "doin" is none that the app knows, and is kept: there are done, `},
		{&schema.Task{}, `{"title":"t","priority":"hihg"}`, `there are high, `},
		{&schema.Task{}, `{"title":"t","dueDate":"2026-06-31"}`, `dueDate: "2026-06-31" is no day`},
		{&schema.Task{}, `{"title":"t","dueDate":"2026-06-30","dueTime":"25:00"}`, `dueTime: "25:00" is no time of day`},
		{&schema.Task{}, `{"title":"t","dueDate":"next week"}`, ""},
		{&schema.Note{}, `{"content":5}`, "content: a text is wanted here; there is a number read as a string"},
		{&schema.Note{}, `{"content":["a"]}`, "content: a text is wanted here; there is a list kept as it is"},
		{&schema.Note{}, `{"contnet":"x"}`, "contnet: no member has this name; it is kept as it is. Is content meant?"},
		{&schema.Note{}, `{"zebra":"x"}`, "zebra: no member has this name; it is kept as it is"},
		{&schema.Task{}, `{"title":"t","subtasks":[{"id":"a","titel":"x","done":"maybe"}]}`, "subtasks.0.titel: no member has this name; it is kept as it is. Is title meant?"},
		{&schema.Task{}, `{"title":"t","subtasks":[{"id":"a","done":"maybe"}]}`, "subtasks.0.done: true or false is wanted here"},
		{&schema.Task{}, `{"title":"t","tags":"a,b"}`, "tags: a list of texts is wanted here"},
	} {
		list, err := schema.Decode([]byte(x.text), x.v)
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, w := range append(list, schema.Doubts(x.v)...) {
			if w.Code != schema.WarnNullRequired {
				said = append(said, schema.Advice(x.v, w))
			}
		}
		if all := strings.Join(said, "\n"); !strings.Contains(all, x.want) || (x.want == "") != (all == "") {
			t.Errorf("%s: %q, want %q", x.text, all, x.want)
		}
		stored, err := schema.Warnings(x.v)
		if err != nil || len(stored) < len(said) {
			t.Errorf("%s: stored, it has the warnings %v, %v", x.text, stored, err)
		}
	}
}

func TestSaysNothing(t *testing.T) {
	for text, want := range map[string]bool{`{}`: true, `{"id":""}`: true, `{"id":"a"}`: false, `{"content":"","tags":[],"done":false,"x":null, "metadata": { }}`: true,
		`{"content":"x"}`: false, `{"count":0}`: false, `[]`: false, `{"status":"draft"}`: false} {
		if got := schema.SaysNothing([]byte(text)); got != want {
			t.Errorf("%s says nothing: %v, want %v", text, got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	for word, want := range map[string]string{"doin": "done", "hihg": "high", "aproved": "approved", "in-pro": "in-progress", "BLOCKD": "blocked", "": "todo"} {
		list := []string{"todo", "done", "in-progress", "blocked", "high", "approved"}
		if got := schema.Nearest(word, list); got[0] != want {
			t.Errorf("nearest to %q are %q, want %s", word, got, want)
		}
	}
}

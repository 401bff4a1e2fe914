package schema_test

import (
	"fmt"
	"strings"
	"testing"

	"taskstore/schema"
)

func links(list []schema.Link) string {
	var b strings.Builder
	for _, l := range list {
		dir := "->"
		if l.Incoming {
			dir = "<-"
		}
		fmt.Fprintf(&b, "%s %s %s %s:%s; ", l.Member, l.Type, dir, l.Kind, l.ID)
	}
	return strings.TrimSuffix(b.String(), "; ")
}

func TestLinksRead(t *testing.T) {
	for raw, want := range map[string]string{
		`{"id":"n","topicId":"a","topicIds":["b","c"],"companyIds":["d"],"contactIds":["e"],"parentNoteId":"f","sourceSessionId":"g"}`:                            "topicId note-topic -> topic:a; topicIds note-topic -> topic:b; topicIds note-topic -> topic:c; companyIds note-company -> company:d; contactIds note-contact -> contact:e; parentNoteId note-note -> note:f; sourceSessionId note-session -> session:g",
		`{"id":"n","relationships":[{"id":"r","type":"note-topic","sourceType":"note","sourceId":"n","targetType":"topic","targetId":"t"}]}`:                      "relationships note-topic -> topic:t",
		`{"id":"n","relationships":[{"id":"r","type":"TASK_NOTE","sourceType":"TASK","sourceId":"t","targetType":"NOTE","targetId":"n"}]}`:                        "relationships task-note <- task:t",
		`{"id":"n","relationships":[{"fromId":"n","fromType":"note","toId":"s","toType":"session"},{"fromId":"x","fromType":"Task","toId":"n","toType":"note"}]}`: "relationships  -> session:s; relationships  <- task:x",
		`{"id":"n","relationships":[{"id":"r","type":"note-parent","sourceType":"note","sourceId":"n","targetType":"note","targetId":"n"}]}`:                      "relationships note-parent -> note:n",
		`{"id":"n","topicId":""}`:                "",
		`{"id":"n","topicIds":[]}`:               "",
		`{"id":"n","topicId":null}`:              "",
		`{"id":"n","topicId":{}}`:                "",
		`{"id":"n","topicId":12}`:                "topicId note-topic -> topic:12",
		`{"id":"n","topicIds":[12]}`:             "topicIds note-topic -> topic:12",
		`{"id":"n","topicId":"a","topicId":"b"}`: "topicId note-topic -> topic:b",
	} {
		note := decode[schema.Note](t, raw)
		if got := links(note.Links); got != want {
			t.Errorf("%s:\n got %s\nwant %s", raw, got, want)
		}
		before := links(note.Links)
		schema.CompleteLinks(&note, note.ID)
		wantEncoded(t, &note, raw)
		if links(note.Links) != before {
			t.Errorf("completing what was read changed it: %s", links(note.Links))
		}
	}
}

// TestLinksMade: what a caller sets is enough, and is written as a relationship.
func TestLinksMade(t *testing.T) {
	n := schema.Note{Head: schema.Head{ID: "n"}, Links: []schema.Link{
		{Kind: "topic", ID: "t"}, {Kind: "task", ID: "k", Incoming: true, Type: "task-note"},
		{Member: "topicId", Kind: "topic", ID: "one"}, {Member: "topicId", Kind: "topic", ID: "two"}, {Member: "companyIds", Kind: "company", ID: "c"}}}
	schema.CompleteLinks(&n, "n")
	want := "relationships note-topic -> topic:t; relationships task-note <- task:k; topicId note-topic -> topic:one; relationships note-topic -> topic:two; companyIds note-company -> company:c"
	if got := links(n.Links); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	for i, l := range []schema.Link{n.Links[0], n.Links[1], n.Links[3]} {
		source, target := l.SourceType+":"+l.SourceID, l.TargetType+":"+l.TargetID
		if l.RelID == "" || !l.Canonical || i == 1 && (source != "task:k" || target != "note:n") || i == 0 && (source != "note:n" || target != "topic:t") {
			t.Errorf("relationship %d: %+v", i, l)
		}
	}
	out, err := schema.Encode(&n, schema.EncodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	back := decode[schema.Note](t, string(out))
	for _, l := range strings.Split(want, "; ") {
		if !strings.Contains(links(back.Links), l) {
			t.Errorf("%s is not in %s", l, links(back.Links))
		}
	}
}

// TestLinkChanged: a relationship whose other end was changed is rewritten and
// keeps its id and what else it says.
func TestLinkChanged(t *testing.T) {
	n := decode[schema.Note](t, `{"id":"n","relationships":[{"id":"r","type":"NOTE_TOPIC","sourceType":"NOTE","sourceId":"n","targetType":"TOPIC","targetId":"t","metadata":{"source":"ai"},"canonical":true,"zz":1}]}`)
	n.Links[0].ID = "other"
	schema.CompleteLinks(&n, "n")
	wantEncoded(t, &n, `{"id":"n","relationships":[{"id":"r","type":"note-topic","sourceType":"note","sourceId":"n","targetType":"topic","targetId":"other","metadata":{"source":"ai"},"canonical":true,"zz":1}]}`)
	early := decode[schema.Note](t, `{"id":"n","relationships":[{"fromId":"n","fromType":"note","toId":"s","toType":"session","why":"x"}]}`)
	early.Links[0].ID = "other"
	schema.CompleteLinks(&early, "n")
	out, err := schema.Encode(&early, schema.EncodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	again := decode[schema.Note](t, string(out))
	if got := links(again.Links); got != "relationships note-session -> session:other" || strings.Contains(string(out), "toId") || !strings.Contains(string(out), `"why":"x"`) {
		t.Errorf("an early relationship that was changed: %s in %s", got, out)
	}
	gone := decode[schema.Note](t, `{"id":"n","topicIds":[1,"b"],"topicId":7}`)
	gone.Links = gone.Links[:0]
	wantEncoded(t, &gone, `{"id":"n"}`)
}

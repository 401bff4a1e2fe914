package schema_test

import (
	"strings"
	"testing"

	"taskstore/schema"
)

// oddIDs are strings that no text can hold, as JSON, and two that are texts and look
// like them. Each is another id.
var oddIDs = []string{`"n\ud83d"`, `"n\ud83e"`, `"n\ude80"`, `"n\ufffd"`, `"n\\ud83d"`, `"a\u0000b"`, `"a\u0000c"`, `"a\u0000"`, `"a"`, `"n` + "\xff" + `"`, `"n` + "\xfe" + `"`}

// TestOddIDs decodes records whose ids and references differ only in what no text can
// hold: no two are one, each says its own again, and a reference names its record.
func TestOddIDs(t *testing.T) {
	seen := map[string]string{}
	for _, raw := range oddIDs {
		n := decode[schema.Note](t, `{"id":`+raw+`}`)
		if was, ok := seen[n.ID]; ok {
			t.Errorf("%s and %s are both %q", was, raw, n.ID)
		}
		seen[n.ID] = raw
		if !schema.Storable(n.ID) {
			t.Errorf("%s became %q", raw, n.ID)
		}
		wantSaid(t, &n, raw)
		task := decode[schema.Task](t, `{"id":"t","noteId":`+raw+`,"relationships":[
			{"id":"r","type":"task-note","sourceType":"task","sourceId":"t","targetType":"note","targetId":`+raw+`},
			{"fromType":"NOTE","fromId":`+raw+`,"toType":"TASK","toId":"t"}]}`)
		for _, l := range task.Links {
			if l.Kind != "note" || l.ID != n.ID {
				t.Errorf("%s in %s leads to %s %q, want %q", raw, l.Member, l.Kind, l.ID, n.ID)
			}
		}
		wantSaid(t, &task, raw)
		schema.CompleteLinks(&task, "t")
		wantSaid(t, &task, raw)
		a := decode[schema.Attachment](t, `{"id":`+raw+`}`)
		s := decode[schema.Session](t, `{"id":"s","screenshots":[{"id":"x","attachmentId":`+raw+`}],"fullAudioAttachmentId":`+raw+`}`)
		if s.Screenshots[0].AttachmentID != a.ID || s.FullAudioID != a.ID {
			t.Errorf("%s: the attachment is %q, the screenshot's %q, the sound's %q", raw, a.ID, s.Screenshots[0].AttachmentID, s.FullAudioID)
		}
	}
}

// wantSaid fails if the encoding of v does not hold raw; what is no UTF-8 in it is
// written as half of a pair.
func wantSaid(t *testing.T, v any, raw string) {
	t.Helper()
	out, err := schema.Encode(v, schema.EncodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer("\xff", `\udcff`, "\xfe", `\udcfe`, `\ufffd`, "\ufffd").Replace(raw)
	if !strings.Contains(strings.ReplaceAll(string(out), `\ufffd`, "\ufffd"), want) {
		t.Errorf("%s is written as %s", raw, out)
	}
}

// TestOddTags: tags are told apart as ids are, and say what they were.
func TestOddTags(t *testing.T) {
	n := decode[schema.Note](t, `{"id":"a","tags":["\ud83d","\ud83e","\ufffd","x\u0000y","x\u0000z","plain"]}`)
	want := []string{`"\ud83d"`, `"\ud83e"`, "\ufffd", `"x\u0000y"`, `"x\u0000z"`, "plain"}
	if strings.Join(n.Tags, " ") != strings.Join(want, " ") {
		t.Errorf("the tags are %q, want %q", n.Tags, want)
	}
	wantSaid(t, &n, `"\ud83d","\ud83e"`)
	n.Tags = n.Tags[1:]
	wantSaid(t, &n, `"\"\\ud83e\""`)
}

// TestOldOddTags: a store may hold what was read with U+FFFD. It still says what it was.
func TestOldOddTags(t *testing.T) {
	n := decode[schema.Note](t, `{"id":"a\ud83d","tags":["\ud83d"],"topicIds":["t\ud83d"]}`)
	n.ID, n.Tags, n.Links[0].ID = "a\ufffd", []string{"\ufffd"}, "t\ufffd"
	for _, raw := range []string{`"a\ud83d"`, `["\ud83d"]`, `["t\ud83d"]`} {
		wantSaid(t, &n, raw)
	}
}

// TestCheckOddNames: ids, tags and links that no text can hold are refused where
// somebody writes them, by their names.
func TestCheckOddNames(t *testing.T) {
	for raw, field := range map[string]string{
		`{"id":"n\ud83d"}`:                                             "id",
		`{"id":"n\u0000"}`:                                             "id",
		"{\"id\":\"n\xff\"}":                                           "id",
		`{"id":"n","tags":["a","b\ud83d"]}`:                            "tags",
		`{"id":"n","topicIds":["b\ud83d"]}`:                            "topicIds",
		`{"id":"n","attachments":[{"id":"b\u0000"}]}`:                  "attachments.id",
		`{"id":"n","relationships":[{"id":"r","targetId":"b\ud83d"}]}`: "links.targetId",
		`{"id":"n","content":"b\ud83d\u0000","x":"\ud83d"}`:            "",
		`{"id":"n","tags":["a\ufffd"],"topicId":7}`:                    "",
	} {
		n := decode[schema.Note](t, raw)
		got := ""
		if p := schema.Added(schema.CheckDecoded(&n), nil); p != nil {
			got = p.Field
		}
		if got != field {
			t.Errorf("%q: %q is refused, want %q", raw, got, field)
		}
	}
}

package schema

import (
	"strings"
	"testing"
)

// TestLimits: what is longer or deeper than a save takes is named with its member, what is as long is taken.
func TestLimits(t *testing.T) {
	deep := func(n int) JSON {
		return JSON(strings.Repeat(`{"a\"[":[`, n/2) + strings.Repeat("]}", n/2))
	}
	updates := func(n int) (list []NoteUpdate) {
		text := strings.Repeat("x", MaxText)
		for range n {
			list = append(list, NoteUpdate{Content: text})
		}
		return list
	}
	for name, test := range map[string]struct {
		note Note
		want string
	}{
		"longest text": {Note{Content: strings.Repeat("é", MaxText/2)}, ""},
		"longer text":  {Note{Content: strings.Repeat("x", MaxText+1)}, "content has 16777217 bytes, and one text has 16777216 (16 MB) at most"},
		"longest id":   {Note{Head: Head{ID: strings.Repeat("i", MaxID)}}, ""},
		"longer id":    {Note{Head: Head{ID: strings.Repeat("i", MaxID+1)}}, "id has 1001 bytes"},
		"item's id":    {Note{Updates: []NoteUpdate{{Item: Item{ID: strings.Repeat("i", MaxID+1)}}}}, ""},
		"deepest":      {Note{Metadata: deep(MaxDepth)}, ""},
		"deeper":       {Note{Metadata: deep(MaxDepth + 2)}, "metadata is nested more than 1000 levels deep"},
		"no levels":    {Note{Content: string(deep(MaxDepth + 2))}, ""},
		"largest":      {Note{Updates: updates(MaxRecord / MaxText)}, ""},
		"larger":       {Note{Content: "x", Updates: updates(MaxRecord / MaxText)}, "record has 67108865 bytes of text"},
		"a content":    {Note{Attachments: []InlineAttachment{{FileInfo: FileInfo{Base64: Content{Text: strings.Repeat("A", MaxText+4)}}}}}, ""},
	} {
		found := Check(&test.note)
		switch {
		case test.want == "" && len(found) > 0:
			t.Errorf("%s: %v", name, found[0].Problem)
		case test.want != "" && (len(found) != 1 || !strings.HasPrefix(found[0].Field+" "+found[0].Problem, test.want)):
			t.Errorf("%s: %.200v, want %s", name, found, test.want)
		}
	}
}

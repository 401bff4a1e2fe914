package main

import (
	"bytes"
	"encoding/json"

	"taskstore/schema"

	"github.com/go-json-experiment/json/jsontext"
)

// withoutOwn takes storectl's own members out of a JSON object. The text of the others stays as it is, byte for byte.
func withoutOwn(object []byte) (rest []byte, own map[string]json.RawMessage, err error) {
	decoder := jsontext.NewDecoder(bytes.NewReader(object), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if _, err := decoder.ReadToken(); err != nil {
		return nil, nil, err
	}
	rest = append(rest, '{')
	own = map[string]json.RawMessage{}
	for decoder.PeekKind() != '}' {
		name, err := decoder.ReadValue()
		if err != nil {
			return nil, nil, err
		}
		quoted := bytes.Clone(name)
		value, err := decoder.ReadValue()
		if err != nil {
			return nil, nil, err
		}
		if plain := string(bytes.Trim(quoted, `"`)); ownNames[plain] {
			own[plain] = bytes.Clone(value)
			continue
		}
		if len(rest) > 1 {
			rest = append(rest, ',')
		}
		rest = append(append(append(rest, quoted...), ':'), value...)
	}
	return append(rest, '}'), own, nil
}

// keepContents gives the contents that new's JSON left out, as get does with long ones, from old. An empty text in the
// JSON empties a content.
func keepContents(old, new any) {
	switch n := new.(type) {
	case *schema.Attachment:
		o := old.(*schema.Attachment)
		keepFile(&o.FileInfo, &n.FileInfo)
		keepContent(&o.File, &n.File)
	case *schema.Note:
		keepInline(old.(*schema.Note).Attachments, n.Attachments)
	case *schema.Task:
		keepInline(old.(*schema.Task).Attachments, n.Attachments)
	}
}

func keepInline(old, new []schema.InlineAttachment) {
	stored := map[string]*schema.FileInfo{}
	for i := range old {
		stored[old[i].ID] = &old[i].FileInfo
	}
	for i := range new {
		if o, ok := stored[new[i].ID]; ok && new[i].ID != "" {
			keepFile(o, &new[i].FileInfo)
		}
	}
}

func keepFile(old, new *schema.FileInfo) {
	keepContent(&old.Base64, &new.Base64)
	keepContent(&old.Thumbnail, &new.Thumbnail)
	keepContent(&old.Compressed, &new.Compressed)
}

func keepContent(old, new *schema.Content) {
	if *new == (schema.Content{}) {
		*new = *old
	}
}

package main

import (
	"encoding/json"

	"taskstore/schema"
)

// ownNames are the members that storectl adds to what it prints.
var ownNames = map[string]bool{"_kind": true, "_rev": true, "_trash": true, "_blob": true, "_missing": true, "_file": true, "_key": true, "_value": true}

// withoutOwn takes storectl's own members out of a JSON object. The text of the others stays as it is, byte for byte.
func withoutOwn(object []byte) (rest []byte, own map[string]json.RawMessage, err error) {
	return schema.CutMembers(object, func(name string) bool { return ownNames[name] })
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

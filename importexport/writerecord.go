package importexport

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"taskstore/repo"
	"taskstore/schema"
)

// jsonText is a record or a setting as json and ndjson write it, with its kind where that
// stands nowhere else.
func (x *exporter) jsonText(ctx context.Context, k repo.Kind, value any, kind bool) (*recordText, error) {
	if s, ok := value.(*schema.Setting); ok {
		return settingText(s, kind)
	}
	text, err := x.encode(ctx, k.Plural, k.Head(value).ID, value)
	if err != nil {
		return nil, err
	}
	own, err := x.own(ctx, k, value, kind)
	if err != nil {
		return nil, err
	}
	if text.json, err = appended(text.json, own); err != nil {
		return nil, err
	}
	if own.File != nil { // the last member of the last one: the bytes, whose form stands beside them
		text.add(len(text.json)-len(`"}}`), schema.Content{Blob: own.File.SHA256, Form: schema.FormFile})
	}
	return text, nil
}

// settingText is a setting under its key. The value goes in as it is: encoding/json would
// change bad UTF-8.
func settingText(s *schema.Setting, kind bool) (*recordText, error) {
	key, err := json.Marshal(s.Key)
	text := `"_key":` + string(key) + `,"_value":` + strings.TrimSpace(string(s.Value)) + "}"
	if kind {
		text = `"_kind":"setting",` + text
	}
	return &recordText{json: []byte("{" + text)}, err
}

// ownMembers are the members that an export adds to a record.
type ownMembers struct {
	Kind  string     `json:"_kind,omitempty"`
	Rev   int64      `json:"_rev,omitempty"`
	Trash *trashMark `json:"_trash,omitempty"`
	File  *fileBytes `json:"_file,omitempty"`
}

type trashMark struct {
	At     schema.Time `json:"at"`
	Reason string      `json:"reason"`
}

// fileBytes is the content of an attachment that never stood in its JSON.
type fileBytes struct {
	SHA256 string `json:"sha256"`
	Form   string `json:"form"`
	Base64 string `json:"base64"`
}

// own gives the members that an export adds to a record. The bytes of a file are written
// with the record.
func (x *exporter) own(ctx context.Context, k repo.Kind, value any, kind bool) (own ownMembers, err error) {
	h := k.Head(value)
	own.Rev = h.Rev
	if kind {
		own.Kind = k.Name
	}
	if h.TrashedAt != "" {
		own.Trash = &trashMark{h.TrashedAt, h.TrashReason}
	}
	a, ok := value.(*schema.Attachment)
	if !ok || a.File.Blob == "" {
		return own, nil
	}
	if err := x.store.Contents.Verify(ctx, a.File.Blob); err != nil {
		return own, x.missing(err, k.Plural, h.ID, a.File)
	}
	own.File = &fileBytes{SHA256: a.File.Blob, Form: a.File.Form}
	return own, nil
}

// appended adds the members of more to the text of a JSON object.
func appended(object []byte, more any) ([]byte, error) {
	var add bytes.Buffer
	encoder := json.NewEncoder(&add)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(more); err != nil {
		return nil, err
	}
	text := bytes.TrimRight(add.Bytes(), "\n")
	if len(text) <= 2 {
		return object, nil
	}
	out := bytes.Clone(bytes.TrimSuffix(object, []byte("}")))
	if len(out) > 1 {
		out = append(out, ',')
	}
	return append(out, text[1:]...), nil
}

package importexport

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"

	"taskstore/repo"
	"taskstore/schema"

	"github.com/go-json-experiment/json/jsontext"
)

// ownMember tells whether a member is one that an export adds to a record.
func ownMember(name string) bool {
	switch name {
	case "_kind", "_rev", "_trash", "_file", "_key", "_value", "_blob", "_missing":
		return true
	}
	return false
}

// readRecord reads a record as the JSON forms write it. name is its kind or
// collection, "" if it says so itself; at is where it stands.
func readRecord(in *input, text []byte, name string, at int64) (*item, error) {
	if text[0] != '{' {
		return nil, misfit(at, kindOfValue(jsontext.Value(text).Kind()), "an object: a record", "")
	}
	rest, own, err := schema.CutMembers(text, ownMember)
	if err != nil {
		return nil, err
	}
	for member, value := range own {
		if member == "_file" {
			continue
		}
		if own[member], err = in.restored(value, nil); err != nil {
			return nil, err
		}
	}
	if kind := own["_kind"]; name == "" && json.Unmarshal(kind, &name) != nil {
		return nil, misfit(at, "a record without its _kind", "_kind with one of "+kindNames(), putHint)
	}
	k, err := repo.KindOf(name)
	if err != nil {
		return nil, misfit(at, fmt.Sprintf("a record of the kind %.60q", name), "_kind with one of "+kindNames(), "")
	}
	it := &item{kind: k, place: place{in: in, at: at}}
	if !k.IsEntity() {
		return it, it.readSetting(own)
	}
	if err := it.decode(in, rest); err != nil {
		return nil, err
	}
	k.Complete(it.value)
	return it, it.takeOwn(in, own)
}

func kindNames() string {
	var b bytes.Buffer
	for i, k := range repo.Kinds() {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(k.Name)
	}
	return b.String()
}

// decode reads the record itself. Long strings that are contents stay in the file, and
// the record names them by their hashes; the others come back into the text before.
func (i *item) decode(in *input, text []byte) error {
	for {
		i.value, i.files = i.kind.New(), nil
		if _, err := schema.Decode(text, i.value); err != nil {
			return misfit(i.place.at, "a "+i.kind.Name+" that cannot be read: "+err.Error(), "a record", "")
		}
		marks := in.marksIn(text)
		if len(marks) == 0 {
			return nil
		}
		taken, err := i.takeContents(in)
		if err != nil {
			return err
		}
		if len(taken) == len(marks) {
			return nil
		}
		if text, err = in.restored(text, taken); err != nil {
			return err
		}
	}
}

// takeContents gives the contents that are marks the names that they will have in the
// store. It gives the marks that stand nowhere else in the record.
func (i *item) takeContents(in *input) (taken map[string]bool, err error) {
	taken = map[string]bool{}
	for _, c := range schema.Contents(i.value) {
		t := in.long[c.Text]
		if t == nil {
			continue
		}
		d, err := in.decoded(t)
		if err != nil {
			return nil, err
		}
		if d.ok {
			taken[c.Text] = true
			*c = d.is
			i.files = append(i.files, d.files...)
		}
	}
	text, err := schema.Encode(i.value, schema.EncodeOptions{Refs: true})
	if err != nil {
		return nil, err
	}
	for _, mark := range in.marksIn(text) { // beside the content, where a name stands twice
		delete(taken, mark)
	}
	return taken, nil
}

func (i *item) takeOwn(in *input, own map[string]json.RawMessage) error {
	h := i.kind.Head(i.value)
	if text, ok := own["_trash"]; ok {
		var mark trashMark
		if err := json.Unmarshal(text, &mark); err != nil {
			return misfit(i.place.at, "a _trash that cannot be read", `_trash with "at" and "reason"`, "")
		}
		h.TrashedAt, h.TrashReason = mark.At, mark.Reason
	}
	text, ok := own["_file"]
	a, isAttachment := i.value.(*schema.Attachment)
	switch {
	case !ok:
		return nil
	case !isAttachment:
		return misfit(i.place.at, "a _file in a record of the kind "+i.kind.Name, "one in an attachment", "")
	}
	var stands fileBytes
	if err := json.Unmarshal(text, &stands); err != nil {
		return misfit(i.place.at, "a _file that cannot be read", `_file with "sha256", "form" and "base64"`, "")
	}
	open, sum, err := in.fileText(stands.Base64)
	switch {
	case err != nil:
		return err
	case open == nil:
		return misfit(i.place.at, "a _file whose bytes are no base64", "base64 without white space", "")
	case sum != stands.SHA256:
		e := misfit(i.place.at, "a _file whose bytes have the SHA-256 "+sum, stands.SHA256, "nothing was written; take another copy of the file")
		e.is = ErrDamaged
		return e
	}
	a.File = schema.Content{Blob: sum, Form: stands.Form}
	i.files = append(i.files, file{sum, open})
	return nil
}

// fileText gives the bytes that stand as base64 in a text, nil where it is none.
func (in *input) fileText(text string) (open func() io.Reader, sum string, err error) {
	if t := in.long[text]; t != nil {
		d, err := in.decoded(t)
		if err != nil || !d.ok {
			return nil, "", err
		}
		return d.files[0].open, d.files[0].sha256, nil
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, "", nil
	}
	return func() io.Reader { return bytes.NewReader(data) }, hashOf(data), nil
}

func (i *item) readSetting(own map[string]json.RawMessage) error {
	key, value := own["_key"], own["_value"]
	if len(key) == 0 || key[0] != '"' || len(value) == 0 {
		return misfit(i.place.at, "a setting without _key or _value", "both", "")
	}
	i.value = &schema.Setting{Key: schema.Spelled(schema.FullText(key)), Value: schema.JSON(value)}
	return nil
}

package importexport

import (
	"encoding/json"
	"errors"
	"strings"

	"taskstore/repo"
	"taskstore/schema"
)

// jsonForm writes JSON: one document with a list for each kind, or a record a
// line.
type jsonForm struct{ lines bool }

func (f *jsonForm) begin(x *portable) error {
	if f.lines {
		return nil
	}
	return x.write("{\n\"format\": \"", formJSON, "\"")
}

func (f *jsonForm) collection(x *portable, name string, begin bool) error {
	switch {
	case f.lines:
		return nil
	case begin:
		return x.write(",\n\"", name, "\": [")
	}
	return x.write("\n]")
}

func (f *jsonForm) record(x *portable, k repo.Kind, value any, first bool) error {
	text, err := x.encode(x.ctx, k.Plural, k.Head(value).ID, value)
	if err != nil {
		return err
	}
	own, err := x.own(k, value, f.lines)
	if err != nil {
		return err
	}
	if text.json, err = appended(text.json, own); err != nil {
		return err
	}
	if own.File != nil { // the last member of the last one: the bytes, whose form stands beside them
		text.add(len(text.json)-len(`"}}`), schema.Content{Blob: own.File.SHA256, Form: schema.FormFile})
	}
	return f.line(x, text, first)
}

func (f *jsonForm) line(x *portable, text *recordText, first bool) error {
	before, after := ",\n", ""
	switch {
	case f.lines:
		before, after = "", "\n"
	case first:
		before = "\n"
	}
	return errors.Join(x.write(before), x.writeRecord(x.ctx, text), x.write(after))
}

// setting writes a setting under its key. The value goes in as it is: encoding/json would change bad UTF-8.
func (f *jsonForm) setting(x *portable, s *schema.Setting, first bool) error {
	key, err := json.Marshal(s.Key)
	if err != nil {
		return err
	}
	kind := ""
	if f.lines {
		kind = `"_kind":"setting",`
	}
	text := "{" + kind + `"_key":` + string(key) + `,"_value":` + strings.TrimSpace(string(s.Value)) + "}"
	return f.line(x, &recordText{json: []byte(text)}, first)
}

func (f *jsonForm) end(x *portable, at schema.Time) error {
	if f.lines {
		return nil
	}
	return x.write(",\n\"exportedAt\": \"", string(at), "\"\n}\n")
}

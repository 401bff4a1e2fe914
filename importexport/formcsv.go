package importexport

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"taskstore/repo"
	"taskstore/schema"
)

// csvForm writes the records of one kind as rows: a column for each member, lists
// and objects as JSON, lists of texts joined by commas. Contents are left out.
type csvForm struct{ columns []string }

func (f *csvForm) begin(*portable) error { return nil }

func (f *csvForm) collection(x *portable, name string, begin bool) error {
	if !begin {
		return nil
	}
	k, err := repo.KindOf(name)
	if err != nil {
		return err
	}
	f.columns = []string{"key", "value"}
	if k.IsEntity() {
		f.columns = append(membersOf(reflect.TypeOf(k.New()).Elem()), "_rev", "_trash", "_more")
	}
	return f.row(x, f.columns)
}

// membersOf are the JSON members of an entity, in the order of its fields.
func membersOf(t reflect.Type) (list []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			list = append(list, membersOf(f.Type)...)
			continue
		}
		if f.Type == reflect.TypeFor[schema.Content]() {
			continue
		}
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			list = append(list, name)
		}
	}
	return list
}

func (f *csvForm) row(x *portable, cells []string) error {
	var line bytes.Buffer
	w := csv.NewWriter(&line)
	if err := w.Write(cells); err != nil {
		return err
	}
	w.Flush()
	return x.write(line.String())
}

func (f *csvForm) record(x *portable, k repo.Kind, value any, _ bool) error {
	text, err := schema.Encode(value, schema.EncodeOptions{})
	if err != nil {
		return err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return fmt.Errorf("%s %q: %w", k.Name, k.Head(value).ID, err)
	}
	cells := make([]string, len(f.columns))
	for i, name := range f.columns {
		cells[i] = cellText(members[name])
		delete(members, name)
	}
	n := len(cells)
	cells[n-3], cells[n-2] = fmt.Sprint(k.Head(value).Rev), string(k.Head(value).TrashedAt)
	if len(members) > 0 { // members without a column: links in their own, and unknown ones
		more, err := json.Marshal(members)
		if err != nil {
			return err
		}
		cells[n-1] = string(more)
	}
	return f.row(x, cells)
}

// cellText is a JSON value as a cell.
func cellText(raw json.RawMessage) string {
	var text string
	var list []string
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return ""
	case json.Unmarshal(raw, &text) == nil:
		return text
	case json.Unmarshal(raw, &list) == nil:
		return strings.Join(list, ", ")
	}
	return string(raw)
}

func (f *csvForm) setting(x *portable, s *schema.Setting, _ bool) error {
	return f.row(x, []string{s.Key, string(s.Value)})
}

func (f *csvForm) end(*portable, schema.Time) error { return nil }

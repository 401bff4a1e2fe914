package importexport

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"taskstore/repo"
	"taskstore/schema"
)

// csvFormat is the records of one kind as rows: a column for each member, lists and
// objects as JSON, lists of texts joined by commas. Contents are left out: it is for
// people, and has no decoder. What a spreadsheet would run is disarmed: see Cell.
var csvFormat = format{
	name:    FormatCSV,
	encoder: func() encoder { return byRecord{&csvWriter{}} },
}

type csvWriter struct {
	unframed
	columns []string
}

func (f *csvWriter) begin(x *exporter) error {
	if len(x.opt.Kinds) != 1 {
		return &schema.InvalidError{Kind: "export", Field: "kinds", Problem: "must name one kind: a CSV file holds the rows of one"}
	}
	return nil
}

func (f *csvWriter) list(x *exporter, name string) error {
	k, err := repo.KindOf(name)
	if err != nil {
		return err
	}
	f.columns = []string{"key", "value"}
	if k.IsEntity() {
		f.columns = append(membersOf(reflect.TypeOf(k.New()).Elem()), "_rev", "_trash", "_more")
	}
	return f.line(x, f.columns)
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

// row writes what a record holds.
func (f *csvWriter) row(x *exporter, cells []string) error {
	if !x.opt.Raw {
		for i, text := range cells {
			cells[i] = Cell(text)
		}
	}
	return f.line(x, cells)
}

// Cell is a text as a cell that no spreadsheet takes for a formula: where it begins like
// one, and is no number, ' comes before it, which says that it is text.
func Cell(text string) string {
	first, _ := utf8.DecodeRuneInString(text)
	if !strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return text
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return text
	}
	return "'" + text
}

func (f *csvWriter) line(x *exporter, cells []string) error {
	var line bytes.Buffer
	w := csv.NewWriter(&line)
	if err := w.Write(cells); err != nil {
		return err
	}
	w.Flush()
	return x.write(line.String())
}

func (f *csvWriter) record(_ context.Context, x *exporter, k repo.Kind, value any, _ bool) error {
	if s, ok := value.(*schema.Setting); ok {
		return f.row(x, []string{s.Key, string(s.Value)})
	}
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

package term

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Property is one line of a page about one thing.
type Property struct {
	Name  string
	Value any
}

// Prop makes a property.
func Prop(name string, value any) Property { return Property{name, value} }

// Props makes properties of names and values in turn.
func Props(pairs ...any) []Property {
	list := make([]Property, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		list = append(list, Property{pairs[i].(string), pairs[i+1]})
	}
	return list
}

// Result is what a command has found or done. Print shows it in the form that was asked for.
type Result struct {
	Name     string              // of the JSON document; see Document
	Document any                 // what JSON shows; nil: JSON shows the rows as a list of objects
	Collect  func() (any, error) // makes the document where the other forms do not need it
	Line     string              // the name of Lines
	Lines    []any               // what ndjson shows instead of rows: a document on each line

	// Rows: every form but JSON shows them.
	Columns []Column
	Null    string // what people see where there is no value; "-" unless it is said
	Rows    func(write func(row ...any) error) error
	Empty   string // what people are told where there are none
	Bare    bool   // where there are none, people see no headings either
	Single  bool   // they tell of one thing: ndjson, too, shows the document

	// Or the lines of a page about one thing; without rows, csv and tsv show the members of the document.
	Page []Property

	// Text is what people read instead of rows or page; csv and tsv show it where there is neither.
	Text func() error

	// People is what people see instead of all this.
	People *Result

	// Talk tells people on stderr what a document has among its members.
	Talk func()
}

// Each makes rows of a list.
func Each[T any](list []T, row func(T) []any) func(func(row ...any) error) error {
	return func(write func(row ...any) error) error {
		for _, v := range list {
			if err := write(row(v)...); err != nil {
				return err
			}
		}
		return nil
	}
}

// Print shows a result in the form that was asked for.
func (t *Terminal) Print(r Result) error {
	if t.Form.ForPeople() && r.People != nil {
		people := *r.People
		people.Talk = r.Talk
		r = people
	}
	switch {
	case t.Form == NDJSON && r.Lines != nil:
		for _, line := range r.Lines {
			if err := t.Document(r.Line, line); err != nil {
				return err
			}
		}
		return nil
	case t.Form == JSON && (r.Document != nil || r.Collect != nil), t.Form == NDJSON && (r.Rows == nil || r.Single):
		return t.printDocument(r)
	}
	err := t.printForm(r)
	if err == nil && r.Talk != nil {
		r.Talk()
	}
	return err
}

func (t *Terminal) printDocument(r Result) (err error) {
	if r.Collect != nil {
		if r.Document, err = r.Collect(); err != nil {
			return err
		}
	}
	return t.Document(r.Name, r.Document)
}

// printForm shows a result that is no document.
func (t *Terminal) printForm(r Result) error {
	switch {
	case t.Form.ForPeople() && r.Text != nil:
		return r.Text()
	case r.Rows != nil:
		return t.printRows(r)
	case t.Form.ForPeople() && r.Page != nil:
		return t.printPage(r.Page)
	case r.Document != nil && r.Page != nil:
		return t.printMembers(r.Document)
	case r.Text != nil:
		return r.Text()
	}
	return nil
}

func (t *Terminal) printRows(r Result) error {
	if r.Null == "" {
		r.Null = "-"
	}
	out := t.NewRows(r.Columns, r.Null)
	n := 0
	if err := r.Rows(func(row ...any) error {
		n++
		return out.Write(row)
	}); err != nil {
		return err
	}
	if n == 0 && r.Empty != "" && t.Form.ForPeople() {
		t.Say("%s", r.Empty)
	}
	if n == 0 && r.Bare && t.Form.ForPeople() {
		return nil
	}
	return out.Close()
}

// Page prints one thing: as a document under json, else its properties.
func (t *Terminal) Page(name string, value any, properties []Property) error {
	return t.Print(Result{Name: name, Document: value, Page: properties})
}

// Document prints one JSON document that begins with "schema": "storectl.NAME/1".
// The words of a name are joined by "-". value must encode as an object.
// Under ndjson it is one line.
func (t *Terminal) Document(name string, value any) error {
	body, err := EncodeJSON(value)
	if err != nil {
		return fmt.Errorf("print %s: %w", name, err)
	}
	head := `{"schema":"storectl.` + name + `/1"`
	if rest := bytes.TrimSpace(body[1:]); len(rest) > 1 {
		head += ","
	}
	return t.PrintJSON(append([]byte(head), body[1:]...))
}

// PrintJSON prints a JSON text: indented, or on one line under ndjson. Numbers and strings keep their spelling.
func (t *Terminal) PrintJSON(text []byte) error {
	var out bytes.Buffer
	var err error
	if t.Form == NDJSON {
		err = json.Compact(&out, text)
	} else {
		err = indentJSON(&out, text)
	}
	if err != nil {
		return fmt.Errorf("print JSON: %w", err)
	}
	_, err = t.Stdout.Write(append(bytes.TrimRight(out.Bytes(), "\n"), '\n'))
	return err
}

// printMembers prints the members of a document under the names that they have in JSON.
func (t *Terminal) printMembers(document any) error {
	text, err := EncodeJSON(document)
	if err != nil {
		return err
	}
	rows := t.NewRows([]Column{{Name: "name"}, {Name: "value"}}, "")
	decoder := json.NewDecoder(bytes.NewReader(text))
	if _, err := decoder.Token(); err != nil { // {
		return err
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return err
		}
		if err := rows.Write([]any{name, plainJSON(value)}); err != nil {
			return err
		}
	}
	return rows.Close()
}

// plainJSON is a JSON value as a cell: texts without quotes, nothing for null, the rest as it is.
func plainJSON(value json.RawMessage) any {
	var text string
	switch {
	case string(value) == "null":
		return nil
	case json.Unmarshal(value, &text) == nil:
		return text
	}
	return value
}

// printPage shows properties below each other.
func (t *Terminal) printPage(properties []Property) error {
	wide := 0
	for _, p := range properties {
		wide = max(wide, TextWidth(p.Name))
	}
	var out strings.Builder
	for _, p := range properties {
		label := p.Name + strings.Repeat(" ", wide-TextWidth(p.Name))
		value := Visible(t.Human(p.Value, true))
		lines := []string{value}
		if limit := t.Width(); limit > wide+12 && !t.Whole {
			lines = Wrap(value, limit-wide-2)
		}
		for i, line := range lines {
			if i == 0 {
				line = t.Paint(t.Stdout, StyleHead, label) + "  " + line
			} else {
				line = strings.Repeat(" ", wide+2) + line
			}
			out.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	_, err := io.WriteString(t.Stdout, out.String())
	return err
}

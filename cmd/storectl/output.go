package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"taskstore/importexport"

	"golang.org/x/term"
)

// column describes one column of a result. name is what JSON, CSV and TSV call it; tables show it in capitals.
type column struct {
	name  string
	right bool // numbers: aligned right and never cut
	fixed bool // ids, ages: never cut
	wide  bool // what people read: stays twice as wide as others that are cut
	dim   bool // of little interest: dimmed where there is colour
	// style says how a cell stands out where there is colour; nil and "" is not at all.
	style func(cell string) style
}

// rowWriter takes the rows of a result one by one and writes them in the form that the person asked for. What write
// is given has one value per column: nil, bool, int, int64, float64, string, []string, []byte, size, stamp or
// json.RawMessage.
type rowWriter interface {
	write(row []any) error
	close() error // must be called once after the last row; writes what was kept back
}

// newRows begins a result in the form of -o. null is what a table shows for a value that is not there.
func (a *app) newRows(columns []column, null string) rowWriter {
	out := bufio.NewWriterSize(a.stdout, 1<<16)
	switch a.opt.output {
	case "json":
		return &jsonRows{out: out, names: uniqueNames(columns), array: true}
	case "ndjson":
		return &jsonRows{out: out, names: uniqueNames(columns)}
	case "csv", "tsv":
		return newCSVRows(out, columns, a.opt.output == "tsv", a.opt.raw)
	}
	return &tableRows{app: a, out: out, columns: columns, null: null}
}

// printRows prints a list, a row for each element.
func printRows[T any](a *app, columns []column, null string, list []T, row func(T) []any) error {
	out := a.newRows(columns, null)
	for _, v := range list {
		if err := out.write(row(v)); err != nil {
			return err
		}
	}
	return out.close()
}

// uniqueNames gives a second column of a name the name with _2, so that no value gets lost in an object.
func uniqueNames(columns []column) []string {
	names := make([]string, len(columns))
	taken := make(map[string]bool, len(columns))
	for _, c := range columns {
		taken[c.name] = true
	}
	used := make(map[string]bool, len(columns))
	for i, c := range columns {
		name := c.name
		for n := 2; used[name] || (name != c.name && taken[name]); n++ {
			name = fmt.Sprintf("%s_%d", c.name, n)
		}
		used[name] = true
		names[i] = name
	}
	return names
}

// jsonRows writes an array of objects, or one object a line.
type jsonRows struct {
	out   *bufio.Writer
	names []string
	array bool
	begun bool
}

func (w *jsonRows) write(row []any) error {
	switch {
	case w.array && w.begun:
		w.out.WriteString(",\n ")
	case w.array:
		w.out.WriteString("[")
	}
	w.begun = true
	w.out.WriteByte('{')
	for i, value := range row {
		if i > 0 {
			w.out.WriteString(", ")
		}
		w.out.Write(jsonText(w.names[i]))
		w.out.WriteString(": ")
		w.out.Write(jsonText(value))
	}
	w.out.WriteByte('}')
	if !w.array {
		w.out.WriteByte('\n')
	}
	if w.out.Available() < 1<<12 {
		return w.out.Flush() // a writer that fails says so here, not at the end of a million rows
	}
	return nil
}

func (w *jsonRows) close() error {
	if w.array && !w.begun {
		w.out.WriteString("[")
	}
	if w.array {
		w.out.WriteString("]\n")
	}
	return w.out.Flush()
}

type csvRows struct {
	out *csv.Writer
	buf *bufio.Writer
	raw bool // also what a spreadsheet would run
}

func newCSVRows(out *bufio.Writer, columns []column, tabs, raw bool) *csvRows {
	w := &csvRows{csv.NewWriter(out), out, raw}
	if tabs {
		w.out.Comma = '\t'
	}
	header := make([]string, len(columns))
	for i, c := range columns {
		header[i] = c.name
	}
	_ = w.out.Write(header) // into a buffer; its error comes back from close
	return w
}

func (w *csvRows) write(row []any) error {
	fields := make([]string, len(row))
	for i, value := range row {
		fields[i] = plainText(value)
		if !w.raw {
			fields[i] = importexport.Cell(fields[i])
		}
	}
	return w.out.Write(fields)
}

func (w *csvRows) close() error {
	w.out.Flush()
	if err := w.out.Error(); err != nil {
		return err
	}
	return w.buf.Flush()
}

// document prints one JSON document that begins with "schema": "storectl.NAME/1".
// The words of a name are joined by "-". value must encode as an object.
// Under ndjson it is one line.
func (a *app) document(name string, value any) error {
	body, err := encodeJSON(value)
	if err != nil {
		return fmt.Errorf("print %s: %w", name, err)
	}
	head := `{"schema":"storectl.` + name + `/1"`
	if rest := bytes.TrimSpace(body[1:]); len(rest) > 1 {
		head += ","
	}
	return a.printJSON(append([]byte(head), body[1:]...))
}

// printJSON prints a JSON text: indented, or on one line under ndjson. Numbers and strings keep their spelling.
func (a *app) printJSON(text []byte) error {
	var out bytes.Buffer
	var err error
	if a.opt.output == "ndjson" {
		err = json.Compact(&out, text)
	} else {
		err = indentJSON(&out, text)
	}
	if err != nil {
		return fmt.Errorf("print JSON: %w", err)
	}
	_, err = a.stdout.Write(append(bytes.TrimRight(out.Bytes(), "\n"), '\n'))
	return err
}

// property is one line of a page about one thing.
type property struct {
	name  string
	value any
}

// page prints one thing: as a document under json, else as its properties.
func (a *app) page(name string, value any, properties []property) error {
	if a.opt.output == "json" || a.opt.output == "ndjson" {
		return a.document(name, value)
	}
	if a.opt.output != "table" {
		rows := a.newRows([]column{{name: "name"}, {name: "value"}}, "")
		for _, p := range properties {
			if err := rows.write([]any{p.name, p.value}); err != nil {
				return err
			}
		}
		return rows.close()
	}
	wide := 0
	for _, p := range properties {
		wide = max(wide, textWidth(p.name))
	}
	var out strings.Builder
	for _, p := range properties {
		label := p.name + strings.Repeat(" ", wide-textWidth(p.name))
		value := visible(humanText(p.value, a.now()))
		if limit := a.width(); limit > wide+12 {
			value = cut(value, limit-wide-2)
		}
		out.WriteString(strings.TrimRight(a.paint(a.stdout, styleHead, label)+"  "+value, " ") + "\n")
	}
	_, err := io.WriteString(a.stdout, out.String())
	return err
}

// style is how a piece of text is set off on a terminal.
type style string

const (
	styleHead  style = "\x1b[1m"
	styleDim   style = "\x1b[2m"
	styleError style = "\x1b[1;31m"
	styleGood  style = "\x1b[32m"
	styleWarn  style = "\x1b[33m"
	styleEnd   style = "\x1b[0m"
)

// paint colours text if the stream is a terminal and nobody asked for none.
func (a *app) paint(stream io.Writer, s style, text string) string {
	if text == "" || s == "" || !a.coloured(stream) {
		return text
	}
	return string(s) + text + string(styleEnd)
}

// coloured says whether the stream is a terminal that gets colours.
func (a *app) coloured(stream io.Writer) bool {
	return !a.opt.noColor && a.env["NO_COLOR"] == "" && a.env["TERM"] != "dumb" && isTerminal(stream)
}

// width is the number of columns that stdout's terminal has; 0 if it is none: then nothing is cut.
func (a *app) width() int {
	file, ok := streamOf(a.stdout).(*os.File)
	if !ok || !isTerminal(file) {
		return 0
	}
	columns, _, err := term.GetSize(int(file.Fd()))
	if err != nil || columns <= 0 {
		return 80
	}
	return columns
}

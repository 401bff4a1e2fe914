package term

import (
	"bufio"
	"encoding/csv"
	"fmt"

	"taskstore/importexport"
)

// Column describes one column of a result. Name is what JSON, CSV and TSV call it; tables show Title, or else Name,
// in capitals.
type Column struct {
	Name  string
	Title string // of tables, where it is not the name
	Right bool   // numbers: aligned right and never cut
	Fixed bool   // ids, ages: never cut
	Wide  bool   // what people read: gets the room that there is, and is left out last
	Extra bool   // the first to be left out where there is no room; never cut
	Data  bool   // no table shows it: it is for programs
	Dim   bool   // of little interest: dimmed where there is colour
	Time  bool   // the time of the day matters
	// Style says how a cell stands out where there is colour; nil and "" is not at all.
	Style func(cell string) Style
}

// RowWriter takes the rows of a result one by one and writes them in the form that the person asked for. What Write
// is given has one value per column: nil, bool, int, int64, float64, string, []string, []byte, Size, Stamp or
// json.RawMessage.
type RowWriter interface {
	Write(row []any) error
	Close() error // must be called once after the last row; writes what was kept back
}

// NewRows begins a result in the form of -o. null is what people are shown for a value that is not there.
func (t *Terminal) NewRows(columns []Column, null string) RowWriter {
	out := bufio.NewWriterSize(t.Stdout, 1<<16)
	switch t.Form {
	case JSON:
		return &jsonRows{out: out, names: uniqueNames(columns), array: true}
	case NDJSON:
		return &jsonRows{out: out, names: uniqueNames(columns)}
	case CSV, TSV:
		return newCSVRows(out, columns, t.Form == TSV, t.Raw)
	case Vertical:
		return &verticalRows{term: t, out: out, columns: columns, null: null}
	}
	return &tableRows{term: t, out: out, columns: columns, null: null}
}

// uniqueNames gives a second column of a name the name with _2, so that no value gets lost in an object.
func uniqueNames(columns []Column) []string {
	names := make([]string, len(columns))
	taken := make(map[string]bool, len(columns))
	for _, c := range columns {
		taken[c.Name] = true
	}
	used := make(map[string]bool, len(columns))
	for i, c := range columns {
		name := c.Name
		for n := 2; used[name] || (name != c.Name && taken[name]); n++ {
			name = fmt.Sprintf("%s_%d", c.Name, n)
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

func (w *jsonRows) Write(row []any) error {
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
		w.out.Write(JSONText(w.names[i]))
		w.out.WriteString(": ")
		w.out.Write(JSONText(value))
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

func (w *jsonRows) Close() error {
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

func newCSVRows(out *bufio.Writer, columns []Column, tabs, raw bool) *csvRows {
	w := &csvRows{csv.NewWriter(out), out, raw}
	if tabs {
		w.out.Comma = '\t'
	}
	header := make([]string, len(columns))
	for i, c := range columns {
		header[i] = c.Name
	}
	_ = w.out.Write(header) // into a buffer; its error comes back from close
	return w
}

func (w *csvRows) Write(row []any) error {
	fields := make([]string, len(row))
	for i, value := range row {
		fields[i] = PlainText(value)
		if !w.raw {
			fields[i] = importexport.Cell(fields[i])
		}
	}
	return w.out.Write(fields)
}

func (w *csvRows) Close() error {
	w.out.Flush()
	if err := w.out.Error(); err != nil {
		return err
	}
	return w.buf.Flush()
}

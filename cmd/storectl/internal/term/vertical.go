package term

import (
	"bufio"
	"fmt"
	"strings"
)

// verticalRows shows a line for each value, and an empty one between two rows. Nothing is cut.
type verticalRows struct {
	term    *Terminal
	out     *bufio.Writer
	columns []Column
	null    string
	rows    int
}

func (w *verticalRows) Write(row []any) error {
	if w.rows++; w.rows > 1 {
		w.out.WriteByte('\n')
	}
	names := uniqueNames(w.columns)
	wide := 0
	for _, name := range names {
		wide = max(wide, TextWidth(Visible(name)))
	}
	cells, empty := w.term.cells(w.columns, row, w.null)
	for i, name := range names {
		name = Visible(name)
		label := strings.Repeat(" ", wide-TextWidth(name)) + w.term.Paint(w.term.Stdout, StyleHead, name)
		fmt.Fprintf(w.out, "%s = %s\n", label, w.term.Paint(w.term.Stdout, w.columns[i].styleOf(cells[i], empty[i]), cells[i]))
	}
	if w.out.Available() < 1<<12 {
		return w.out.Flush()
	}
	return nil
}

func (w *verticalRows) Close() error { return w.out.Flush() }

package main

import (
	"bufio"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

const (
	tableGap  = 2 // columns between two columns
	leastCell = 8 // a column is not cut below this
)

// tableRows keeps all rows until close, because the widths depend on them.
type tableRows struct {
	app     *app
	out     *bufio.Writer
	columns []column
	null    string
	cells   [][]string
	empty   [][]bool // the cells that stand for nothing
}

func (w *tableRows) write(row []any) error {
	cells := make([]string, len(row))
	empty := make([]bool, len(row))
	for i, value := range row {
		cells[i] = visible(humanText(value, w.app.now()))
		if value == nil {
			cells[i], empty[i] = w.null, true
		}
	}
	w.cells = append(w.cells, cells)
	w.empty = append(w.empty, empty)
	return nil
}

func (w *tableRows) close() error {
	if len(w.columns) == 0 {
		return nil
	}
	limits := fit(w.widths(), w.columns, w.app.width())
	t := table.NewWriter()
	t.SetStyle(plainStyle())
	t.SuppressTrailingSpaces()
	configs := make([]table.ColumnConfig, len(w.columns))
	header := make(table.Row, len(w.columns))
	for i, c := range w.columns {
		configs[i] = table.ColumnConfig{Number: i + 1, Align: text.AlignLeft, AlignHeader: text.AlignLeft}
		if c.right {
			configs[i].Align, configs[i].AlignHeader = text.AlignRight, text.AlignRight
		}
		header[i] = w.app.paint(w.app.stdout, styleHead, cut(strings.ToUpper(visible(c.name)), limits[i]))
	}
	t.SetColumnConfigs(configs)
	t.AppendHeader(header)
	for r, cells := range w.cells {
		line := make(table.Row, len(cells))
		for i, cell := range cells {
			line[i] = w.app.paint(w.app.stdout, w.columns[i].styleOf(cell, w.empty[r][i]), cut(cell, limits[i]))
		}
		t.AppendRow(line)
	}
	w.out.WriteString(t.Render())
	w.out.WriteByte('\n')
	return w.out.Flush()
}

// styleOf is how a cell stands out.
func (c *column) styleOf(cell string, empty bool) style {
	if empty || c.dim {
		return styleDim
	}
	if c.style != nil {
		return c.style(cell)
	}
	return ""
}

// styled makes a style function of the cells that stand out.
func styled(by map[string]style) func(string) style {
	return func(cell string) style { return by[cell] }
}

// widths are the columns that each column would take uncut.
func (w *tableRows) widths() []int {
	widths := make([]int, len(w.columns))
	for i, c := range w.columns {
		widths[i] = textWidth(strings.ToUpper(visible(c.name)))
		for _, cells := range w.cells {
			widths[i] = max(widths[i], textWidth(cells[i]))
		}
	}
	return widths
}

// fit shortens the widest columns until a line fits the terminal. Numbers and ids are not cut. total 0 is no limit.
func fit(widths []int, columns []column, total int) []int {
	limits := append([]int(nil), widths...)
	if total <= 0 {
		return limits
	}
	over := tableGap*(len(widths)-1) - total
	for _, n := range widths {
		over += n
	}
	for ; over > 0; over-- {
		widest := -1
		for i, n := range limits {
			if columns[i].right || columns[i].fixed || n <= leastCell {
				continue
			}
			if widest < 0 || weight(columns[i], n) > weight(columns[widest], limits[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		limits[widest]--
	}
	return limits
}

// weight is how wide a column counts when the widest is cut.
func weight(c column, n int) int {
	if c.wide {
		return n
	}
	return 2 * n
}

// plainStyle has no lines: columns, and two spaces between them.
func plainStyle() table.Style {
	style := table.StyleDefault
	style.Name = "storectl"
	style.Box.PaddingLeft = ""
	style.Box.PaddingRight = strings.Repeat(" ", tableGap)
	style.Options = table.Options{}
	style.Format.Header = text.FormatDefault
	return style
}

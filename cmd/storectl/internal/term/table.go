package term

import (
	"bufio"
	"cmp"
	"slices"
	"strings"
)

const (
	tableGap  = 2  // columns between two columns
	LeastCell = 8  // a column is not cut below this
	leastText = 24 // nor one that people read below this
)

// tableRows keeps all rows until Close, because the widths depend on them.
type tableRows struct {
	term    *Terminal
	out     *bufio.Writer
	columns []Column
	null    string
	cells   [][]string
	empty   [][]bool // the cells that stand for nothing
}

func (w *tableRows) Write(row []any) error {
	cells, empty := w.term.cells(w.columns, row, w.null)
	w.cells = append(w.cells, cells)
	w.empty = append(w.empty, empty)
	return nil
}

// cells are the values of a row as people see them, and which of them stand for nothing.
func (t *Terminal) cells(columns []Column, row []any, null string) (cells []string, empty []bool) {
	cells, empty = make([]string, len(row)), make([]bool, len(row))
	for i, value := range row {
		cells[i] = Visible(t.Human(value, columns[i].Time))
		if value == nil || value == Stamp("") {
			cells[i], empty[i] = null, true
		}
	}
	return cells, empty
}

func (w *tableRows) Close() error {
	if len(w.columns) == 0 {
		return nil
	}
	width := w.term.Width()
	if w.term.Whole {
		width = 0
	}
	natural := w.widths() // 0 for what is no column of a table
	limits := fit(natural, w.columns, width)
	if !slices.Equal(natural, limits) { // what has nothing in it takes no room from the others
		w.leaveOutBlank(natural)
		limits = fit(natural, w.columns, width)
	}
	w.line(limits, func(i int) (string, Style) { return w.columns[i].heading(), StyleHead })
	for r, cells := range w.cells {
		w.line(limits, func(i int) (string, Style) { return cells[i], w.columns[i].styleOf(cells[i], w.empty[r][i]) })
	}
	if err := w.out.Flush(); err != nil {
		return err
	}
	if !w.tellMissing(natural, limits) && w.term.TellCut != "" && !slices.Equal(natural, limits) {
		w.term.Hint("values are cut to fit the terminal; " + w.term.TellCut + " shows them whole")
	}
	return nil
}

// line writes a line of cells. What is at its end is not filled up.
func (w *tableRows) line(limits []int, cell func(i int) (string, Style)) {
	blank := 0
	for i, limit := range limits {
		if limit == 0 {
			continue
		}
		text, style := cell(i)
		text = Cut(text, limit)
		pad := limit - TextWidth(text)
		if w.columns[i].Right {
			blank, pad = blank+pad, 0
		}
		if text != "" {
			w.out.WriteString(strings.Repeat(" ", blank) + w.term.Paint(w.term.Stdout, style, text))
			blank = 0
		}
		blank += pad + tableGap
	}
	w.out.WriteByte('\n')
}

// tellMissing names the columns that had no room. Rows that were asked for must not be taken for all that there is.
func (w *tableRows) tellMissing(natural, limits []int) (told bool) {
	var names []string
	for i, limit := range limits {
		if limit == 0 && natural[i] > 0 {
			names = append(names, strings.ToLower(w.columns[i].heading()))
		}
	}
	if told = len(names) > 0 && len(w.cells) > 0; told {
		w.term.Hint("no room for " + strings.Join(names, ", ") + "; " + cmp.Or(w.term.TellCut, "-o vertical") + " shows everything")
	}
	return told
}

// heading is what stands above a column.
func (c *Column) heading() string {
	if c.Title != "" {
		return strings.ToUpper(Visible(c.Title))
	}
	return strings.ToUpper(Visible(c.Name))
}

// styleOf is how a cell stands out.
func (c *Column) styleOf(cell string, empty bool) Style {
	if empty || c.Dim {
		return StyleDim
	}
	if c.Style != nil {
		return c.Style(cell)
	}
	return ""
}

// Styled makes a style function of the cells that stand out.
func Styled(by map[string]Style) func(string) Style {
	return func(cell string) Style { return by[cell] }
}

// widths are the columns that each column would take uncut.
func (w *tableRows) widths() []int {
	widths := make([]int, len(w.columns))
	for i := range w.columns {
		if w.columns[i].Data {
			continue
		}
		widths[i] = TextWidth(w.columns[i].heading())
		for _, cells := range w.cells {
			widths[i] = max(widths[i], TextWidth(cells[i]))
		}
	}
	return widths
}

// leaveOutBlank gives the width 0 to columns in which no row has anything, but for the first, and those that people read.
func (w *tableRows) leaveOutBlank(widths []int) {
	for i := 1; i < len(widths); i++ {
		filled := func(cells []string) bool { return cells[i] != "" && cells[i] != w.null }
		if !w.columns[i].Wide && !slices.ContainsFunc(w.cells, filled) {
			widths[i] = 0
		}
	}
}

// fit gives each column its width so that a line fits the terminal. Numbers, ids and what is extra are not cut. Where
// what people read would have too little room, whole columns are left out and get the width 0: first those that are
// extra, then the others, from the last one on, then what people read; never the first, or the first of that. total 0 is
// no limit.
func fit(widths []int, columns []Column, total int) []int {
	limits := append([]int(nil), widths...)
	if total <= 0 {
		return limits
	}
	for over(limits, columns, total, true) > 0 {
		last := dispensable(limits, columns)
		if last < 0 {
			break
		}
		limits[last] = 0
	}
	for i := range limits { // one that was left out may fit where a wider one before it did not
		if limits[i] == 0 {
			if limits[i] = widths[i]; over(limits, columns, total, true) > 0 {
				limits[i] = 0
			}
		}
	}
	for n := over(limits, columns, total, false); n > 0; n-- {
		widest := widestCell(limits, columns)
		if widest < 0 {
			break
		}
		limits[widest]--
	}
	return limits
}

// over is how much wider than the terminal a line is: as it is, or where all is cut to the least.
func over(limits []int, columns []Column, total int, least bool) int {
	sum := -tableGap
	for i, n := range limits {
		if n == 0 {
			continue
		}
		if least {
			n = min(n, columns[i].least(n))
		}
		sum += n + tableGap
	}
	return sum - total
}

// least is how far a column may be cut.
func (c *Column) least(n int) int {
	switch {
	case c.Right || c.Fixed || c.Extra:
		return n
	case c.Wide:
		return leastText
	}
	return LeastCell
}

// dispensable is the column to leave out next; -1 is none. The first of those that people read goes never, the others
// of them go last.
func dispensable(limits []int, columns []Column) int {
	first := slices.IndexFunc(columns, func(c Column) bool { return c.Wide && !c.Fixed })
	last, wide := -1, -1
	for i := len(limits) - 1; i > 0; i-- {
		switch {
		case limits[i] == 0 || i == first:
		case columns[i].Extra:
			return i
		case columns[i].Wide:
			wide = max(wide, i)
		default:
			last = max(last, i)
		}
	}
	if last < 0 {
		return wide
	}
	return last
}

// widestCell is the column to cut next; -1 is none.
func widestCell(limits []int, columns []Column) int {
	widest := -1
	for i, n := range limits {
		if n <= LeastCell || columns[i].Right || columns[i].Fixed || columns[i].Extra {
			continue
		}
		if widest < 0 || weight(columns[i], n) > weight(columns[widest], limits[widest]) {
			widest = i
		}
	}
	return widest
}

// weight is how wide a column counts when the widest is cut.
func weight(c Column, n int) int {
	if c.Wide {
		return n
	}
	return 2 * n
}

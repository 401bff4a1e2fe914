package growth

import (
	"bytes"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// Text lays the outcomes out for a terminal. Each list is of one shape, the smallest store first.
func Text(all [][]Outcome) string {
	var b bytes.Buffer
	for _, of := range all {
		fmt.Fprintf(&b, "\n%s\n", title(of))
		w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		for _, row := range rows(of) {
			fmt.Fprintln(w, strings.Join(row, "\t"))
		}
		w.Flush()
	}
	return b.String()
}

// Markdown is Text for a document, with the plots beside it in folder.
func Markdown(all [][]Outcome, folder string) string {
	var b strings.Builder
	for _, of := range all {
		fmt.Fprintf(&b, "### %s\n\n", title(of))
		for _, d := range drawings(of[0].Shape) {
			fmt.Fprintf(&b, "![%s](%s/%s.svg)\n", d.name, folder, d.name)
		}
		b.WriteString("\n")
		for i, row := range rows(of) {
			fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
			if i == 0 {
				b.WriteString("|" + strings.Repeat("---|", len(row)) + "\n")
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

func shapeOf(name string) Shape {
	for _, s := range Shapes() {
		if s.Name == name {
			return s
		}
	}
	return Shape{}
}

func title(of []Outcome) string { return of[0].Shape + ": " + shapeOf(of[0].Shape).Says }

// rows are the cells of one shape's table: for each size median and slowest, and the exponent.
func rows(of []Outcome) [][]string {
	head := []string{"what"}
	for _, o := range of {
		head = append(head, grouped(o.N))
	}
	list := [][]string{append(head, "exponent", "flat")}
	for _, p := range shapeOf(of[0].Shape).Ops {
		row := []string{p.Name}
		for _, o := range of {
			t, _ := o.of(p.Name)
			row = append(row, show(t.Median)+" ("+show(t.Slowest)+")")
		}
		list = append(list, append(row, verdict(of, p)...))
	}
	facts := func(name string, of []Outcome, fact func(Outcome) string) []string {
		row := []string{name}
		for _, o := range of {
			row = append(row, fact(o))
		}
		return append(row, "", "")
	}
	return append(list,
		facts("filled, index and all", of, func(o Outcome) string { return fmt.Sprintf("%.1f s", o.Filled) }),
		facts("memory at most", of, func(o Outcome) string { return fmt.Sprintf("%d MB", o.Peak/1e6) }),
		facts("on disk", of, func(o Outcome) string { return fmt.Sprintf("%.1f MB", float64(o.Disk)/1e6) }))
}

func verdict(of []Outcome, p Op) []string {
	e, ok := Exponent(of, p)
	switch {
	case !ok && p.From > 0:
		return []string{"", "from " + grouped(p.From)}
	case !ok:
		return []string{"", ""}
	}
	said := "yes"
	switch {
	case p.Reads != "":
		said = p.Reads
	case e > Steepest:
		said = "no"
	}
	return []string{fmt.Sprintf("%.2f", e), said}
}

// show writes seconds with two digits or three.
func show(seconds float64) string {
	switch ms := seconds * 1e3; {
	case ms >= 100:
		return fmt.Sprintf("%.0f ms", ms)
	case ms >= 1:
		return fmt.Sprintf("%.1f ms", ms)
	default:
		return time.Duration(seconds * float64(time.Second)).Round(time.Microsecond).String()
	}
}

// grouped writes a number with commas.
func grouped(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

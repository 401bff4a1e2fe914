package main

import (
	"bufio"
	"cmp"
	"fmt"
	"strings"
	"time"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo/check"

	"github.com/dustin/go-humanize"
)

// areaWords say what an area of a check is.
var areaWords = map[string]string{
	check.AreaDB:      "pages, tables, indexes, triggers and views",
	check.AreaFK:      "rows without the record that they belong to",
	check.AreaFTS:     "the search index",
	check.AreaRows:    "checksums of records, lists and revisions",
	check.AreaRefs:    "links and contents that point nowhere",
	check.AreaBlobs:   "contents",
	check.AreaBackups: "backups in the store's directory",
}

// readCheck shows a report to people: each problem as a paragraph of what, where and what to run, then what was looked
// at, and a verdict.
func (a *app) readCheck(report check.Report, took time.Duration) error {
	if err := a.printProblems(report.Problems); err != nil {
		return err
	}
	if len(report.Problems) == 0 {
		if err := a.printChecked(report); err != nil {
			return err
		}
	}
	if report.OK {
		a.Say("no damage was found, in %s", took.Round(time.Millisecond).String())
	}
	return nil
}

// mostAlike is how many problems of a table that weigh the same are printed.
const mostAlike = 50

// printProblems prints each problem, and how many more there are of those that are alike:
// old data can have more links to nothing than anybody reads.
func (a *app) printProblems(list []check.Problem) error {
	type alike struct {
		severity    check.Severity
		area, table string
	}
	all, told := map[alike]int{}, map[alike]int{}
	for _, p := range list {
		all[alike{p.Severity, p.Area, p.Table}]++
	}
	out := bufio.NewWriter(a.Stdout)
	for _, p := range list {
		of := alike{p.Severity, p.Area, p.Table}
		if told[of]++; told[of] <= mostAlike {
			fmt.Fprintln(out, a.problemText(p))
		}
		if more := all[of] - told[of]; told[of] == mostAlike && more > 0 {
			fmt.Fprintf(out, "%s  %s\n  %s more in %s; all of them: storectl%s check --json\n\n", of.severity, of.area, humanize.Comma(int64(more)), cmp.Or(of.table, "the store"), a.storeFlag())
		}
	}
	return out.Flush()
}

// problemText is a problem as a paragraph.
func (a *app) problemText(p check.Problem) string {
	style := map[check.Severity]term.Style{check.SeverityError: term.StyleError, check.SeverityWarning: term.StyleWarn}[p.Severity]
	head := a.Paint(a.Stdout, style, string(p.Severity)) + "  " + a.Paint(a.Stdout, term.StyleHead, p.Area)
	if where := problemPlace(p); where != "" {
		head += "  " + term.Visible(where)
	}
	width := a.Width()
	if width == 0 {
		width = 80
	}
	lines := []string{head}
	for _, line := range term.Wrap(term.Visible(p.Detail), width-2) {
		lines = append(lines, "  "+line)
	}
	switch {
	case strings.HasPrefix(p.Fix, "storectl "):
		lines = append(lines, "  "+a.Paint(a.Stdout, term.StyleDim, "run:")+" "+term.Visible(p.Fix)) // whole, to be copied
	case p.Fix != "":
		lines = append(lines, "  "+a.Paint(a.Stdout, term.StyleDim, "do:")+" "+term.Visible(p.Fix))
	}
	return strings.Join(lines, "\n") + "\n"
}

// problemPlace says where a problem is.
func problemPlace(p check.Problem) string {
	var parts []string
	if p.Kind != "" || p.ID != "" {
		parts = append(parts, strings.TrimSpace(p.Kind+" "+p.ID))
	}
	if p.Table != "" && p.PK != 0 {
		parts = append(parts, fmt.Sprintf("table %s, row %d", p.Table, p.PK))
	} else if p.Table != "" {
		parts = append(parts, "table "+p.Table)
	}
	return strings.Join(parts, ", ")
}

// printChecked says what was looked at when there is nothing to complain of.
func (a *app) printChecked(report check.Report) error {
	return a.Print(term.Result{
		Columns: []term.Column{{Name: "area"}, {Name: "checked", Right: true}, {Name: "state", Style: always(term.StyleGood)}, {Name: "what", Wide: true, Dim: true}},
		Rows: func(write func(row ...any) error) error {
			for _, area := range check.Areas() {
				if n, ok := report.Checked[area]; ok {
					if err := write(area, n, "ok", areaWords[area]); err != nil {
						return err
					}
				}
			}
			return nil
		}})
}

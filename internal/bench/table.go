package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// line is one line of the table. The values of ours and other are those of each
// round; ratio is the median of the ratios of single rounds, in which both ran
// one after the other on the same machine in the same mood.
type line struct {
	name        string
	ours, other []float64
	unit        string  // of ours and other
	goal        float64 // of the ratio, or of ours where there is no other
	atLeast     bool    // the goal is a lower bound
	noGoal      bool
}

func median(values []float64) float64 {
	v := slices.Sorted(slices.Values(values))
	if len(v) == 0 {
		return 0
	}
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}

// ratio gives the median ratio of ours to other.
func (l line) ratio() float64 {
	ratios := make([]float64, len(l.ours))
	for i := range l.ours {
		ratios[i] = l.ours[i] / l.other[i]
	}
	return median(ratios)
}

func (l line) cells() []string {
	ours, other, ratio := show(median(l.ours), l.unit), "", ""
	measured := median(l.ours)
	if len(l.other) > 0 {
		measured = l.ratio()
		other, ratio = show(median(l.other), l.unit), fmt.Sprintf("%.2f", measured)
	}
	goal, met := "", ""
	if !l.noGoal {
		sign, ok := "<=", measured <= l.goal
		if l.atLeast {
			sign, ok = ">=", measured >= l.goal
		}
		goal, met = fmt.Sprintf("%s %g", sign, l.goal), "no"
		if len(l.other) == 0 {
			goal = sign + " " + show(l.goal, l.unit)
		}
		if ok {
			met = "yes"
		}
	}
	return []string{l.name, ours, other, ratio, goal, met}
}

// show writes a value with three digits.
func show(v float64, unit string) string {
	switch unit {
	case "s": // the others are shown as they are
		return time.Duration(v * float64(time.Second)).Round(rounding(v)).String()
	case "B":
		return fmt.Sprintf("%.1f MB", v/1e6)
	case "B/s":
		return fmt.Sprintf("%.0f MB/s", v/1e6)
	case "x":
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.0f%s", v, unit)
}

func rounding(seconds float64) time.Duration {
	switch {
	case seconds >= 1:
		return 10 * time.Millisecond
	case seconds >= 1e-3:
		return 10 * time.Microsecond
	}
	return 10 * time.Nanosecond
}

type table struct{ lines []line }

func (t *table) add(l line) { t.lines = append(t.lines, l) }

var heads = []string{"what", "ours", "the other", "ratio", "goal", "met"}

// text lays the table out for a terminal.
func (t *table) text() string {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join(heads, "\t"))
	for _, l := range t.lines {
		fmt.Fprintln(w, strings.Join(l.cells(), "\t"))
	}
	w.Flush()
	return b.String()
}

// markdown lays the table out for PERFORMANCE.md.
func (t *table) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s |\n|%s\n", strings.Join(heads, " | "), strings.Repeat("---|", len(heads)))
	for _, l := range t.lines {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(l.cells(), " | "))
	}
	return b.String()
}

// page is where tables are kept.
const page = "PERFORMANCE.md"

// save puts the table into the page.
func (t *table) save(e *env) error {
	return putBetween("table", fmt.Sprintf("%s, medians of %d rounds.\n\n%s", machine(), e.rounds, t.markdown()))
}

// machine says when and on what something was measured.
func machine() string {
	return fmt.Sprintf("Measured on %s, %s, %s/%s, %d CPUs", time.Now().UTC().Format("2006-01-02"), runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
}

// putBetween replaces what stands in the page between the marks of a name.
func putBetween(name, text string) error {
	begin, end := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->\n"
	whole, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(whole), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return fmt.Errorf("%s has no place for the %s", page, name)
	}
	return os.WriteFile(page, []byte(before+begin+text+end+after), 0o644)
}

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
)

// A short run also holds the ratios against bounds, which stand in a file and are reviewed like golden files. Small
// data on a busy machine says little of a goal, but a ratio that has become twice what it was is no noise.
const (
	boundsFile = "bounds.json"
	slack      = 1.6 // a new bound is so much worse than what was measured
)

// bounded are the lines that have a bound, by how their names begin.
var bounded = []string{
	"bulk save of notes", "Get of a note", "Get of a topic", "GetMany of", "List of", "10,000 sessions in full", "export as legacy JSON", "import of", "search index of",
}

// best is the ratio of the round in which ours did best, and whether more is better.
func (l line) best() float64 {
	ratios := make([]float64, len(l.ours))
	for i := range l.ours {
		ratios[i] = l.ours[i] / l.other[i]
	}
	if l.atLeast {
		return slices.Max(ratios)
	}
	return slices.Min(ratios)
}

// bounds gives the lines with a bound.
func (t *table) bounds() (list []line) {
	for _, l := range t.lines {
		if len(l.other) > 0 && !strings.Contains(l.name, "Bleve") && slices.ContainsFunc(bounded, func(p string) bool { return strings.HasPrefix(l.name, p) }) {
			list = append(list, l)
		}
	}
	return list
}

// checkBounds fails where even the best round is worse than its bound.
func (t *table) checkBounds() error {
	text, err := os.ReadFile(boundsFile)
	if err != nil {
		return err
	}
	var limits map[string]float64
	if err := json.Unmarshal(text, &limits); err != nil {
		return fmt.Errorf("%s: %w", boundsFile, err)
	}
	var problems []error
	for _, l := range t.bounds() {
		limit, ok := limits[l.name]
		switch best := l.best(); {
		case !ok:
			problems = append(problems, fmt.Errorf("%s has no bound for %q", boundsFile, l.name))
		case l.atLeast && best < limit, !l.atLeast && best > limit:
			problems = append(problems, fmt.Errorf("%s: %.2f in the best round, the bound is %g", l.name, best, limit))
		}
	}
	return errors.Join(problems...)
}

// updateBounds writes the bounds anew from what was measured.
func (t *table) updateBounds() error {
	limits := map[string]float64{}
	for _, l := range t.bounds() {
		limit := l.ratio() * slack
		if l.atLeast {
			limit = l.ratio() / slack
		}
		limits[l.name] = math.Round(limit*100) / 100
	}
	text, err := json.MarshalIndent(limits, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(boundsFile, append(text, '\n'), 0o644)
}

package main

import "taskstore/cmd/storectl/internal/term"

// printSaved prints what was done.
func (a *app) printSaved(done saved) error {
	return a.Print(term.Result{Name: "put", Document: done, Single: true,
		Columns: []term.Column{{Name: "id", Fixed: true}, {Name: "rev", Right: true}, {Name: "state"}},
		Rows:    term.Each([]saved{done}, func(done saved) []any { return []any{done.ID, done.Rev, done.verb()} })})
}

// verb says what was done.
func (done saved) verb() string {
	verb := "changed"
	switch {
	case done.Created:
		verb = "created"
	case !done.Changed && !done.DryRun:
		verb = "equal to what is stored"
	}
	return wouldBe(verb, done.DryRun)
}

package main

// printSaved prints what was done.
func (a *app) printSaved(done saved) error {
	if a.opt.output == "json" || a.opt.output == "ndjson" {
		return a.document("put", done)
	}
	rows := a.newRows([]column{{name: "id", fixed: true}, {name: "rev", right: true}, {name: "state"}}, "-")
	if err := rows.write([]any{done.ID, done.Rev, done.verb()}); err != nil {
		return err
	}
	return rows.close()
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
	if done.DryRun {
		verb = "would be " + verb
	}
	return verb
}

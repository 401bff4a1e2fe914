package main

import (
	"context"
	"slices"
	"strings"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"
	"taskstore/repo/check"
)

const areaSchema = "schema"

// repairSchema makes the tables what this version makes, if they are not. A dry run says
// what is wrong with them.
func (a *app) repairSchema(ctx context.Context, dir string, dryRun bool) (m repo.Mended, err error) {
	if a.opt.readOnly && !dryRun {
		return m, misuse("leave out --read-only", "repair: --read-only forbids it")
	}
	report, err := a.checkStore(ctx, dir, check.Options{Only: []string{check.AreaDB}}, false)
	if err != nil {
		return m, err
	}
	wrong := slices.DeleteFunc(report.Problems, func(p check.Problem) bool { return p.Severity == check.SeverityNote })
	m.Done = []string{}
	if dryRun || len(wrong) == 0 {
		for _, p := range wrong {
			m.Done = append(m.Done, p.Detail)
		}
		return m, nil
	}
	m, err = repo.MendSchema(ctx, dir, repo.Options{Now: a.Now, Log: a.log})
	if err != nil && len(m.Done) > 0 {
		a.Say("done before that: %s", strings.Join(m.Done, "; "))
	}
	m.Done = orEmpty(m.Done)
	return m, err
}

// mendedLines are what a repair of the schema did, as lines of a table.
func mendedLines(m repo.Mended) []term.Property {
	var list []term.Property
	for _, done := range m.Done {
		list = append(list, term.Prop(term.OneLine(done), 1))
	}
	if m.Aside != "" {
		list = append(list, term.Prop("the files as they were are in "+m.Aside, 1))
	}
	return list
}

package main

import (
	"errors"
	"fmt"
	"os"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/importexport/legacy"

	"github.com/spf13/cobra"
)

func (a *app) legacyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "legacy",
		Short: "Bring in what the legacy app left behind, with proof",
		Long: `SOURCE is what the legacy app left behind: its data directory, a zip of that, a part of it (db/, attachments/, the directory
of one session, a rollback point, any single file), an export or a backup, or a dump of the browser's localStorage or
IndexedDB. The source is only read.

Verified means that all of the source is accounted for: each record is in the store, each content by its hash, and of each
file that could not be read the bytes are in quarantine. The report names whatever is not ("unproved" in JSON). Of a file
that the system does not give, or of an app-data directory inside of the source, nothing is kept: import it by itself.

Exit code 3: done, and somebody should look at the report. Exit code 14: a record of the source is not in the store, or
verify could not prove something else.`,
	}
	cmd.AddCommand(a.legacyScan(), a.legacyImport(), a.legacyVerify(), a.legacyReport(), a.legacyQuarantine())
	return cmd
}

// wantSource says in words what is wrong with a source that is not there.
func wantSource(command, source string) error {
	if _, err := os.Stat(source); err != nil {
		return &term.Failure{Kind: "not_found", Exit: exitFailed, Message: fmt.Sprintf("%s %s: %v", command, source, errors.Unwrap(err)),
			Hint: "name an app-data directory of the legacy app, or a file that it wrote", Err: err}
	}
	return nil
}

// legacyOptions says how to import, with a progress bar; done ends it.
func (a *app) legacyOptions(only []string) (opt legacy.Options, done func()) {
	var bar *term.Progress
	var of string
	opt = legacy.Options{Now: a.Now, Progress: func(what string, n, total int64) {
		if what != of {
			bar.Finish()
			bar, of = a.NewProgress(what, total, what == "read"), what
		}
		bar.Set(n, total)
	}}
	for _, k := range only {
		if found, err := parseKind(k); err == nil {
			k = found.Plural
		}
		opt.Only = append(opt.Only, k)
	}
	return opt, func() { bar.Finish() }
}

package main

import (
	"errors"
	"io"
	"strconv"
	"strings"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/importexport/ledger"
	"taskstore/importexport/legacy"
	"taskstore/importexport/legacy/report"
	"taskstore/internal/shell"
	"taskstore/repo"

	"github.com/spf13/cobra"
)

// legacyResult prints a report and gives the exit code that it deserves.
func (a *app) legacyResult(name string, r legacy.Report, err error) error {
	if errors.Is(err, legacy.ErrNotLegacy) {
		return misuse("name the directory that holds db/, attachments/ or sessions.json, or a file that the app wrote", "%v", err)
	}
	if errors.Is(err, legacy.ErrNotInterrupted) {
		return misuse("leave out --resume to import", "%v", err)
	}
	if err != nil {
		return err
	}
	if err := a.printReport(name, r, false); err != nil {
		return err
	}
	switch {
	case r.Lacks():
		return findings(exitVerify, "unverified", "a record of the source is not in the store: see the report")
	case r.Action == report.ActionVerify && !r.Verified:
		return findings(exitVerify, "unverified", "not all of the source is proven to be in the store: see the report")
	case r.Findings():
		return findings(exitFindings, "findings", "done, with findings: see the report")
	}
	return nil
}

// printReport prints a report; for a person, all of it or what a screen holds.
func (a *app) printReport(name string, r legacy.Report, all bool) error {
	return a.Print(term.Result{Name: name, Document: r, Text: func() error { return a.readReport(r, all) },
		Columns: []term.Column{{Name: "path"}, {Name: "format"}, {Name: "status"}, {Name: "records"}, {Name: "bytes"}, {Name: "sha256"}},
		Rows: func(write func(row ...any) error) error {
			for f := range r.Files.All() {
				if err := write(f.Path, f.Format, f.Status, f.Records, term.Size(f.Bytes), f.SHA256); err != nil {
					return err
				}
			}
			return nil
		}})
}

// readReport prints a report for a person.
func (a *app) readReport(r legacy.Report, all bool) error {
	var text strings.Builder
	if err := r.WriteText(&text, all); err != nil {
		return err
	}
	_, err := io.WriteString(a.Stdout, a.command(text.String()))
	return err
}

func (a *app) legacyReport() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "report [RUN]",
		Short: "Print the report of an import again, by default of the last one",
		Long: `Print the report of an import again, by default of the last one: whether every record is accounted for, what was
recovered, is in quarantine or missing, which contents no record refers to and which sessions they may be of, what to do,
and the counts. --all prints every list in full; --json has all of it for programs.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			var number int64
			if len(args) == 1 {
				if number, err = strconv.ParseInt(args[0], 10, 64); err != nil || number < 1 {
					return misuse("the report of an import names its run", "report %s: a run is a number", args[0])
				}
			}
			return a.withStore(cmd.Context(), toRead, func(store *repo.Store) error {
				run, err := ledger.Of(store).Run(cmd.Context(), number)
				if errors.Is(err, repo.ErrNotFound) {
					return &term.Failure{Kind: "not_found", Exit: exitFailed, Message: "report: there is no such import", Hint: "storectl legacy report without a number shows the last one", Err: err}
				}
				if err != nil {
					return err
				}
				r, err := legacy.StoredReport(run)
				if err != nil {
					return err
				}
				if err := a.printReport("legacy-report", r, all); err != nil || r.State != report.StateUnfinished {
					return err
				}
				return findings(exitFindings, "unfinished", "the import has not finished: storectl legacy import "+shell.Quote(r.Source)+" --resume goes on")
			})
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "every list in full")
	return cmd
}

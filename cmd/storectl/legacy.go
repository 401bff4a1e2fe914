package main

import (
	"context"
	"errors"
	"os"
	"strings"

	"taskstore/backup"
	"taskstore/importexport/ledger"
	"taskstore/importexport/legacy"
	"taskstore/importexport/legacy/report"
	"taskstore/repo"

	"github.com/spf13/cobra"
)

func (a *app) legacyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "legacy",
		Short: "Bring in what the legacy app left behind, and prove that nothing is missing",
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

func (a *app) legacyScan() *cobra.Command {
	return &cobra.Command{
		Use:   "scan SOURCE",
		Short: "Tell what is in a source, without a store",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := wantSource("scan", args[0]); err != nil {
				return err
			}
			opt, done := a.legacyOptions(nil)
			r, err := legacy.DryRun(cmd.Context(), nil, args[0], opt)
			done()
			r.Action = report.ActionScan
			return a.legacyResult("legacy-scan", r, err)
		},
	}
}

// legacyFlags are the flags of legacy import.
type legacyFlags struct {
	only           []string
	dryRun, resume bool
	bringBack      bool
}

func (a *app) legacyImport() *cobra.Command {
	var f legacyFlags
	cmd := &cobra.Command{
		Use:   "import SOURCE",
		Short: "Bring a source into the store, and read it back to verify",
		Long: `Bring a source into the store. A store is created where there is none. Every record ends live, in the trash as
recovered, as a version in the history, or set aside byte for byte; then everything is read back and compared.
Importing the same again changes nothing, but for what the store has lost. What was missing, unreadable or broken and is
whole now is filled in: import the source again once it is mended. Records that were purged stay away, and the
report names them; --bring-back brings them too.

An import that was interrupted goes on where it stopped; --resume insists that there is one of this source, in this
state. A store that holds anything is backed up first.

With --only the other kinds are not looked at: the report names them, and is not verified, since it does not speak of the
whole source. The exit code is that of what was looked at.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runImport(cmd.Context(), args[0], f) },
	}
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "tell what would be done, and change nothing")
	cmd.Flags().BoolVar(&f.resume, "resume", false, "go on with an import of this source that was interrupted; without one it is an error")
	cmd.Flags().BoolVar(&f.bringBack, "bring-back", false, "bring also the records that were purged since an earlier import")
	cmd.Flags().StringSliceVar(&f.only, "only", nil, "only these kinds: "+kindNames())
	return cmd
}

func (a *app) runImport(ctx context.Context, source string, f legacyFlags) (err error) {
	if err := wantSource("import", source); err != nil {
		return err
	}
	if _, err := parseKinds(f.only); err != nil {
		return err
	}
	if err := legacy.Probe(ctx, source); err != nil { // before a store is made for it
		return a.legacyResult("legacy-import", legacy.Report{}, err)
	}
	store, err := a.openForImport(ctx, f)
	if err != nil {
		return err
	}
	if store != nil {
		defer func() { err = errors.Join(err, store.Close()) }()
	}
	opt, done := a.legacyOptions(f.only)
	if f.dryRun {
		r, err := legacy.DryRun(ctx, store, source, opt)
		done()
		return a.legacyResult("legacy-import", r, err)
	}
	opt.BringBack = f.bringBack
	if opt.Resume = f.resume; f.resume {
		if err := a.interrupted(ctx, store); err != nil {
			return err
		}
	}
	if err := a.safely(ctx, store, backup.PreImport); err != nil {
		return err
	}
	r, err := legacy.Import(ctx, store, source, opt)
	done()
	if errors.Is(err, context.Canceled) {
		return &failure{kind: "failed", exit: exitFailed, message: err.Error(), err: err, hint: a.resumeHint(source)}
	}
	return a.legacyResult("legacy-import", r, err)
}

// resumeHint is the command that goes on with an interrupted import.
func (a *app) resumeHint(source string) string {
	words := []string{"storectl"}
	if a.opt.store != "" {
		words = append(words, "--store", shellWord(a.opt.store))
	}
	return strings.Join(append(words, "legacy", "import", shellWord(source), "--resume"), " ") + " goes on where it stopped"
}

// shellWord quotes a word for a shell if it needs to be.
func shellWord(word string) string {
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool { return r <= ' ' || strings.ContainsRune("'\"\\$`&|;<>()*?[]#~!{}", r) }) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// openForImport opens the store; a dry run needs none.
func (a *app) openForImport(ctx context.Context, f legacyFlags) (*repo.Store, error) {
	if !f.dryRun {
		return a.openWrite(ctx, !f.resume)
	}
	if _, none, err := a.placeForStore(); err != nil || none {
		return nil, err
	}
	return a.openFor(ctx, true, false)
}

// wantSource says in words what is wrong with a source that is not there.
func wantSource(command, source string) error {
	if _, err := os.Stat(source); err != nil {
		return misuse("name an app-data directory of the legacy app, or a file that it wrote", "%s %s: %v", command, source, errors.Unwrap(err))
	}
	return nil
}

// interrupted says that there is nothing to resume, before the store is backed up. Whether
// an unfinished import is one of this source shows when the source was read.
func (a *app) interrupted(ctx context.Context, store *repo.Store) error {
	runs, err := ledger.Of(store).Runs(ctx)
	if err != nil {
		return err
	}
	for _, r := range runs {
		if r.FinishedAt == "" {
			return nil
		}
	}
	return misuse("leave out --resume to import", "import: no import was interrupted")
}

func (a *app) legacyVerify() *cobra.Command {
	return &cobra.Command{
		Use:   "verify SOURCE",
		Short: "Compare a source with the store that it was imported into",
		Long: `Compare a source with the store that it was imported into, and change nothing. Exit code 14: something of the source is
not proven to be in the store; the report names it.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			store, err := a.openRead(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, store.Close()) }()
			if err := wantSource("verify", args[0]); err != nil {
				return err
			}
			opt, done := a.legacyOptions(nil)
			r, err := legacy.Verify(cmd.Context(), store, args[0], opt)
			done()
			return a.legacyResult("legacy-verify", r, err)
		},
	}
}

// legacyOptions says how to import, with a progress bar; done ends it.
func (a *app) legacyOptions(only []string) (opt legacy.Options, done func()) {
	var bar *progress
	var of string
	opt = legacy.Options{Now: a.now, Progress: func(what string, n, total int64) {
		if what != of {
			bar.finish()
			bar, of = a.newProgress(what, total, what == "read"), what
		}
		bar.set(n, total)
	}}
	for _, k := range only {
		if found, err := parseKind(k); err == nil {
			k = found.Plural
		}
		opt.Only = append(opt.Only, k)
	}
	return opt, func() { bar.finish() }
}

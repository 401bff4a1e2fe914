package main

import (
	"context"
	"errors"
	"path/filepath"
	"slices"

	"taskstore/backup"
	"taskstore/cmd/storectl/internal/term"
	"taskstore/importexport/ledger"
	"taskstore/importexport/legacy"
	"taskstore/internal/shell"
	"taskstore/repo"

	"github.com/spf13/cobra"
)

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
recovered, as a version in the history, or in quarantine byte for byte; then everything is read back and compared.
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
	dryRunFlag(cmd, &f.dryRun, "tell what would be done, and change nothing")
	cmd.Flags().BoolVar(&f.resume, "resume", false, "go on with an import of this source that was interrupted; without one it is an error")
	cmd.Flags().BoolVar(&f.bringBack, "bring-back", false, "bring also the records that were purged since an earlier import")
	cmd.Flags().Var(nameList{&f.only}, "only", "only these kinds: "+kindNames())
	return cmd
}

func (a *app) runImport(ctx context.Context, source string, f legacyFlags) error {
	if err := wantSource("import", source); err != nil {
		return err
	}
	if _, err := parseKinds(f.only); err != nil {
		return err
	}
	if err := legacy.Probe(ctx, source); err != nil { // before a store is made for it
		return a.legacyResult("legacy-import", legacy.Report{}, err)
	}
	if !f.dryRun {
		return a.withStore(ctx, writing(false, !f.resume), func(store *repo.Store) error { return a.importInto(ctx, store, source, f) })
	}
	if _, none, err := a.placeForStore(); err != nil {
		return err
	} else if none {
		return a.tryImport(ctx, nil, source, f)
	}
	return a.withStore(ctx, toTry, func(store *repo.Store) error { return a.tryImport(ctx, store, source, f) })
}

// tryImport tells what an import would do. store may be nil.
func (a *app) tryImport(ctx context.Context, store *repo.Store, source string, f legacyFlags) error {
	opt, done := a.legacyOptions(f.only)
	r, err := legacy.DryRun(ctx, store, source, opt)
	done()
	return a.legacyResult("legacy-import", r, err)
}

func (a *app) importInto(ctx context.Context, store *repo.Store, source string, f legacyFlags) error {
	opt, done := a.legacyOptions(f.only)
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
	if err != nil && ctx.Err() != nil {
		err = errors.Join(err, ctx.Err()) // what was cut off in the middle may say so in words of its own
	}
	if errors.Is(err, context.Canceled) {
		return &term.Failure{Kind: "failed", Exit: exitFailed, Message: err.Error(), Err: err, Hint: resumeHint(ctx, store, source)}
	}
	return a.legacyResult("legacy-import", r, err)
}

// resumeHint is the command that goes on with an interrupted import, or begins it again where it had stored nothing yet.
func resumeHint(ctx context.Context, store *repo.Store, source string) string {
	again := "storectl legacy import " + shell.Quote(source)
	runs, err := ledger.Of(store).Runs(context.WithoutCancel(ctx))
	path, bad := filepath.Abs(source)
	begun := func(r ledger.Run) bool { return r.FinishedAt == "" && r.Source == path }
	if err == nil && bad == nil && !slices.ContainsFunc(runs, begun) {
		return again + " begins it again"
	}
	return again + " --resume goes on where it stopped"
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

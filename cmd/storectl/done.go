package main

import (
	"context"

	"taskstore/cmd/storectl/internal/term"

	"github.com/spf13/cobra"
)

// onlySay is what most dry runs do.
const onlySay = "only say what would be done"

// dryRunFlag gives a command that changes something its --dry-run.
func dryRunFlag(cmd *cobra.Command, dryRun *bool, what string) {
	cmd.Flags().BoolVar(dryRun, "dry-run", false, what)
}

// sure asks before something that cannot be undone, unless that is only tried. No error is yes.
func (a *app) sure(ctx context.Context, dryRun bool, action string) error {
	return a.agreed(ctx, dryRun, action, "This cannot be undone.")
}

// agreed is sure for an action from which something else follows, which is a sentence.
func (a *app) agreed(ctx context.Context, dryRun bool, action, follows string) error {
	if dryRun {
		return nil
	}
	return a.Ask(ctx, action, follows)
}

// wouldBe is the word for what was done, or would be done without --dry-run.
func wouldBe(done string, dryRun bool) string {
	if dryRun {
		return "would be " + done
	}
	return done
}

// done tells what a command has done that has no data to print: a document for programs, a word on stderr for people.
func (a *app) done(name string, document any, say func()) error {
	return a.Print(term.Result{Name: name, Document: document, Text: func() error {
		say()
		return nil
	}})
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/importexport"
	"taskstore/repo"
	"taskstore/schema"

	"github.com/spf13/cobra"
)

func (a *app) diffCommand() *cobra.Command {
	var exitCode bool
	var keys keyFiles
	cmd := &cobra.Command{
		Use:   "diff A B | KIND ID REV [REV]",
		Short: "Compare two stores or files, or two revisions of a record",
		Long: `Compare two stores or files: A and B are each the directory of a store, "live" for the store at hand, or a file
that import reads. Or compare two revisions of a record; without the second, with what it is now. REV is a number, or
vN for a version that an import kept.`,
		Example: "  storectl diff live everything.zip\n  storectl diff note n1 2 5",
		Args:    cobra.RangeArgs(2, 4),
		RunE: func(cmd *cobra.Command, args []string) error {
			args = revisionWords(args)
			if len(args) == 2 {
				return a.diff(cmd.Context(), args[0], args[1], keys, exitCode)
			}
			return a.diffRevisions(cmd.Context(), args, exitCode)
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, begin string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) >= 2 {
				return a.completeRevision(cmd, args, begin)
			}
			offers, _ := a.completeRecord(cmd, args, begin)
			return append(offers, "live"), cobra.ShellCompDirectiveDefault
		},
	}
	keys.flags(cmd.Flags(), "archive")
	cmd.Flags().BoolVar(&exitCode, "exit-code", false, "end with exit code 3 if there are differences")
	return cmd
}

// revisionWords makes KIND ID REV... of KIND/ID REV..., unless a file is called so.
func revisionWords(args []string) []string {
	first := splitReferences(args[:1])
	if len(first) != 2 || len(args) > 3 {
		return args
	}
	if _, err := os.Lstat(args[0]); err == nil {
		return args
	}
	if _, err := repo.ParseRev(args[1]); err != nil {
		return args
	}
	return append(first, args[1:]...)
}

func differs(exitCode bool, n int) error {
	if exitCode && n > 0 {
		return findings(exitFindings, "differences", "")
	}
	return nil
}

func (a *app) diff(ctx context.Context, left, right string, keys keyFiles, exitCode bool) error {
	names := [2]string{left, right}
	for i, side := range []*string{&left, &right} {
		if *side == "live" {
			dir, err := a.findStore()
			if err != nil {
				return err
			}
			*side, names[i] = dir, dir
		}
		path, done, err := keys.opened(ctx, *side, *side)
		if err != nil {
			return fmt.Errorf("diff: %w", err)
		}
		defer done()
		*side = path
	}
	var found importexport.DiffResult
	read := func(do func(importexport.Difference) error) (err error) {
		found, err = importexport.Diff(ctx, left, right, do)
		return err
	}
	n := func() int { return total(found.Added) + total(found.Removed) + total(found.Changed) }
	err := a.Print(term.Result{Name: "diff", Bare: true,
		Columns: []term.Column{{Name: "change", Style: term.Styled(map[string]term.Style{"added": term.StyleGood, "removed": term.StyleWarn})}, {Name: "kind"}, {Name: "id", Fixed: true}, {Name: "what"}},
		Rows: func(write func(row ...any) error) error {
			return read(func(d importexport.Difference) error { return write(d.Change, d.Kind, d.ID, fieldTexts(d.Fields)) })
		},
		Collect: func() (any, error) {
			list := []importexport.Difference{}
			err := read(func(d importexport.Difference) error { list = append(list, d); return nil })
			return storeDiff{names[0], names[1], found.Equal, found.Added, found.Removed, found.Changed, list}, err
		},
		Talk: func() {
			a.Say("%s %s equal, %d differ", counted(total(found.Equal), "record"), verb(int64(total(found.Equal)), "is", "are"), n())
		}})
	if err != nil {
		return err
	}
	return differs(exitCode, n())
}

// storeDiff is what diff prints of two stores or files.
type storeDiff struct {
	A           string                    `json:"a"`
	B           string                    `json:"b"`
	Equal       map[string]int            `json:"equal"`
	Added       map[string]int            `json:"added"`
	Removed     map[string]int            `json:"removed"`
	Changed     map[string]int            `json:"changed"`
	Differences []importexport.Difference `json:"differences"`
}

func total(counts map[string]int) (n int) {
	for _, one := range counts {
		n += one
	}
	return n
}

func (a *app) diffRevisions(ctx context.Context, args []string, exitCode bool) (err error) {
	k, err := parseKind(args[0])
	if err != nil {
		return err
	}
	var names [2]*repo.RevName
	for i, text := range args[2:] {
		name, err := repo.ParseRev(text)
		if err != nil {
			return fmt.Errorf("diff: %w", err)
		}
		names[i] = &name
	}
	return a.withStore(ctx, toRead, func(store *repo.Store) error {
		if args[1], err = idOf(ctx, store, k, args[1]); err != nil {
			return err
		}
		var texts [2][]byte
		for i, name := range names {
			if texts[i], _, err = stateText(ctx, store, k, args[1], name); err != nil {
				return noHistory(err, k, args[1])
			}
		}
		return a.printRevisionDiff(k, args, texts, exitCode)
	})
}

// printRevisionDiff compares two states of a record.
func (a *app) printRevisionDiff(k repo.Kind, args []string, texts [2][]byte, exitCode bool) error {
	fields, err := schema.Diff(texts[0], texts[1])
	if err != nil {
		return fmt.Errorf("diff: %w", err)
	}
	to := "now"
	if len(args) > 3 {
		to = args[3]
	}
	err = a.printFields("diff", struct {
		Kind   string               `json:"kind"`
		ID     string               `json:"id"`
		From   string               `json:"from"`
		To     string               `json:"to"`
		Fields []schema.FieldChange `json:"fields"`
	}{k.Plural, args[1], args[2], to, orEmpty(fields)}, fields, func() {
		if len(fields) == 0 {
			a.Say("they are equal")
		}
	})
	return errors.Join(err, differs(exitCode, len(fields)))
}

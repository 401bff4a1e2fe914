package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"taskstore/backup"
	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"
	"taskstore/repo/history"

	"github.com/spf13/cobra"
)

// change is what delete, undelete and purge print.
type change struct {
	Kind   string        `json:"kind"`
	IDs    []string      `json:"ids"`
	DryRun bool          `json:"dry_run"`
	Ends   *history.Ends `json:"ends,omitempty"` // what a purge ended
}

func (a *app) deleteCommand() *cobra.Command {
	cmd := a.changeCommand("delete", "Move records to the trash", "deleted", repo.Records.Delete)
	cmd.Aliases = []string{"rm"}
	return cmd
}

// changer is the method of Records that a command calls.
type changer func(r repo.Records, ctx context.Context, ids ...string) error

func (a *app) changeCommand(verb, short, done string, act changer) *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:               verb + " KIND ID...",
		Short:             short,
		Args:              cobra.MinimumNArgs(2),
		ValidArgsFunction: a.completeRecord,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.change(cmd.Context(), verb, done, args, dryRun, act)
		},
	}
	dryRunFlag(cmd, &dryRun, onlySay)
	return cmd
}

func (a *app) change(ctx context.Context, verb, done string, args []string, dryRun bool, act changer) (err error) {
	k, err := parseKind(args[0])
	if err != nil {
		return err
	}
	ids := args[1:]
	if slices.Contains(ids, "") {
		return misuse("storectl list "+k.Plural+" shows the ids", "%s %s: an id is empty", verb, k.Name)
	}
	if !k.IsEntity() && verb == "delete" {
		return a.deleteSettings(ctx, ids, dryRun)
	}
	if !k.IsEntity() {
		return misuse("what a setting was before is in its history", "%s: settings have no trash", verb)
	}
	var ends *history.Ends
	if verb == "purge" {
		if ends, err = a.purgeEnds(ctx, k, ids); err != nil {
			return err
		}
		if err := a.sure(ctx, dryRun, endsText(k, *ends)); err != nil {
			return err
		}
		if dryRun {
			a.Say("would %s", endsText(k, *ends))
		}
	}
	return a.withStore(ctx, writing(dryRun, false), func(store *repo.Store) error {
		if verb != "purge" {
			if ids, err = wholeIDs(ctx, store, k, ids); err != nil {
				return err
			}
		}
		if verb != "purge" {
			if ids, err = a.notYet(ctx, store, verb, k, ids); err != nil || len(ids) == 0 {
				return err
			}
		}
		if dryRun {
			for _, id := range ids {
				if _, err := k.In(&store.Repos).Get(ctx, id); err != nil {
					return notFound(err, k, id)
				}
			}
		} else if err := a.beforePurge(ctx, store, verb, len(ids)); err != nil {
			return err
		} else if err := act(k.In(&store.Repos), ctx, ids...); err != nil {
			return err
		}
		return a.printChange(verb, wouldBe(done, dryRun), k, ids, dryRun, ends)
	})
}

// notYet leaves out of ids those of records that are in the trash already, or not in it, and says so.
func (a *app) notYet(ctx context.Context, store *repo.Store, verb string, k repo.Kind, ids []string) (left []string, err error) {
	done := map[string]string{"delete": "already in the trash", "undelete": "not in the trash"}[verb]
	for _, id := range ids {
		v, err := k.In(&store.Repos).Get(ctx, id)
		if err != nil {
			return nil, notFound(err, k, id)
		}
		if (k.Head(v).TrashedAt != "") == (verb == "delete") {
			a.Say("%s: %s %s", done, k.Name, id)
			continue
		}
		left = append(left, id)
	}
	if len(left) == 0 {
		return nil, a.printChange(verb, "", k, []string{}, false, nil)
	}
	return left, nil
}

// manyPurged is from how many records on a purge makes a safety backup first.
const manyPurged = 10

func (a *app) beforePurge(ctx context.Context, store *repo.Store, verb string, n int) error {
	if verb != "purge" || n < manyPurged {
		return nil
	}
	return a.safely(ctx, store, backup.PrePurge)
}

// purgeEnds tells what purging records would end.
func (a *app) purgeEnds(ctx context.Context, k repo.Kind, ids []string) (_ *history.Ends, err error) {
	return inStore(ctx, a, toTry, func(store *repo.Store) (*history.Ends, error) {
		ends, err := store.History.PurgeEnds(ctx, k.Name, ids...)
		if errors.Is(err, repo.ErrNotFound) {
			if meant := meantWhole(ctx, store, k, ids); meant != nil {
				return nil, meant
			}
		}
		if err != nil {
			return nil, notFound(err, k, strings.Join(ids, " "))
		}
		return &ends, nil
	})
}

// endsText says in words what a purge ends.
func endsText(k repo.Kind, e history.Ends) string {
	text := fmt.Sprintf("purge %d %s", e.Entities, countNoun(k, e.Entities))
	var with []string
	if e.States > 0 {
		with = append(with, counted(e.States, "revision"))
	}
	if e.Contents > 0 {
		with = append(with, fmt.Sprintf("%s (%s) that nothing else needs", counted(e.Contents, "content"), term.Human(term.Size(e.Bytes), time.Time{})))
	}
	if len(with) > 0 {
		text += " with " + strings.Join(with, " and ")
	}
	if e.Referring > 0 {
		text += "; " + counted(e.Referring, "live record") + " linking there"
	}
	return text
}

// counted says how many of something there are.
func counted(n int, noun string) string { return term.Counted(n, noun) }

func (a *app) printChange(verb, done string, k repo.Kind, ids []string, dryRun bool, ends *history.Ends) error {
	return a.done(verb, change{k.Plural, ids, dryRun, ends}, func() {
		for _, id := range ids {
			a.Say("%s: %s %s", done, k.Name, id)
		}
	})
}

func countNoun(k repo.Kind, n int) string {
	if n == 1 {
		return k.Name
	}
	return k.Plural
}

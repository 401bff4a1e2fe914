package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"taskstore/backup"
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
	return a.changeCommand("delete", "Move records to the trash", "deleted", repo.Records.Delete)
}

func (a *app) undeleteCommand() *cobra.Command {
	return a.changeCommand("undelete", "Bring records back from the trash", "undeleted", repo.Records.Restore)
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
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only say what would be done")
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
		if !dryRun {
			if err := a.confirm(ctx, endsText(k, *ends)); err != nil {
				return err
			}
		} else {
			a.say("would %s", endsText(k, *ends))
		}
	}
	store, err := a.openFor(ctx, dryRun, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if dryRun {
		for _, id := range ids {
			if _, err := k.In(&store.Repos).Get(ctx, id); err != nil {
				return notFound(err, k, id)
			}
		}
		done = "would be " + done
	} else if err := a.beforePurge(ctx, store, verb, len(ids)); err != nil {
		return err
	} else if err := act(k.In(&store.Repos), ctx, ids...); err != nil {
		return err
	}
	return a.printChange(verb, done, k, ids, dryRun, ends)
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
	store, err := a.openFor(ctx, true, false)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	ends, err := store.History.PurgeEnds(ctx, k.Name, ids...)
	if err != nil {
		return nil, notFound(err, k, strings.Join(ids, " "))
	}
	return &ends, nil
}

// endsText says in words what a purge ends.
func endsText(k repo.Kind, e history.Ends) string {
	text := fmt.Sprintf("purge %d %s", e.Entities, countNoun(k, e.Entities))
	var with []string
	if e.States > 0 {
		with = append(with, counted(e.States, "kept state"))
	}
	if e.Contents > 0 {
		with = append(with, fmt.Sprintf("%s (%s) that nothing else needs", counted(e.Contents, "content"), humanText(size(e.Bytes), time.Time{})))
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
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func (a *app) printChange(verb, done string, k repo.Kind, ids []string, dryRun bool, ends *history.Ends) error {
	if a.opt.output == "json" || a.opt.output == "ndjson" {
		return a.document(verb, change{k.Plural, ids, dryRun, ends})
	}
	for _, id := range ids {
		a.say("%s: %s %s", done, k.Name, visible(id))
	}
	return nil
}

func countNoun(k repo.Kind, n int) string {
	if n == 1 {
		return k.Name
	}
	return k.Plural
}

// completeRecord offers the kinds, then the newest ids of the kind.
func (a *app) completeRecord(cmd *cobra.Command, args []string, begin string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return completeKind(cmd, args, begin)
	}
	k, err := parseKind(args[0])
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	if !k.IsEntity() {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	store, err := a.openRead(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer store.Close()
	page, err := k.In(&store.Repos).List(cmd.Context(), repo.Query{Trash: cmd.Name() == "undelete", Limit: 100})
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	offers := make([]cobra.Completion, len(page.Items))
	for i, brief := range page.Items {
		offers[i] = cobra.CompletionWithDesc(brief.ID, cut(visible(brief.Title), 60))
	}
	return offers, cobra.ShellCompDirectiveNoFileComp
}

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

	"github.com/spf13/cobra"
)

// change is what delete, undelete and purge print.
type change struct {
	Kind   string     `json:"kind"`
	IDs    []string   `json:"ids"`
	DryRun bool       `json:"dry_run"`
	Ends   *repo.Ends `json:"ends,omitempty"` // what a purge ended
}

func (a *app) deleteCommand() *cobra.Command {
	return a.changeCommand("delete", "Move records to the trash", "deleted", entities.remove)
}

func (a *app) undeleteCommand() *cobra.Command {
	return a.changeCommand("undelete", "Bring records back from the trash", "undeleted", entities.restore)
}

func (a *app) purgeCommand() *cobra.Command {
	return a.changeCommand("purge", "End records for good, with their history", "purged", entities.purge)
}

type changer func(e entities, ctx context.Context, repos *repo.Repos, ids ...string) error

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
		return misuse("storectl list "+k.plural+" shows the ids", "%s %s: an id is empty", verb, k.singular)
	}
	e, ok := entitiesOf(k)
	if !ok && verb == "delete" {
		return a.deleteSettings(ctx, ids, dryRun)
	}
	if !ok {
		return misuse("what a setting was before is in its history", "%s: settings have no trash", verb)
	}
	var ends *repo.Ends
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
			if _, err := e.get(ctx, &store.Repos, id); err != nil {
				return notFound(err, k, id)
			}
		}
		done = "would be " + done
	} else if err := a.beforePurge(ctx, store, verb, len(ids)); err != nil {
		return err
	} else if err := act(e, ctx, &store.Repos, ids...); err != nil {
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
func (a *app) purgeEnds(ctx context.Context, k kind, ids []string) (_ *repo.Ends, err error) {
	store, err := a.openFor(ctx, true, false)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	ends, err := store.PurgeEnds(ctx, k.singular, ids...)
	if err != nil {
		return nil, notFound(err, k, strings.Join(ids, " "))
	}
	return &ends, nil
}

// endsText says in words what a purge ends.
func endsText(k kind, e repo.Ends) string {
	text := fmt.Sprintf("purge %d %s", e.Entities, countNoun(k, e.Entities))
	var with []string
	if e.States > 0 {
		with = append(with, fmt.Sprintf("%d kept states", e.States))
	}
	if e.Contents > 0 {
		with = append(with, fmt.Sprintf("%d contents (%s) that nothing else needs", e.Contents, humanText(size(e.Bytes), time.Time{})))
	}
	if len(with) > 0 {
		text += " with " + strings.Join(with, " and ")
	}
	if e.Referring > 0 {
		text += fmt.Sprintf("; %d live records link there", e.Referring)
	}
	return text
}

func (a *app) printChange(verb, done string, k kind, ids []string, dryRun bool, ends *repo.Ends) error {
	if a.opt.output == "json" || a.opt.output == "ndjson" {
		return a.document(verb, change{k.plural, ids, dryRun, ends})
	}
	for _, id := range ids {
		a.say("%s: %s %s", done, k.singular, visible(id))
	}
	return nil
}

func countNoun(k kind, n int) string {
	if n == 1 {
		return k.singular
	}
	return k.plural
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
	e, ok := entitiesOf(k)
	if !ok {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	store, err := a.openRead(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer store.Close()
	page, err := e.list(cmd.Context(), &store.Repos, repo.Query{Trash: cmd.Name() == "undelete", Limit: 100})
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	offers := make([]cobra.Completion, len(page.Items))
	for i, brief := range page.Items {
		offers[i] = cobra.CompletionWithDesc(brief.ID, cut(visible(brief.Title), 60))
	}
	return offers, cobra.ShellCompDirectiveNoFileComp
}

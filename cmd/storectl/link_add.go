package main

import (
	"context"
	"errors"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"

	"github.com/spf13/cobra"
)

func (a *app) linkAddCommand() *cobra.Command {
	var typ string
	var dryRun bool
	cmd := &cobra.Command{
		Use:               "add KIND/ID KIND/ID",
		Short:             "Link a record to another",
		Long:              "Link a record to another. The first one holds the link and gets a new revision; list shows it from both ends.",
		Example:           "  storectl link add note/n1 task/t1",
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: a.completeRef,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.addLink(cmd.Context(), args, typ, dryRun)
		},
	}
	cmd.Flags().StringVar(&typ, "type", "", "its `TYPE`; otherwise the two kinds, such as note-task")
	dryRunFlag(cmd, &dryRun, onlySay)
	return cmd
}

func (a *app) addLink(ctx context.Context, args []string, typ string, dryRun bool) error {
	return a.betweenRecords(ctx, args, dryRun, func(store *repo.Store, from, to repo.Ref) (err error) {
		added := false
		if dryRun {
			added, err = wouldLink(ctx, store, from, to, typ)
		} else {
			added, err = store.AddLink(ctx, from, to, typ)
		}
		if errors.Is(err, repo.ErrNotFound) {
			return nowhere(ctx, store, err, from, to)
		}
		if err != nil {
			return err
		}
		n := 0
		if added {
			n = 1
		}
		return a.printLinkChange("add", "linked", linkChange{from, to, n, dryRun}, "was linked already")
	})
}

// nowhere says which end of a link is not there.
func nowhere(ctx context.Context, store *repo.Store, err error, from, to repo.Ref) error {
	k, _ := parseKind(from.Kind)
	if _, missing := k.In(&store.Repos).Get(ctx, from.ID); missing != nil {
		return notFound(missing, k, from.ID)
	}
	k, _ = parseKind(to.Kind)
	return &term.Failure{Kind: "not_found", Exit: exitFailed, Message: err.Error(), Hint: "storectl list " + k.Plural + " shows what there is", Err: err}
}

// wouldLink tells whether adding a link would add one.
func wouldLink(ctx context.Context, store *repo.Store, from, to repo.Ref, typ string) (bool, error) {
	list, err := store.LinksOf(ctx, from)
	if err != nil {
		return false, err
	}
	if _, err := store.LinksOf(ctx, to); err != nil {
		return false, err
	}
	for _, l := range list {
		if l.Held && l.Other == to && (typ == "" || l.Type == typ) {
			return false, nil
		}
	}
	return true, nil
}

package main

import (
	"context"
	"fmt"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/internal/shell"
	"taskstore/repo"

	"github.com/spf13/cobra"
)

func (a *app) linkRemoveCommand() *cobra.Command {
	var typ string
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "remove KIND/ID KIND/ID",
		Short: "Remove the links between two records",
		Long: `Remove the links between two records, whichever of the two holds them. Each that held one gets a new revision. The
other end need not be there any more.`,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: a.completeRef,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.removeLink(cmd.Context(), args, typ, dryRun)
		},
	}
	cmd.Flags().StringVar(&typ, "type", "", "only links of this `TYPE`")
	dryRunFlag(cmd, &dryRun, onlySay)
	return cmd
}

func (a *app) removeLink(ctx context.Context, args []string, typ string, dryRun bool) error {
	return a.betweenRecords(ctx, args, dryRun, func(store *repo.Store, from, to repo.Ref) error {
		n, err := store.RemoveLinks(ctx, from, to, typ, dryRun)
		if err != nil {
			return err
		}
		if n == 0 {
			return &term.Failure{Kind: "not_found", Exit: exitFailed, Message: fmt.Sprintf("link remove: there is no such link between %v and %v", from, to),
				Hint: "storectl link list " + shell.Quote(from.String()) + " shows the links"}
		}
		return a.printLinkChange("remove", "unlinked", linkChange{from, to, n, dryRun}, "")
	})
}

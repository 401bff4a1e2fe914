package main

import (
	"context"
	"strings"

	"taskstore/repo"

	"github.com/spf13/cobra"
)

func (a *app) linkCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "link", Short: "Show, make and remove links between records"}
	cmd.AddCommand(a.linkListCommand(), a.linkAddCommand(), a.linkRemoveCommand())
	return cmd
}

// parseRef reads KIND/ID; ids may hold slashes.
func parseRef(text string) (repo.Ref, error) {
	name, id, ok := strings.Cut(text, "/")
	if !ok || id == "" {
		return repo.Ref{}, misuse("write it as KIND/ID, for example note/n1", "%q names no record", text)
	}
	k, err := parseKind(name)
	if err != nil {
		return repo.Ref{}, err
	}
	if !k.IsEntity() {
		return repo.Ref{}, misuse("", "%q: settings have no links", text)
	}
	return repo.Ref{Kind: k.Name, ID: id}, nil
}

// linkChange is what add and remove print.
type linkChange struct {
	From    repo.Ref `json:"from"`
	To      repo.Ref `json:"to"`
	Changed int      `json:"changed"` // links
	DryRun  bool     `json:"dry_run"`
}

func (a *app) printLinkChange(verb, done string, change linkChange, nothing string) error {
	if done = wouldBe(done, change.DryRun); change.Changed == 0 {
		done = nothing
	}
	return a.done("link-"+verb, change, func() { a.Say("%s: %s, %s", done, change.From.String(), change.To.String()) })
}

// betweenRecords opens the store for a link between the two records that are named.
func (a *app) betweenRecords(ctx context.Context, args []string, dryRun bool, fn func(store *repo.Store, from, to repo.Ref) error) error {
	var ends [2]repo.Ref
	for i := range ends {
		var err error
		if ends[i], err = parseRef(args[i]); err != nil {
			return err
		}
	}
	return a.withStore(ctx, writing(dryRun, false), func(store *repo.Store) error {
		for i := range ends {
			var err error
			if ends[i], err = refOf(ctx, store, ends[i]); err != nil {
				return err
			}
		}
		return fn(store, ends[0], ends[1])
	})
}

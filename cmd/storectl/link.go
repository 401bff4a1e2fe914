package main

import (
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

func parseRefs(args []string) (from, to repo.Ref, err error) {
	if from, err = parseRef(args[0]); err == nil {
		to, err = parseRef(args[1])
	}
	return from, to, err
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

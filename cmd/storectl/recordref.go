package main

import (
	"slices"
	"strings"

	"taskstore/repo"

	"github.com/spf13/cobra"
)

// byReference lets a command that takes KIND ID... also take KIND/ID...
func byReference(cmd *cobra.Command) *cobra.Command {
	check, run := cmd.Args, cmd.RunE
	cmd.Args = func(cmd *cobra.Command, args []string) error { return check(cmd, splitReferences(args)) }
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if kinds := kindsOf(args); len(kinds) > 1 {
			return misuse(helpHint(cmd), "%sone kind at a time: %s", commandName(cmd), strings.Join(kinds, ", "))
		}
		return run(cmd, splitReferences(args))
	}
	return cmd
}

// kindsOf are the kinds of words that are all KIND/ID.
func kindsOf(args []string) (kinds []string) {
	for _, arg := range args {
		name, id, found := strings.Cut(arg, "/")
		k, err := repo.KindOf(name)
		if !found || err != nil || id == "" {
			return nil
		}
		if !slices.Contains(kinds, k.Plural) {
			kinds = append(kinds, k.Plural)
		}
	}
	return kinds
}

// splitReferences makes KIND ID... of KIND/ID..., if all are of one kind. Anything else stays as it is.
func splitReferences(args []string) []string {
	kinds := kindsOf(args)
	if len(kinds) != 1 {
		return args
	}
	out := []string{kinds[0]}
	for _, arg := range args {
		_, id, _ := strings.Cut(arg, "/")
		out = append(out, id)
	}
	return out
}

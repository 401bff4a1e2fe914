package main

import (
	"strings"

	"taskstore/repo"

	"github.com/spf13/cobra"
)

// byReference lets a command that takes KIND ID... also take KIND/ID...
func byReference(cmd *cobra.Command) *cobra.Command {
	check, run := cmd.Args, cmd.RunE
	cmd.Args = func(cmd *cobra.Command, args []string) error { return check(cmd, splitReferences(args)) }
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return run(cmd, splitReferences(args)) }
	return cmd
}

// splitReferences makes KIND ID... of KIND/ID..., if all are of one kind. Anything else stays as it is.
func splitReferences(args []string) []string {
	var out []string
	for _, arg := range args {
		name, id, found := strings.Cut(arg, "/")
		k, err := repo.KindOf(name)
		if !found || err != nil || id == "" || len(out) > 0 && out[0] != k.Name {
			return args
		}
		if len(out) == 0 {
			out = append(out, k.Name)
		}
		out = append(out, id)
	}
	return out
}

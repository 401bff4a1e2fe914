package main

import (
	"slices"
	"strings"

	"taskstore/internal/shell"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// again is the command that shows the page after a cursor, as a person would type it.
func (a *app) again(cmd *cobra.Command, args []string, after string) string {
	global, own := []string{}, []string{}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Name == "after" || f.Name == "before" {
			return
		}
		into := &own
		if cmd.Root().PersistentFlags().Lookup(f.Name) != nil {
			into = &global
		}
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, value := range values {
			if f.Value.Type() == "bool" {
				*into = append(*into, strings.TrimSuffix("--"+f.Name+"="+value, "=true"))
				continue
			}
			*into = append(*into, "--"+f.Name, shell.Quote(value))
		}
	})
	path, words := strings.Fields(cmd.CommandPath()), []string{}
	for _, arg := range args {
		words = append(words, shell.Quote(arg))
	}
	words = slices.Concat(path[:1], global, path[1:], own, []string{"--after", shell.Quote(after)}, []string{"--"}, words)
	if !slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "-") }) {
		words = slices.DeleteFunc(words, func(word string) bool { return word == "--" })
	}
	return strings.Join(words, " ")
}

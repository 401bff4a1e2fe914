package main

import (
	"bytes"
	"strings"
	"testing"

	"taskstore/cmd/storectl/internal/term"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestCommandTree reads the whole tree of commands: help fits 80 columns, every command is in a group, and what means
// the same has the same name.
func TestCommandTree(t *testing.T) {
	a := newApp(nil, &bytes.Buffer{}, &bytes.Buffer{}, []string{"HOME=/h"})
	root := a.rootCommand()
	everyCommand(root, func(cmd *cobra.Command) {
		var help bytes.Buffer
		cmd.SetOut(&help)
		if err := cmd.Help(); err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(help.String(), "\n") {
			if term.TextWidth(line) > helpWidth && !strings.HasPrefix(line, "  storectl ") && !strings.HasPrefix(line, "  echo ") {
				t.Errorf("%s: %d columns: %s", cmd.CommandPath(), term.TextWidth(line), line)
			}
		}
		if cmd.Parent() == root && cmd.GroupID == "" && !cmd.Hidden {
			t.Errorf("%s is in no group", cmd.CommandPath())
		}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			switch f.Name {
			case "kind", "types", "n", "dryrun", "count":
				t.Errorf("%s --%s: others call it differently", cmd.CommandPath(), f.Name)
			}
		})
	})
}

func TestNearestFirst(t *testing.T) {
	for typed, want := range map[string]string{"lst": "list", "serch": "search", "exprot": "export", "purg": "purge"} {
		r := storectl(t, nil, "", typed)
		if r.code != exitMisused || !strings.Contains(r.stderr, "did you mean storectl "+want+"?") {
			t.Errorf("%s: exit %d, %s", typed, r.code, r.stderr)
		}
	}
}

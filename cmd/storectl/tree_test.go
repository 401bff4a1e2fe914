package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
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
	root.InitDefaultHelpCmd() // as it is when a command runs
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
		if cmd.HasAvailableSubCommands() || !cmd.Runnable() || cmd.Name() == "help" {
			return
		}
		if !strings.HasPrefix(cmd.Short, strings.ToUpper(cmd.Short[:1])) || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: %q is no line of a list", cmd.CommandPath(), cmd.Short)
		}
	})
}

// flagWords are flags that several commands have, and words of which their usage must have one: what is called alike
// means the same. What means the same is called alike: no command has a name of otherNames.
var flagWords = map[string][]string{
	"kinds":   {"only these"},
	"since":   {"from `WHEN` on"},
	"until":   {"up to `WHEN`"},
	"limit":   {"at most `N`"},
	"after":   {"`CURSOR`"},
	"tag":     {"this `TAG`"},
	"status":  {"this `STATE`"},
	"trash":   {"in the trash"},
	"explain": {"how the store would find them"},
	"dry-run": {"only", "change nothing"},
	"from":    {"with backups"},
	"file":    {"write to `FILE`"},
	"format":  {"form of the"},
}

var otherNames = map[string]string{"kind": "kinds", "types": "kinds", "type-of": "kinds", "n": "limit", "max": "limit", "count": "limit", "dryrun": "dry-run", "dry": "dry-run",
	"noop": "dry-run", "before-date": "until", "after-date": "since", "out": "file", "order": "sort", "older-than": "older", "force": "yes"}

// TestFlagNames holds the flags of all commands to one name for one thing.
func TestFlagNames(t *testing.T) {
	a := newApp(nil, &bytes.Buffer{}, &bytes.Buffer{}, []string{"HOME=/h"})
	root := a.rootCommand()
	root.InitDefaultHelpFlag()
	everyCommand(root, func(cmd *cobra.Command) {
		if strings.HasPrefix(cmd.CommandPath(), "storectl completion") {
			return // cobra's own
		}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if name, other := otherNames[f.Name]; other {
				t.Errorf("%s --%s: others call it --%s", cmd.CommandPath(), f.Name, name)
			}
			words, shared := flagWords[f.Name]
			if shared && !slices.ContainsFunc(words, func(word string) bool { return strings.Contains(f.Usage, word) }) {
				t.Errorf("%s --%s: %q says none of %q, as it does elsewhere", cmd.CommandPath(), f.Name, f.Usage, words)
			}
			if f.Usage == "" || strings.HasSuffix(f.Usage, ".") {
				t.Errorf("%s --%s: its usage is %q", cmd.CommandPath(), f.Name, f.Usage)
			}
			if cmd != root && root.PersistentFlags().Lookup(f.Name) != nil && f.Name != "raw" {
				t.Errorf("%s --%s hides the global flag", cmd.CommandPath(), f.Name)
			}
		})
	})
}

// TestOnePlace: what all commands do alike is done in one file. Each text stands in these files alone.
func TestOnePlace(t *testing.T) {
	for text, files := range map[string][]string{
		"repo.Open(":        {"store_open.go"},
		"store.Close()":     {"store_open.go"},
		`"dry-run", false`:  {"done.go"},
		".Ask(":             {"done.go"},
		" a.Form":           {"root.go", "errors.go", "record_list.go", "record_list_print.go", "put_stream.go"},
		`"would be "`:       {"done.go"},
		"text/tabwriter":    nil,
		"jedib0t/go-pretty": nil,
		"strconv.ParseInt:": nil,
	} {
		names, err := filepath.Glob("*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			source, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(name, "_test.go") && !slices.Contains(files, name) && strings.Contains(string(source), text) {
				t.Errorf("%s has %s, which belongs to %v", name, text, files)
			}
		}
	}
}

func TestNearestFirst(t *testing.T) {
	for typed, want := range map[string]string{"lst": "list", "serch": "search", "exprot": "export", "purg": "purge"} {
		r := storectl(t, nil, "", typed)
		if r.code != exitMisused || !strings.Contains(r.stderr, "did you mean storectl "+want+"?") {
			t.Errorf("%s: exit %d, %s", typed, r.code, r.stderr)
		}
	}
}

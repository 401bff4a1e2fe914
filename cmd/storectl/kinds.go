package main

import (
	"strings"

	"taskstore/schema"

	"github.com/spf13/cobra"
)

// kind is one of the kinds of records, as people name it.
type kind struct{ singular, plural string }

// kinds are all of them, in the order in which they are shown.
var kinds = []kind{
	{"session", "sessions"}, {"note", "notes"}, {"task", "tasks"}, {"topic", "topics"}, {"company", "companies"},
	{"contact", "contacts"}, {"attachment", "attachments"}, {"setting", "settings"},
}

// kindNames lists the plural names for a message.
func kindNames() string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.plural
	}
	return strings.Join(names, ", ")
}

// parseKind reads a KIND: the plural or the singular name, in any case.
func parseKind(text string) (kind, error) {
	name, _ := schema.KindName(text)
	for _, k := range kinds {
		if name == k.singular {
			return k, nil
		}
	}
	return kind{}, misuse("kinds: "+kindNames(), "%q: there is no such kind of record", text)
}

// parseKinds reads a list such as notes,tasks; an empty one means all.
func parseKinds(list []string) ([]kind, error) {
	if len(list) == 0 {
		return kinds, nil
	}
	var found []kind
	seen := map[kind]bool{}
	for _, word := range list {
		k, err := parseKind(word)
		if err != nil {
			return nil, err
		}
		if !seen[k] {
			seen[k] = true
			found = append(found, k)
		}
	}
	return found, nil
}

// completeKind offers the kinds for the first argument of a command.
func completeKind(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	names := make([]cobra.Completion, len(kinds))
	for i, k := range kinds {
		names[i] = k.plural
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

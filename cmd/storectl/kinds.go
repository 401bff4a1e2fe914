package main

import (
	"strings"

	"taskstore/repo"

	"github.com/spf13/cobra"
)

// kindNames lists the plural names for a message.
func kindNames() string {
	var names []string
	for _, k := range repo.Kinds() {
		names = append(names, k.Plural)
	}
	return strings.Join(names, ", ")
}

// namesOf lists names for a message.
func namesOf[T ~string](list []T) string {
	names := make([]string, len(list))
	for i, name := range list {
		names[i] = string(name)
	}
	return strings.Join(names, ", ")
}

// parseKind reads a KIND: the plural or the singular name, in any case.
func parseKind(text string) (repo.Kind, error) {
	k, err := repo.KindOf(text)
	if err != nil {
		err = misuse("kinds: "+kindNames(), "%q: there is no such kind of record", text)
	}
	return k, err
}

// parseKinds reads a list such as notes,tasks; an empty one means all.
func parseKinds(list []string) ([]repo.Kind, error) {
	if len(list) == 0 {
		return repo.Kinds(), nil
	}
	var found []repo.Kind
	seen := map[string]bool{}
	for _, word := range list {
		k, err := parseKind(word)
		if err != nil {
			return nil, err
		}
		if !seen[k.Name] {
			seen[k.Name] = true
			found = append(found, k)
		}
	}
	return found, nil
}

// wantKind wants one kind, and says which there are.
func wantKind(cmd *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return misuse(cmd.CommandPath()+" notes, for example", "%ssay which kind: %s", commandName(cmd), kindNames())
	case 1:
		return nil
	}
	return misuse(helpHint(cmd), "%sone kind at a time: %s", commandName(cmd), strings.Join(args, " "))
}

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"taskstore/repo"

	"github.com/spf13/cobra"
)

func (a *app) linkCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "link", Short: "Show, make and remove links between records"}
	cmd.AddCommand(a.linkListCommand(), a.linkAddCommand(), a.linkRemoveCommand())
	return cmd
}

func (a *app) linkListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list KIND/ID",
		Short: "List the links of a record in both directions",
		Long: `List the links of a record in both directions: → are those that it holds, ← those that others hold to it.
A link that both ends hold is shown once for each.`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeRef,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.listLinks(cmd.Context(), args[0])
		},
	}
}

func (a *app) linkAddCommand() *cobra.Command {
	var typ string
	var dryRun bool
	cmd := &cobra.Command{
		Use:               "add KIND/ID KIND/ID",
		Short:             "Link a record to another",
		Long:              "Link a record to another. The first one holds the link and gets a new revision; list shows it from both ends.",
		Example:           "  storectl link add note/n1 task/t1",
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: a.completeRef,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.addLink(cmd.Context(), args, typ, dryRun)
		},
	}
	cmd.Flags().StringVar(&typ, "type", "", "its `TYPE`; otherwise the two kinds, such as note-task")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only say what would be done")
	return cmd
}

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
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only say what would be done")
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

func (a *app) listLinks(ctx context.Context, text string) (err error) {
	of, err := parseRef(text)
	if err != nil {
		return err
	}
	store, err := a.openRead(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	list, err := store.LinksOf(ctx, of)
	if err != nil {
		k, _ := parseKind(of.Kind)
		return notFound(err, k, of.ID)
	}
	if a.opt.output == "json" {
		return a.document("link-list", struct {
			Of    repo.Ref      `json:"of"`
			Links []repo.Linked `json:"links"`
		}{of, orEmpty(list)})
	}
	columns := []column{{name: "dir"}, {name: "type"}, {name: "kind"}, {name: "id", fixed: true}, {name: "title", wide: true}, {name: "state", style: styled(map[string]style{"not there": styleWarn, "in the trash": styleWarn})}}
	member := a.opt.output != "table" || a.width() == 0 || a.width() >= narrow
	if member {
		columns = append(columns, column{name: "member", dim: true})
	}
	return printRows(a, columns, "-", list, func(l repo.Linked) []any {
		dir, state := "←", "live"
		if l.Held {
			dir = "→"
		}
		switch {
		case !l.There:
			state = "not there"
		case l.Trashed:
			state = "in the trash"
		}
		row := []any{dir, l.Type, l.Other.Kind, l.Other.ID, textOrNil(l.Title), state}
		if member {
			row = append(row, l.Member)
		}
		return row
	})
}

// linkChange is what add and remove print.
type linkChange struct {
	From    repo.Ref `json:"from"`
	To      repo.Ref `json:"to"`
	Changed int      `json:"changed"` // links
	DryRun  bool     `json:"dry_run"`
}

func (a *app) addLink(ctx context.Context, args []string, typ string, dryRun bool) (err error) {
	from, to, err := parseRefs(args)
	if err != nil {
		return err
	}
	store, err := a.openFor(ctx, dryRun, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	added := false
	if dryRun {
		added, err = wouldLink(ctx, store, from, to, typ)
	} else {
		added, err = store.AddLink(ctx, from, to, typ)
	}
	if errors.Is(err, repo.ErrNotFound) {
		return &failure{kind: "not_found", exit: exitFailed, message: err.Error(), hint: "storectl list KIND shows what there is", err: err}
	}
	if err != nil {
		return err
	}
	n := 0
	if added {
		n = 1
	}
	return a.printLinkChange("add", "linked", linkChange{from, to, n, dryRun}, "was linked already")
}

// wouldLink tells whether adding a link would add one.
func wouldLink(ctx context.Context, store *repo.Store, from, to repo.Ref, typ string) (bool, error) {
	list, err := store.LinksOf(ctx, from)
	if err != nil {
		return false, err
	}
	if _, err := store.LinksOf(ctx, to); err != nil {
		return false, err
	}
	for _, l := range list {
		if l.Held && l.Other == to && (typ == "" || l.Type == typ) {
			return false, nil
		}
	}
	return true, nil
}

func (a *app) removeLink(ctx context.Context, args []string, typ string, dryRun bool) (err error) {
	from, to, err := parseRefs(args)
	if err != nil {
		return err
	}
	store, err := a.openFor(ctx, dryRun, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	n, err := store.RemoveLinks(ctx, from, to, typ, dryRun)
	if err != nil {
		return err
	}
	if n == 0 {
		return &failure{kind: "not_found", exit: exitFailed, message: fmt.Sprintf("link remove: there is no such link between %v and %v", from, to),
			hint: "storectl link list " + shellQuote(from.String()) + " shows the links"}
	}
	return a.printLinkChange("remove", "unlinked", linkChange{from, to, n, dryRun}, "")
}

func (a *app) printLinkChange(verb, done string, change linkChange, nothing string) error {
	if a.opt.output == "json" || a.opt.output == "ndjson" {
		return a.document("link-"+verb, change)
	}
	switch {
	case change.Changed == 0:
		done = nothing
	case change.DryRun:
		done = "would be " + done
	}
	a.say("%s: %s, %s", done, visible(change.From.String()), visible(change.To.String()))
	return nil
}

// completeRef offers kinds with a slash, then the ids of the kind.
func (a *app) completeRef(cmd *cobra.Command, args []string, begin string) ([]cobra.Completion, cobra.ShellCompDirective) {
	name, _, found := strings.Cut(begin, "/")
	if !found {
		var offers []cobra.Completion
		for _, k := range repo.Kinds() {
			if k.IsEntity() {
				offers = append(offers, k.Name+"/")
			}
		}
		return offers, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
	ids, directive := a.completeRecord(cmd, []string{name}, "")
	for i := range ids {
		ids[i] = name + "/" + ids[i]
	}
	return ids, directive
}

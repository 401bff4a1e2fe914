package main

import (
	"context"
	"fmt"
	"slices"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/internal/shell"
	"taskstore/repo"
	"taskstore/schema"

	"github.com/spf13/cobra"
)

func (a *app) tagRenameCommand() *cobra.Command {
	return a.tagChange("rename OLD NEW", "Give a tag another name", tagChangeHelp+" Where NEW is in use already, say merge.", cobra.ExactArgs(2),
		func(ctx context.Context, store *repo.Store, args []string) ([]string, string, error) {
			old, new := args[0], args[1]
			uses, err := store.Tags(ctx)
			if err != nil {
				return nil, "", err
			}
			if i := slices.IndexFunc(uses, func(t repo.TagUse) bool { return t.Tag == schema.NormalTag(new) }); i >= 0 && schema.NormalTag(old) != schema.NormalTag(new) {
				return nil, "", &term.Failure{Kind: "exists", Exit: exitConflict, Message: fmt.Sprintf("tag rename: the tag %q is in use already, by %s", new, counted(uses[i].Total, "record")),
					Hint: "storectl tag merge " + shell.Quote(old) + " --into " + shell.Quote(new) + " makes one of the two"}
			}
			return []string{old}, new, nil
		})
}

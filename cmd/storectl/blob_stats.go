package main

import (
	"fmt"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"

	"github.com/spf13/cobra"
)

func (a *app) blobStats() *cobra.Command {
	return &cobra.Command{
		Use:   "stats",
		Short: "Count the contents, and what keeping each once saves",
		Long: `Count the contents. logical bytes are what the contents would take if each were kept as often as it is needed (revisions
apart); unique bytes count each once; stored bytes are what the files take, compressed where it pays.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withStore(cmd.Context(), toRead, func(store *repo.Store) error {
				st, err := store.Contents.Stats(cmd.Context())
				if err != nil {
					return err
				}
				return a.Page("blob-stats", st, term.Props("contents", st.Count, "references", st.References,
					"logical", term.Size(st.LogicalBytes), "unique", term.Size(st.UniqueBytes), "stored", term.Size(st.StoredBytes),
					"saved", savedPart(st.LogicalBytes, st.StoredBytes), "unreferenced", st.Unreferenced,
					"unreferenced take", term.Size(st.IdleBytes), "in the trash", st.Trash, "trash takes", term.Size(st.TrashBytes), "problems", st.Problems))
			})
		},
	}
}

// savedPart says in per cent how much less is stored.
func savedPart(logical, stored int64) string {
	if logical <= 0 || stored >= logical {
		return "0 %"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(logical-stored)/float64(logical))
}

package main

import (
	"context"
	"fmt"
	"io"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"
	"taskstore/repo/measure"

	"github.com/spf13/cobra"
)

func (a *app) statsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "stats",
		Short: "Measure the store: records, history, tables, contents",
		Long: `Measure the store: how many records of each kind and of what time, how much history and whose, what each table
takes, and what contents take and would take if each were stored wherever it is used. csv and tsv print the tables.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.stats(cmd.Context())
		},
	}
}

func (a *app) stats(ctx context.Context) (err error) {
	return a.withStore(ctx, toRead, func(store *repo.Store) error {
		st, err := store.Stats(ctx)
		if err != nil {
			return err
		}
		st.History = orEmpty(st.History)
		result := tableStats(st, a.Form.ForPeople())
		result.Name, result.Document, result.Single = "stats", st, true
		result.Text = func() error {
			return a.sections(
				section{"Records", func() error { return a.printKindStats(st) }},
				section{"History", func() error { return a.printHistoryStats(st) }},
				section{"Tables, with their indexes", func() error { return a.Print(tableStats(st, true)) }},
				section{"Contents", func() error { return a.printContentStats(st) }},
			)
		}
		return a.Print(result)
	})
}

// section is one of several tables under a headline.
type section struct {
	title string
	print func() error
}

func (a *app) sections(list ...section) error {
	for i, s := range list {
		gap := "\n"
		if i == 0 {
			gap = ""
		}
		if _, err := io.WriteString(a.Stdout, gap+a.Paint(a.Stdout, term.StyleHead, s.title)+"\n"); err != nil {
			return err
		}
		if err := s.print(); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) printKindStats(st measure.Stats) error {
	out := a.NewRows([]term.Column{{Name: "kind"}, {Name: "live", Right: true}, {Name: "trash", Right: true}, {Name: "states", Title: "revisions", Right: true}, {Name: "first"}, {Name: "last"}}, "-")
	for _, k := range st.Kinds {
		if err := out.Write([]any{k.Kind, k.Live, k.Trash, k.States, stampOrNil(k.First), stampOrNil(k.Last)}); err != nil {
			return err
		}
	}
	return out.Close()
}

func (a *app) printHistoryStats(st measure.Stats) error {
	if len(st.History) == 0 {
		_, err := io.WriteString(a.Stdout, "nothing was ever changed\n")
		return err
	}
	out := a.NewRows([]term.Column{{Name: "by"}, {Name: "change"}, {Name: "states", Right: true}, {Name: "bytes", Right: true}, {Name: "oldest"}}, "-")
	for _, h := range st.History {
		if err := out.Write([]any{h.Origin, h.Change, h.States, term.Size(h.Bytes), stampOrNil(h.Oldest)}); err != nil {
			return err
		}
	}
	return out.Close()
}

// tableStats are the tables with their sizes, the empty ones left out where people read it.
func tableStats(st measure.Stats, people bool) term.Result {
	return term.Result{Columns: []term.Column{{Name: "table", Fixed: true}, {Name: "rows", Right: true}, {Name: "bytes", Right: true}},
		Rows: func(write func(row ...any) error) error {
			for _, t := range st.Tables {
				if t.Rows == 0 && people {
					continue
				}
				var bytes any
				if t.Bytes >= 0 {
					bytes = term.Size(t.Bytes)
				}
				if err := write(t.Table, t.Rows, bytes); err != nil {
					return err
				}
			}
			return nil
		}}
}

func (a *app) printContentStats(st measure.Stats) error {
	return a.Page("", nil, term.Props(
		"contents", st.Contents.Count, "used in", fmt.Sprintf("%d places", st.References),
		"hold", term.Size(st.Contents.Bytes), "take on disk", term.Size(st.Contents.Stored),
		"would take without sharing", term.Size(st.Logical),
		"database", term.Size(st.PageSize*st.Pages), "of it free", term.Size(st.PageSize*st.FreePages),
	))
}

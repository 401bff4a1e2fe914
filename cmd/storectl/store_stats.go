package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"
	"taskstore/repo/measure"

	"github.com/spf13/cobra"
)

func (a *app) statsCommand() *cobra.Command {
	var tables bool
	cmd := &cobra.Command{
		Use:   "stats",
		Short: "Measure the store: records, history, tables, contents",
		Long: `Measure the store: how many records of each kind and of what time, how much history, what contents take and would take
if each were stored wherever it is used, and what takes the most room. --tables shows whose the history is and what each
table takes. --json has all of it; csv and tsv print the tables.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.stats(cmd.Context(), tables)
		},
	}
	cmd.Flags().BoolVar(&tables, "tables", false, "also whose the history is, and what each table takes")
	return cmd
}

func (a *app) stats(ctx context.Context, tables bool) (err error) {
	return a.withStore(ctx, toRead, func(store *repo.Store) error {
		st, err := store.Stats(ctx)
		if err != nil {
			return err
		}
		st.History = orEmpty(st.History)
		result := tableStats(st, false)
		result.Name, result.Document, result.Single = "stats", st, true
		result.Text = func() error {
			sections := []section{
				{"Records", func() error { return a.printKindStats(st) }},
				{"Room", func() error { return a.printRoom(st) }},
			}
			if tables {
				sections = append(sections, section{"History", func() error { return a.printHistoryStats(st) }},
					section{"Tables, with their indexes", func() error { return a.Print(tableStats(st, true)) }})
			}
			return a.sections(sections...)
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
	out := a.NewRows([]term.Column{{Name: "by"}, {Name: "change"}, {Name: "states", Title: "revisions", Right: true}, {Name: "bytes", Right: true}, {Name: "oldest"}}, "-")
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

// largestShown is how many tables are named that take the most room.
const largestShown = 5

// printRoom shows what takes room, in a few lines.
func (a *app) printRoom(st measure.Stats) error {
	var states, bytes int64
	for _, h := range st.History {
		states, bytes = states+h.States, bytes+h.Bytes
	}
	var largest []string
	for _, t := range st.Tables {
		if t.Bytes > 0 && len(largest) < largestShown {
			largest = append(largest, t.Table+" "+size(t.Bytes))
		}
	}
	return a.Page("", nil, term.Props(
		"history", fmt.Sprintf("%s, %s", counted(int(states), "revision"), size(bytes)),
		"contents", fmt.Sprintf("%d with %s, which take %s; used in %s", st.Contents.Count, size(st.Contents.Bytes), size(st.Contents.Stored), counted(int(st.References), "place")),
		"without sharing", "contents would take "+size(st.Logical),
		"database", fmt.Sprintf("%s, of it %s free", size(st.PageSize*st.Pages), size(st.PageSize*st.FreePages)),
		"largest tables", strings.Join(largest, ", "),
	))
}

func size(n int64) string { return term.Human(term.Size(n), time.Time{}) }

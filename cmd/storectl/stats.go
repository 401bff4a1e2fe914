package main

import (
	"context"
	"errors"
	"fmt"
	"io"

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
	store, err := a.openRead(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	st, err := store.Stats(ctx)
	if err != nil {
		return err
	}
	switch a.opt.output {
	case "json", "ndjson":
		st.History = orEmpty(st.History)
		return a.document("stats", st)
	case "csv", "tsv":
		return a.printTableStats(st)
	}
	return a.sections(
		section{"Records", func() error { return a.printKindStats(st) }},
		section{"History", func() error { return a.printHistoryStats(st) }},
		section{"Tables, with their indexes", func() error { return a.printTableStats(st) }},
		section{"Contents", func() error { return a.printContentStats(st) }},
	)
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
		if _, err := io.WriteString(a.stdout, gap+a.paint(a.stdout, styleHead, s.title)+"\n"); err != nil {
			return err
		}
		if err := s.print(); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) printKindStats(st measure.Stats) error {
	out := a.newRows([]column{{name: "kind"}, {name: "live", right: true}, {name: "trash", right: true}, {name: "kept states", right: true}, {name: "first"}, {name: "last"}}, "-")
	for _, k := range st.Kinds {
		if err := out.write([]any{k.Kind, k.Live, k.Trash, k.States, stampOrNil(k.First), stampOrNil(k.Last)}); err != nil {
			return err
		}
	}
	return out.close()
}

func (a *app) printHistoryStats(st measure.Stats) error {
	if len(st.History) == 0 {
		_, err := io.WriteString(a.stdout, "nothing was ever changed\n")
		return err
	}
	out := a.newRows([]column{{name: "by"}, {name: "change"}, {name: "states", right: true}, {name: "bytes", right: true}, {name: "oldest"}}, "-")
	for _, h := range st.History {
		if err := out.write([]any{h.Origin, h.Change, h.States, size(h.Bytes), stampOrNil(h.Oldest)}); err != nil {
			return err
		}
	}
	return out.close()
}

func (a *app) printTableStats(st measure.Stats) error {
	out := a.newRows([]column{{name: "table"}, {name: "rows", right: true}, {name: "bytes", right: true}}, "-")
	for _, t := range st.Tables {
		if t.Rows == 0 && a.opt.output == "table" {
			continue
		}
		row := []any{t.Table, t.Rows, nil}
		if t.Bytes >= 0 {
			row[2] = size(t.Bytes)
		}
		if err := out.write(row); err != nil {
			return err
		}
	}
	return out.close()
}

func (a *app) printContentStats(st measure.Stats) error {
	return a.page("", nil, []property{
		{"contents", st.Contents.Count}, {"used in", fmt.Sprintf("%d places", st.References)},
		{"hold", size(st.Contents.Bytes)}, {"take on disk", size(st.Contents.Stored)},
		{"would take without sharing", size(st.Logical)},
		{"database", size(st.PageSize * st.Pages)}, {"of it free", size(st.PageSize * st.FreePages)},
	})
}

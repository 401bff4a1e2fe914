package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"taskstore/repo"
	"taskstore/schema"

	"github.com/spf13/cobra"
)

// listing is the flags of storectl list.
type listing struct {
	status, tags, topics, companies, contacts []string
	since, until, sort, after, before         string
	text                                      string
	explain                                   bool
	limit                                     int
	fields                                    []string
	trash                                     bool
}

const listHelp = `List the records of a kind, newest first: their ids, titles, states, dates and tags.

A filter that is given several times wants all of its tags and links, and any of its states. --since and --until
look at the date of the kind; a day named by --until is included. --json prints one page with its items, "next" (what
--after of the next page wants, empty at the end) and "total", with "total_about": true where it is estimated; ndjson,
csv and tsv print all pages unless --limit says how many records.`

func (a *app) listCommand() *cobra.Command {
	var l listing
	cmd := &cobra.Command{
		Use:               "list KIND",
		Short:             "List records",
		Long:              listHelp,
		Example:           "  storectl list tasks --status todo --since 7d\n  storectl list notes --tag work --json",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeKind,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.list(cmd.Context(), args[0], &l, cmd.Flags().Changed("limit"))
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&l.status, "status", nil, "only with this state")
	f.StringArrayVar(&l.tags, "tag", nil, "only with this `TAG`, in any case; several times for several")
	f.StringSliceVar(&l.topics, "topic", nil, "only linked with the topic of this `ID`")
	f.StringSliceVar(&l.companies, "company", nil, "only linked with the company of this `ID`")
	f.StringSliceVar(&l.contacts, "contact", nil, "only linked with the contact of this `ID`")
	f.Var(whenFlag{&l.since}, "since", "only from `WHEN` on")
	f.Var(whenFlag{&l.until}, "until", "only up to `WHEN`")
	f.StringVar(&l.sort, "sort", "", "sort by `FIELD`: date, updated, saved or title; -date for the oldest first")
	f.IntVar(&l.limit, "limit", 100, "at most `N` records; 0 is all")
	f.StringVar(&l.text, "text", "", "only with these `WORDS`, as in storectl search: words, \"phrases\", -without, begin*, tag:x")
	f.BoolVar(&l.explain, "explain", false, "say how the store would find them, and do not list them")
	f.StringVar(&l.before, "before", "", "the page before the `CURSOR` that a page gave as prev")
	f.StringVar(&l.after, "after", "", "go on after the `CURSOR` that the last page gave")
	f.StringSliceVar(&l.fields, "fields", nil, "only these columns, as `a,b`: "+strings.Join(briefFields, ", "))
	f.BoolVar(&l.trash, "trash", false, "what is in the trash instead")
	return cmd
}

// briefFields are the columns that a list can show; the first six are shown unless --fields says otherwise.
var briefFields = []string{"id", "title", "status", "date", "updated", "tags", "rev", "kind", "trashed_at", "trash_reason"}

func (a *app) list(ctx context.Context, name string, l *listing, limited bool) error {
	k, err := parseKind(name)
	if err != nil {
		return err
	}
	q, err := l.query(a.now())
	if err != nil {
		return err
	}
	fields, err := l.columns()
	if err != nil {
		return err
	}
	store, err := a.openSearch(ctx, l.text != "")
	if err != nil {
		return err
	}
	defer store.Close()
	switch {
	case !k.IsEntity() && (l.text != "" || l.explain):
		return misuse("", "list settings: settings are not searched; see them all with storectl list settings")
	case !k.IsEntity():
		return a.listSettings(ctx, store, l)
	case l.explain:
		if q.Limit == 0 {
			q.Limit = pageSize
		}
		how, err := k.In(&store.Repos).Explain(ctx, q)
		if err != nil {
			return err
		}
		return a.printExplanation("list", how)
	}
	if n := a.width(); len(l.fields) == 0 && a.opt.output == "table" && 0 < n && n < narrow {
		fields = slices.DeleteFunc(slices.Clone(fields), func(f string) bool { return f == "updated" })
	}
	if a.opt.output == "json" {
		return a.listPage(ctx, store, k, q, fields)
	}
	if a.opt.output != "table" && !limited {
		q.Limit = 0
	}
	return a.listRows(ctx, store, k, q, fields)
}

// query makes a repo.Query of the flags.
func (l *listing) query(now time.Time) (repo.Query, error) {
	q := repo.Query{Status: l.status, Tags: l.tags, Sort: repo.Sort(l.sort), Limit: l.limit, After: repo.Cursor(l.after), Before: repo.Cursor(l.before),
		Text: l.text, Trash: l.trash}
	if l.limit < 0 {
		return q, misuse("0 is all", "list: --limit %d is less than nothing", l.limit)
	}
	if name := repo.Sort(strings.TrimPrefix(l.sort, "-")); l.sort != "" && !slices.Contains(repo.Sorts(), name) {
		return q, misuse(fmt.Sprintf("orders: %v, with - in front the other way round", repo.Sorts()), "list: --sort %s: there is no such order", l.sort)
	}
	for kind, ids := range map[string][]string{"topic": l.topics, "company": l.companies, "contact": l.contacts} {
		for _, id := range ids {
			q.Links = append(q.Links, schema.Link{Kind: kind, ID: id})
		}
	}
	var err error
	if q.From, q.To, err = bounds(l.since, l.until, now); err != nil {
		return q, misuse("", "list: %v", err)
	}
	return q, nil
}

func (l *listing) columns() ([]string, error) {
	if len(l.fields) == 0 {
		fields := briefFields[:6]
		if l.trash {
			fields = append(slices.Clone(fields), "trashed_at", "trash_reason")
		}
		return fields, nil
	}
	for _, field := range l.fields {
		if !slices.Contains(briefFields, field) {
			return nil, misuse("fields: "+strings.Join(briefFields, ", "), "list: --fields: there is no field %q", field)
		}
	}
	return l.fields, nil
}

// narrow is the width below which a terminal has no room for the time of the last change.
const narrow = 100

// pageSize is how many records are read at a time where all are wanted.
const pageSize = 1000

// eachBrief calls do for the records of a query, of all pages if its limit is 0, and returns the last page.
func eachBrief(ctx context.Context, repos *repo.Repos, k repo.Kind, q repo.Query, do func(schema.Brief) error) (repo.Page[schema.Brief], error) {
	all := q.Limit == 0
	if all {
		q.Limit = pageSize
	}
	for {
		page, err := k.In(repos).List(ctx, q)
		if err != nil {
			return page, err
		}
		for _, brief := range page.Items {
			if err := do(brief); err != nil {
				return page, err
			}
		}
		q.After, q.Before = page.Next, ""
		if !all || page.Next == "" {
			return page, nil
		}
	}
}

// listPage prints a page as a document.
func (a *app) listPage(ctx context.Context, store *repo.Store, k repo.Kind, q repo.Query, fields []string) error {
	items := []any{}
	last, err := eachBrief(ctx, &store.Repos, k, q, func(brief schema.Brief) error {
		items = append(items, briefObject{fields, brief})
		return nil
	})
	if err != nil {
		return err
	}
	total, about, err := k.In(&store.Repos).Estimate(ctx, q)
	if err != nil {
		return err
	}
	return a.document("list", struct {
		Items     []any       `json:"items"`
		Next      repo.Cursor `json:"next"`
		Prev      repo.Cursor `json:"prev"`
		Total     int         `json:"total"`
		About     bool        `json:"total_about,omitempty"` // the total is estimated
		Unknown   []string    `json:"unknown,omitempty"`     // filters that name nothing
		Known     []string    `json:"known,omitempty"`       // what there is instead of a status or a tag
		Unindexed int64       `json:"unindexed,omitempty"`   // records that --text leaves out because they are not indexed yet
	}{items, last.Next, last.Prev, total, about, last.Unknown, last.Known, last.Unindexed})
}

// listRows prints the records as rows.
func (a *app) listRows(ctx context.Context, store *repo.Store, k repo.Kind, q repo.Query, fields []string) error {
	columns := make([]column, len(fields))
	for i, field := range fields {
		columns[i] = column{name: field, fixed: field == "id" || field == "date" || field == "updated" || field == "trashed_at", right: field == "rev",
			wide: field == "title"}
	}
	out := a.newRows(columns, "-")
	last, err := eachBrief(ctx, &store.Repos, k, q, func(brief schema.Brief) error { return out.write(briefRow(fields, brief)) })
	if err != nil {
		return err
	}
	if err := out.close(); err != nil {
		return fmt.Errorf("list: print: %w", err)
	}
	switch {
	case len(last.Unknown) > 0:
		a.sayUnknown(last.Unknown, last.Known)
	case last.Next != "":
		total, about, err := k.In(&store.Repos).Estimate(ctx, q)
		if err != nil {
			return err
		}
		a.say("there are more, %s in all: go on with --after %s, or see all with --limit 0", totalText(total, about), last.Next)
	}
	return nil
}

// totalText is a number of records, said to be an estimate where it is one.
func totalText(n int, about bool) string {
	if about {
		return "about " + counted(n, "record")
	}
	return counted(n, "record")
}

func briefRow(fields []string, brief schema.Brief) []any {
	row := make([]any, len(fields))
	for i, field := range fields {
		row[i] = briefValue(field, brief)
	}
	return row
}

func briefValue(field string, b schema.Brief) any {
	switch field {
	case "id":
		return b.ID
	case "title":
		return b.Title
	case "status":
		return b.Status
	case "date":
		return stamp(b.Date)
	case "updated":
		return stamp(b.Updated)
	case "tags":
		return orEmpty(b.Tags)
	case "rev":
		return b.Rev
	case "kind":
		return b.Kind
	case "trashed_at":
		return stamp(b.TrashedAt)
	}
	return b.TrashReason
}

// briefObject is the chosen fields of a brief record as a JSON object, in the order chosen.
type briefObject struct {
	fields []string
	brief  schema.Brief
}

func (b briefObject) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, field := range b.fields {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(out, jsonText(field)...), ':')
		out = append(out, jsonText(briefValue(field, b.brief))...)
	}
	return append(out, '}'), nil
}

package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"taskstore/cmd/storectl/internal/term"
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
	cmd                                       *cobra.Command // for the command of the next page
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
		Args:              wantKind,
		Aliases:           []string{"ls"},
		ValidArgsFunction: completeKind,
		RunE: func(cmd *cobra.Command, args []string) error {
			l.cmd = cmd
			return a.list(cmd.Context(), args[0], &l, cmd.Flags().Changed("limit"))
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&l.status, "status", nil, "only with this `STATE`, or one of a,b")
	f.StringArrayVar(&l.tags, "tag", nil, "only with this `TAG`; may be given several times")
	f.StringSliceVar(&l.topics, "topic", nil, "only linked with the topic of this `ID`")
	f.StringSliceVar(&l.companies, "company", nil, "only linked with the company of this `ID`")
	f.StringSliceVar(&l.contacts, "contact", nil, "only linked with the contact of this `ID`")
	f.Var(whenFlag{&l.since}, "since", "only from `WHEN` on")
	f.Var(whenFlag{&l.until}, "until", "only up to `WHEN`")
	f.StringVar(&l.sort, "sort", "", "sort by `FIELD`: date, updated, saved or title, from the first to the last; -date is the newest first, as without --sort")
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
	q, err := l.query(a.Now())
	if err != nil {
		return err
	}
	fields, err := l.columns()
	if err != nil {
		return err
	}
	to := toRead
	if l.text != "" {
		to = toSearch
	}
	return a.withStore(ctx, to, func(store *repo.Store) error {
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
		if a.Form == term.JSON {
			return a.listPage(ctx, store, k, q, fields)
		}
		if !a.Form.ForPeople() && !limited {
			q.Limit = 0
		}
		return a.listRows(ctx, store, k, q, l, fields)
	})
}

// sortOf is the order that --sort names: ascending, and descending with a - in front. In a repo.Sort a - turns the
// order round that is usual for the field, which for dates is the newest first.
func sortOf(text string) repo.Sort {
	name, descending := strings.CutPrefix(text, "-")
	if name == "" || name == string(repo.SortTitle) {
		return repo.Sort(text)
	}
	if descending {
		return repo.Sort(name)
	}
	return repo.Sort("-" + name)
}

// query makes a repo.Query of the flags.
func (l *listing) query(now time.Time) (repo.Query, error) {
	q := repo.Query{Status: l.status, Tags: l.tags, Sort: sortOf(l.sort), Limit: l.limit, After: repo.Cursor(l.after), Before: repo.Cursor(l.before),
		Text: l.text, Trash: l.trash}
	if l.limit < 0 {
		return q, misuse("0 is all", "list: --limit %d is less than nothing", l.limit)
	}
	if name := repo.Sort(strings.TrimPrefix(l.sort, "-")); l.sort != "" && !slices.Contains(repo.Sorts(), name) {
		return q, misuse(fmt.Sprintf("orders: %v, with - in front from the last to the first", repo.Sorts()), "list: --sort %s: there is no such order", l.sort)
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

// briefColumn is how a field of a list is shown.
func briefColumn(field string) term.Column {
	c := term.Column{Name: field}
	switch field {
	case "title":
		c.Wide = true
	case "id", "date":
		c.Fixed = true
	case "updated":
		c.Fixed, c.Extra, c.Dim = true, true, true
	case "trashed_at":
		c.Title, c.Fixed = "trashed", true
	case "trash_reason":
		c.Title = "reason"
	case "rev":
		c.Right = true
	}
	return c
}

// nothing says what is not there, and what would fill the list.
func (l *listing) nothing(a *app, k repo.Kind) string {
	switch {
	case l.after != "" || l.before != "":
		return "there are no more"
	case l.trash:
		return "the trash holds no such " + k.Plural
	case l.cmd != nil && l.cmd.Flags().NFlag() > 0 && len(l.status)+len(l.tags)+len(l.topics)+len(l.companies)+len(l.contacts)+len(l.since+l.until+l.text) > 0:
		return "no " + k.Plural + " are like that"
	}
	return "there are no " + k.Plural + " yet; " + a.command("storectl put "+k.Name) + " adds one, storectl legacy import brings in the legacy app's"
}

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
	return a.Document("list", struct {
		Items     []any       `json:"items"`
		Next      repo.Cursor `json:"next"`
		Prev      repo.Cursor `json:"prev"`
		Total     int         `json:"total"`
		About     bool        `json:"total_about,omitempty"` // the total is estimated
		Unknown   []string    `json:"unknown,omitempty"`     // filters of --text that name nothing
		Unindexed int64       `json:"unindexed,omitempty"`   // records that --text leaves out because they are not indexed yet
	}{items, last.Next, last.Prev, total, about, last.Unknown, last.Unindexed})
}

// listRows prints the records as rows.
func (a *app) listRows(ctx context.Context, store *repo.Store, k repo.Kind, q repo.Query, l *listing, fields []string) error {
	columns := make([]term.Column, len(fields))
	for i, field := range fields {
		columns[i] = briefColumn(field)
		columns[i].Extra = columns[i].Extra && len(l.fields) == 0
	}
	n := 0
	out := a.NewRows(columns, "-")
	last, err := eachBrief(ctx, &store.Repos, k, q, func(brief schema.Brief) error {
		n++
		return out.Write(briefRow(fields, brief))
	})
	if err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("list: print: %w", err)
	}
	switch {
	case len(last.Unknown) > 0:
		a.sayUnknown(last.Unknown)
	case last.Next != "":
		total, about, err := k.In(&store.Repos).Estimate(ctx, q)
		if err != nil {
			return err
		}
		a.Say("%s in all; the next ones: %s", totalText(total, about), a.again(l.cmd, []string{k.Plural}, string(last.Next)))
	case n == 0 && a.Form.ForPeople():
		a.Say("%s", l.nothing(a, k))
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
		return term.Stamp(b.Date)
	case "updated":
		return term.Stamp(b.Updated)
	case "tags":
		return orEmpty(b.Tags)
	case "rev":
		return b.Rev
	case "kind":
		return b.Kind
	case "trashed_at":
		return term.Stamp(b.TrashedAt)
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
		out = append(append(out, term.JSONText(field)...), ':')
		out = append(out, term.JSONText(briefValue(field, b.brief))...)
	}
	return append(out, '}'), nil
}

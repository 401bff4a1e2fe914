package main

import (
	"context"
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
	cmd                                       *cobra.Command // for the command of the next page
}

const listHelp = `List the records of a kind, newest first: their ids, titles, states, dates and tags.

A filter that is given several times wants all of its tags and links, and any of its states. --since and --until
look at the date of the kind; a day named by --until is included. --json prints one page with its items, "next" (what
--after of the next page wants, empty at the end) and "total", with "total_about": true where it is estimated; ndjson,
csv and tsv print all pages unless --limit says how many records. --sort title goes by characters, ASCII letters in any
case: letters with accents come after z, and "note 10" before "note 9", for no order of a language is kept with a record.
ID is a whole id, or the beginning of one.`

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
	f.Var(nameList{&l.status}, "status", "only with this `STATE`, or one of a,b")
	f.StringArrayVar(&l.tags, "tag", nil, "only with this `TAG`, in any case; several times for several")
	f.StringArrayVar(&l.topics, "topic", nil, "only linked with the topic of this `ID`")
	f.StringArrayVar(&l.companies, "company", nil, "only linked with the company of this `ID`")
	f.StringArrayVar(&l.contacts, "contact", nil, "only linked with the contact of this `ID`")
	f.Var(whenFlag{&l.since}, "since", "only from `WHEN` on")
	f.Var(whenFlag{&l.until}, "until", "only up to `WHEN`")
	f.StringVar(&l.sort, "sort", "", "sort by `FIELD`: date, updated, saved or title, from the first to the last; -date is the newest first, as without --sort")
	f.IntVar(&l.limit, "limit", 100, "at most `N` records; 0 is all")
	f.StringVar(&l.text, "text", "", "only with these `WORDS`, as in storectl search: words, \"phrases\", -without, begin*, tag:x")
	f.BoolVar(&l.explain, "explain", false, "say how the store would find them, and do not list them")
	f.StringVar(&l.before, "before", "", "the page before the `CURSOR` that a page gave as prev")
	f.StringVar(&l.after, "after", "", "go on after the `CURSOR` that the last page gave")
	f.Var(nameList{&l.fields}, "fields", "only these columns, as `a,b`: "+strings.Join(briefFields, ", "))
	f.BoolVar(&l.trash, "trash", false, "what is in the trash instead")
	return cmd
}

func (a *app) list(ctx context.Context, name string, l *listing, limited bool) error {
	k, err := parseKind(name)
	if err != nil {
		return err
	}
	q, err := l.query(a.Now())
	if err != nil {
		return err
	}
	fields, err := l.columns(k)
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
			return a.listSettings(ctx, store, l, fields, limited)
		}
		if q.Links, err = l.links(ctx, store); err != nil {
			return err
		}
		switch {
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
		if !limited && a.Form.Streams() {
			q.Limit = 0
		}
		return a.printList(ctx, store, k, q, l, fields)
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
		return q, misuse("orders: "+namesOf(repo.Sorts())+"; with - in front from the last to the first", "list: --sort %s: there is no such order", l.sort)
	}
	var err error
	if q.From, q.To, err = bounds(l.since, l.until, now); err != nil {
		return q, misuse("", "list: %v", err)
	}
	return q, nil
}

// links are the links that the flags want, by whole ids.
func (l *listing) links(ctx context.Context, store *repo.Store) (list []schema.Link, err error) {
	for _, of := range []struct {
		kind, plural string
		ids          []string
	}{{"topic", "topics", l.topics}, {"company", "companies", l.companies}, {"contact", "contacts", l.contacts}} {
		for _, typed := range of.ids {
			if kinds := kindsOf([]string{typed}); len(kinds) == 1 && kinds[0] == of.plural {
				_, typed, _ = strings.Cut(typed, "/")
			}
			ref, err := refOf(ctx, store, repo.Ref{Kind: of.kind, ID: typed})
			if err != nil {
				return nil, err
			}
			list = append(list, schema.Link{Kind: of.kind, ID: ref.ID})
		}
	}
	return list, nil
}

// columns are the fields that are shown.
func (l *listing) columns(k repo.Kind) ([]string, error) {
	all, shown := briefFields, briefFields[:6]
	if !k.IsEntity() {
		all, shown = settingFields, settingFields
	} else if l.trash {
		shown = append(slices.Clone(shown), "trashed_at", "trash_reason")
	}
	for _, field := range l.fields {
		if !slices.Contains(all, field) {
			return nil, misuse("fields: "+strings.Join(all, ", "), "list %s: --fields: there is no field %q", k.Plural, field)
		}
	}
	if len(l.fields) > 0 {
		return l.fields, nil
	}
	return shown, nil
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

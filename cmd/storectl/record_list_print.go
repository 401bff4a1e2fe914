package main

import (
	"context"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"
	"taskstore/schema"
)

// briefFields are the columns that a list can show; the first six are shown unless --fields says otherwise.
var briefFields = []string{"id", "title", "status", "date", "updated", "tags", "rev", "kind", "trashed_at", "trash_reason"}

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
func (l *listing) nothing(k repo.Kind) string {
	switch {
	case l.after != "" || l.before != "":
		return "there are no more"
	case l.trash:
		return "the trash holds no such " + k.Plural
	case l.cmd != nil && l.cmd.Flags().NFlag() > 0 && len(l.status)+len(l.tags)+len(l.topics)+len(l.companies)+len(l.contacts)+len(l.since+l.until+l.text) > 0:
		return "no " + k.Plural + " are like that"
	}
	return "there are no " + k.Plural + " yet; storectl put " + k.Name + " adds one, storectl legacy import brings in the legacy app's"
}

// printList prints the records of a query: a page as a document, or as rows.
func (a *app) printList(ctx context.Context, store *repo.Store, k repo.Kind, q repo.Query, l *listing, fields []string) error {
	columns := make([]term.Column, len(fields))
	for i, field := range fields {
		columns[i] = briefColumn(field)
		columns[i].Extra = columns[i].Extra && len(l.fields) == 0
	}
	n, last := 0, repo.Page[schema.Brief]{}
	var rest string // what there is beyond the page
	return a.Print(term.Result{Name: "list", Columns: columns,
		Collect: func() (any, error) { return listPage(ctx, store, k, q, fields) },
		Rows: func(write func(row ...any) error) (err error) {
			if last, err = eachBrief(ctx, &store.Repos, k, q, func(brief schema.Brief) error {
				n++
				return write(chosen{fields, func(field string) any { return briefValue(field, brief) }}.row()...)
			}); err != nil || last.Next == "" {
				return err
			}
			total, about, err := k.In(&store.Repos).Estimate(ctx, q)
			rest = totalText(total, about)
			return err
		},
		Talk: func() {
			switch {
			case len(last.Unknown) > 0:
				a.sayUnknown(last.Unknown, last.Known)
			case rest != "":
				a.Say("%s in all; the next ones: %s", rest, a.again(l.cmd, []string{k.Plural}, string(last.Next)))
			case n == 0 && a.Form.ForPeople():
				a.Say("%s", l.nothing(k))
			}
		}})
}

// briefPage is a page of a list as a document.
type briefPage struct {
	Items     []any       `json:"items"`
	Next      repo.Cursor `json:"next"`
	Prev      repo.Cursor `json:"prev"`
	Total     int         `json:"total"`
	About     bool        `json:"total_about,omitempty"` // the total is estimated
	Unknown   []string    `json:"unknown,omitempty"`     // filters that name nothing
	Known     []string    `json:"known,omitempty"`       // what there is instead of a status or a tag
	Unindexed int64       `json:"unindexed,omitempty"`   // records that --text leaves out because they are not indexed yet
}

func listPage(ctx context.Context, store *repo.Store, k repo.Kind, q repo.Query, fields []string) (page briefPage, err error) {
	page.Items = []any{}
	last, err := eachBrief(ctx, &store.Repos, k, q, func(brief schema.Brief) error {
		page.Items = append(page.Items, chosen{fields, func(field string) any { return briefValue(field, brief) }})
		return nil
	})
	if err != nil {
		return page, err
	}
	page.Next, page.Prev, page.Unknown, page.Known, page.Unindexed = last.Next, last.Prev, last.Unknown, last.Known, last.Unindexed
	page.Total, page.About, err = k.In(&store.Repos).Estimate(ctx, q)
	return page, err
}

// totalText is a number of records, said to be an estimate where it is one.
func totalText(n int, about bool) string {
	if about {
		return "about " + counted(n, "record")
	}
	return counted(n, "record")
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

// chosen is the fields of a record that are shown, in the order in which they were asked for.
type chosen struct {
	fields []string
	value  func(field string) any
}

func (c chosen) row() []any {
	row := make([]any, len(c.fields))
	for i, field := range c.fields {
		row[i] = c.value(field)
	}
	return row
}

// MarshalJSON makes an object of them.
func (c chosen) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, field := range c.fields {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(out, term.JSONText(field)...), ':')
		out = append(out, term.JSONText(c.value(field))...)
	}
	return append(out, '}'), nil
}

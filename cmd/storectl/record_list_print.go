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
				return write(briefRow(fields, brief)...)
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
				a.Say("%s", l.nothing(a, k))
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
		page.Items = append(page.Items, briefObject{fields, brief})
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

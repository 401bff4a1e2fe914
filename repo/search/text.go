package search

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"taskstore/fts"
	"taskstore/internal/sqlitedb"
	"taskstore/internal/when"
	"taskstore/repo/internal/rows"
	"taskstore/repo/listing"
	"taskstore/schema"
)

// typed is a query with the filters that were typed into its text.
type typed struct {
	listing.Query
	kinds   []string // the kinds that they allow; nil is all
	unknown []string // those that name nothing there is, so that nothing can match
}

// resolveFilters adds the filters that were typed to those of a query.
func resolveFilters(ctx context.Context, x *sqlitedb.Tx, asked listing.Query, filters []fts.Filter, now schema.Time) (q typed, err error) {
	q.Query = asked
	q.Tags, q.Status, q.NotTags, q.NotStatus = slices.Clone(q.Tags), slices.Clone(q.Status), slices.Clone(q.NotTags), slices.Clone(q.NotStatus)
	q.AnyLinks = slices.Clone(q.AnyLinks)
	for _, f := range filters {
		switch f.Field {
		case "kind":
			q.kinds, err = typedKinds(q.kinds, f)
		case "tag":
			appendTo(&q.Tags, &q.NotTags, f)
		case "status":
			appendTo(&q.Status, &q.NotStatus, f)
		case "is":
			err = q.typedState(f)
		case "topic", "company", "contact", "note", "session", "task":
			err = q.typedLink(ctx, x, f)
		default:
			err = q.typedTime(f, now)
		}
		if err != nil {
			return q, err
		}
	}
	return q, nil
}

func appendTo(want, not *[]string, f fts.Filter) {
	if f.Not {
		want = not
	}
	*want = append(*want, f.Value)
}

func typedError(f fts.Filter, problem string, args ...any) error {
	return &schema.InvalidError{Kind: "search", Field: f.Field + ":" + f.Value, Problem: fmt.Sprintf(problem, args...)}
}

// typedKinds reads kind:notes,tasks. Several such filters want what all allow.
func typedKinds(kinds []string, f fts.Filter) ([]string, error) {
	var named []string
	for _, name := range strings.Split(strings.ToLower(f.Value), ",") {
		i := slices.IndexFunc(rows.Relations, func(r *rows.Relation) bool { return name == r.Kind || name == r.Name })
		if i < 0 {
			return nil, typedError(f, "is none of %s", strings.Join(rows.TableNames(), ", "))
		}
		named = append(named, rows.Relations[i].Kind)
	}
	allowed := []string{}
	for _, r := range rows.Relations {
		if slices.Contains(named, r.Kind) != f.Not && (kinds == nil || slices.Contains(kinds, r.Kind)) {
			allowed = append(allowed, r.Kind)
		}
	}
	return allowed, nil
}

func (q *typed) typedState(f fts.Filter) error {
	trash := strings.EqualFold(f.Value, "trash")
	if !trash && !strings.EqualFold(f.Value, "live") {
		return typedError(f, "is neither trash nor live")
	}
	q.Trash = trash != f.Not
	return nil
}

// namesakes is how many records may have the name in topic:NAME.
const namesakes = 50

// typedLink reads topic:NAME or topic:ID. A name that several have means any of them.
func (q *typed) typedLink(ctx context.Context, x *sqlitedb.Tx, f fts.Filter) error {
	if f.Not {
		return typedError(f, "cannot be left out with -; only tag, status, kind and words can")
	}
	r, err := rows.RelationOf(f.Field)
	if err != nil {
		return err
	}
	var ids []string
	err = x.Select(ctx, &ids, "SELECT id FROM "+r.Name+" WHERE id = ?\nUNION\nSELECT * FROM (SELECT e.id FROM "+r.Name+" AS e WHERE e.trashed_at IS NULL AND "+
		r.TitleOf("e")+" COLLATE NOCASE = ? LIMIT ?)", f.Value, f.Value, namesakes+1)
	if err != nil {
		return err
	}
	if len(ids) > namesakes {
		return typedError(f, "is the name of more than %d %s; give the id of one", namesakes, r.Name)
	}
	if len(ids) == 0 {
		q.unknown = append(q.unknown, f.Field+":"+f.Value)
		return nil
	}
	any := make([]schema.Link, len(ids))
	for i, id := range ids {
		any[i] = schema.Link{Kind: r.Kind, ID: id}
	}
	q.AnyLinks = append(q.AnyLinks, any)
	return nil
}

// typedTime reads after:, before:, since:, until:, on: and in:. Several of them
// leave the time that all of them allow.
func (q *typed) typedTime(f fts.Filter, now schema.Time) error {
	if f.Not {
		return typedError(f, "cannot be left out with -; use before: and after:")
	}
	zone, err := listing.Zone(q.Zone)
	if err != nil {
		return err
	}
	at, err := now.Time()
	if err != nil {
		return err
	}
	from, end, err := typedBounds(f, at.In(zone))
	if err != nil {
		return typedError(f, "%v", err)
	}
	q.From = max(q.From, schema.TimeOf(from))
	if to := schema.TimeOf(end); to != "" && (q.To == "" || to < q.To) {
		q.To = to
	}
	return nil
}

// typedBounds gives what a filter by time allows; the zero time is no bound.
func typedBounds(f fts.Filter, now time.Time) (from, end time.Time, err error) {
	switch f.Field {
	case "after", "since":
		from, err = when.Since(f.Value, now)
	case "before":
		end, err = when.Since(f.Value, now)
	case "until":
		end, err = when.Until(f.Value, now)
	default:
		from, end, err = when.In(f.Value, now)
	}
	return from, end, err
}

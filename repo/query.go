package repo

import (
	"fmt"
	"strings"

	"taskstore/schema"
)

// Query says which entities are wanted. The zero value is all live ones, the
// newest first.
type Query struct {
	Status []string      // any of these
	Tags   []string      // all of these
	Links  []schema.Link // a link to each of these (Kind and ID), in whichever of the two it is written
	From   schema.Time   // dated at this moment or later
	To     schema.Time   // dated before this moment
	Sort   Sort
	Limit  int    // entities on a page; 0 means DefaultLimit. All and Count do not look at it
	After  Cursor // the Next of the page before
	Trash  bool   // what is in the trash instead of what is live
}

// DefaultLimit is the size of a page whose query names none.
const DefaultLimit = 100

// Sort is an order of entities. Equal ones are in the order in which they came
// into the store, or the opposite one.
type Sort string

// The orders. Those of time have the newest first, "-" in front turns an order
// round. Entities without such a time come last in both directions.
const (
	SortDate    Sort = "date" // the default: when it took place or was created
	SortUpdated Sort = "updated"
	SortSaved   Sort = "saved" // when the store last wrote it
	SortTitle   Sort = "title" // A to Z, the case of ASCII letters aside
)

// Sorts are the names that a Sort may have.
func Sorts() []Sort { return []Sort{SortDate, SortUpdated, SortSaved, SortTitle} }

// Page is a part of the answer to a Query.
type Page[T any] struct {
	Items []T
	Next  Cursor // of the page after this one; "" at the end
}

// order is a Sort on one table.
type order struct {
	expr string // what the index is over
	pk   string // what orders equal ones
	desc bool
	null bool // may be NULL
}

func (r *relation) order(q Query) (order, error) {
	name, reverse := strings.CutPrefix(string(q.Sort), "-")
	o := order{pk: "e.pk", desc: true, null: true}
	switch Sort(name) {
	case "", SortDate:
		o.expr = "e." + r.date
	case SortUpdated:
		o.expr = "e." + r.updated
	case SortSaved:
		o.expr = "e.saved_at"
	case SortTitle:
		o.expr, o.desc = r.title+" COLLATE NOCASE", false
	default:
		return o, &schema.InvalidError{Kind: r.kind, Field: "sort", Problem: fmt.Sprintf("%q is none of %v", q.Sort, Sorts())}
	}
	if reverse {
		o.desc = !o.desc
	}
	if dated := o.expr == "e."+r.date; q.Trash || !dated && (q.From != "" || q.To != "") {
		// Find by the trash or by the date, then sort: in the order of another index
		// the whole table would be read for the few that are wanted.
		o.expr, o.pk = "+"+o.expr, "+e.pk"
	}
	return o, nil
}

func (o order) by() string {
	dir := " ASC"
	if o.desc {
		dir = " DESC"
	}
	return o.expr + dir + ", " + o.pk + dir
}

// where collects the conditions of a statement and their arguments.
type where struct {
	conds []string
	args  []any
}

func (w *where) add(cond string, args ...any) {
	w.conds = append(w.conds, cond)
	w.args = append(w.args, args...)
}

func (w *where) sql() string { return "\nWHERE " + strings.Join(w.conds, "\n  AND ") }

// filter turns the conditions of q into SQL over the row e.
func (r *relation) filter(q Query) (*where, error) {
	w := &where{}
	if q.Trash {
		w.add("e.trashed_at IS NOT NULL")
	} else {
		w.add("e.trashed_at IS NULL")
	}
	if len(q.Status) > 0 {
		if r.status == "" {
			return nil, &schema.InvalidError{Kind: r.kind, Field: "status", Problem: "is not something this kind has"}
		}
		args := make([]any, len(q.Status))
		for i, s := range q.Status {
			args[i] = s
		}
		w.add("e."+r.status+" IN ("+marks(len(args))+")", args...)
	}
	for _, tag := range q.Tags {
		if r.sql.tags == "" {
			return nil, &schema.InvalidError{Kind: r.kind, Field: "tags", Problem: "are not something this kind has"}
		}
		w.add("e.pk IN (SELECT "+r.kind+"_pk FROM "+r.kind+"_tags WHERE tag = ?)", tag)
	}
	for _, l := range q.Links {
		if err := r.linkFilter(w, l); err != nil {
			return nil, err
		}
	}
	for _, limit := range []struct {
		at schema.Time
		op string
	}{{q.From, " >= ?"}, {q.To, " < ?"}} {
		if limit.at == "" {
			continue
		}
		if _, ok := schema.ParseTime(string(limit.at)); !ok {
			return nil, &schema.InvalidError{Kind: r.kind, Field: "date", Problem: fmt.Sprintf("%q is no time such as %s", limit.at, schema.TimeLayout)}
		}
		w.add("e."+r.date+limit.op, string(limit.at))
	}
	return w, nil
}

// linkFilter asks for a link between e and the entity l.Kind/l.ID, written at
// either end. The member topicId of the app may name a company or a contact.
func (r *relation) linkFilter(w *where, l schema.Link) error {
	other, err := relationOf(l.Kind)
	if err != nil {
		return err
	}
	var arms []string
	var args []any
	if r.hasLinks() {
		kinds := "kind = '" + other.kind + "'"
		if other.kind == "company" || other.kind == "contact" {
			kinds = "kind IN ('" + other.kind + "', 'topic')"
		}
		arms = append(arms, "SELECT "+r.kind+"_pk FROM "+r.kind+"_links WHERE id = ? AND "+kinds)
		args = append(args, l.ID)
	}
	if other.hasLinks() {
		kinds := "l.kind = '" + r.kind + "'"
		if r.kind == "company" || r.kind == "contact" {
			kinds = "l.kind IN ('" + r.kind + "', 'topic')"
		}
		arms = append(arms, "SELECT x.pk FROM "+other.name+" AS o JOIN "+other.kind+"_links AS l ON l."+other.kind+"_pk = o.pk JOIN "+
			r.name+" AS x ON x.id = l.id WHERE o.id = ? AND "+kinds)
		args = append(args, l.ID)
	}
	if len(arms) == 0 {
		return &schema.InvalidError{Kind: r.kind, Field: "links", Problem: "there are none to a " + l.Kind}
	}
	w.add("e.pk IN ("+strings.Join(arms, " UNION ")+")", args...)
	return nil
}

func (r *relation) hasLinks() bool {
	for _, c := range r.children {
		if c.form == schema.FormLinks {
			return true
		}
	}
	return false
}

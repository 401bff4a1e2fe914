// Package listing says which records a query selects: a page of them in order, how many they
// are, and how many have each tag, status or date. Its one idea is to go through the rarest of
// the filters, of which each is a list that is kept in every order, and to look whether its
// records are in the others. So a page costs what the page costs, an estimate takes no longer
// in a great store than in a small one, and a Cursor stays true while records come and go. It
// has those lists, the facets of package rows, brought in step with what a transaction has
// written (FacetMarks) before it reads them. It reads no whole record, and leaves texts to
// package search, which hands it what the words of a query leave as a value, Words.
package listing

import (
	"fmt"
	"strings"
	"time"

	"taskstore/schema"
)

// Query says which entities are wanted. The zero value is all live ones, the
// newest first.
//
// A page costs what the page costs, however many entities there are: of everything, of the
// trash, of each filter alone and in each Sort, it is read from an index that is in that
// order already. Several filters go through the entities of the rarest one, in order, and
// look whether each has the others. So two filters that many entities have and that hardly
// ever meet cost the walk of the rarer one (2 µs an entity); so do NotTags that most have. From
// and To are a part of the order of dates; with another Sort the entities of that time are
// sorted if they are few, else all are gone through in order, which is long where that order
// has those of the time last. Links that the entity at the other end holds are read and sorted:
// all that it holds.
type Query struct {
	// A status or a tag is meant in any case, composed or not: see schema.FoldTag. An empty tag is refused.
	Status    []string        // any of these
	NotStatus []string        // none of these
	Tags      []string        // all of these
	AnyTags   []string        // at least one of these
	NotTags   []string        // none of these
	Links     []schema.Link   // a link to each of these (Kind and ID), in whichever of the two it is written
	AnyLinks  [][]schema.Link // of each list, a link to at least one
	From      schema.Time     // dated at this moment or later
	To        schema.Time     // dated before this moment
	// Text is what a person typed: words, phrases, and filters such as tag:work,
	// which are added to those above. See package fts.
	Text string
	// Zone is the time zone of days and months in Text, such as Europe/Berlin; ""
	// is the system's.
	Zone   string
	Sort   Sort
	Limit  int    // entities on a page; 0 means DefaultLimit. All and Count do not look at it
	After  Cursor // the Next of the page before
	Before Cursor // the Prev of the page after; not together with After
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
	// SortTitle is A to Z by the characters of Unicode, the case of ASCII letters aside: 10 comes before 9, É after
	// Z, and a note in HTML that has no title where its tags put it. The order of a language would need a key that
	// is kept beside each title, in each table and each facet. The triggers that keep facets in step with what other
	// programs write cannot make one, since SQLite has no such order; and a key that is made later would have
	// records on two pages of a list meanwhile, or on none.
	SortTitle Sort = "title"
)

// Sorts are the names that a Sort may have.
func Sorts() []Sort { return []Sort{SortDate, SortUpdated, SortSaved, SortTitle} }

// Zone finds a time zone by its name; "" is the system's.
func Zone(name string) (*time.Location, error) {
	if name == "" {
		return time.Local, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, &schema.InvalidError{Kind: "search", Field: "zone", Problem: fmt.Sprintf("%q is no time zone such as Europe/Berlin", name)}
	}
	return zone, nil
}

// where collects the conditions of a statement and their arguments.
type where struct {
	conds []string
	Args  []any
}

func (w *where) add(cond string, args ...any) {
	w.conds = append(w.conds, cond)
	w.Args = append(w.Args, args...)
}

func (w *where) SQL() string {
	if len(w.conds) == 0 {
		return ""
	}
	return "\nWHERE " + strings.Join(w.conds, "\n  AND ")
}

package repo

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/history"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// Ref names an entity.
type Ref struct {
	Kind string `json:"kind"` // note, task, ...
	ID   string `json:"id"`
}

func (r Ref) String() string { return r.Kind + "/" + r.ID }

// singular is r with the name of its kind as the store holds it.
func (r Ref) singular() Ref {
	r.Kind, _ = schema.KindName(r.Kind)
	return r
}

// Linked is one link of an entity, seen from it.
type Linked struct {
	// Held says that the entity holds the link; otherwise the other end does.
	Held   bool   `json:"held"`
	Type   string `json:"type"`   // such as note-task
	Member string `json:"member"` // JSON member in which it stands
	Other  Ref    `json:"other"`
	Title  string `json:"title"` // of the other end; "" if it is not there
	// There says that the other end is in the store, Trashed that it is in the trash.
	There   bool `json:"there"`
	Trashed bool `json:"trashed"`
}

// LinksOf gives the links of an entity in both directions: those that it holds,
// in their order, then those that others hold to it. One that both ends hold is
// given once for each.
func (s *Store) LinksOf(ctx context.Context, of Ref) (list []Linked, err error) {
	defer sqlitedb.Wrap(&err, "list the links of %v", of)
	of = of.singular()
	err = s.read(ctx, func(q *sqlitedb.Tx) error {
		r, err := rows.RelationOf(of.Kind)
		if err != nil {
			return err
		}
		p, err := r.Find(ctx, q, of.ID)
		if err != nil {
			return err
		}
		if list, err = heldLinks(ctx, q, r, p.PK); err != nil {
			return err
		}
		for _, other := range rows.Relations {
			if err := linksTo(ctx, q, other, of, &list); err != nil {
				return err
			}
		}
		for i := range list {
			if err := list[i].look(ctx, q); err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

func heldLinks(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, pk int64) (list []Linked, err error) {
	if !r.HasLinks() {
		return nil, nil
	}
	result, err := q.Query(ctx, "SELECT type, member, kind, id FROM "+r.Kind+"_links WHERE "+r.Kind+"_pk = ? ORDER BY pos", pk)
	if err != nil {
		return nil, err
	}
	defer result.Close()
	for result.Next() {
		l := Linked{Held: true}
		if err := result.Scan(&l.Type, &l.Member, &l.Other.Kind, &l.Other.ID); err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	return list, errors.Join(result.Err(), result.Close())
}

// kindsOf are the kinds under which links name an entity of a kind: the app's
// member topicId may name a company or a contact, and files are attachments.
func kindsOf(kind string) [2]string {
	switch kind {
	case "company", "contact":
		return [2]string{kind, "topic"}
	case "attachment":
		return [2]string{"file", kind}
	}
	return [2]string{kind, kind}
}

// linksTo adds the links that entities of r hold to another.
func linksTo(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, to Ref, list *[]Linked) error {
	if !r.HasLinks() {
		return nil
	}
	kinds := kindsOf(to.Kind)
	result, err := q.Query(ctx, fmt.Sprintf(`SELECT l.type, l.member, e.id
FROM %[1]s_links AS l
JOIN %[2]s AS e ON e.pk = l.%[1]s_pk
WHERE l.id = ? AND l.kind IN (?, ?)
ORDER BY e.pk, l.pos`, r.Kind, r.Name), to.ID, kinds[0], kinds[1])
	if err != nil {
		return err
	}
	defer result.Close()
	for result.Next() {
		l := Linked{Other: Ref{Kind: r.Kind}}
		if err := result.Scan(&l.Type, &l.Member, &l.Other.ID); err != nil {
			return err
		}
		*list = append(*list, l)
	}
	return errors.Join(result.Err(), result.Close())
}

// look finds the other end.
func (l *Linked) look(ctx context.Context, q *sqlitedb.Tx) error {
	kinds := []string{l.Other.Kind}
	switch l.Other.Kind {
	case "file":
		kinds = []string{"attachment"}
	case "topic":
		kinds = append(kinds, "company", "contact")
	}
	for _, kind := range kinds {
		r, err := rows.RelationOf(kind)
		if err != nil {
			return nil // a kind that the app has and the store does not
		}
		var end struct {
			Title   string `db:"title"`
			Trashed bool   `db:"trashed"`
		}
		err = q.Get(ctx, &end, "SELECT "+r.Title+" AS title, e.trashed_at IS NOT NULL AS trashed FROM "+r.Name+" AS e WHERE e.id = ?", l.Other.ID)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		l.Title, l.Trashed, l.There, l.Other.Kind = end.Title, end.Trashed, err == nil, kind
		return err
	}
	return nil
}

// AddLink links two entities that are there: from gets the link and a new
// revision. typ "" is the usual type, such as note-task. It says false, and
// changes nothing, when from has such a link already.
func (s *Store) AddLink(ctx context.Context, from, to Ref, typ string) (added bool, err error) {
	defer sqlitedb.Wrap(&err, "link %v to %v", from, to)
	from, to = from.singular(), to.singular()
	r, err := linkable(from, to)
	if err != nil {
		return false, err
	}
	err = s.update(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		added = false
		if err := (&Linked{Other: to}).mustBe(ctx, q); err != nil {
			return err
		}
		return modifyOne(ctx, q, r, s, from.ID, func(v any) error {
			links := linksAt(r, v)
			for _, l := range *links {
				if l.ID == to.ID && l.Kind == kindsOf(to.Kind)[0] && (typ == "" || l.Type == typ) {
					return nil
				}
			}
			added = true
			*links = append(slices.Clone(*links), schema.Link{Kind: kindsOf(to.Kind)[0], ID: to.ID, Type: typ})
			return nil
		})
	})
	return added, err
}

func (l *Linked) mustBe(ctx context.Context, q *sqlitedb.Tx) error {
	r, err := rows.RelationOf(l.Other.Kind)
	if err != nil {
		return err
	}
	if _, err = r.Find(ctx, q, l.Other.ID); err != nil {
		sqlitedb.Wrap(&err, "%v", l.Other)
	}
	return err
}

// linkable gives the relation that holds links from one entity.
func linkable(from, to Ref) (*rows.Relation, error) {
	r, err := rows.RelationOf(from.Kind)
	if err != nil {
		return nil, err
	}
	if _, err := rows.RelationOf(to.Kind); err != nil {
		return nil, err
	}
	if !r.HasLinks() {
		return nil, &schema.InvalidError{Kind: from.Kind, ID: from.ID, Field: "links", Problem: "cannot be held by this kind; name the two in the other order"}
	}
	if from == to {
		return nil, &schema.InvalidError{Kind: from.Kind, ID: from.ID, Field: "links", Problem: "to itself are not possible"}
	}
	return r, nil
}

func linksAt(r *rows.Relation, v any) *[]schema.Link {
	for _, c := range r.Children {
		if c.Form == schema.FormLinks {
			return c.At(v).(*[]schema.Link)
		}
	}
	return new([]schema.Link)
}

// RemoveLinks takes away the links between two entities, whichever of the two
// holds them, of one type only if typ is not "". Each entity that held one gets a
// new revision. The other end need not be there any more. It says how many links
// that were; with dryRun, how many it would be.
func (s *Store) RemoveLinks(ctx context.Context, a, b Ref, typ string, dryRun bool) (n int, err error) {
	defer sqlitedb.Wrap(&err, "unlink %v and %v", a, b)
	a, b = a.singular(), b.singular()
	remove := func(ctx context.Context, q *sqlitedb.Tx) error {
		n = 0
		for _, pair := range [][2]Ref{{a, b}, {b, a}} {
			removed, err := s.removeLinks(ctx, q, pair[0], pair[1], typ, dryRun)
			if n += removed; err != nil {
				return err
			}
		}
		return nil
	}
	if dryRun {
		err = s.read(ctx, func(q *sqlitedb.Tx) error { return remove(ctx, q) })
	} else {
		err = s.update(ctx, remove)
	}
	return n, err
}

// removeLinks takes away those that one entity holds to another, or only counts them.
func (s *Store) removeLinks(ctx context.Context, q *sqlitedb.Tx, from, to Ref, typ string, dryRun bool) (int, error) {
	v, r, err := holderOf(ctx, q, from)
	if err != nil || v == nil {
		return 0, err
	}
	links := linksAt(r, v)
	kept := slices.DeleteFunc(slices.Clone(*links), func(l schema.Link) bool { return isLink(l, to, typ) })
	n := len(*links) - len(kept)
	if n == 0 || dryRun {
		return n, nil
	}
	*links = kept
	return n, storeOne(ctx, q, r, s, v, history.ChangeUpdate)
}

// holderOf reads an entity that can hold links; nil if it is not there or cannot.
func holderOf(ctx context.Context, q *sqlitedb.Tx, of Ref) (any, *rows.Relation, error) {
	r, err := rows.RelationOf(of.Kind)
	if err != nil || !r.HasLinks() {
		return nil, r, err
	}
	l, err := r.Get(ctx, q, of.ID, nil)
	if errors.Is(err, ErrNotFound) {
		return nil, r, nil
	}
	return l.V, r, err
}

func isLink(l schema.Link, to Ref, typ string) bool {
	kinds := kindsOf(to.Kind)
	return l.ID == to.ID && (l.Kind == kinds[0] || l.Kind == kinds[1]) && (typ == "" || l.Type == typ)
}

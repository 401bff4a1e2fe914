// Package links tells which records lead to which. Its one idea is that a link is held
// by one record and seen from both: it is a part of its holder, saved and kept with it,
// and what leads to a record is asked of all the others, whose links may name it by one
// of two kinds. It reads; links are added and removed by package repo, as changes of the
// records that hold them.
package links

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"taskstore/fts"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// Ref names an entity.
type Ref struct {
	Kind string `json:"kind"` // note, task, ...
	ID   string `json:"id"`
}

func (r Ref) String() string { return r.Kind + "/" + r.ID }

// Singular is r with the name of its kind as the store holds it.
func (r Ref) Singular() Ref {
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

// Of gives the links of an entity in both directions: see repo.Store.LinksOf.
func Of(ctx context.Context, q *sqlitedb.Tx, of Ref) (list []Linked, err error) {
	r, err := rows.RelationOf(of.Kind)
	if err != nil {
		return nil, err
	}
	p, err := r.Find(ctx, q, of.ID)
	if err != nil {
		return nil, err
	}
	if list, err = heldLinks(ctx, q, r, p.PK); err != nil {
		return nil, err
	}
	for _, other := range rows.Relations {
		if err := linksTo(ctx, q, other, of, &list); err != nil {
			return nil, err
		}
	}
	for i := range list {
		if err := list[i].look(ctx, q); err != nil {
			return nil, err
		}
	}
	return list, nil
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

// Kinds are the kinds under which links name an entity of a kind: the app's
// member topicId may name a company or a contact, and files are attachments.
func Kinds(kind string) [2]string {
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
	kinds := Kinds(to.Kind)
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
		l.Title, l.Trashed, l.There, l.Other.Kind = fts.PlainTitle(kind, end.Title), end.Trashed, err == nil, kind
		return err
	}
	return nil
}

// MustBe makes sure that the other end is there.
func (l *Linked) MustBe(ctx context.Context, q *sqlitedb.Tx) error {
	r, err := rows.RelationOf(l.Other.Kind)
	if err != nil {
		return err
	}
	if _, err = r.Find(ctx, q, l.Other.ID); err != nil {
		sqlitedb.Wrap(&err, "%v", l.Other)
	}
	return err
}

// Holder gives the relation that holds links from one entity.
func Holder(from, to Ref) (*rows.Relation, error) {
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

// At are the links that a value holds.
func At(r *rows.Relation, v any) *[]schema.Link {
	for _, c := range r.Children {
		if c.Form == schema.FormLinks {
			return c.At(v).(*[]schema.Link)
		}
	}
	return new([]schema.Link)
}

// Is tells whether a link leads to an entity, and is of that type unless typ is "".
func Is(l schema.Link, to Ref, typ string) bool {
	kinds := Kinds(to.Kind)
	return l.ID == to.ID && (l.Kind == kinds[0] || l.Kind == kinds[1]) && (typ == "" || l.Type == typ)
}

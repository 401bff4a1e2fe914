package repo

import (
	"context"
	"errors"
	"slices"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/history"
	"taskstore/repo/internal/rows"
	"taskstore/repo/links"
	"taskstore/schema"
)

// LinksOf gives the links of an entity in both directions: those that it holds,
// in their order, then those that others hold to it. One that both ends hold is
// given once for each.
func (s *Store) LinksOf(ctx context.Context, of Ref) (list []Linked, err error) {
	defer sqlitedb.Wrap(&err, "list the links of %v", of)
	err = s.read(ctx, func(q *sqlitedb.Tx) (err error) {
		list, err = links.Of(ctx, q, of.Singular())
		return err
	})
	return list, err
}

// AddLink links two entities that are there: from gets the link and a new
// revision. typ "" is the usual type, such as note-task. It says false, and
// changes nothing, when from has such a link already.
func (s *Store) AddLink(ctx context.Context, from, to Ref, typ string) (added bool, err error) {
	defer sqlitedb.Wrap(&err, "link %v to %v", from, to)
	from, to = from.Singular(), to.Singular()
	r, err := links.Holder(from, to)
	if err != nil {
		return false, err
	}
	err = s.update(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		added = false
		if err := (&Linked{Other: to}).MustBe(ctx, q); err != nil {
			return err
		}
		return modifyOne(ctx, q, r, s, from.ID, func(v any) error {
			held := links.At(r, v)
			for _, l := range *held {
				if l.ID == to.ID && l.Kind == links.Kinds(to.Kind)[0] && (typ == "" || l.Type == typ) {
					return nil
				}
			}
			added = true
			*held = append(slices.Clone(*held), schema.Link{Kind: links.Kinds(to.Kind)[0], ID: to.ID, Type: typ})
			return nil
		})
	})
	return added, err
}

// RemoveLinks takes away the links between two entities, whichever of the two
// holds them, of one type only if typ is not "". Each entity that held one gets a
// new revision. The other end need not be there any more. It says how many links
// that were; with dryRun, how many it would be.
func (s *Store) RemoveLinks(ctx context.Context, a, b Ref, typ string, dryRun bool) (n int, err error) {
	defer sqlitedb.Wrap(&err, "unlink %v and %v", a, b)
	a, b = a.Singular(), b.Singular()
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
	held := links.At(r, v)
	kept := slices.DeleteFunc(slices.Clone(*held), func(l schema.Link) bool { return links.Is(l, to, typ) })
	n := len(*held) - len(kept)
	if n == 0 || dryRun {
		return n, nil
	}
	*held = kept
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

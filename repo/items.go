package repo

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"reflect"

	"taskstore/fts"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/contents"
	"taskstore/repo/history"
	"taskstore/repo/internal/rows"
	"taskstore/repo/internal/saving"
	"taskstore/repo/search"
	"taskstore/schema"
)

// Items is a long list inside an entity: the screenshots of a session, say.
// Single items are added, changed and removed without a new revision of the
// entity, so that somebody who is editing the entity can still save it. A
// changed or removed item is kept as a revision of its own.
type Items[T, E any] struct {
	in scope
	r  *rows.Relation
	c  *rows.Child
	// holder is the child table whose row holds the list; "" is the entity itself.
	holder string
}

// Add appends items to the list of the entity named id. It returns when they
// are durable. Items without an id get one.
func (l Items[T, E]) Add(ctx context.Context, id string, items ...*E) (err error) {
	defer sqlitedb.Wrap(&err, "add to %s of %s %q", l.c.Part, l.r.Kind, id)
	return undoable(l.in, func(e *rows.Effects) error { return l.add(ctx, e, id, items) })
}

func (l Items[T, E]) add(ctx context.Context, e *rows.Effects, id string, items []*E) error {
	result := make([]rows.Row, len(items))
	for i, item := range items {
		elem := reflect.ValueOf(item).Elem()
		saving.CompleteItem(e, elem, id)
		if err := l.check(ctx, id, item, nil); err != nil {
			return err
		}
		var err error
		if result[i], err = l.c.Row(elem, 0); err != nil {
			return err
		}
	}
	named, err := l.in.externalise(ctx, e, toAny(items)...)
	if err != nil {
		return err
	}
	err = l.in.write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		return l.change(ctx, q, id, func(p rows.Present, st *rows.ListState) error {
			if err := errors.Join(l.held(id, p), saving.RefuseMissing(ctx, q, l.r, id, history.ChangeUpdate, named)); err != nil {
				return err
			}
			if err := l.append(ctx, q, p.PK, items, result, st); err != nil {
				return err
			}
			return contents.Record(ctx, q, l.in.now(), named)
		})
	})
	if err == nil {
		e.TellKeys(l.c, result)
	}
	return err
}

// append stores items after those that are there, and puts what is stored into result.
func (l Items[T, E]) append(ctx context.Context, q *sqlitedb.Tx, owner int64, items []*E, result []rows.Row, st *rows.ListState) (err error) {
	var last sql.NullInt64
	if err := q.Get(ctx, &last, l.c.SQL.Last, owner); err != nil {
		return err
	}
	pos := int64(0)
	if last.Valid {
		pos = last.Int64 + 1
	}
	for i, item := range items {
		if result[i], err = l.c.Row(reflect.ValueOf(item).Elem(), pos+int64(i)); err != nil {
			return err
		}
		if err := l.c.Insert(ctx, q, owner, &result[i]); err != nil {
			return err
		}
		if err := l.markDirty(ctx, q, owner, result[i].Key); err != nil {
			return err
		}
		st.Add(result[i].Sum)
	}
	return nil
}

// Update changes one item: it reads the item named itemID, calls fn on it, and
// stores what fn made of it, in one transaction.
func (l Items[T, E]) Update(ctx context.Context, id, itemID string, fn func(*E) error) (item E, err error) {
	defer sqlitedb.Wrap(&err, "change %q in %s of %s %q", itemID, l.c.Part, l.r.Kind, id)
	err = l.in.update(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		return l.change(ctx, q, id, func(p rows.Present, st *rows.ListState) error {
			pos, sum, err := l.find(ctx, q, p.PK, itemID, &item)
			if err != nil {
				return err
			}
			pk := reflect.ValueOf(&item).Elem().FieldByName("PK").Int()
			before := schema.Check(&item)
			if err := errors.Join(fn(&item), l.check(ctx, id, &item, before)); err != nil {
				return err
			}
			named, err := l.in.externalise(ctx, &rows.Effects{}, &item)
			if err == nil {
				err = saving.RefuseMissing(ctx, q, l.r, id, history.ChangeUpdate, named)
			}
			if err != nil {
				return err
			}
			w, err := l.c.Row(reflect.ValueOf(&item).Elem(), pos)
			if err == nil {
				err = contents.Record(ctx, q, l.in.now(), named)
			}
			if err != nil || w.Sum == sum {
				return err
			}
			if err := history.KeepItem(ctx, q, l.r, l.c, pk, st.N, &schema.Head{ID: id, PK: p.PK, Rev: p.Rev}, "update", history.OriginOf(ctx), l.in.now()); err != nil {
				return err
			}
			st.Remove(sum)
			st.Add(w.Sum)
			args := append(append(append([]any{pos}, w.Vals[1:]...), w.Sum), pk)
			if _, err := q.Exec(ctx, l.c.SQL.Update, args...); err != nil {
				return err
			}
			return l.markDirty(ctx, q, p.PK, pk)
		})
	})
	if err != nil {
		var none E
		return none, err
	}
	return item, nil
}

// Remove takes items out of the list; each is kept as a revision.
func (l Items[T, E]) Remove(ctx context.Context, id string, itemIDs ...string) (err error) {
	defer sqlitedb.Wrap(&err, "remove from %s of %s %q", l.c.Part, l.r.Kind, id)
	return l.in.write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		return l.change(ctx, q, id, func(p rows.Present, st *rows.ListState) error {
			for _, itemID := range itemIDs {
				var item E
				_, sum, err := l.find(ctx, q, p.PK, itemID, &item)
				if err != nil {
					return err
				}
				pk := reflect.ValueOf(&item).Elem().FieldByName("PK").Int()
				if err := history.KeepItem(ctx, q, l.r, l.c, pk, st.N, &schema.Head{ID: id, PK: p.PK, Rev: p.Rev}, "delete", history.OriginOf(ctx), l.in.now()); err != nil {
					return err
				}
				if err := rows.Delete(ctx, q, l.c.SQL.Delete, pk); err != nil {
					return err
				}
				if err := l.markDirty(ctx, q, p.PK, pk); err != nil {
					return err
				}
				st.Remove(sum)
			}
			return nil
		})
	})
}

// markDirty notes an item for the search index.
func (l Items[T, E]) markDirty(ctx context.Context, q *sqlitedb.Tx, owner, pk int64) error {
	return search.MarkDirty(ctx, q, fts.Mark{Kind: l.r.Kind, PK: owner, List: l.c.Table, ItemPK: pk})
}

// held makes sure that there is something for the list to be in.
func (l Items[T, E]) held(id string, p rows.Present) error {
	if l.holder == "" || rows.ParseLists(p.Lists)[l.holder].N > 0 {
		return nil
	}
	return &schema.InvalidError{Kind: l.r.Kind, ID: id, Field: l.c.Part, Problem: "the object that holds this list is not there; save it first"}
}

// check refuses what is wrong with an item and was not before.
func (l Items[T, E]) check(ctx context.Context, id string, item *E, before []schema.InvalidError) error {
	problem := &schema.InvalidError{Field: schema.InvalidJSON(item), Problem: "is not valid JSON"}
	if problem.Field == "" {
		if !saving.Refuses(ctx, history.ChangeUpdate) {
			return nil
		}
		if problem = schema.Added(schema.Check(item), before); problem == nil {
			return nil
		}
	}
	return &schema.InvalidError{Kind: l.r.Kind, ID: id, Field: l.c.Part + "." + problem.Field, Problem: problem.Problem}
}

// All gives the items in their order, from one snapshot, and ends after an error.
func (l Items[T, E]) All(ctx context.Context, id string) iter.Seq2[E, error] {
	return func(yield func(E, error) bool) {
		var zero E
		err := l.in.read(ctx, func(q *sqlitedb.Tx) error {
			p, err := l.r.Find(ctx, q, id)
			if err != nil {
				return err
			}
			result, err := q.Query(ctx, l.c.SQL.List, p.PK)
			if err != nil {
				return err
			}
			defer result.Close()
			sc := rows.NewScanner(l.c.Cols, nil)
			for result.Next() {
				var item E
				if err := errors.Join(ctx.Err(), result.Scan(sc.Into(reflect.ValueOf(&item).Elem())...)); err != nil {
					return err
				}
				if !yield(item, nil) {
					return errStop
				}
			}
			return result.Err()
		})
		if err != nil && !errors.Is(err, errStop) {
			sqlitedb.Wrap(&err, "read %s of %s %q", l.c.Part, l.r.Kind, id)
			yield(zero, err)
		}
	}
}

// errStop ends a read whose caller has seen enough.
var errStop = errors.New("stop")

// change runs fn on the state of the list and stores the new one.
func (l Items[T, E]) change(ctx context.Context, q *sqlitedb.Tx, id string, fn func(p rows.Present, st *rows.ListState) error) error {
	p, err := l.r.Present(ctx, q, id)
	if err != nil {
		return err
	}
	states := rows.ParseLists(p.Lists)
	st := states[l.c.Table]
	if err := fn(p, &st); err != nil {
		return err
	}
	states[l.c.Table] = st
	_, err = q.Exec(ctx, l.r.SQL.SetLists, states.Text(l.r), p.PK)
	return err
}

// find reads the item named itemID.
func (l Items[T, E]) find(ctx context.Context, q *sqlitedb.Tx, owner int64, itemID string, item *E) (pos, sum int64, err error) {
	result, err := q.Query(ctx, l.c.SQL.ByID, owner, itemID)
	if err != nil {
		return 0, 0, err
	}
	defer result.Close()
	if !result.Next() {
		return 0, 0, errors.Join(ErrNotFound, result.Err())
	}
	sc := rows.NewScanner(l.c.Cols, nil, &pos, &sum)
	if err := result.Scan(sc.Into(reflect.ValueOf(item).Elem())...); err != nil {
		return 0, 0, err
	}
	return pos, sum, result.Close()
}

func toAny[E any](list []*E) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

package repo

import (
	"context"
	"encoding/json"
	"strconv"

	"taskstore/fts"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/contents"
	"taskstore/repo/history"
	"taskstore/repo/internal/rows"
	"taskstore/repo/internal/saving"
	"taskstore/repo/search"
	"taskstore/schema"
)

// scope is where a collection works: a Store, whose every call is a transaction
// of its own, or a Tx.
type scope interface {
	// read runs fn on a snapshot.
	read(ctx context.Context, fn func(*sqlitedb.Tx) error) error
	// readIndexed is read with the search index in step with the snapshot, but for the gap.
	readIndexed(ctx context.Context, fn func(*sqlitedb.Tx, search.Gap) error) error
	// write runs fn in a write transaction, maybe on another goroutine, maybe twice.
	write(ctx context.Context, fn func(context.Context, *sqlitedb.Tx) error) error
	// update runs fn in a write transaction, on this goroutine, once.
	update(ctx context.Context, fn func(context.Context, *sqlitedb.Tx) error) error
	externalise(ctx context.Context, e *rows.Effects, values ...any) ([]contents.Needed, error)
	// told has what a call that ended well has changed in values: the transaction may
	// still fail.
	told(e *rows.Effects)
	now() schema.Time
}

// Full asks for every part of an entity.
const Full = rows.EveryPart

// Collection holds the entities of one kind. Its methods on a Store are one
// transaction each, durable when they return; on a Tx they are part of it.
//
// Long lists and documents of an entity are read only when they are named in
// parts (by their JSON members, such as "screenshots" or "summary", or Full; all
// of them: see Modify); otherwise they are nil, and a save leaves them as they are stored.
type Collection[T any] struct {
	in scope
	r  *rows.Relation
}

// Get reads one entity, in the trash or not. There is none: ErrNotFound.
func (c Collection[T]) Get(ctx context.Context, id string, parts ...string) (v T, err error) {
	defer sqlitedb.Wrap(&err, "get %s %q", c.r.Kind, id)
	want, err := c.r.Parts(parts)
	if err != nil {
		return v, err
	}
	err = c.in.read(ctx, func(q *sqlitedb.Tx) error {
		l, err := c.r.Get(ctx, q, id, want)
		if err == nil {
			v = *l.V.(*T)
		}
		return err
	})
	return v, err
}

// GetMany reads entities in the order of ids, from one snapshot. Those that are
// not there are left out.
func (c Collection[T]) GetMany(ctx context.Context, ids []string, parts ...string) (values []T, err error) {
	defer sqlitedb.Wrap(&err, "get %d %s", len(ids), c.r.Name)
	want, err := c.r.Parts(parts)
	if err != nil {
		return nil, err
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	err = c.in.read(ctx, func(q *sqlitedb.Tx) error {
		page, err := c.r.Read(ctx, q, c.r.SQL.GetMany, []any{string(list)}, want)
		if err != nil {
			return err
		}
		byID := make(map[string]*T, len(page))
		for _, l := range page {
			byID[c.r.Head(l.V).ID] = l.V.(*T)
		}
		values = make([]T, 0, len(page))
		for _, id := range ids {
			if v, ok := byID[id]; ok {
				values = append(values, *v)
			}
		}
		return nil
	})
	return values, err
}

// Save writes entities, all or none: new ones (Rev 0) and changed ones. It sets
// their ID where there is none, PK, Rev and SavedAt. An entity that is equal to
// what is stored gets no new revision.
//
// ErrConflict says that one was changed by somebody since it was read, ErrExists
// that a new one has the id of another, *schema.InvalidError what is wrong with
// a field. The overwritten states are kept: see History.
func (c Collection[T]) Save(ctx context.Context, values ...*T) (err error) {
	defer sqlitedb.Wrap(&err, "save %s", c.names(values))
	return c.save(ctx, history.ChangeUpdate, values...)
}

func (c Collection[T]) names(values []*T) string {
	if len(values) == 1 {
		return c.r.Kind + " " + strconv.Quote(c.r.Head(values[0]).ID)
	}
	return strconv.Itoa(len(values)) + " " + c.r.Name
}

func (c Collection[T]) save(ctx context.Context, change string, values ...*T) error {
	if len(values) == 0 {
		return nil
	}
	return undoable(c.in, func(e *rows.Effects) error { return c.saveAll(ctx, e, change, values) })
}

func (c Collection[T]) saveAll(ctx context.Context, e *rows.Effects, change string, values []*T) error {
	named, err := c.in.externalise(ctx, e, toAny(values)...)
	if err != nil {
		return err
	}
	now := c.in.now()
	list := make([]*saving.One, len(values))
	changes := false
	for i, v := range values {
		if list[i], err = saving.New(ctx, e, c.r, v, change, now); err != nil {
			return err
		}
		changes = changes || c.r.Head(v).Rev > 0
	}
	if changes {
		if err := c.in.read(ctx, func(q *sqlitedb.Tx) error { return readAllOld(ctx, q, list) }); err != nil {
			return err
		}
	}
	err = c.in.write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		if err := saving.RefuseMissing(ctx, q, c.r, "", change, named); err != nil {
			return err
		}
		for _, s := range list {
			if err := s.Run(ctx, q); err != nil {
				return inList(list, s, err)
			}
		}
		return contents.Record(ctx, q, now, named)
	})
	if err != nil {
		return err
	}
	for _, s := range list {
		s.Tell(e)
	}
	return nil
}

func readAllOld(ctx context.Context, q *sqlitedb.Tx, list []*saving.One) error {
	for _, s := range list {
		if err := s.ReadOld(ctx, q); err != nil {
			return inList(list, s, err)
		}
	}
	return nil
}

// inList says which of several entities an error is about.
func inList(list []*saving.One, s *saving.One, err error) error {
	if len(list) > 1 {
		sqlitedb.Wrap(&err, "%s", s.Name())
	}
	return err
}

// Modify reads an entity, calls fn on it and saves what fn made of it, in one
// transaction: nobody can change it in between. So an enrichment and an editor
// change the same entity without losing each other's work. fn runs on the
// goroutine of the caller and must not use the Store.
//
// parts are what fn needs beside the root, by the names of their JSON members, or
// Full for all. Only sessions have some: "screenshots", "audioSegments",
// "contextItems", "video.chunks", "summary", "audioInsights", "audioKeyMoments",
// "canvasSpec", "fullTranscription", "enrichmentStatus", "notes" and "transcript".
// One that is not named is nil in fn and stays as it is stored; one that fn changes
// is saved. A single item of a long list is added, changed and removed by the Items
// of Sessions, without reading the list.
func (c Collection[T]) Modify(ctx context.Context, id string, fn func(*T) error, parts ...string) (v T, err error) {
	defer sqlitedb.Wrap(&err, "modify %s %q", c.r.Kind, id)
	want, err := c.r.Parts(parts)
	if err != nil {
		return v, err
	}
	err = c.in.update(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		l, err := c.r.Get(ctx, q, id, want)
		if err != nil {
			return err
		}
		changed := l.V.(*T)
		if err := fn(changed); err != nil {
			return err
		}
		inside := Collection[T]{in: within{q, c.in}, r: c.r}
		if err := inside.save(ctx, history.ChangeUpdate, changed); err != nil {
			return err
		}
		v = *changed
		return nil
	})
	return v, err
}

// Delete moves entities to the trash, all or none. One that is there already
// stays as it is.
func (c Collection[T]) Delete(ctx context.Context, ids ...string) (err error) {
	defer sqlitedb.Wrap(&err, "delete %d %s", len(ids), c.r.Name)
	return c.each(ctx, ids, "delete", func(h *schema.Head) {
		if h.TrashedAt == "" {
			h.TrashedAt, h.TrashReason = c.in.now(), schema.TrashDeleted
		}
	})
}

// Restore brings entities back from the trash, all or none.
func (c Collection[T]) Restore(ctx context.Context, ids ...string) (err error) {
	defer sqlitedb.Wrap(&err, "restore %d %s", len(ids), c.r.Name)
	return c.each(ctx, ids, "restore", func(h *schema.Head) { h.TrashedAt, h.TrashReason = "", "" })
}

func (c Collection[T]) each(ctx context.Context, ids []string, change string, fn func(*schema.Head)) error {
	return c.in.update(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		inside := Collection[T]{in: within{q, c.in}, r: c.r}
		for _, id := range ids {
			l, err := c.r.Get(ctx, q, id, nil)
			if err == nil {
				fn(c.r.Head(l.V))
				err = inside.save(ctx, change, l.V.(*T))
			}
			if err != nil {
				sqlitedb.Wrap(&err, "%s %q", c.r.Kind, id)
				return err
			}
		}
		return nil
	})
}

// Purge ends entities for good, with their history, all or none. What remains is
// that there once was such an id. Contents that nothing else needs are collected
// later.
func (c Collection[T]) Purge(ctx context.Context, ids ...string) (err error) {
	defer sqlitedb.Wrap(&err, "purge %d %s", len(ids), c.r.Name)
	return c.in.write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		for _, id := range ids {
			if err := purge(ctx, q, c.r, id, c.in.now()); err != nil {
				sqlitedb.Wrap(&err, "%s %q", c.r.Kind, id)
				return err
			}
		}
		return nil
	})
}

func purge(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, id string, now schema.Time) error {
	p, err := r.Find(ctx, q, id)
	if err != nil {
		return err
	}
	if err := rows.Delete(ctx, q, r.SQL.Delete, p.PK); err != nil {
		return err
	}
	if err := search.MarkDirty(ctx, q, fts.Mark{Kind: r.Kind, PK: p.PK, List: fts.All}); err != nil {
		return err
	}
	return history.EndHistory(ctx, q, r.Kind, id, p.Rev, now)
}

// within is the scope of a call that runs inside a transaction of its own.
type within struct {
	q *sqlitedb.Tx
	scope
}

func (w within) read(_ context.Context, fn func(*sqlitedb.Tx) error) error { return fn(w.q) }

func (w within) write(ctx context.Context, fn func(context.Context, *sqlitedb.Tx) error) error {
	return fn(ctx, w.q)
}

func (w within) update(ctx context.Context, fn func(context.Context, *sqlitedb.Tx) error) error {
	return fn(ctx, w.q)
}

// Package saving brings one entity, or a part of it, into the store. Its one idea is
// that everything that needs no transaction is done before it: the value is checked,
// bound and completed (New), and the state that it overwrites is read and encoded
// (ReadOld); what is left for the writer is to compare revisions, keep the old state
// and write (Run). What came of it is told to the caller's value when that is durable
// (Tell). Transactions, contents and the trash are for package repo.
package saving

import (
	"context"
	"database/sql"
	"errors"
	"reflect"
	"strconv"

	"taskstore/fts"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/history"
	"taskstore/repo/internal/rows"
	"taskstore/repo/search"
	"taskstore/schema"

	"github.com/google/uuid"
)

// One is one entity on its way into the store. Everything that needs no
// transaction is done before it enters the writer's queue.
type One struct {
	r      *rows.Relation
	v      any
	change string // what ends the old state: update, delete, restore
	origin string
	now    schema.Time
	found  []schema.InvalidError // what is wrong with v; see refuseAdded

	vals  []any // of the root row
	lists []savedList
	old   *rows.Loaded   // the state that is overwritten; nil for a new entity
	kept  *history.State // old, encoded

	fresh *search.Fresh // of a new entity
	sum   int64         // of its row

	done rows.Outcome // set by run, told to v when it is durable
}

// savedList is one child table of an entity.
type savedList struct {
	c      *rows.Child
	loaded bool
	rows   []rows.Row
	docs   []rows.DocChange
	state  rows.ListState
}

// New checks v and binds it.
func New(ctx context.Context, e *rows.Effects, r *rows.Relation, v any, change string, now schema.Time) (*One, error) {
	h := r.Head(v)
	if h.ID == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return nil, err
		}
		h.ID = id.String()
	}
	found, err := examine(ctx, r, v, change, now)
	if err != nil {
		return nil, err
	}
	if change == history.ChangeUpdate {
		if field := schema.InvalidJSON(v); field != "" {
			return nil, &schema.InvalidError{Kind: r.Kind, ID: h.ID, Field: field, Problem: "is not valid JSON"}
		}
	}
	schema.CompleteLinks(v, h.ID)
	if history.OriginOf(ctx) != history.OriginImport { // which keeps what it read as it was
		completeItems(e, r, v, h.ID)
	}
	s := &One{r: r, v: v, change: change, origin: history.OriginOf(ctx), now: now, found: found}
	for _, c := range r.Children {
		l := savedList{c: c}
		var err error
		if c.Form != schema.FormDocument {
			if l.rows, l.loaded, err = c.RowsOf(v); err != nil {
				return nil, err
			}
			l.state = rows.StateOf(l.rows)
		}
		s.lists = append(s.lists, l)
	}
	if h.Rev == 0 && !search.Deferred(ctx) {
		s.fresh = search.NewFresh(r, v)
	}
	return s, s.bind()
}

// Name names the entity for a person.
func (s *One) Name() string { return s.r.Kind + " " + strconv.Quote(s.r.Head(s.v).ID) }

// bind makes the values of the root row as it will be.
func (s *One) bind() error {
	vals, err := rows.Bind(make([]any, 0, len(s.r.Cols)+4), s.r.Cols, reflect.ValueOf(s.v).Elem())
	if err != nil {
		return inEntity(s.r.Kind, s.r.Head(s.v).ID, err)
	}
	s.vals = vals
	s.stamp(s.r.Head(s.v).Rev+1, s.now)
	return nil
}

func (s *One) stamp(rev int64, at schema.Time) {
	s.vals[rows.ColRev], s.vals[rows.ColSavedAt] = rev, rows.OrNull(string(at))
}

// Run stores the entity, in the transaction of q.
func (s *One) Run(ctx context.Context, q *sqlitedb.Tx) error {
	if s.r.Head(s.v).Rev == 0 {
		return s.insert(ctx, q)
	}
	return s.update(ctx, q)
}

func (s *One) insert(ctx context.Context, q *sqlitedb.Tx) error {
	states := rows.ListStates{}
	for i := range s.lists {
		l := &s.lists[i]
		if l.c.Form == schema.FormDocument {
			l.docs, l.state = l.c.DocChanges(s.v, nil)
		}
		states[l.c.Table] = l.state
	}
	lists := states.Text(s.r)
	res, err := s.insertRoot(ctx, q, lists)
	if err != nil {
		return err
	}
	pk, err := res.LastInsertId()
	if err != nil {
		return err
	}
	for i := range s.lists {
		l := &s.lists[i]
		if err := errors.Join(l.c.InsertAll(ctx, q, pk, l.rows), l.c.WriteDocuments(ctx, q, pk, l.docs)); err != nil {
			return err
		}
	}
	s.done = rows.Outcome{PK: pk, Rev: s.vals[rows.ColRev].(int64), SavedAt: s.now, Lists: schema.JSON(lists), Stored: s.r.Head(s.v).ID}
	return search.MarkFresh(ctx, q, s.r, pk, s.fresh, s.done.Lists, s.sum)
}

// insertRoot stores the row of a new entity. Where there once was one of its id,
// its revisions go on from there.
func (s *One) insertRoot(ctx context.Context, q *sqlitedb.Tx, lists string) (sql.Result, error) {
	last, err := history.LastRev(ctx, q, s.r.Kind, s.r.Head(s.v).ID)
	if err != nil {
		return nil, err
	}
	s.stamp(last+1, s.now)
	s.sum = rows.Sum(s.r.Cols, s.vals, -1)
	args := append(append(make([]any, 0, len(s.vals)+1), s.vals[1:]...), lists, s.sum)
	return q.Exec(ctx, s.r.SQL.Insert, args...)
}

func (s *One) update(ctx context.Context, q *sqlitedb.Tx) error {
	h, was := s.r.Head(s.v), s.r.Head(s.old.V)
	p, err := s.r.Present(ctx, q, h.ID)
	if err != nil {
		return err
	}
	if !sameState(h, p.PK, p.Rev) {
		return rows.ErrConflict
	}
	if !s.old.Sum.Valid { // sealed just now: the checksums are others
		if err := s.ReadOld(ctx, q); err != nil {
			return err
		}
	}
	states := rows.ParseLists(p.Lists)
	changed, err := s.changedLists(states, s.readLists(p))
	if err != nil {
		return err
	}
	if err := s.keepLock(ctx, q, p.PK); err != nil {
		return err
	}
	s.vals[rows.ColPK] = p.PK
	s.stamp(was.Rev, was.SavedAt)
	if len(changed) == 0 && rows.Sum(s.r.Cols, s.vals, -1) == p.Sum.Int64 {
		s.done = rows.Outcome{PK: p.PK, Rev: p.Rev, SavedAt: was.SavedAt, Lists: p.Lists, Stored: h.ID}
		return nil
	}
	s.stamp(p.Rev+1, s.now)
	if err := s.kept.Write(ctx, q, s.now); err != nil {
		return err
	}
	lists := states.Text(s.r)
	args := append(append([]any{}, s.vals[1:]...), lists, rows.Sum(s.r.Cols, s.vals, -1), p.PK, p.Rev)
	if _, err := q.Exec(ctx, s.r.SQL.Update, args...); err != nil {
		return err
	}
	for _, l := range changed {
		if err := s.writeList(ctx, q, p.PK, l); err != nil {
			return err
		}
	}
	s.done = rows.Outcome{PK: p.PK, Rev: p.Rev + 1, SavedAt: s.now, Lists: schema.JSON(lists), Stored: h.ID}
	return s.markSaved(ctx, q, p.PK, changed)
}

// readLists are the lists as they were when the value was read. What another tool
// had written to them by then is not in Lists until the row is sealed; that it has
// written nothing since, the revision tells.
func (s *One) readLists(p rows.Present) rows.ListStates {
	if read := s.r.Head(s.v).Lists; p.Stale == "" || read != p.Stale {
		return rows.ParseLists(read)
	}
	return rows.ParseLists(p.Lists)
}

// changedLists finds the lists that differ and puts their new state into states.
// A list that is read on demand and was changed since it was read is a conflict,
// because items are added to it without a new revision of the entity.
func (s *One) changedLists(states, read rows.ListStates) ([]*savedList, error) {
	var changed []*savedList
	for i := range s.lists {
		l := &s.lists[i]
		stored := states[l.c.Table]
		switch {
		case l.c.Form == schema.FormDocument:
			if len(l.docs) == 0 {
				continue
			}
		case !l.loaded || l.state == stored:
			continue
		case l.c.Form == schema.FormLong && read[l.c.Table] != stored:
			return nil, rows.ErrConflict
		}
		states[l.c.Table] = l.state
		changed = append(changed, l)
	}
	return changed, nil
}

func (s *One) writeList(ctx context.Context, q *sqlitedb.Tx, owner int64, l *savedList) error {
	if l.c.Form == schema.FormDocument {
		return l.c.WriteDocuments(ctx, q, owner, l.docs)
	}
	return l.c.Replace(ctx, q, owner, l.rows, func(pk int64, change string) error {
		if l.c.Form != schema.FormLong {
			return nil // the state of the entity that was kept holds it
		}
		return history.KeepItem(ctx, q, s.r, l.c, pk, -1, s.r.Head(s.old.V), change, s.origin, s.now)
	})
}

// Tell gives the caller's value what the store has set.
func (s *One) Tell(e *rows.Effects) {
	e.Tell(s.r.Head(s.v), s.done)
	for _, l := range s.lists {
		if l.c.HasPK() {
			e.TellKeys(l.c, l.rows)
		}
	}
}

// markSaved notes what a save has changed: all of it when its moments have other
// times now or went to the trash or came back.
func (s *One) markSaved(ctx context.Context, q *sqlitedb.Tx, pk int64, lists []*savedList) error {
	if s.old == nil || s.r.Head(s.old.V).TrashedAt != s.r.Head(s.v).TrashedAt || fts.Moved(s.old.V, s.v) {
		return search.MarkDirty(ctx, q, fts.Mark{Kind: s.r.Kind, PK: pk, List: fts.All})
	}
	tables := make([]string, len(lists))
	for i, l := range lists {
		tables[i] = l.c.Table
	}
	return search.MarkLists(ctx, q, s.r.Kind, pk, tables)
}

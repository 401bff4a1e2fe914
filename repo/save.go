package repo

import (
	"context"
	"database/sql"
	"errors"
	"reflect"

	"taskstore/fts"
	"taskstore/internal/sqlitedb"
	"taskstore/schema"

	"github.com/google/uuid"
)

// saving is one entity on its way into the store. Everything that needs no
// transaction is done before it enters the writer's queue.
type saving struct {
	r      *relation
	v      any
	change string // what ends the old state: update, delete, restore
	origin string
	now    schema.Time
	found  []schema.InvalidError // what is wrong with v; see refuseAdded

	vals  []any // of the root row
	lists []savedList
	old   *loaded // the state that is overwritten; nil for a new entity
	kept  *state  // old, encoded

	done outcome // set by run, told to v when it is durable
}

// savedList is one child table of a saving.
type savedList struct {
	c      *child
	loaded bool
	rows   []row
	docs   []docChange
	state  listState
}

// outcome is what a save changes in the caller's value.
type outcome struct {
	pk, rev int64
	savedAt schema.Time
	lists   schema.JSON
}

// newSaving checks v and binds it.
func newSaving(ctx context.Context, r *relation, v any, change string, now schema.Time) (*saving, error) {
	h := r.head(v)
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
	if change == changeUpdate {
		if field := schema.InvalidJSON(v); field != "" {
			return nil, &schema.InvalidError{Kind: r.kind, ID: h.ID, Field: field, Problem: "is not valid JSON"}
		}
	}
	schema.CompleteLinks(v, h.ID)
	if originOf(ctx) != OriginImport { // which keeps what it read as it was
		completeItems(r, v, h.ID)
	}
	s := &saving{r: r, v: v, change: change, origin: originOf(ctx), now: now, found: found}
	for _, c := range r.children {
		l := savedList{c: c}
		var err error
		if c.form != schema.FormDocument {
			if l.rows, l.loaded, err = c.rowsOf(v); err != nil {
				return nil, err
			}
			l.state = stateOf(l.rows)
		}
		s.lists = append(s.lists, l)
	}
	return s, s.bind()
}

// bind makes the values of the root row as it will be.
func (s *saving) bind() error {
	vals, err := bind(make([]any, 0, len(s.r.cols)+4), s.r.cols, reflect.ValueOf(s.v).Elem())
	if err != nil {
		return inEntity(s.r.kind, s.r.head(s.v).ID, err)
	}
	s.vals = vals
	s.stamp(s.r.head(s.v).Rev+1, s.now)
	return nil
}

func (s *saving) stamp(rev int64, at schema.Time) {
	s.vals[colRev], s.vals[colSavedAt] = rev, orNull(string(at))
}

func inEntity(kind, id string, err error) error {
	var invalid *schema.InvalidError
	if errors.As(err, &invalid) {
		return &schema.InvalidError{Kind: kind, ID: id, Field: invalid.Field, Problem: invalid.Problem}
	}
	return err
}

// completeItems gives new items an id, and the name of the session they are in.
func completeItems(r *relation, v any, id string) {
	for _, c := range r.children {
		if !c.hasPK() || c.form == schema.FormOne {
			continue
		}
		p := c.at(v)
		if p == nil || schema.KeptVerbatim(v, c.part) {
			continue
		}
		list := reflect.ValueOf(p).Elem()
		for i := range list.Len() {
			completeItem(list.Index(i), id)
		}
	}
}

func completeItem(e reflect.Value, owner string) {
	item := e.FieldByName("Item").Addr().Interface().(*schema.Item)
	if item.PK != 0 || item.Odd != "" {
		return
	}
	if item.ID == "" {
		item.ID = uuid.NewString()
	}
	if f := e.FieldByName("SessionID"); f.IsValid() && f.String() == "" {
		f.SetString(owner)
	}
}

// readOld reads the state that will be overwritten and encodes it, from a
// snapshot or within the transaction. What it reads is compared by revision
// when the save runs.
func (s *saving) readOld(ctx context.Context, q *sqlitedb.Tx) error {
	h := s.r.head(s.v)
	if h.Rev == 0 {
		return nil
	}
	old, err := s.r.get(ctx, q, h.ID, s.parts())
	if err != nil {
		return err
	}
	s.old = &old
	was := s.r.head(old.v)
	if !sameState(h, was.PK, was.Rev) {
		return ErrConflict
	}
	if err := s.refuseAdded(ctx, q); err != nil {
		return err
	}
	for i := range s.lists {
		if err := s.compareDocuments(ctx, q, &s.lists[i], was.PK); err != nil {
			return err
		}
	}
	s.kept, err = stateOfEntity(s.r, old.v, s.change, s.origin)
	return err
}

// sameState tells whether a value was read as the state that is stored. A revision that
// equals another record's by chance is not enough: the value's id may have been changed.
// A caller who names a revision without having read it has no key.
func sameState(h *schema.Head, pk, rev int64) bool {
	return h.Rev == rev && (h.PK == 0 || h.PK == pk)
}

// parts are the documents that v holds.
func (s *saving) parts() map[string]bool {
	want := map[string]bool{}
	for _, l := range s.lists {
		for _, d := range l.c.docs {
			if *d.at(s.v) != nil {
				want[d.part] = true
			}
		}
	}
	return want
}

// compareDocuments finds what changes, and takes the documents that do not out
// of the state that will be kept.
func (s *saving) compareDocuments(ctx context.Context, q *sqlitedb.Tx, l *savedList, owner int64) error {
	if l.c.form != schema.FormDocument {
		return nil
	}
	stored, err := l.c.documentSums(ctx, q, owner)
	if err != nil {
		return err
	}
	l.docs, l.state = l.c.docChanges(s.v, stored)
	changed := map[string]bool{}
	for _, d := range l.docs {
		changed[d.name] = true
	}
	for _, d := range l.c.docs {
		if !changed[d.part] {
			*d.at(s.old.v) = nil
		}
	}
	return nil
}

// run stores the entity, in the transaction of q.
func (s *saving) run(ctx context.Context, q *sqlitedb.Tx) error {
	if s.r.head(s.v).Rev == 0 {
		return s.insert(ctx, q)
	}
	return s.update(ctx, q)
}

func (s *saving) insert(ctx context.Context, q *sqlitedb.Tx) error {
	states := listStates{}
	for i := range s.lists {
		l := &s.lists[i]
		if l.c.form == schema.FormDocument {
			l.docs, l.state = l.c.docChanges(s.v, nil)
		}
		states[l.c.table] = l.state
	}
	lists := states.text(s.r)
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
		if err := errors.Join(l.c.insertAll(ctx, q, pk, l.rows), l.c.writeDocuments(ctx, q, pk, l.docs)); err != nil {
			return err
		}
	}
	s.done = outcome{pk, s.vals[colRev].(int64), s.now, schema.JSON(lists)}
	return s.markSaved(ctx, q, pk, nil)
}

// insertRoot stores the row of a new entity. Where there once was one of its id,
// its revisions go on from there.
func (s *saving) insertRoot(ctx context.Context, q *sqlitedb.Tx, lists string) (sql.Result, error) {
	last, err := lastRev(ctx, q, s.r.kind, s.r.head(s.v).ID)
	if err != nil {
		return nil, err
	}
	s.stamp(last+1, s.now)
	args := append(append(make([]any, 0, len(s.vals)+1), s.vals[1:]...), lists, sumOf(s.r.cols, s.vals, -1))
	return q.Exec(ctx, s.r.sql.insert, args...)
}

func (s *saving) update(ctx context.Context, q *sqlitedb.Tx) error {
	h, was := s.r.head(s.v), s.r.head(s.old.v)
	p, err := s.r.present(ctx, q, h.ID)
	if err != nil {
		return err
	}
	if !sameState(h, p.PK, p.Rev) {
		return ErrConflict
	}
	if !s.old.sum.Valid { // sealed just now: the checksums are others
		if err := s.readOld(ctx, q); err != nil {
			return err
		}
	}
	states := parseLists(p.Lists)
	changed, err := s.changedLists(states, s.readLists(p))
	if err != nil {
		return err
	}
	if err := s.keepLock(ctx, q, p.PK); err != nil {
		return err
	}
	s.vals[colPK] = p.PK
	s.stamp(was.Rev, was.SavedAt)
	if len(changed) == 0 && sumOf(s.r.cols, s.vals, -1) == p.Sum.Int64 {
		s.done = outcome{p.PK, p.Rev, was.SavedAt, p.Lists}
		return nil
	}
	s.stamp(p.Rev+1, s.now)
	if err := s.kept.write(ctx, q, s.now); err != nil {
		return err
	}
	lists := states.text(s.r)
	args := append(append([]any{}, s.vals[1:]...), lists, sumOf(s.r.cols, s.vals, -1), p.PK, p.Rev)
	if _, err := q.Exec(ctx, s.r.sql.update, args...); err != nil {
		return err
	}
	for _, l := range changed {
		if err := s.writeList(ctx, q, p.PK, l); err != nil {
			return err
		}
	}
	s.done = outcome{p.PK, p.Rev + 1, s.now, schema.JSON(lists)}
	return s.markSaved(ctx, q, p.PK, changed)
}

// readLists are the lists as they were when the value was read. What another tool
// had written to them by then is not in Lists until the row is sealed; that it has
// written nothing since, the revision tells.
func (s *saving) readLists(p present) listStates {
	if read := s.r.head(s.v).Lists; p.Stale == "" || read != p.Stale {
		return parseLists(read)
	}
	return parseLists(p.Lists)
}

// changedLists finds the lists that differ and puts their new state into states.
// A list that is read on demand and was changed since it was read is a conflict,
// because items are added to it without a new revision of the entity.
func (s *saving) changedLists(states, read listStates) ([]*savedList, error) {
	var changed []*savedList
	for i := range s.lists {
		l := &s.lists[i]
		stored := states[l.c.table]
		switch {
		case l.c.form == schema.FormDocument:
			if len(l.docs) == 0 {
				continue
			}
		case !l.loaded || l.state == stored:
			continue
		case l.c.form == schema.FormLong && read[l.c.table] != stored:
			return nil, ErrConflict
		}
		states[l.c.table] = l.state
		changed = append(changed, l)
	}
	return changed, nil
}

func (s *saving) writeList(ctx context.Context, q *sqlitedb.Tx, owner int64, l *savedList) error {
	if l.c.form == schema.FormDocument {
		return l.c.writeDocuments(ctx, q, owner, l.docs)
	}
	return l.c.replace(ctx, q, owner, l.rows, func(pk int64, change string) error {
		if l.c.form != schema.FormLong {
			return nil // the state of the entity that was kept holds it
		}
		return keepItem(ctx, q, s.r, l.c, pk, s.r.head(s.old.v), change, s.origin, s.now)
	})
}

// tell gives the caller's value what the store has set; undo takes it back.
func (s *saving) tell() (undo func()) {
	h := s.r.head(s.v)
	was := *h
	h.PK, h.Rev, h.SavedAt, h.Lists = s.done.pk, s.done.rev, s.done.savedAt, s.done.lists
	undone := []func(){func() { h.PK, h.Rev, h.SavedAt, h.Lists = was.PK, was.Rev, was.SavedAt, was.Lists }}
	for _, l := range s.lists {
		if l.c.hasPK() {
			undone = append(undone, l.c.tell(l.rows))
		}
	}
	return func() {
		for _, fn := range undone {
			fn()
		}
	}
}

// markSaved notes what a save has changed: all of it when its moments have other
// times now or went to the trash or came back.
func (s *saving) markSaved(ctx context.Context, q *sqlitedb.Tx, pk int64, lists []*savedList) error {
	if s.old == nil || s.r.head(s.old.v).TrashedAt != s.r.head(s.v).TrashedAt || fts.Moved(s.old.v, s.v) {
		return markDirty(ctx, q, fts.Mark{Kind: s.r.kind, PK: pk, List: fts.All})
	}
	tables := make([]string, len(lists))
	for i, l := range lists {
		tables[i] = l.c.table
	}
	return markLists(ctx, q, s.r.kind, pk, tables)
}

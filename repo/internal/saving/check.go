package saving

import (
	"context"
	"errors"
	"reflect"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/check"
	"taskstore/repo/contents"
	"taskstore/repo/history"
	"taskstore/repo/internal/rows"
	"taskstore/schema"

	"github.com/google/uuid"
)

// Refuses tells whether a save refuses what is wrong: one by a caller, who can
// correct it. An import, a restore and a repair keep what they read as it was, and
// other changes carry on what is stored.
func Refuses(ctx context.Context, change string) bool {
	switch history.OriginOf(ctx) {
	case history.OriginImport, history.OriginRestore, check.OriginRepair:
		return false
	}
	return change == history.ChangeUpdate
}

// examine gives what is wrong with v, and refuses it where v is new. A new entity
// without its date gets the time of its saving.
func examine(ctx context.Context, r *rows.Relation, v any, change string, now schema.Time) ([]schema.InvalidError, error) {
	if !Refuses(ctx, change) {
		return nil, nil
	}
	h, found := r.Head(v), schema.Check(v)
	if h.Rev > 0 {
		return found, nil
	}
	if p := schema.Added(found, nil); p != nil {
		return nil, inEntity(r.Kind, h.ID, p)
	}
	for i := range r.Cols {
		if r.Cols[i].Name == r.Date {
			schema.FillTime(v, r.Cols[i], now)
		}
	}
	return nil, nil
}

// refuseAdded refuses what is wrong with the new state and was not with the stored
// one: a record that holds something odd can still be changed.
func (s *One) refuseAdded(ctx context.Context, q *sqlitedb.Tx) error {
	if len(s.found) == 0 {
		return nil
	}
	h := s.r.Head(s.v)
	stored, err := s.r.Get(ctx, q, h.ID, map[string]bool{rows.EveryPart: true})
	if err != nil {
		return err
	}
	if p := schema.Added(s.found, schema.Check(stored.V)); p != nil {
		return inEntity(s.r.Kind, h.ID, p)
	}
	return nil
}

const sqlNamed = `SELECT EXISTS (SELECT 1 FROM v_blob_refs WHERE sha256 = ? AND kind = ? AND id = ?)`

// RefuseMissing refuses contents that v, or an item of v, names and the store does
// not have, unless the entity named them before. It comes before the first write of
// a save.
func RefuseMissing(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, id, change string, named []contents.Needed) error {
	if !Refuses(ctx, change) {
		return nil
	}
	for i := range named {
		b := &named[i]
		if b.Put {
			continue
		}
		kept, err := b.Dir.Kept(b.SHA256)
		if err != nil || kept {
			if err != nil {
				return contents.Error(err)
			}
			continue
		}
		owner := id
		if owner == "" {
			owner = r.Head(b.Of).ID
		}
		var named bool
		if err := q.Get(ctx, &named, sqlNamed, b.SHA256, r.Kind, owner); err != nil {
			return err
		}
		if !named {
			return &schema.InvalidError{Kind: r.Kind, ID: owner, Field: schema.MemberOf(b.Of, b.SHA256),
				Problem: "names content " + b.SHA256 + ", which the store does not have; put its bytes into the store first"}
		}
	}
	return nil
}

func inEntity(kind, id string, err error) error {
	var invalid *schema.InvalidError
	if errors.As(err, &invalid) {
		return &schema.InvalidError{Kind: kind, ID: id, Field: invalid.Field, Problem: invalid.Problem}
	}
	return err
}

// completeItems gives new items an id, and the name of the session they are in.
func completeItems(e *rows.Effects, r *rows.Relation, v any, id string) {
	for _, c := range r.Children {
		if !c.HasPK() || c.Form == schema.FormOne {
			continue
		}
		p := c.At(v)
		if p == nil || schema.KeptVerbatim(v, c.Part) {
			continue
		}
		list := reflect.ValueOf(p).Elem()
		for i := range list.Len() {
			CompleteItem(e, list.Index(i), id)
		}
	}
}

// CompleteItem gives a new item an id, and the name of the session it is in.
func CompleteItem(e *rows.Effects, elem reflect.Value, owner string) {
	item := elem.FieldByName("Item").Addr().Interface().(*schema.Item)
	if item.PK != 0 || item.Odd != "" {
		return
	}
	if item.ID == "" {
		item.ID = uuid.NewString()
	}
	if f := elem.FieldByName("SessionID"); f.IsValid() && f.String() == "" {
		rows.Set(e, f.Addr().Interface().(*string), owner)
	}
}

// ReadOld reads the state that will be overwritten and encodes it, from a
// snapshot or within the transaction. What it reads is compared by revision
// when the save runs.
func (s *One) ReadOld(ctx context.Context, q *sqlitedb.Tx) error {
	h := s.r.Head(s.v)
	if h.Rev == 0 {
		return nil
	}
	old, err := s.r.Get(ctx, q, h.ID, s.parts())
	if err != nil {
		return err
	}
	s.old = &old
	was := s.r.Head(old.V)
	if !sameState(h, was.PK, was.Rev) {
		return rows.ErrConflict
	}
	if err := s.refuseAdded(ctx, q); err != nil {
		return err
	}
	for i := range s.lists {
		if err := s.compareDocuments(ctx, q, &s.lists[i], was.PK); err != nil {
			return err
		}
	}
	s.kept, err = history.StateOf(s.r, old.V, s.change, s.origin)
	return err
}

// sameState tells whether a value was read as the state that is stored. A revision that
// equals another record's by chance is not enough: the value's id may have been changed.
// Nor is the key, which the next record has again if the last one was purged. A caller who
// names a revision without having read it has neither.
func sameState(h *schema.Head, pk, rev int64) bool {
	return h.Rev == rev && (h.PK == 0 || h.PK == pk) && (h.Stored == "" || h.Stored == h.ID)
}

// parts are the documents that v holds.
func (s *One) parts() map[string]bool {
	want := map[string]bool{}
	for _, l := range s.lists {
		for _, d := range l.c.Docs {
			if *d.At(s.v) != nil {
				want[d.Part] = true
			}
		}
	}
	return want
}

// compareDocuments finds what changes, and takes the documents that do not out
// of the state that will be kept.
func (s *One) compareDocuments(ctx context.Context, q *sqlitedb.Tx, l *savedList, owner int64) error {
	if l.c.Form != schema.FormDocument {
		return nil
	}
	stored, err := l.c.DocumentSums(ctx, q, owner)
	if err != nil {
		return err
	}
	l.docs, l.state = l.c.DocChanges(s.v, stored)
	changed := map[string]bool{}
	for _, d := range l.docs {
		changed[d.Name] = true
	}
	for _, d := range l.c.Docs {
		if !changed[d.Part] {
			*d.At(s.old.V) = nil
		}
	}
	return nil
}

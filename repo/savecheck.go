package repo

import (
	"context"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/check"
	"taskstore/repo/contents"
	"taskstore/repo/history"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// refuses tells whether a save refuses what is wrong: one by a caller, who can
// correct it. An import, a restore and a repair keep what they read as it was, and
// other changes carry on what is stored.
func refuses(ctx context.Context, change string) bool {
	switch history.OriginOf(ctx) {
	case OriginImport, OriginRestore, check.OriginRepair:
		return false
	}
	return change == history.ChangeUpdate
}

// examine gives what is wrong with v, and refuses it where v is new. A new entity
// without its date gets the time of its saving.
func examine(ctx context.Context, r *rows.Relation, v any, change string, now schema.Time) ([]schema.InvalidError, error) {
	if !refuses(ctx, change) {
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
func (s *saving) refuseAdded(ctx context.Context, q *sqlitedb.Tx) error {
	if len(s.found) == 0 {
		return nil
	}
	h := s.r.Head(s.v)
	stored, err := s.r.Get(ctx, q, h.ID, map[string]bool{Full: true})
	if err != nil {
		return err
	}
	if p := schema.Added(s.found, schema.Check(stored.V)); p != nil {
		return inEntity(s.r.Kind, h.ID, p)
	}
	return nil
}

const sqlNamed = `SELECT EXISTS (SELECT 1 FROM v_blob_refs WHERE sha256 = ? AND kind = ? AND id = ?)`

// refuseMissing refuses contents that v, or an item of v, names and the store does
// not have, unless the entity named them before. It comes before the first write of
// a save.
func refuseMissing(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, id, change string, named []contents.Needed) error {
	if !refuses(ctx, change) {
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

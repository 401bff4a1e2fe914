package repo

import (
	"context"
	"fmt"
	"strings"

	"taskstore/fts"
	"taskstore/internal/sqlitedb"
)

// planRows finds entities whose rows or lists are not as their checksums say, and
// rows that belong to nobody.
func (s *checks) planRows(ctx context.Context, q *sqlitedb.Tx) ([]fix, error) {
	var rep CheckReport
	rep.Checked = map[string]int64{}
	c := &checker{s: s, q: q, rep: &rep}
	if err := c.rows(ctx); err != nil {
		return nil, err
	}
	var fixes []fix
	planned := map[string]bool{}
	for _, p := range rep.Problems {
		key := fmt.Sprint(p.Kind, " ", p.PK, " ", p.ID)
		if p.ID == "" || planned[key] { // no owner: among the orphans
			continue
		}
		planned[key] = true
		fixes = append(fixes, s.acceptFix(p, details(rep.Problems, p)))
	}
	orphans, err := s.planOrphans(ctx, q)
	return append(fixes, orphans...), err
}

// details joins what a check says of one entity.
func details(all []Problem, of Problem) string {
	var list []string
	for _, p := range all {
		if p.Kind == of.Kind && p.PK == of.PK && p.ID == of.ID {
			text := p.Detail
			if p.Table != of.Kind && p.Table != of.Table {
				text = p.Table + ": " + text
			}
			list = append(list, text)
		}
	}
	return strings.Join(list, "; ")
}

// acceptFix takes an entity as it is, or gives a checksum to one that another
// tool has written.
func (s *checks) acceptFix(p Problem, detail string) fix {
	f := fix{Repaired: Repaired{Kind: p.Kind, ID: p.ID, Table: p.Table, Detail: detail, Done: "accepted as it is; kept in its history as it was found"}}
	seal := p.Severity == SeverityNote
	if seal {
		f.Done = "given a checksum"
	}
	f.do = func(ctx context.Context, q *sqlitedb.Tx) error {
		if p.Kind == "setting" {
			return s.acceptSetting(ctx, q, p.ID, seal)
		}
		r, err := relationOf(p.Kind)
		if err != nil {
			return err
		}
		if !seal {
			if err := s.accept(ctx, q, r, p.ID); err != nil {
				return err
			}
		}
		return r.seal(ctx, q, p.PK)
	}
	return f
}

// accept keeps an entity as it was found, gives it its next revision and takes
// the checksums of its rows away, so that they are made anew.
func (s *checks) accept(ctx context.Context, q *sqlitedb.Tx, r *relation, id string) error {
	l, err := r.get(ctx, q, id, map[string]bool{everyPart: true})
	if err != nil {
		return err
	}
	kept, err := stateOfEntity(r, l.v, changeRepair, originOf(ctx))
	if err != nil {
		return err
	}
	if err := kept.write(ctx, q, s.now()); err != nil {
		return err
	}
	pk := r.head(l.v).PK
	if err := markDirty(ctx, q, fts.Mark{Kind: r.kind, PK: pk, List: fts.All}); err != nil {
		return err
	}
	for _, c := range r.children {
		if err := deleting(ctx, q, "UPDATE "+c.table+"\nSET sum = NULL\nWHERE "+c.owner+" = ?", pk); err != nil {
			return err
		}
	}
	return deleting(ctx, q, "UPDATE "+r.name+"\nSET sum = NULL, rev = rev + 1, saved_at = ?\nWHERE pk = ?", string(s.now()), pk)
}

func (s *checks) acceptSetting(ctx context.Context, q *sqlitedb.Tx, key string, seal bool) error {
	v, err := getSetting(ctx, q, key)
	if err != nil {
		return err
	}
	if !seal {
		if err := keepSetting(ctx, q, v, changeRepair, s.now()); err != nil {
			return err
		}
		v.Rev, v.SavedAt = v.Rev+1, s.now()
	}
	return deleting(ctx, q, "UPDATE settings\nSET rev = ?, saved_at = ?, sum = ?\nWHERE key = ?", v.Rev, orNull(string(v.SavedAt)), settingSum(v), key)
}

// planOrphans finds rows of lists whose entity is not there.
func (s *checks) planOrphans(ctx context.Context, q *sqlitedb.Tx) (fixes []fix, err error) {
	for _, r := range relations {
		for _, c := range r.children {
			var n int
			if err := q.Get(ctx, &n, "SELECT count(*)"+orphansOf(c, r)); err != nil {
				return nil, err
			}
			if n == 0 {
				continue
			}
			f := fix{Repaired: Repaired{Kind: r.kind, Table: c.table, Detail: fmt.Sprintf("%d rows belong to a row that is not there", n),
				Done: "kept in the history and removed"}}
			f.do = func(ctx context.Context, q *sqlitedb.Tx) error { return s.removeOrphans(ctx, q, r, c) }
			fixes = append(fixes, f)
		}
	}
	return fixes, nil
}

// orphans is the end of a statement about the rows of a list without their entity.
func orphansOf(c *child, r *relation) string {
	return "\nFROM " + c.table + "\nWHERE NOT EXISTS (SELECT 1 FROM " + r.name + " WHERE pk = " + c.table + "." + c.owner + ")"
}

// removeOrphans keeps rows without their entity as revisions and removes them, those of
// one entity after the other.
func (s *checks) removeOrphans(ctx context.Context, q *sqlitedb.Tx, r *relation, c *child) error {
	var owners []int64
	if err := q.Select(ctx, &owners, "SELECT DISTINCT "+c.owner+orphansOf(c, r)); err != nil {
		return err
	}
	of := "\nFROM " + c.table + "\nWHERE " + c.owner + " = ?"
	for _, owner := range owners {
		var result []string
		if err := q.Select(ctx, &result, "SELECT "+rowJSON("", c.storedColumns())+of, owner); err != nil {
			return err
		}
		for _, row := range result {
			kept := state{kind: r.kind, owner: owner, part: c.table, change: changeRepair, origin: originOf(ctx), packed: packRow(row)}
			if err := kept.write(ctx, q, s.now()); err != nil {
				return err
			}
		}
		if err := deleting(ctx, q, "DELETE"+of, owner); err != nil {
			return err
		}
	}
	return nil
}

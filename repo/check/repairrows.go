package check

import (
	"context"
	"fmt"
	"strings"

	"taskstore/fts"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/history"
	"taskstore/repo/internal/rows"
	"taskstore/repo/search"
)

// planRows finds entities whose rows or lists are not as their checksums say, and
// rows that belong to nobody.
func (s *Checks) planRows(ctx context.Context, q *sqlitedb.Tx) ([]fix, error) {
	c := &checker{s: s, q: q, tally: newTally(nil)}
	if err := c.rows(ctx); err != nil {
		return nil, err
	}
	var fixes []fix
	planned := map[string]bool{}
	for _, p := range c.problems {
		key := fmt.Sprint(p.Kind, " ", p.PK, " ", p.ID)
		switch {
		case p.Table == tableRevisions && p.Severity == SeverityError:
			fixes = append(fixes, s.leaveFix(p))
			continue
		case p.Table == tableRevisions || p.Table == tableCounts, p.ID == "" || planned[key]: // others plan; no owner: among the orphans
			continue
		}
		planned[key] = true
		fixes = append(fixes, s.acceptFix(p, details(c.problems, p)))
	}
	for _, plan := range []func(context.Context, *sqlitedb.Tx) ([]fix, error){s.planOrphans, s.planCounts, s.planPlain, s.planRuns} {
		more, err := plan(ctx, q)
		if err != nil {
			return nil, err
		}
		fixes = append(fixes, more...)
	}
	return fixes, nil
}

// leaveFix leaves a damaged revision as it is, and has it known as such.
func (s *Checks) leaveFix(p Problem) fix {
	return fix{
		Repaired: Repaired{Kind: p.Kind, ID: p.ID, Table: p.Table, Detail: p.Detail, Done: "left as it is, and marked as damaged"},
		do:       func(ctx context.Context, q *sqlitedb.Tx) error { return history.LeaveDamaged(ctx, q, p.PK, s.now()) },
	}
}

// planCounts has the revisions counted of records of which some are gone.
func (s *Checks) planCounts(ctx context.Context, q *sqlitedb.Tx) (fixes []fix, err error) {
	list, err := history.Miscounts(ctx, q)
	for _, m := range list {
		fixes = append(fixes, fix{
			Repaired: Repaired{Kind: m.Kind, ID: m.ID, Table: tableCounts, Detail: fmt.Sprintf("%d revisions were kept, and %d are there", m.Kept, m.Is),
				Done: "counted anew; those that are gone are noted as lost"},
			do: func(ctx context.Context, q *sqlitedb.Tx) error { return history.Recount(ctx, q, m) },
		})
	}
	return fixes, err
}

// planRuns gives what imports have noted the run back that it belongs to: nothing of it goes.
func (s *Checks) planRuns(ctx context.Context, q *sqlitedb.Tx) (fixes []fix, err error) {
	lost, err := rows.LostRuns(ctx, q)
	for _, run := range lost {
		fixes = append(fixes, fix{
			Repaired: Repaired{Table: "legacy_runs", Detail: fmt.Sprintf("import %d is gone, and what it has read is there", run), Done: "noted again, without what it was"},
			do:       func(ctx context.Context, q *sqlitedb.Tx) error { return rows.RestoreRun(ctx, q, run) },
		})
	}
	return fixes, err
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
func (s *Checks) acceptFix(p Problem, detail string) fix {
	f := fix{Repaired: Repaired{Kind: p.Kind, ID: p.ID, Table: p.Table, Detail: detail, Done: "accepted as it is; kept in its history as it was found"}}
	seal := p.Severity == SeverityNote
	if seal {
		f.Done = "given a checksum"
	}
	f.do = func(ctx context.Context, q *sqlitedb.Tx) error {
		if p.Kind == "setting" {
			return s.acceptSetting(ctx, q, p.ID, seal)
		}
		r, err := rows.RelationOf(p.Kind)
		if err != nil {
			return err
		}
		if !seal {
			if err := s.accept(ctx, q, r, p.ID); err != nil {
				return err
			}
		}
		return r.Seal(ctx, q, p.PK)
	}
	return f
}

// accept keeps an entity as it was found, gives it its next revision and takes
// the checksums of its rows away, so that they are made anew.
func (s *Checks) accept(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, id string) error {
	l, err := r.Get(ctx, q, id, map[string]bool{rows.EveryPart: true})
	if err != nil {
		return err
	}
	kept, err := history.StateOf(r, l.V, changeRepair, history.OriginOf(ctx))
	if err != nil {
		return err
	}
	if err := kept.Write(ctx, q, s.now()); err != nil {
		return err
	}
	pk := r.Head(l.V).PK
	if err := search.MarkDirty(ctx, q, fts.Mark{Kind: r.Kind, PK: pk, List: fts.All}); err != nil {
		return err
	}
	return r.Unseal(ctx, q, pk, s.now())
}

func (s *Checks) acceptSetting(ctx context.Context, q *sqlitedb.Tx, key string, seal bool) error {
	v, err := rows.GetSetting(ctx, q, key)
	if err != nil {
		return err
	}
	if !seal {
		if err := history.KeepSetting(ctx, q, v, changeRepair, s.now()); err != nil {
			return err
		}
		v.Rev, v.SavedAt = v.Rev+1, s.now()
	}
	return rows.StampSetting(ctx, q, v)
}

// planOrphans finds rows of lists whose entity is not there.
func (s *Checks) planOrphans(ctx context.Context, q *sqlitedb.Tx) (fixes []fix, err error) {
	for _, r := range rows.Relations {
		for _, c := range r.Children {
			var n int
			if err := q.Get(ctx, &n, "SELECT count(*)"+orphansOf(c, r)); err != nil {
				return nil, err
			}
			if n == 0 {
				continue
			}
			f := fix{Repaired: Repaired{Kind: r.Kind, Table: c.Table, Detail: fmt.Sprintf("%d rows belong to a row that is not there", n),
				Done: "kept in the history and removed"}}
			f.do = func(ctx context.Context, q *sqlitedb.Tx) error { return s.removeOrphans(ctx, q, r, c) }
			fixes = append(fixes, f)
		}
	}
	return fixes, nil
}

// orphans is the end of a statement about the rows of a list without their entity.
func orphansOf(c *rows.Child, r *rows.Relation) string {
	return "\nFROM " + c.Table + "\nWHERE NOT EXISTS (SELECT 1 FROM " + r.Name + " WHERE pk = " + c.Table + "." + c.Owner + ")"
}

// removeOrphans keeps rows without their entity as revisions and removes them, those of
// one entity after the other.
func (s *Checks) removeOrphans(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, c *rows.Child) error {
	var owners []int64
	if err := q.Select(ctx, &owners, "SELECT DISTINCT "+c.Owner+orphansOf(c, r)); err != nil {
		return err
	}
	of := "\nFROM " + c.Table + "\nWHERE " + c.Owner + " = ?"
	for _, owner := range owners {
		var result []string
		if err := q.Select(ctx, &result, "SELECT "+rows.RowJSON("", c.StoredColumns())+of, owner); err != nil {
			return err
		}
		for _, row := range result {
			kept := history.State{Kind: r.Kind, Owner: owner, Part: c.Table, Change: changeRepair, Origin: history.OriginOf(ctx), Packed: history.PackRow(row)}
			if err := kept.Write(ctx, q, s.now()); err != nil {
				return err
			}
		}
		if err := rows.Delete(ctx, q, "DELETE"+of, owner); err != nil {
			return err
		}
	}
	return nil
}

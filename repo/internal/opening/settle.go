package opening

import (
	"context"
	"errors"
	"strings"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/check"
	"taskstore/repo/history"
	"taskstore/repo/internal/rows"
	"taskstore/repo/search"
)

// settle brings what is derived up to date: indexes and views, the tables of the search
// index, facets, triggers, and the checksums of rows that other tools have written.
func (s *opening) settle(ctx context.Context, q *sqlitedb.Tx) error {
	made, err := check.SettleSchema(ctx, q)
	if err != nil {
		return err
	}
	if err := search.SettleIndex(ctx, q); err != nil {
		return err
	}
	if err := rows.SettleFacets(ctx, q); err != nil {
		return err
	}
	lost, err := rows.ApplyTriggers(ctx, q)
	if err != nil {
		return err
	}
	if lost {
		made = append(made, "the triggers that notice other programs")
	}
	wrong, err := rows.SettleWriter(ctx, q)
	if err != nil {
		return err
	}
	if wrong {
		made = append(made, "what the triggers know of who is writing")
	}
	if len(made) > 0 {
		s.opt.Log.Warn("made anew what another program had removed or changed", "made", strings.Join(made, ", "))
	}
	return s.settleRows(ctx, q)
}

// settleRows gives checksums to what has none, and ends revisions that are too old.
func (s *opening) settleRows(ctx context.Context, q *sqlitedb.Tx) error {
	n, err := rows.SealAll(ctx, q)
	if err := errors.Join(err, history.SealRevisions(ctx, q), rows.SealPlain(ctx, q)); err != nil {
		return err
	}
	if n > 0 {
		s.opt.Log.Info("other tools have written to the store", "records", n)
	}
	keep := s.opt.Retention
	if keep <= 0 {
		if keep, err = history.Retention(ctx, q); err != nil || keep <= 0 {
			return err
		}
	}
	_, err = history.Prune(ctx, q, s.opt.Now(), keep)
	return err
}

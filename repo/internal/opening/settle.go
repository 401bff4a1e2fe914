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
	return s.prune(ctx, q)
}

// prune ends revisions that have become too old, if the clock can be trusted.
func (s *opening) prune(ctx context.Context, q *sqlitedb.Tx) (err error) {
	keep := s.opt.Retention
	if keep <= 0 {
		if keep, err = history.Retention(ctx, q); err != nil || keep <= 0 {
			return err
		}
	}
	now := s.opt.Now()
	n, err := history.Prunable(ctx, q, now, keep)
	if err != nil || n == 0 {
		return err
	}
	fits, err := history.ClockFits(ctx, q, now)
	if err != nil {
		return err
	}
	if !fits {
		s.opt.Log.Warn("old revisions stay: nothing was changed for two months, or the clock is wrong", "revisions", n, "now", now)
		return nil
	}
	_, err = history.Prune(ctx, q, now, keep)
	return err
}

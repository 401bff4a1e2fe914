package contents

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// record keeps what was found.
func (c *scrub) record(ctx context.Context) error {
	if err := c.owners(ctx); err != nil || c.opt.DryRun {
		return err
	}
	return c.s.db.Do(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		for _, sha := range c.whole {
			if err := forget(ctx, q, sha, sqlNoProblem); err != nil {
				return err
			}
		}
		for _, p := range c.rep.Problems {
			if err := p.Write(ctx, q); err != nil {
				return err
			}
		}
		if c.rep.Scope == ScrubNamed {
			return nil
		}
		_, err := q.Exec(ctx, `INSERT INTO blob_scrubs (scope, started_at, ended_at, complete, last, checked, bytes, problems, healed)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, c.rep.Scope, string(c.begun), string(c.s.now()), c.rep.Complete, c.last,
			c.rep.Checked, c.rep.Bytes, c.rep.Left(), c.rep.Healed)
		return err
	})
}

func (p *Problem) Write(ctx context.Context, q *sqlitedb.Tx) error {
	if p.Healed != "" {
		return forget(ctx, q, p.SHA256, sqlNoProblem)
	}
	_, err := q.Exec(ctx, `INSERT INTO blob_problems (sha256, problem, detail, found_at)
VALUES (?, ?, ?, ?)
ON CONFLICT (sha256) DO UPDATE SET problem = excluded.problem, detail = excluded.detail, found_at = excluded.found_at`,
		p.SHA256, p.Problem, p.Detail, string(p.FoundAt))
	return err
}

// owners says whose the contents with problems are.
func (c *scrub) owners(ctx context.Context) error {
	for i := range c.rep.Problems {
		p := &c.rep.Problems[i]
		refs, err := c.s.Refs(ctx, p.SHA256)
		if err != nil {
			return err
		}
		if len(refs) > 0 {
			p.Kind, p.ID = refs[0].Kind, cmp.Or(refs[0].ID, refs[0].Item)
		}
	}
	return nil
}

// Scrubbed is a scrub that was.
type Scrubbed struct {
	Scope     string      `db:"scope" json:"scope"`
	StartedAt schema.Time `db:"started_at" json:"started_at"`
	EndedAt   schema.Time `db:"ended_at" json:"ended_at"`
	Complete  bool        `db:"complete" json:"complete"`
	Checked   int64       `db:"checked" json:"checked"`
	Bytes     int64       `db:"bytes" json:"bytes"`
	Problems  int64       `db:"problems" json:"problems"`
	Healed    int64       `db:"healed" json:"healed"`
}

// LastScrub reads what the last scrub found. There was none: ErrNotFound.
func (s *Handle) LastScrub(ctx context.Context) (last Scrubbed, err error) {
	defer sqlitedb.Wrap(&err, "look for the last scrub")
	err = s.db.View(ctx, func(_ context.Context, q *sqlitedb.Tx) error {
		err := q.Get(ctx, &last, `SELECT scope, started_at, ended_at, complete, checked, bytes, problems, healed
FROM blob_scrubs
ORDER BY pk DESC
LIMIT 1`)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("%w: the contents were never read", rows.ErrNotFound)
		}
		return err
	})
	return last, err
}

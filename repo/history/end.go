package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

const (
	SQLPrune = `DELETE FROM revisions
WHERE at < ? AND origin <> 'import'`
	sqlPrunable = `SELECT count(*)
FROM revisions
WHERE at < ? AND origin <> 'import'`
)

// SQLOutlive notes how far the revisions have come of records that are gone, before the
// last of their revisions goes: a record that is made anew under the id goes on from
// there, so that nobody who holds the old one overwrites it.
func SQLOutlive(kind, table, id string) string {
	return `INSERT INTO tombstones (kind, id, rev, purged_at)
SELECT r.kind, r.id, max(r.rev), ?
FROM revisions AS r
WHERE +r.kind = '` + kind + `' AND r.part = '' AND r.id IS NOT NULL AND r.at < ? AND r.origin <> 'import'
    AND NOT EXISTS (SELECT 1 FROM ` + table + ` AS e WHERE e.` + id + ` = r.id)
GROUP BY r.id
ON CONFLICT (kind, id) DO UPDATE SET rev = max(rev, excluded.rev), sum = NULL`
}

// Prune ends the revisions that are older than keep. Those that an import kept stay: they
// are what proves that nothing of the source was lost.
// It gives their number.
func Prune(ctx context.Context, q *sqlitedb.Tx, now time.Time, keep time.Duration) (ended int64, err error) {
	if n, err := Prunable(ctx, q, now, keep); err != nil || n == 0 {
		return 0, err
	}
	before := string(schema.TimeOf(now.Add(-keep)))
	outlive := []string{SQLOutlive("setting", "settings", "key")}
	for _, r := range rows.Relations {
		outlive = append(outlive, SQLOutlive(r.Kind, r.Name, "id"))
	}
	for _, text := range outlive {
		if _, err := q.Exec(ctx, text, string(schema.TimeOf(now)), before); err != nil {
			return 0, err
		}
	}
	if _, err := q.Exec(ctx, sqlCountPruned, before); err != nil {
		return 0, err
	}
	res, err := q.Exec(ctx, SQLPrune, before)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// How the clock is held against the history before the passing of time alone ends revisions:
// a change of at least a day ago must be younger than sixty days.
const (
	clockProof = 24 * time.Hour
	clockGap   = 60 * 24 * time.Hour

	SQLClockFits = `SELECT EXISTS (SELECT 1 FROM revisions WHERE at > ? AND at <= ?)`
)

// ClockFits tells whether the history makes it likely that the clock is right. A clock that has
// jumped ahead by a year makes all revisions too old at once, and the next day they would be
// missed. Where nothing was changed for long the clock may be right all the same: a day of
// use tells.
func ClockFits(ctx context.Context, q *sqlitedb.Tx, now time.Time) (fits bool, err error) {
	err = q.Get(ctx, &fits, SQLClockFits, string(schema.TimeOf(now.Add(-clockGap))), string(schema.TimeOf(now.Add(-clockProof))))
	return fits, err
}

// Prunable counts the revisions that prune would end.
func Prunable(ctx context.Context, q *sqlitedb.Tx, now time.Time, keep time.Duration) (n int, err error) {
	err = q.Get(ctx, &n, sqlPrunable, string(schema.TimeOf(now.Add(-keep))))
	return n, err
}

const (
	SQLForget = `DELETE FROM revisions
WHERE kind = ? AND id = ?`
	sqlTombstone = `INSERT INTO tombstones (kind, id, rev, purged_at)
VALUES (?, ?, ?, ?)
ON CONFLICT (kind, id) DO UPDATE SET rev = max(rev, excluded.rev), purged_at = max(purged_at, excluded.purged_at), sum = NULL`
)

// EndHistory ends the revisions of an entity that is purged, and notes that it once was
// there, up to revision rev.
func EndHistory(ctx context.Context, q *sqlitedb.Tx, kind, id string, rev int64, now schema.Time) error {
	if _, err := q.Exec(ctx, SQLForget, kind, id); err != nil {
		return err
	}
	if _, err := q.Exec(ctx, sqlUncount, kind, id); err != nil {
		return err
	}
	return entomb(ctx, q, kind, id, rev, now)
}

// entomb notes that an entity was purged, up to revision rev.
func entomb(ctx context.Context, q sqlitedb.Conn, kind, id string, rev int64, at schema.Time) error {
	_, err := q.Exec(ctx, sqlTombstone, kind, id, rev, string(at))
	return err
}

const SQLLastRev = `SELECT max(coalesce((SELECT max(rev) FROM revisions WHERE kind = ? AND id = ? AND part = ''), 0),
    coalesce((SELECT rev FROM tombstones WHERE kind = ? AND id = ?), 0))`

// LastRev is the highest revision that a record of that id ever had, as far as is known:
// a new one goes on from there.
func LastRev(ctx context.Context, q *sqlitedb.Tx, kind, id string) (rev int64, err error) {
	err = q.Each(ctx, SQLLastRev, []any{kind, id, kind, id}, func(row *sqlitedb.Row) error {
		rev = row.Int(0)
		return nil
	})
	return rev, err
}

// PurgedError says that an entity was ended for good.
type PurgedError struct {
	Kind, ID string
	Rev      int64       // its last revision
	At       schema.Time // when it was purged
}

func (e *PurgedError) Error() string {
	return fmt.Sprintf("%s %q was purged at %s, at revision %d: its history went with it", e.Kind, e.ID, e.At, e.Rev)
}

// Is makes a purged entity one that is not found.
func (e *PurgedError) Is(target error) bool { return target == rows.ErrNotFound }

// gone gives the error for an entity that is neither there nor in the history.
func gone(ctx context.Context, q *sqlitedb.Tx, kind, id string) error {
	var last struct {
		Rev      int64       `db:"rev"`
		PurgedAt schema.Time `db:"purged_at"`
	}
	err := q.Get(ctx, &last, "SELECT rev, purged_at FROM tombstones WHERE kind = ? AND id = ?", kind, id)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return rows.ErrNotFound
	case err != nil:
		return err
	}
	return &PurgedError{Kind: kind, ID: id, Rev: last.Rev, At: last.PurgedAt}
}

package merge

import (
	"context"
	"database/sql"
	"time"

	"taskstore/importexport/legacy/record"
)

// clocks sets the container time of every candidate. A time that the application
// wrote counts as it is; one more than a day ahead of now gives way to the file's
// modification time. A modification time on its own counts only when copying has
// not reset it: not later than a day after the newest log entry, or, without a
// log, after the newest time that the application wrote into any container.
func clocks(ctx context.Context, tx *sql.Tx, now time.Time) error {
	limit := now.UnixMilli() + record.Day
	var log, any int64
	err := tx.QueryRowContext(ctx, `
		SELECT coalesce(max(c.time) FILTER (WHERE c.file = 'wal.log' OR c.file LIKE '%/wal.log'), 0), coalesce(max(c.time), 0)
		FROM candidates AS c
		LEFT JOIN files AS f ON f.path = c.file
		WHERE c.time <= ? AND c.time <> coalesce(f.mod, 0)`, limit).Scan(&log, &any)
	if err != nil {
		return err
	}
	evidence := any
	if log != 0 {
		evidence = log
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE candidates AS c
		SET container = CASE
			WHEN c.time = 0 OR c.time = m.mod THEN CASE WHEN m.mod <= ?1 THEN m.mod ELSE 0 END
			WHEN c.time > ?2 THEN m.mod
			ELSE c.time END
		FROM (SELECT pk, coalesce(f.mod, 0) AS mod FROM candidates LEFT JOIN files AS f ON f.path = file) AS m
		WHERE m.pk = c.pk`, newestPlausible(evidence), limit)
	return err
}

// newestPlausible is the latest modification time that counts; none without evidence.
func newestPlausible(evidence int64) int64 {
	if evidence == 0 {
		return 0
	}
	return evidence + record.Day
}

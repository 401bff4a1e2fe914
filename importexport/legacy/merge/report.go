package merge

import (
	"context"
	"slices"

	"taskstore/importexport/legacy/report"
	"taskstore/internal/sqlitedb"
)

// Report sums up the stage after its collections were merged. Run, Source,
// Verified, Attachments, Files and TookMS are the caller's to fill in.
func (s *Stage) Report(ctx context.Context) (r report.Report, err error) {
	defer sqlitedb.Wrap(&err, "sum up the import")
	if err := s.settled(ctx); err != nil {
		return r, err
	}
	r = report.Empty()
	if err := s.count(ctx, r.Collections); err != nil {
		return r, err
	}
	return r, s.countWarnings(ctx, r.Warnings)
}

func (s *Stage) countWarnings(ctx context.Context, into map[string]int) error {
	found, err := s.DB.QueryContext(ctx, `SELECT code, sum(max(more, 1)) FROM warnings GROUP BY code`)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		var code string
		var n int
		if err := found.Scan(&code, &n); err != nil {
			return err
		}
		into[code] = n
	}
	return found.Err()
}

// count adds up the dispositions.
func (s *Stage) count(ctx context.Context, into map[string]report.Counts) error {
	found, err := s.DB.QueryContext(ctx, `
		SELECT collection, coalesce(what, ''), count(*)
		FROM candidates
		LEFT JOIN dispositions ON candidate = pk
		GROUP BY 1, 2
		UNION ALL
		SELECT collection, 'quarantined', count(*) FROM strays GROUP BY 1
		UNION ALL
		SELECT collection, 'missing', count(*) FROM stubs GROUP BY 1`)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		var kind, what string
		var n int64
		if err := found.Scan(&kind, &what, &n); err != nil {
			return err
		}
		if !slices.Contains(report.Kinds, kind) {
			kind = "settings"
		}
		c := into[kind]
		c.Add(what, n)
		into[kind] = c
	}
	return found.Err()
}

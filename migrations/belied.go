package migrations

import (
	"context"
	"fmt"
	"strings"
)

// damagedList is the error for a list that does not say what was applied.
func damagedList(why error) error {
	if why == nil {
		return fmt.Errorf("%w: files are not in it whose tables are there", ErrDamaged)
	}
	return fmt.Errorf("%w, the tables are there: %w", ErrDamaged, why)
}

// hasAll tells whether all files were applied as they are.
func hasAll(applied []Migration, files []file) bool {
	sums := map[int64]string{}
	for _, m := range applied {
		sums[m.Version] = m.SHA256
	}
	for _, f := range files {
		if sums[f.Version] != f.SHA256 {
			return false
		}
	}
	return true
}

// belied tells whether the tables of a store are further than the list of applied files
// says: all are there as this program makes them, or some are and the list is empty. The
// list is counted once more, since another process may be migrating.
func belied(ctx context.Context, db querier, applied int) (bool, error) {
	all, some, err := tablesThere(ctx, db)
	if err != nil || !all && (applied > 0 || !some) {
		return false, err
	}
	again, err := appliedFiles(ctx, db)
	return len(again) == applied, err
}

// tablesThere tells whether all tables of this program are there, each as it makes it, or
// some of them.
func tablesThere(ctx context.Context, db querier) (all, some bool, err error) {
	found, err := objects(ctx, db)
	all = true
	for _, o := range Objects() {
		if o.Type == "table" && o.Name != "schema_files" {
			same := found[o.Name] == o.SQL
			all, some = all && same, some || same
		}
	}
	return all, some, err
}

// objects gives the texts of all tables by their names.
func objects(ctx context.Context, db querier) (map[string]string, error) {
	rows, err := db.QueryContext(ctx, "SELECT name, coalesce(sql, '') FROM sqlite_schema WHERE type = 'table'")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := map[string]string{}
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			return nil, err
		}
		list[name] = strings.ReplaceAll(text, "\r\n", "\n")
	}
	return list, rows.Err()
}

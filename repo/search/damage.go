package search

import (
	"errors"
	"strings"

	"taskstore/internal/sqlitedb"
)

// isIndexDamage reports whether err says that tables of the search index are not
// what they should be: FTS5 says so in a code of its own, SQLite in words.
func IsIndexDamage(err error) bool {
	return errors.Is(sqlitedb.Classify(err), sqlitedb.ErrIndex) || isMissing(err) || isTaken(err) || sqlitedb.IsMistake(err) &&
		(strings.Contains(err.Error(), "vtable constructor failed: search") || strings.Contains(err.Error(), "invalid fts5 file format") || strings.Contains(err.Error(), "SQL logic error (1)"))
}

// isMissing reports whether err says that a table of the search index is not there.
func isMissing(err error) bool {
	return sqlitedb.IsMistake(err) &&
		(strings.Contains(err.Error(), "no such table: main.search") || strings.Contains(err.Error(), "no such table: search"))
}

// isTaken reports whether err says that the search index has a row already that is new: its rows are derived from
// records, and no row of anybody's.
func isTaken(err error) bool {
	return errors.Is(sqlitedb.Classify(err), sqlitedb.ErrExists) &&
		(strings.Contains(err.Error(), "failed: search_rows.") || strings.Contains(err.Error(), "failed: search_text."))
}

package sqlfile

import "strings"

// SQLFollowed tells whether Litestream copies a database, or has: it keeps tables of its own in it.
const SQLFollowed = `SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '_litestream_seq')`

// CutLog is the parameter of a connection that cuts the log behind its first commit where it
// begins the log anew. Litestream must find nothing there of before: see package sqlitedb.
const CutLog = "_pragma=journal_size_limit(0)"

// OfFollower tells whether a table is one of those that Litestream keeps in a database that it
// copies. It makes them anew when they are gone.
func OfFollower(table string) bool { return strings.HasPrefix(table, "_litestream_") }

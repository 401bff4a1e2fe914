package sqlsh

import (
	"fmt"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/schema"

	sqlite3 "modernc.org/sqlite/lib"
)

// What to do about a disk.
const (
	HintFull = "free some space and do it again: nothing is half done, and what was done before the disk was full stays"
	HintDisk = "the disk failed, or the way to it: see to that, then storectl check, and do it again"
)

// Kind reads a result code of SQLite.
func Kind(code int) (kind string, exit int, hint string) {
	switch code & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return "busy", term.ExitBusy, "another program is writing; try again"
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return "corrupt", term.ExitCorrupt, "storectl check"
	case sqlite3.SQLITE_READONLY:
		return "read_only", term.ExitFailed, "look at the mode of the store's directory and files"
	case sqlite3.SQLITE_FULL:
		return "disk_full", term.ExitFailed, HintFull
	case sqlite3.SQLITE_IOERR:
		return "disk", term.ExitFailed, HintDisk
	case sqlite3.SQLITE_TOOBIG:
		return "too_big", term.ExitMisused, fmt.Sprintf("a value that SQL reads or makes has %d MB at most, a statement 1 MB", schema.MaxRecord>>20)
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return "permission", term.ExitFailed, "look at the owner and the mode of the store's directory"
	}
	return "failed", term.ExitFailed, ""
}

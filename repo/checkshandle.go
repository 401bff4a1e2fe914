package repo

import (
	"time"

	"taskstore/backup"
	"taskstore/blobs"
	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// checks look for damage in a store, every table against every other and the files
// beside the database, and repair what can be repaired without a backup.
type checks struct {
	db       *sqlitedb.DB
	dir      string // of the store, for messages
	blobs    *blobs.Dir
	contents *handle
	backups  *backup.Catalog
	clock    func() time.Time
}

// newChecks makes the checks of an open store ready.
func newChecks(db *sqlitedb.DB, dir string, files *blobs.Dir, named *handle, backups *backup.Catalog, clock func() time.Time) *checks {
	return &checks{db: db, dir: dir, blobs: files, contents: named, backups: backups, clock: clock}
}

func (s *checks) now() schema.Time { return schema.TimeOf(s.clock()) }

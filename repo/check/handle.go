package check

import (
	"time"

	"taskstore/backup"
	"taskstore/blobs"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/contents"
	"taskstore/schema"
)

// checks look for damage in a store, every table against every other and the files
// beside the database, and repair what can be repaired without a backup.
type Checks struct {
	db       *sqlitedb.DB
	dir      string // of the store, for messages
	blobs    *blobs.Dir
	contents *contents.Handle
	backups  *backup.Catalog
	clock    func() time.Time
}

// New makes the checks of an open store ready.
func New(db *sqlitedb.DB, dir string, files *blobs.Dir, named *contents.Handle, backups *backup.Catalog, clock func() time.Time) *Checks {
	return &Checks{db: db, dir: dir, blobs: files, contents: named, backups: backups, clock: clock}
}

func (s *Checks) now() schema.Time { return schema.TimeOf(s.clock()) }

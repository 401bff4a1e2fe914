// Package contents keeps the bytes of attachments, screenshots and recordings, and knows
// who needs which: it puts and reads contents, collects those that nothing needs in steps
// that can be undone, reads them all against their hashes, and heals what it finds
// damaged. It is the only writer of the tables blobs, blob_idle, blob_problems and
// blob_scrubs; the directory itself is package blobs. A row is never there before its
// file.
package contents

import (
	_ "embed"
	"time"

	"taskstore/backup"
	"taskstore/blobs"
	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// Guide is the page about contents that "storectl docs contents" prints.
//
//go:embed GUIDE.md
var Guide string

// Handle are the contents of a store: the bytes of attachments, screenshots and
// recordings, each kept once in the directory of contents under its hash, and what the
// database knows of them. Its methods are transactions of their own, and what they write
// is durable when they return. Any number of goroutines may use it.
type Handle struct {
	db         *sqlitedb.DB
	blobs      *blobs.Dir // nil: there is none, and the store is read-only
	backups    *backup.Catalog
	backupsDir string
	readOnly   bool
	clock      func() time.Time
}

// New makes the contents of an open store ready. What the backups of the catalog in
// backupsDir name is not collected.
func New(db *sqlitedb.DB, dir *blobs.Dir, backups *backup.Catalog, backupsDir string, readOnly bool, clock func() time.Time) *Handle {
	return &Handle{db: db, blobs: dir, backups: backups, backupsDir: backupsDir, readOnly: readOnly, clock: clock}
}

func (s *Handle) now() schema.Time { return schema.TimeOf(s.clock()) }

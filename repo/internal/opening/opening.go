// Package opening comes from a directory to an open store. Its one idea is that
// a directory holds a whole store or none: it is found, made, restored to its end
// or migrated under its lock before anything is opened, and what another program
// left undone is made good before the first write. It promises that a store that
// is only looked at stays as it is, byte for byte, and that none is begun anew
// where one was lost. What is done with the store is for package repo.
package opening

import (
	"log/slog"
	"time"

	"taskstore/blobs"
	"taskstore/internal/sqlitedb"
)

// Options says how to open a store: see repo.Options.
type Options struct {
	ReadOnly, Untouched, NoCreate, NoMigrate bool

	Durability sqlitedb.Durability
	Readers    int
	Busy       time.Duration
	Retention  time.Duration
	Now        func() time.Time
	Log        *slog.Logger
}

// Store is what was opened. Closing the database gives the directory back.
type Store struct {
	Dir   string // absolute
	DB    *sqlitedb.DB
	Blobs *blobs.Dir // nil if the store is only read and has none
}

// opening is a store on its way.
type opening struct {
	dir     string
	opt     Options
	db      *sqlitedb.DB // nil: it has not come so far
	blobs   *blobs.Dir
	release func() error // gives back the lock on the directory, unless db does
	alone   bool         // the lock keeps everybody else out
	name    string       // of the store in the file alone, where a log lies beside it that nobody has open
}

func (s *opening) Path() string { return DBPath(s.dir) }

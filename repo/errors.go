package repo

import (
	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/opening"
	"taskstore/repo/internal/rows"
)

// What callers branch on, with errors.Is. The error that a method returns says
// what was tried and wraps both one of these and the cause underneath. Context
// errors come back as context.Canceled and context.DeadlineExceeded.
var (
	// ErrNotFound: there is no such record.
	ErrNotFound = rows.ErrNotFound

	// ErrExists: a record with this id, or another value that must be unique,
	// is there already.
	ErrExists = sqlitedb.ErrExists

	// ErrConflict: the record was changed by somebody else after it was read.
	// Read it again, apply the change again, save again.
	ErrConflict = rows.ErrConflict

	// ErrNested: the Store was used inside its own Update, where it would wait
	// for itself, or inside its own View, which is another snapshot. Use the Tx that
	// the callback was given.
	ErrNested = sqlitedb.ErrNested

	// ErrReadOnly: the store was opened for reading, or its file, its directory
	// or the disk cannot be written.
	ErrReadOnly = sqlitedb.ErrReadOnly

	// ErrCorrupt: the database file is damaged or is no database.
	ErrCorrupt = sqlitedb.ErrCorrupt

	// ErrSchema: a table of the store is gone, or a part of it; MendSchema makes it anew.
	ErrSchema = sqlitedb.ErrSchema

	// ErrIndex: the search index is damaged. No record is; store.Index.Rebuild makes the
	// index anew.
	ErrIndex = sqlitedb.ErrIndex

	// ErrLocked: another program held the store for longer than the time that
	// Open was told to wait. Nothing was written; the same call may be repeated.
	ErrLocked = sqlitedb.ErrLocked

	// ErrFull: the disk, or the quota, is full. Nothing was written.
	ErrFull = sqlitedb.ErrFull

	// ErrMoved: the store's directory, or the database in it, was moved, removed or replaced
	// while the store was open. Nothing was written: nobody would have found it. What was
	// acknowledged before is where the store is now. Close it, and open it there.
	ErrMoved = sqlitedb.ErrMoved

	// ErrNoStore: there is no store in the directory and it was not to be created.
	ErrNoStore = opening.ErrNoStore

	// ErrLost: the database file is gone or empty, and there are backups of it. A
	// store is not begun anew over them: restore one. It is also ErrNoStore.
	ErrLost = opening.ErrLost

	// ErrStrayLog: the file store.db-wal beside the database is that of another one: what
	// it would make of the database is no store, or it has the name of another store. Nothing
	// was written: the store is as it was once the file is elsewhere. It is also ErrCorrupt.
	ErrStrayLog = opening.ErrStrayLog
	// ErrNoDatabase: the database file is gone or empty, and there are contents of the
	// store, though no backups. It is also ErrNoStore.
	ErrNoDatabase = opening.ErrNoDatabase

	// ErrSchemaTooNew: a newer version of the program has changed the store.
	ErrSchemaTooNew = opening.ErrSchemaTooNew

	// ErrMigrationNeeded: the store is older than the program and was not to be
	// migrated, or cannot be because it is read-only.
	ErrMigrationNeeded = opening.ErrMigrationNeeded

	// ErrClosed: the store was closed, or is being closed.
	ErrClosed = sqlitedb.ErrClosed

	// ErrSharedContents: the directory of contents belongs to another store, as where the
	// one is a link to the other. Each would take for needless what only the other needs.
	ErrSharedContents = opening.ErrSharedContents
)

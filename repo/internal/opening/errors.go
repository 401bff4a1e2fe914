package opening

import (
	"errors"
	"fmt"

	"taskstore/internal/sqlitedb"
)

// What callers branch on: package repo, whose names these are, documents them.
var (
	ErrNoStore         = errors.New("there is no store here")
	ErrLost            = fmt.Errorf("%w: the database is gone, but there are backups of it", ErrNoStore)
	ErrStrayLog        = fmt.Errorf("%w: the log beside the database belongs to another one; move it away", sqlitedb.ErrCorrupt)
	ErrNoDatabase      = fmt.Errorf("%w: the database is gone, but there are contents of it", ErrNoStore)
	ErrSchemaTooNew    = errors.New("the store was made by a newer version")
	ErrMigrationNeeded = errors.New("the store must be migrated first")
	ErrSharedContents  = errors.New("the contents belong to another store")
)

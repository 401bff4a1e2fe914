package repo

import (
	"context"
	"log/slog"
	"time"

	"taskstore/backup"
	"taskstore/internal/durable"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/opening"
)

// Backups is the catalog of the backups in a store's directory, or in a directory
// that holds backups of a store and the contents they name. There need not be a
// store: a lost one is restored from here. Of opt, Now and Log count.
func Backups(dir string, opt Options) *backup.Catalog {
	opt = opt.withDefaults()
	sqlitedb.Prepare(opt.Log)
	return opening.Backups(dir, opt.opening())
}

// Describe tells what a copy of a store's database holds; it is what backups are
// made with. Every row is compared with its checksum, every list with its owner,
// and the hash of a collection is over the rows of all its tables. A copy with a
// schema of another version than the program's has counts and contents only: what
// its rows mean is known to the program that wrote them.
func Describe(ctx context.Context, file string) (backup.Facts, error) {
	return opening.Describe(ctx, file)
}

// HaveContent tells whether a directory of contents has one, as long as it should be. The
// directory is looked at when the first is asked for.
func HaveContent(dir string) func(context.Context, backup.Content) error {
	return opening.HaveContent(dir)
}

// BlobsDir is where a store in dir, or a directory with backups of one, keeps
// contents.
func BlobsDir(dir string) string { return opening.BlobsDir(dir) }

// DBPath is the database file of a store in dir: where it is a link, the file that
// the link leads to, beside which SQLite keeps its -wal and -shm.
func DBPath(dir string) string { return opening.DBPath(dir) }

// Fits makes sure that a store, or backups of one, are not begun in a directory whose path is too
// long for SQLite.
func Fits(dir string) error { return opening.Fits(dir) }

// MakePrivate hides from others what an older program, or a copy, lets them see of the
// store in dir, as Open does for writing, and says so. A directory that is there for
// other things too keeps its mode. That a store cannot be hidden is said, and no error.
func MakePrivate(ctx context.Context, dir string, log *slog.Logger) {
	opening.MakePrivate(ctx, dir, log, slog.LevelWarn)
}

// CheckLog is ErrStrayLog where the log beside the database of the store in dir is known to be
// another's, and nil otherwise, also where that cannot be found out. It is for those who use
// the file without Open; not a byte of the files changes.
func CheckLog(ctx context.Context, dir string) (err error) {
	defer sqlitedb.Wrap(&err, "look whose log is beside the store in %s", dir)
	opt := Options{}.withDefaults()
	sqlitedb.Prepare(opt.Log)
	return opening.CheckLog(ctx, dir, opt.opening())
}

// LockDir takes the lock of the store in dir alone, as a restore needs it: nobody has
// the store open until release. It waits for wait, 0 is five seconds, or until ctx ends if
// that has a deadline; then it is ErrLocked, or the error of ctx. The directory must be there, a store need not.
func LockDir(ctx context.Context, dir string, wait time.Duration) (release func() error, err error) {
	defer sqlitedb.Wrap(&err, "lock the store in %s", dir)
	return opening.Lock(ctx, dir, wait, durable.Exclusive)
}

// ShareDir takes the lock of the store in dir as an open store holds it: it is not
// replaced or migrated until release.
func ShareDir(ctx context.Context, dir string, wait time.Duration) (release func() error, err error) {
	defer sqlitedb.Wrap(&err, "hold the store in %s", dir)
	return opening.Lock(ctx, dir, wait, durable.Shared)
}

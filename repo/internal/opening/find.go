package opening

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"taskstore/internal/durable"
	"taskstore/migrations"
)

// errUnmade: there is a database without anything in it, left by a program that was killed
// while it made the store.
var errUnmade = errors.New("it was not made to its end; a command that writes makes it")

// find looks for the store, and makes the directory for a new one.
func (o *opening) find() error {
	info, err := os.Stat(o.dir)
	switch {
	case err == nil && !info.IsDir():
		return fmt.Errorf("%w: %s is a file; name a directory", ErrNoStore, o.dir)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if gone, err := o.missing(); err != nil || !gone {
		return err
	}
	if left, _ := filepath.Glob(o.path() + ".aside-*"); len(left) > 0 {
		return nil // an interrupted restore: enter finishes it
	}
	if err := o.lost(); err != nil {
		return err
	}
	if o.opt.ReadOnly || o.opt.NoCreate {
		return ErrNoStore
	}
	return durable.MakeDir(o.dir)
}

// unmade says what is to be done about a database without anything in it: ErrMigrationNeeded
// where it is to become a store.
func (o *opening) unmade() error {
	if err := o.lost(); err != nil {
		return err
	}
	if o.opt.ReadOnly || o.opt.NoCreate {
		return fmt.Errorf("%w: %w", ErrNoStore, errUnmade)
	}
	return fmt.Errorf("%w: %w", ErrMigrationNeeded, errUnmade)
}

// strayLog finds out whether the database is no store because of a log that is not its own.
func (o *opening) strayLog(ctx context.Context, err error) error {
	if !errors.Is(err, migrations.ErrNotStore) {
		return err
	}
	if log, bad := os.Stat(o.path() + "-wal"); bad != nil || log.Size() == 0 {
		return err
	}
	if st, bad := migrations.WithoutLog(ctx, o.path()); bad != nil || st.Current == 0 {
		return err
	}
	return fmt.Errorf("%w: %s-wal", ErrStrayLog, o.path())
}

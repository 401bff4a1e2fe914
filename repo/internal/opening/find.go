package opening

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"taskstore/backup/putback"
	"taskstore/internal/durable"
	"taskstore/migrations"
	"taskstore/schema"
)

// errUnmade: there is a database without anything in it, left by a program that was killed
// while it made the store.
var errUnmade = errors.New("it was not made to its end; a command that writes makes it")

// find looks for the store, and makes the directory for a new one.
func (s *opening) find() error {
	info, err := os.Stat(s.dir)
	switch {
	case err == nil && !info.IsDir():
		return fmt.Errorf("%w: %s is a file; name a directory", ErrNoStore, s.dir)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if gone, err := s.missing(); err != nil || !gone {
		return err
	}
	if left, _ := putback.Asides(s.Path()); len(left) > 0 {
		return nil // an interrupted restore: enter finishes it
	}
	if err := s.lost(); err != nil {
		return err
	}
	if s.opt.ReadOnly || s.opt.NoCreate {
		return ErrNoStore
	}
	if err := Fits(s.dir); err != nil {
		return err
	}
	return durable.MakeDir(s.dir)
}

// unmade says what is to be done about a database without anything in it: ErrMigrationNeeded
// where it is to become a store.
func (s *opening) unmade() error {
	if err := s.lost(); err != nil {
		return err
	}
	if s.opt.ReadOnly || s.opt.NoCreate {
		return fmt.Errorf("%w: %w", ErrNoStore, errUnmade)
	}
	return fmt.Errorf("%w: %w", ErrMigrationNeeded, errUnmade)
}

// strayLog finds out whether the database is no store because of a log that is not its own.
func (s *opening) strayLog(ctx context.Context, err error) error {
	if !errors.Is(err, migrations.ErrNotStore) {
		return err
	}
	if log, bad := os.Stat(s.Path() + "-wal"); bad != nil || log.Size() == 0 {
		return err
	}
	if st, bad := migrations.WithoutLog(ctx, s.Path()); bad != nil || st.Current == 0 {
		return err
	}
	return fmt.Errorf("%w: %s-wal", ErrStrayLog, s.Path())
}

// SQLite opens no file whose path has more than 504 bytes. Of what a store makes in its
// directory, backups on their way in have the longest names.
const (
	mostPath = 504
	longest  = len("/backups/.20060102T150405.000Z-0000.db")
)

// Fits makes sure that a store, or backups of one, are not begun in a directory where SQLite could
// not open them.
func Fits(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil || runtime.GOOS == "windows" || len(dir)+longest <= mostPath {
		return err
	}
	return &schema.InvalidError{Kind: "store", Field: "directory", Problem: fmt.Sprintf("its path is too long: it has %d bytes, and %d are possible", len(dir), mostPath-longest)}
}

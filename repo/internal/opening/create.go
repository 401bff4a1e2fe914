package opening

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"taskstore/internal/durable"
	"taskstore/internal/sqlitedb"
	"taskstore/migrations"
)

// making is added to the name of a database that is being made.
const making = ".new"

// create makes the database of a new store, with all that is derived, under another
// name: a crash leaves no store or a whole one. The caller has the directory's lock to himself.
func (s *opening) create(ctx context.Context) error {
	temp := s.Path() + making
	if err := removeMade(temp); err != nil { // of one that was killed
		return err
	}
	err := s.fill(ctx, temp)
	if err == nil {
		err = durable.Replace(temp, s.Path()) // nothing is there, or a file without a byte
	}
	return errors.Join(err, removeMade(temp), durable.SyncDir(filepath.Dir(temp)))
}

// fill makes a new database in a file.
func (s *opening) fill(ctx context.Context, file string) error {
	if _, err := migrations.Up(ctx, file, migrations.Options{Log: s.opt.Log}); err != nil {
		return MigrationError(err)
	}
	db, err := sqlitedb.Open(ctx, file, sqlitedb.Options{Busy: s.opt.Busy, Log: s.opt.Log})
	if err != nil {
		return err
	}
	err = db.Do(ctx, func(ctx context.Context, q *sqlitedb.Tx) error { return s.settle(ctx, q) })
	if err == nil {
		err = db.EmptyLog(ctx) // closing would do it, and not say that it failed
	}
	return errors.Join(err, db.Close(context.WithoutCancel(ctx)), inFile(file))
}

// inFile tells that all of a closed database is in its file, and nothing of it in its log alone.
func inFile(file string) error {
	info, err := os.Stat(file + "-wal")
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return nil
	}
	if err == nil {
		err = fmt.Errorf("a part of the new database is left in %s-wal", file)
	}
	return err
}

// removeMade removes a database that did not become a store, and what is beside it.
func removeMade(temp string) error {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal", ".migrate.lock"} {
		if err := os.Remove(temp + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// missing tells that there is no database, or one without a byte: SQLite makes such
// a file before it writes to it, and a full disk leaves one.
func (s *opening) missing() (bool, error) {
	info, err := os.Stat(s.Path())
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil || info.Size() > 0 {
		return false, err
	}
	wal, err := os.Stat(s.Path() + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	return err == nil && wal.Size() <= walHeader, err
}

// walHeader is the length of a -wal that holds no page.
const walHeader = 32

// lost keeps a new store from being made where one was lost, of which there are
// backups or contents: they would be taken for what nobody needs.
func (s *opening) lost() error {
	list, err := Backups(s.dir, s.opt).List(context.Background())
	if err == nil && len(list) > 0 {
		return ErrLost
	}
	name, err := someContent(BlobsDir(s.dir))
	if err != nil || name == "" {
		return err
	}
	return fmt.Errorf("%w, such as %s", ErrNoDatabase, name)
}

// someContent gives a file of contents, "" if there is none.
func someContent(dir string) (string, error) {
	fans, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	for _, fan := range fans {
		if !fan.IsDir() || len(fan.Name()) != 2 {
			continue
		}
		files, err := os.ReadDir(filepath.Join(dir, fan.Name()))
		if err != nil {
			return "", err
		}
		for _, f := range files {
			if f.Type().IsRegular() {
				return filepath.Join(dir, fan.Name(), f.Name()), nil
			}
		}
	}
	return "", err
}

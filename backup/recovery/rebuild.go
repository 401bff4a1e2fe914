package recovery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"taskstore/backup"
	"taskstore/backup/putback"
	"taskstore/internal/durable"
	"taskstore/repo"
)

// RebuildOptions says how a store is rebuilt.
type RebuildOptions struct {
	Options
	// Wait is how long to wait for others who have the store open; 0 is five seconds.
	Wait time.Duration
}

// Rebuilt says what was done.
type Rebuilt struct {
	Tables []putback.Salvaged // what became of each table
	Backup backup.Backup      // that had what could not be read; no ID: there is none
	// Restored says that nothing of the store could be read, and that the backup was
	// put back as it is: what was written since is lost.
	Restored bool
	Aside    string // directory with the files that were there, byte for byte
}

// Damaged gives those tables of which not all could be read.
func (r Rebuilt) Damaged() (list []putback.Salvaged) {
	for _, t := range r.Tables {
		if t.Damaged {
			list = append(list, t)
		}
	}
	return list
}

// Rebuild makes the store in dir anew, of which pages are damaged: all that can be read is
// carried over to a new database, and what cannot comes from the newest good backup, row by
// row, as far as it has it. What was there is put aside, byte for byte. A database of
// which nothing can be read becomes the backup. Nobody may have the store open:
// ErrLocked. What is derived is made by the next opening for writing, which should be
// followed by a repair of the rows: records of which a part came from the backup may
// not be as their checksums say.
func Rebuild(ctx context.Context, dir string, opt RebuildOptions) (r Rebuilt, err error) {
	if err := repo.CheckLog(ctx, dir); err != nil {
		return r, err // what it makes of the database is of two
	}
	release, err := repo.LockDir(ctx, dir, opt.Wait)
	if err != nil {
		return r, err
	}
	w := &rebuilding{Rebuilt: &r, dir: dir, db: repo.DBPath(dir), opt: opt, catalog: opt.catalog(dir)}
	err = w.run(ctx)
	if err = errors.Join(err, release()); !errors.Is(err, errNothing) {
		return r, err
	}
	if r.Backup.ID == "" {
		return r, fmt.Errorf("rebuild the store in %s: %w: nothing of it can be read, and there is no good backup of it", dir, repo.ErrCorrupt)
	}
	done, err := Restore(ctx, dir, r.Backup.ID, RestoreOptions{Options: opt.Options, Wait: opt.Wait})
	r.Restored, r.Aside = err == nil || errors.Is(err, ErrMissing), done.Aside
	return r, err
}

// errNothing: nothing of the database can be read.
var errNothing = errors.New("nothing can be read")

// rebuilding is a Rebuild at work.
type rebuilding struct {
	*Rebuilt
	dir, db string
	opt     RebuildOptions
	catalog *backup.Catalog
}

func (w *rebuilding) run(ctx context.Context) (err error) {
	if _, err := putback.Recover(w.db); err != nil {
		return err
	}
	hold, err := putback.TakeHold(ctx, w.db, cmp.Or(w.opt.Wait, lockWait))
	if err != nil {
		return inUse(err)
	}
	defer func() { err = errors.Join(err, hold.Release()) }()
	scratch, remove, err := w.catalog.Scratch()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	old, err := w.newestGood(ctx, scratch)
	if err != nil {
		return err
	}
	wreck := filepath.Join(scratch, "wreck")
	if err := durable.MakeDir(wreck); err != nil {
		return err
	}
	if err := hold.Keep(ctx, wreck); err != nil {
		return err
	}
	made := filepath.Join(scratch, "made.db")
	if err := repo.NewDatabase(ctx, made); err != nil {
		return err
	}
	if err := w.salvage(ctx, filepath.Join(wreck, filepath.Base(w.db)), old, made); err != nil {
		return err
	}
	if err := repo.ForgetDerived(ctx, made); err != nil {
		return err
	}
	w.Aside, err = putback.Copy(ctx, made, w.db, putback.Options{Now: w.opt.Now, Hold: hold})
	return err
}

// salvage carries over what can be read of the wreck. Where that is nothing, its header may hide the rest, or its list of tables.
func (w *rebuilding) salvage(ctx context.Context, wreck, old, made string) error {
	try := func() (err error) {
		w.Tables, err = putback.Salvage(ctx, wreck, old, made, repo.Derived)
		if errors.Is(err, backup.ErrCorrupt) || err == nil && !w.some() {
			return errNothing
		}
		return err
	}
	err := try()
	if !errors.Is(err, errNothing) {
		return err
	}
	if err := putback.MendHeader(wreck, made); err != nil {
		return err
	}
	if err = try(); errors.Is(err, errNothing) && repo.MendList(ctx, wreck) {
		err = try()
	}
	return err
}

// some says that at least one row could be read.
func (w *rebuilding) some() bool {
	for _, t := range w.Tables {
		if t.Rows > 0 {
			return true
		}
	}
	return false
}

// newestGood unpacks the newest good backup as a database of this program's schema, and
// gives its file; "" if there is none.
func (w *rebuilding) newestGood(ctx context.Context, scratch string) (file string, err error) {
	b, err := w.catalog.Get(ctx, backup.Latest)
	if unread := w.newerUnopened(ctx, b); unread != nil {
		return "", unread
	}
	if errors.Is(err, backup.ErrNone) || errors.Is(err, fs.ErrNotExist) || err == nil && !b.Good() {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	dir := filepath.Join(scratch, "old")
	if err := durable.MakeDir(dir); err != nil {
		return "", err
	}
	if err := w.catalog.Unpack(ctx, b, repo.DBPath(dir)); err != nil {
		return "", bad(err)
	}
	opt := w.opt.repo()
	opt.NoCreate = true
	s, err := repo.Open(ctx, dir, opt)
	if err != nil {
		return "", err
	}
	w.Backup = b
	return repo.DBPath(dir), s.Close()
}

// newerUnopened is the error that a backup which is newer could not be read: what it has would be given
// up for an older state, or as lost.
func (w *rebuilding) newerUnopened(ctx context.Context, than backup.Backup) error {
	list, err := w.catalog.List(ctx)
	if err != nil {
		return err
	}
	return backup.NewerUnopened(list, slices.IndexFunc(list, func(b backup.Backup) bool { return b.ID == than.ID }))
}

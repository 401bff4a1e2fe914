package recovery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"taskstore/backup"
	"taskstore/backup/putback"
	"taskstore/internal/durable"
	"taskstore/repo"
)

// RestoreOptions says how a store is restored.
type RestoreOptions struct {
	Options
	// From is a directory with backups and the contents they name; "" is the
	// store's own.
	From string
	// DryRun verifies everything and changes nothing.
	DryRun bool
	// Wait is how long to wait for others who have the store open, in whatever
	// program; 0 is five seconds.
	Wait time.Duration
}

// Restored says what was done.
type Restored struct {
	Backup backup.Backup // that the store was made of
	Safety backup.Backup // of what was there; no ID: none, see Aside
	// Aside is the directory where the files that were there are kept, byte for
	// byte; "" if there were none, or Safety holds all that was in them.
	Aside string
	// WhyAside says why there is no Safety.
	WhyAside string
	Newer    []backup.Backup // that were passed over for Latest: see backup.Backup.WhyNotLatest
	Brought  int             // contents that came from RestoreOptions.From
	Named    int             // contents that the store names
	Missing  []backup.Content
	Behind   bool // the schema is older than the program's: migrate it
}

// Restore makes the store in dir what it was when a backup was made. id may be
// backup.Latest. The directory need not hold a store, or hold a wreck.
//
// The store's lock is taken, and SQLite's own, which nobody gets while another
// program has the database open, be it idle: then the restore is ErrLocked, an
// *putback.InUseError says who it is where the system tells, and nothing was changed.
// The backup is verified byte by byte, a backup made of what is there (a wreck's
// files are put aside), the database replaced, compared page by page, and opened: until then
// nobody else can write, so no write is lost between backup and replacement.
// Contents come from opt.From where the store has none
// or damaged ones; those that are nowhere are ErrMissing, beside a Restored that
// names them, and the rest is restored. ErrBad: the backup is bad, and nothing was
// changed. When the process dies at any moment, the next program that opens the
// store finds the old one or the new one, whole.
func Restore(ctx context.Context, dir, id string, opt RestoreOptions) (r Restored, err error) {
	if opt.From == "" {
		opt.From = dir
	}
	w := &restorer{Restored: &r, dir: dir, opt: opt, from: opt.catalog(opt.From)}
	if err := w.choose(ctx, id); err != nil {
		return r, err
	}
	if opt.DryRun {
		return r, w.dryRun(ctx)
	}
	list, err := w.from.Contents(ctx, w.Backup)
	if err != nil {
		return r, w.refuse(ctx, err)
	}
	w.what = "backup " + w.Backup.ID
	w.put = func(ctx context.Context, db string, opt putback.Options) (string, error) {
		return w.putBackup(ctx, list, db, opt)
	}
	return r, w.run(ctx)
}

// restorer is a restore at work.
type restorer struct {
	*Restored
	dir   string
	opt   RestoreOptions
	from  *backup.Catalog
	stray error // the log beside the database is another's
	what  string
	put   putting
}

// putting puts the new database in its place, after the contents that it names.
type putting func(ctx context.Context, db string, opt putback.Options) (aside string, err error)

// run makes the new store, under the locks, and opens it.
func (w *restorer) run(ctx context.Context) error {
	if err := repo.Fits(w.dir); err != nil {
		return err
	}
	if err := durable.MakeDir(w.dir); err != nil {
		return err
	}
	if w.stray = repo.CheckLog(ctx, w.dir); w.stray != nil && !errors.Is(w.stray, repo.ErrStrayLog) {
		return w.stray
	}
	release, err := repo.LockDir(ctx, w.dir, w.opt.Wait)
	if err != nil {
		return err
	}
	err = w.swap(ctx)
	if err = errors.Join(err, release()); err != nil {
		return err
	}
	if err := w.open(ctx); err != nil {
		return err
	}
	if n := len(w.Missing); n > 0 {
		return fmt.Errorf("restore %s: %w: %d of %d", w.what, ErrMissing, n, w.Named)
	}
	return nil
}

// choose finds the backup and refuses one that is known to be bad.
func (w *restorer) choose(ctx context.Context, id string) (err error) {
	if w.Backup, err = w.from.Get(ctx, id); err != nil {
		return err
	}
	if id == backup.Latest {
		list, err := w.from.List(ctx)
		if err != nil {
			return err
		}
		for _, b := range list {
			if b.ID == w.Backup.ID {
				break
			}
			w.Newer = append(w.Newer, b)
		}
	}
	// A verification that failed may have been of a disk that is sound again, and
	// is made anew; what cannot be read cannot be verified. A state says nothing of
	// the bytes.
	return w.refuse(ctx, unlessState(w.from.Look(w.Backup)))
}

func (w *restorer) dryRun(ctx context.Context) error {
	if err := unlessState(w.from.Verify(ctx, w.Backup.ID, false, nil)); err != nil {
		return w.refuse(ctx, err)
	}
	list, err := w.from.Contents(ctx, w.Backup)
	if err != nil {
		return w.refuse(ctx, err)
	}
	if list, err = absent(ctx, repo.BlobsDir(w.dir), list); err == nil && !same(w.dir, w.opt.From) {
		list, err = absent(ctx, repo.BlobsDir(w.opt.From), list)
	}
	w.Missing = list
	return err
}

// lockWait is how long others are waited for, unless the caller says.
const lockWait = 5 * time.Second

// swap makes the safety backup and puts the new store in its place, under the locks.
func (w *restorer) swap(ctx context.Context) (err error) {
	db := repo.DBPath(w.dir)
	if _, err := putback.Recover(db); err != nil {
		return err
	}
	hold, err := putback.TakeHold(ctx, db, cmp.Or(w.opt.Wait, lockWait))
	if err != nil {
		return inUse(err)
	}
	defer func() { err = errors.Join(err, hold.Release()) }()
	if err := w.safety(ctx, db, hold); err != nil {
		return err
	}
	kept := w.Safety.ID != "" && w.Safety.Good()
	w.Aside, err = w.put(ctx, db, putback.Options{Now: w.opt.Now, Log: w.opt.Log, Hold: hold, Kept: kept})
	return err
}

// putBackup puts a backup back.
func (w *restorer) putBackup(ctx context.Context, list []backup.Content, db string, opt putback.Options) (string, error) {
	if err := w.heal(ctx, list, w.opt.From); err != nil {
		return "", err
	}
	aside, err := w.from.PutBack(ctx, w.Backup, db, opt)
	if err != nil {
		return "", w.refuse(ctx, err)
	}
	return aside, nil
}

// inUse says in the words of package repo that others have the store open.
func inUse(err error) error {
	var held *putback.InUseError
	if errors.As(err, &held) {
		return fmt.Errorf("%w: %w; nothing was changed", repo.ErrLocked, err)
	}
	return err
}

// safety backs up what is there. Of what cannot be backed up the files are put
// aside by the swap, which needs nothing of them.
func (w *restorer) safety(ctx context.Context, db string, hold *putback.Hold) error {
	if _, err := os.Stat(db); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if w.stray != nil { // a backup would hold a mixture
		w.WhyAside = w.stray.Error()
		return nil
	}
	if why := hold.Unlockable(); why != nil {
		w.WhyAside = why.Error()
		return nil
	}
	b, _, err := w.opt.catalog(w.dir).Create(ctx, db, backup.CreateOptions{Reason: backup.PreRestore, IfChanged: true, Hold: hold})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		w.WhyAside = err.Error()
	case !b.Good():
		w.Safety, w.WhyAside = b, b.Problem()
	default:
		w.Safety = b
	}
	return nil
}

// heal brings the contents that the store does not have from the first directory that has them.
func (w *restorer) heal(ctx context.Context, list []backup.Content, from ...string) (err error) {
	w.Named = len(list)
	if w.Missing, err = absent(ctx, repo.BlobsDir(w.dir), list); err != nil {
		return err
	}
	for _, dir := range from {
		wanted := w.Missing
		if len(wanted) == 0 || same(w.dir, dir) {
			continue
		}
		if err := bring(ctx, repo.BlobsDir(dir), repo.BlobsDir(w.dir), wanted, w.opt.Options); err != nil {
			return err
		}
		w.Missing = nil
		for _, c := range wanted {
			if c.Missing {
				w.Missing = append(w.Missing, c)
			}
		}
		w.Brought += len(wanted) - len(w.Missing)
	}
	return nil
}

// open opens the restored store as any program does, and reads what is in it. Others
// may have written to it by then.
func (w *restorer) open(ctx context.Context) (err error) {
	opt := w.opt.repo()
	opt.ReadOnly = true
	s, err := repo.Open(ctx, w.dir, opt)
	if errors.Is(err, repo.ErrMigrationNeeded) {
		w.Behind = true
		return nil
	}
	if err != nil {
		return fmt.Errorf("the store was restored from %s and cannot be opened: %w", w.what, err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if _, err := s.Status(ctx); err != nil {
		return fmt.Errorf("the store was restored from %s and cannot be read: %w", w.what, err)
	}
	return nil
}

// Package putback puts a copy of a database in the place of a store's file, and
// carries over what can be read of a damaged one. Its one idea is that the old
// store is whole until the new one is: nobody else can read or write the file
// meanwhile (Hold), what was there is put aside and never removed, and a kill at
// any step leaves the one or the other, which Recover finishes. It knows nothing
// of backups: where a copy comes from is its caller's. DESIGN.md tells the steps.
package putback

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"taskstore/backup/pages"
	"taskstore/internal/durable"
)

// incoming is the name, in the directory of what is put aside, of the copy
// that is about to become the store. It is there from the moment the copy is
// complete until it has moved into place: a swap that is not finished.
const incoming = "incoming"

// Options says how a copy is put back. The zero value is good.
type Options struct {
	// Now names the directory of what is put aside. Nil is time.Now.
	Now func() time.Time
	// Hold is db held by the caller, who made a backup of it since. Nil: Copy
	// takes it itself, and waits for others as long as Wait says.
	Hold *Hold
	Wait time.Duration
	// Kept says that what is there is kept elsewhere, as in a backup: nothing of a
	// sound database is put aside.
	Kept bool
	// Log is told what remains although it should not; nil is silent.
	Log *slog.Logger

	step func(string) // told what comes next; for tests
}

func (o Options) now() time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}

func (o Options) at(step string) {
	if o.step != nil {
		o.step(step)
	}
}

// Copy makes the store's database file db what the copy from is. It takes db
// alone meanwhile: while another program has it open, which it may without any lock
// of ours, nothing is changed, and the error is an *InUseError. from stays as it is.
//
// The copy is verified first; a damaged one is ErrCorrupt. Foreign keys that
// point nowhere do not matter: the store had them. A db that SQLite can open becomes
// the copy in one transaction of its own file, and is compared with it: whoever waits for the lock
// meanwhile writes to the new store, and nothing goes where nobody looks. Files that
// were there are copied to the directory aside before, db.aside-<UTC time>, where they can be
// opened. What is no database is moved there, and the copy gets its name; aside is empty if
// there was nothing. When Copy returns without an error all of this is on disk.
//
// When it fails, the old store is in place again, unless the error says that it
// is not. When the process dies, SQLite or Recover, which must be called before db
// is opened, finish it or leave the old store. ctx counts until the copy is
// verified, then the swap is made.
func Copy(ctx context.Context, from, db string, opt Options) (aside string, err error) {
	defer pages.Wrap(&err, "put back %s as %s", from, db)
	if err := distinct(from, db); err != nil {
		return "", err
	}
	return Fill(ctx, db, opt, func(ctx context.Context, to string) error {
		if err := pages.Complete(from); err != nil {
			return err
		}
		if err := durable.CopyFile(ctx, from, to); err != nil {
			return err
		}
		_, err := pages.Inspect(ctx, to)
		return err
	})
}

// holdWait is how long Copy waits for others, unless it is told.
const holdWait = 5 * time.Second

// Fill is Copy of what fill writes to a file and verifies.
func Fill(ctx context.Context, db string, opt Options, fill func(ctx context.Context, to string) error) (aside string, err error) {
	db = durable.Target(db)
	if _, err := recoverAll(db, opt.Hold == nil); err != nil {
		return "", err
	}
	hold := opt.Hold
	if hold == nil {
		if hold, err = TakeHold(ctx, db, cmp.Or(opt.Wait, holdWait)); err != nil {
			return "", err
		}
		defer func() { err = errors.Join(err, hold.Release()) }()
	}
	if aside, err = newAside(db, opt.now()); err != nil {
		return "", err
	}
	s := swap{db: db, aside: aside, opt: opt}
	s.opt.at("copy")
	if err := fill(ctx, s.temp()); err != nil {
		return "", errors.Join(err, pages.RemoveAll(s.temp()), os.Remove(aside))
	}
	if hold.locked {
		return s.overwrite(ctx, hold)
	}
	if err := s.stage(); err != nil {
		return "", errors.Join(err, pages.RemoveAll(s.temp()), os.Remove(aside))
	}
	return s.run()
}

// overwrite makes the held database what is staged. What remains of that although it
// should not goes with the next Recover.
func (s *swap) overwrite(ctx context.Context, hold *Hold) (aside string, err error) {
	if !s.opt.Kept {
		s.opt.at("keep")
		if err := hold.keep(ctx, s.aside); err != nil {
			return "", errors.Join(err, os.RemoveAll(s.aside))
		}
	}
	s.opt.at("overwrite")
	done, err := hold.replace(ctx, s.temp())
	if err != nil && !done {
		return "", errors.Join(err, os.RemoveAll(s.aside))
	}
	if err != nil {
		return s.aside, s.inPlace(err)
	}
	s.opt.at("clean")
	left := pages.RemoveAll(s.temp())
	if s.opt.Kept {
		left = errors.Join(left, os.Remove(s.aside))
	}
	if left != nil && s.opt.Log != nil {
		s.opt.Log.Warn("a restore left something behind", "reason", left)
	}
	if s.opt.Kept {
		return "", nil
	}
	return s.aside, nil
}

// inPlace is err of what came after the new store was in place, with where the old one is.
func (s *swap) inPlace(err error) error {
	if s.opt.Kept {
		return fmt.Errorf("the new store is in place: %w", err)
	}
	return fmt.Errorf("the new store is in place, and the old one in %s: %w", s.aside, err)
}

// swap is one replacement of db by a copy.
type swap struct {
	db, aside string
	opt       Options
	moved     [][2]string // from, to
	swapped   bool        // the copy is in place
}

func (s *swap) temp() string { return filepath.Join(s.aside, incoming+unfinished) }

// stage marks the verified copy as the one that will be the store.
func (s *swap) stage() error {
	s.opt.at("stage")
	if err := durable.OwnLike(s.temp(), s.db); err != nil {
		return err
	}
	if err := durable.Replace(s.temp(), filepath.Join(s.aside, incoming)); err != nil {
		return err
	}
	return errors.Join(durable.SyncDir(s.aside), durable.SyncDir(filepath.Dir(s.aside)))
}

// run makes the swap, or takes it back.
func (s *swap) run() (aside string, err error) {
	if err := s.forward(); err != nil {
		if undo := s.back(); undo != nil {
			return s.aside, errors.Join(err, undo)
		}
		return "", err
	}
	if len(s.moved) == 0 {
		return "", removeEmpty(s.aside)
	}
	return s.aside, nil
}

// forward moves the old files aside and the new one into place. It goes on
// from wherever an earlier run of it ended.
func (s *swap) forward() error {
	for _, suffix := range pages.Suffixes {
		s.opt.at("move" + suffix)
		if err := s.putAside(suffix); err != nil {
			return err
		}
	}
	dir := filepath.Dir(s.db)
	if err := errors.Join(durable.SyncDir(s.aside), durable.SyncDir(dir)); err != nil {
		return err
	}
	s.opt.at("swap")
	if err := durable.Replace(filepath.Join(s.aside, incoming), s.db); err != nil {
		return err
	}
	s.swapped = true
	s.opt.at("sync")
	return errors.Join(durable.SyncDir(dir), durable.SyncDir(s.aside))
}

// putAside moves one of the old files, if it is there, to a name that is free.
func (s *swap) putAside(suffix string) error {
	from := s.db + suffix
	if _, err := os.Lstat(from); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	base := filepath.Join(s.aside, filepath.Base(s.db))
	to := base + suffix
	for n := 2; ; n++ {
		if _, err := os.Lstat(to); errors.Is(err, fs.ErrNotExist) {
			break
		}
		to = fmt.Sprintf("%s.%d%s", base, n, suffix)
	}
	if err := durable.Replace(from, to); err != nil {
		return err
	}
	s.moved = append(s.moved, [2]string{from, to})
	return nil
}

// back moves the old files into place again. The copy goes last: until then
// the swap can still be finished.
func (s *swap) back() error {
	if s.swapped {
		return errors.New("the copy is in place, but perhaps not yet on disk")
	}
	for _, m := range slices.Backward(s.moved) {
		if err := durable.Replace(m[1], m[0]); err != nil {
			return fmt.Errorf("move the old store back: %w", err)
		}
	}
	if err := durable.SyncDir(filepath.Dir(s.db)); err != nil {
		return err
	}
	err := os.Remove(filepath.Join(s.aside, incoming))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, os.Remove(s.aside))
}

// distinct refuses to put a store back over itself. Stat does not open files:
// closing one that is open elsewhere in the process would drop its locks.
func distinct(from, db string) error {
	a, err := os.Stat(from)
	if err != nil {
		return err
	}
	if b, err := os.Stat(db); err == nil && os.SameFile(a, b) {
		return errors.New("the copy and the store are the same file")
	}
	return nil
}

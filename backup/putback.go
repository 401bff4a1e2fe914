package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"taskstore/internal/durable"
)

// incoming is the name, in the directory of what is put aside, of the copy
// that is about to become the store. It is there from the moment the copy is
// complete until it has moved into place: a swap that is not finished.
const incoming = "incoming"

// PutBackOptions says how a copy is put back. The zero value is good.
type PutBackOptions struct {
	// Now names the directory of what is put aside. Nil is time.Now.
	Now func() time.Time

	step func(string) // told what comes next; for tests
}

func (o PutBackOptions) now() time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}

func (o PutBackOptions) at(step string) {
	if o.step != nil {
		o.step(step)
	}
}

// PutBack makes the copy from the store's database file db. Every connection
// to db, in every process, must be closed, and kept from opening by the
// caller's lock. from stays as it is.
//
// The copy is verified first; a damaged one is ErrCorrupt. Foreign keys that
// point nowhere do not matter: the store had them. What was in db, its -wal
// and -shm is moved to the directory aside, db.aside-<UTC time>, where it can
// be opened; aside is empty if there was nothing, or nothing was moved for good. When PutBack returns without
// an error all of this is on disk.
//
// When it fails, the old store is in place again, unless the error says that
// moving it back failed. When the process dies, Recover finishes the swap or
// leaves the old store; it must be called before db is opened. ctx counts
// until the copy is verified, then the swap is made.
func PutBack(ctx context.Context, from, db string, opt PutBackOptions) (aside string, err error) {
	defer wrap(&err, "put back %s as %s", from, db)
	if err := distinct(from, db); err != nil {
		return "", err
	}
	return putBack(ctx, db, opt, func(ctx context.Context, to string) error {
		if err := complete(from); err != nil {
			return err
		}
		if err := durable.CopyFile(ctx, from, to); err != nil {
			return err
		}
		_, err := inspect(ctx, to)
		return err
	})
}

// putBack swaps in what fill writes to a file and verifies.
func putBack(ctx context.Context, db string, opt PutBackOptions, fill func(ctx context.Context, to string) error) (aside string, err error) {
	if _, err := Recover(db); err != nil {
		return "", err
	}
	if aside, err = newAside(db, opt.now()); err != nil {
		return "", err
	}
	s := swap{db: db, aside: aside, opt: opt}
	if err := s.stage(ctx, fill); err != nil {
		return "", errors.Join(err, removeAll(s.temp()), os.Remove(aside))
	}
	return s.run()
}

// Recover finishes what a PutBack began that was killed, and removes what it
// staged in vain. finished says that db is now the copy that was being put
// back. It is cheap when there is nothing to do; call it before db is opened,
// under the lock that PutBack needs.
func Recover(db string) (finished bool, err error) {
	defer wrap(&err, "finish putting back %s", db)
	dirs, err := asides(db)
	if err != nil {
		return false, err
	}
	for _, dir := range dirs {
		s := swap{db: db, aside: dir}
		err := removeAll(s.temp())
		if err != nil {
			return finished, err
		}
		if _, err := os.Lstat(filepath.Join(dir, incoming)); err == nil {
			if err := s.forward(); err != nil {
				return finished, err
			}
			finished = true
		}
		if err := removeEmpty(dir); err != nil {
			return finished, err
		}
	}
	return finished, nil
}

// swap is one replacement of db by a copy.
type swap struct {
	db, aside string
	opt       PutBackOptions
	moved     [][2]string // from, to
	swapped   bool        // the copy is in place
}

func (s *swap) temp() string { return filepath.Join(s.aside, incoming+".tmp") }

// stage has a verified copy made in the directory aside, on disk.
func (s *swap) stage(ctx context.Context, fill func(context.Context, string) error) error {
	s.opt.at("copy")
	if err := fill(ctx, s.temp()); err != nil {
		return err
	}
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
	for _, suffix := range suffixes {
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

// newAside makes a directory of its own beside the store.
func newAside(db string, now time.Time) (string, error) {
	base := db + ".aside-" + now.UTC().Format("20060102T150405Z")
	name := base
	for n := 2; ; n++ {
		err := durable.Mkdir(name)
		if !errors.Is(err, fs.ErrExist) {
			return name, err
		}
		name = fmt.Sprintf("%s-%d", base, n)
	}
}

// asides are the directories of what was put aside, by name.
func asides(db string) (dirs []string, err error) {
	entries, err := os.ReadDir(filepath.Dir(db))
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.IsDir() && strings.HasPrefix(e.Name(), filepath.Base(db)+".aside-") {
			dirs = append(dirs, filepath.Join(filepath.Dir(db), e.Name()))
		}
	}
	return dirs, nil
}

// removeEmpty removes a directory if there is nothing in it.
func removeEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) > 0 {
		return err
	}
	return os.Remove(dir)
}

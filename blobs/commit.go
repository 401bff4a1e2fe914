package blobs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/sync/errgroup"
)

// flushers is how many flushes run at once: the file system merges them, a disk has a queue for them.
const flushers = 32

// commit makes staged contents durable, in this order: the bytes, the names, the directories of the names. When it
// returns nil all of them are kept; else none may be acknowledged, and those that got their names are whole.
func (d *Dir) commit(ctx context.Context, all []*staged) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	all = distinct(all)
	if err := each(all, (*staged).flush); err != nil {
		return fmt.Errorf("flush contents: %w", err)
	}
	fans := make(map[string]bool)
	for _, s := range all {
		if err := s.publish(ctx); err != nil {
			return err
		}
		fans[s.info.SHA256[:2]] = true
	}
	return d.syncNames(fans)
}

// syncNames makes the names in fan-out directories durable, and then the names of these.
func (d *Dir) syncNames(fans map[string]bool) error {
	if err := each(slices.Sorted(maps.Keys(fans)), d.syncFan); err != nil {
		return fmt.Errorf("flush directories: %w", err)
	}
	return d.syncRoot(fans)
}

// distinct keeps the first of equal contents; the later ones take over its description.
func distinct(all []*staged) []*staged {
	first := make(map[string]*staged, len(all))
	kept := make([]*staged, 0, len(all))
	for _, s := range all {
		if same, ok := first[s.info.SHA256]; ok {
			_ = s.discard(nil)
			s.info = same.info
			continue
		}
		first[s.info.SHA256] = s
		kept = append(kept, s)
	}
	return kept
}

// each calls do for all items, some of them at once, and returns the first error after all ended.
func each[T any](items []T, do func(T) error) error {
	if len(items) == 1 {
		return do(items[0])
	}
	var g errgroup.Group
	g.SetLimit(flushers)
	for _, item := range items {
		g.Go(func() error { return do(item) })
	}
	return g.Wait()
}

// publish gives a flushed temporary file the name of its content. When something stands there, it stays if it is
// whole (another writer was faster) and is replaced if it is not.
func (s *staged) publish(ctx context.Context) error {
	if s.temp == "" {
		return nil
	}
	to := s.d.path(s.info.SHA256, s.info.Encoding)
	err := s.d.makeFan(s.info.SHA256)
	if err == nil {
		err = s.d.fsys.publish(s.temp, to)
	}
	if !errors.Is(err, fs.ErrExist) {
		if err == nil {
			s.temp = ""
		}
		return err
	}
	switch stands, err := s.look(ctx); {
	case err != nil:
		return err
	case stands == whole:
		return s.discard(nil)
	case stands == damagedPlain && s.info.Encoding == Zstd:
		return fmt.Errorf("%w: it was damaged while it was put", ErrCorrupt)
	}
	if err := s.d.keepDamaged(to); err != nil {
		return fmt.Errorf("keep a damaged content: %w", err)
	}
	if err := s.d.fsys.replace(s.temp, to); err != nil {
		return fmt.Errorf("replace a damaged content: %w", err)
	}
	s.temp = ""
	return nil
}

// makeFan makes the fan-out directory of a content. A directory that was removed since is made again.
func (d *Dir) makeFan(sum string) error {
	err := d.fsys.mkdir(d.fan(sum))
	switch {
	case err == nil:
		d.fans[fanIndex(sum)].Store(false)
		return nil
	case errors.Is(err, fs.ErrExist):
		return nil
	}
	return err
}

// syncFan makes the names in a fan-out directory durable. It takes the first two digits of a hash.
func (d *Dir) syncFan(fan string) error {
	return d.fsys.syncDir(filepath.Join(d.root, fan))
}

// syncRoot makes the names of fan-out directories durable that this Dir has not seen durable yet. It does not matter
// who made them: another process may have, and not have flushed them yet.
func (d *Dir) syncRoot(fans map[string]bool) error {
	var fresh []int
	for fan := range fans {
		if i := fanIndex(fan); !d.fans[i].Load() {
			fresh = append(fresh, i)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	if err := d.fsys.syncDir(d.root); err != nil {
		return fmt.Errorf("flush directories: %w", err)
	}
	for _, i := range fresh {
		d.fans[i].Store(true)
	}
	return nil
}

func fanIndex(sum string) int {
	i, _ := strconv.ParseUint(sum[:2], 16, 8)
	return int(i)
}

package backup

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"taskstore/backup/pages"
	"taskstore/internal/durable"
)

// Target is a directory of backups away from the store: a place on another disk. It is
// marked, so that an empty directory where its disk was is not taken for it.
type Target struct {
	ID   string    `json:"id"` // "": it is not marked
	Made time.Time `json:"made"`
}

// Place is where a store has a target.
type Place struct {
	Path string    `json:"path"`
	IDs  []string  `json:"targets"` // seen there: disks may take turns
	Used time.Time `json:"used"`    // the last time
}

const (
	targetFile   = "target.json" // in a target: its mark
	targetMember = "target"
	placesFile   = "targets.json" // beside the store's own backups: where its targets are
	placesMember = "targets"
)

// Target is the mark of the directory, if it has one. One that is damaged is a mark, too.
func (c *Catalog) Target() (t Target, marked bool, err error) {
	defer pages.Wrap(&err, "read what place for backups %s is", c.dir)
	text, err := os.ReadFile(filepath.Join(c.dir, targetFile))
	if errors.Is(err, fs.ErrNotExist) {
		return t, false, nil
	}
	if err == nil {
		if bad := unsealJSON(targetMember, text, &t); bad != nil {
			return Target{}, true, nil
		}
	}
	return t, err == nil, err
}

// MarkTarget marks the directory, which it makes, unless it is marked.
func (c *Catalog) MarkTarget(ctx context.Context) (t Target, err error) {
	defer pages.Wrap(&err, "mark the place for backups %s", c.dir)
	unlock, err := c.lock(ctx)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if t, _, err = c.Target(); err != nil || t.ID != "" {
		return t, err
	}
	t = Target{ID: rand.Text(), Made: c.opt.Now().UTC().Truncate(time.Millisecond)}
	text, err := sealJSON(targetMember, t)
	if err != nil {
		return t, err
	}
	return t, writeFile(filepath.Join(c.dir, targetFile), text)
}

// Places are where the store that these backups are of has targets. A list that is
// damaged is empty.
func (c *Catalog) Places() (list []Place, err error) {
	defer pages.Wrap(&err, "read where backups are")
	text, err := os.ReadFile(filepath.Join(c.dir, placesFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		if bad := unsealJSON(placesMember, text, &list); bad != nil {
			c.opt.Log.Warn("where backups are was damaged, and is written anew", "reason", bad)
			return nil, nil
		}
	}
	return list, err
}

// Remember notes that the store has a target at a path, once a day. Where nothing can be
// written it is not noted.
func (c *Catalog) Remember(ctx context.Context, path string, t Target) (err error) {
	defer pages.Wrap(&err, "note that backups are in %s", path)
	now := c.opt.Now().UTC().Truncate(time.Millisecond)
	known, err := c.Places()
	if err != nil || slices.ContainsFunc(known, func(p Place) bool { return p.Path == path && p.Has(t.ID) && now.Sub(p.Used) < 24*time.Hour }) {
		return err
	}
	unlock, err := c.lock(ctx)
	if err != nil {
		return c.unlessReadOnly(err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	list, err := c.Places()
	if err != nil {
		return err
	}
	text, err := sealJSON(placesMember, remembered(list, path, t.ID, now))
	if err != nil {
		return err
	}
	return c.unlessReadOnly(writeFile(filepath.Join(c.dir, placesFile), text))
}

// ForgetPlace has the store know nothing of backups at a path any more. What is there stays.
func (c *Catalog) ForgetPlace(ctx context.Context, path string) (err error) {
	defer pages.Wrap(&err, "forget that backups are in %s", path)
	unlock, err := c.lock(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	list, err := c.Places()
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(p Place) bool { return p.Path == path })
	text, err := sealJSON(placesMember, list)
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(c.dir, placesFile), text)
}

func remembered(list []Place, path, id string, now time.Time) []Place {
	for i := range list {
		p := &list[i]
		if p.Path != path {
			continue
		}
		if p.Used = now; !p.Has(id) {
			p.IDs = append(p.IDs, id)
		}
		return list
	}
	return append(list, Place{Path: path, IDs: []string{id}, Used: now})
}

// Has tells whether a target was seen there.
func (p Place) Has(id string) bool { return slices.Contains(p.IDs, id) }

// MakePrivate makes a target that an earlier version made its owner's alone.
func (c *Catalog) MakePrivate() {
	n, err := durable.Private(c.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.opt.Log.Warn("others may see the backups", "dir", c.dir, "reason", err)
	}
	if n > 0 {
		c.opt.Log.Warn(fmt.Sprintf("made the backups for their owner alone: others could read %d files", n), "dir", c.dir)
	}
}

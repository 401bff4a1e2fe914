package backup

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"taskstore/backup/pages"
	"taskstore/internal/durable"
)

// Remove ends backups. When it is interrupted, each is there whole or not at all;
// what is left of the files goes with the next run that changes the catalog.
func (c *Catalog) Remove(ctx context.Context, ids ...string) (err error) {
	defer pages.Wrap(&err, "remove %d backups from %s", len(ids), c.dir)
	unlock, err := c.lock(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := c.clean(); err != nil {
		return err
	}
	return c.remove(ctx, ids)
}

// remove hides the manifests first: from then on there are no such backups.
func (c *Catalog) remove(ctx context.Context, ids []string) error {
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return err // those that are hidden go with the next run
		}
		c.at("hide")
		err := durable.Replace(c.path(id, manifestFile), c.hidden(id, manifestFile))
		if errors.Is(err, fs.ErrNotExist) {
			return ErrNone
		}
		if err != nil {
			return err
		}
	}
	if err := durable.SyncDir(c.dir); err != nil {
		return err
	}
	for _, id := range ids {
		if err := c.finish(id); err != nil {
			return err
		}
	}
	return nil
}

// finish removes the files of a backup whose manifest is hidden.
func (c *Catalog) finish(id string) error {
	for _, suffix := range []string{dbFile, contentsFile, stateFile} {
		c.at("remove" + suffix)
		if err := removeIfThere(c.path(id, suffix)); err != nil {
			return err
		}
	}
	c.at("forget")
	return removeIfThere(c.hidden(id, manifestFile))
}

// gone tells that a backup is not there any more.
func (c *Catalog) gone(id string) bool {
	_, err := os.Lstat(c.path(id, manifestFile))
	return errors.Is(err, fs.ErrNotExist)
}

// discard removes what there is of a backup that could not be made.
func (c *Catalog) discard(id string) error {
	if id == "" || !c.gone(id) {
		return nil
	}
	if err := c.finish(id); err != nil {
		return err
	}
	return c.clean()
}

// clean ends what was interrupted: backups on their way in or out, and temporary
// files. Files that belong to no backup and were not hidden by this package stay.
func (c *Catalog) clean() error {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name, hidden := strings.CutPrefix(e.Name(), ".")
		id, isManifest := strings.CutSuffix(name, manifestFile)
		if !hidden || !isManifest || !idForm.MatchString(id) || !c.gone(id) {
			continue
		}
		if err := c.finish(id); err != nil {
			return err
		}
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") || e.Name() == lockFile || strings.HasPrefix(e.Name(), scratchPrefix) {
			continue
		}
		if err := removeIfThere(filepath.Join(c.dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// RemoveStrays removes what is left of backups whose manifests are gone.
func (c *Catalog) RemoveStrays(ctx context.Context, ids ...string) (err error) {
	defer pages.Wrap(&err, "remove what is left of %d backups from %s", len(ids), c.dir)
	if len(ids) == 0 {
		return nil
	}
	return c.Hold(ctx, func() error {
		for _, id := range ids {
			if !idForm.MatchString(id) || !c.gone(id) {
				return ErrNone
			}
			if err := c.finish(id); err != nil {
				return err
			}
		}
		return durable.SyncDir(c.dir)
	})
}

// Strays are files in the directory that look like parts of a backup whose
// manifest is gone. Nothing but RemoveStrays removes them.
func (c *Catalog) Strays() (names []string, err error) {
	entries, err := os.ReadDir(c.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		for _, suffix := range []string{dbFile, contentsFile} {
			id, ok := strings.CutSuffix(e.Name(), suffix)
			if ok && idForm.MatchString(id) && c.gone(id) && c.unmarked(id) && c.strays(id, suffix) {
				names = append(names, e.Name())
			}
		}
	}
	return names, err
}

// strays tells whether a file is there, and of no backup, also after it was seen that no hidden
// manifest is there: until then the backup may have come, or the file may have gone.
func (c *Catalog) strays(id, suffix string) bool {
	_, err := os.Lstat(c.path(id, suffix))
	return err == nil && c.gone(id)
}

// unmarked tells that no hidden manifest says that a backup is on its way.
func (c *Catalog) unmarked(id string) bool {
	_, err := os.Lstat(c.hidden(id, manifestFile))
	return errors.Is(err, fs.ErrNotExist)
}

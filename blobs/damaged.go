package blobs

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
)

// keepDamaged gives a damaged file a second name, under which a person finds what is left of it once the whole content
// stands in its place.
func (d *Dir) keepDamaged(path string) error {
	dir := filepath.Join(d.root, damagedDir)
	if err := makeDirs(d.fsys, dir); err != nil {
		return err
	}
	err := d.second(path, filepath.Join(dir, filepath.Base(path)+"."+rand.Text()))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // somebody removed it
	}
	if err != nil {
		return err
	}
	return d.fsys.syncDir(dir)
}

// removeDamaged removes what keepDamaged has kept of contents.
func (d *Dir) removeDamaged(sums []string) error {
	dir := filepath.Join(d.root, damagedDir)
	entries, err := d.fsys.readDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var paths []string
	for _, e := range entries {
		if name := e.Name(); len(name) > hashLen && slices.Contains(sums, name[:hashLen]) {
			paths = append(paths, filepath.Join(dir, name))
		}
	}
	return d.removeAll(paths)
}

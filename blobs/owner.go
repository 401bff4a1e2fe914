package blobs

import (
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"

	"taskstore/internal/durable"
)

// OwnerFile is the name of a file in the directory that says whose it is. It means nothing to this package.
const OwnerFile = ".store"

// SetOwner writes OwnerFile in the directory root, which is there: the old one or the new one is there, whole, and on disk when
// it returns. What a kill leaves is removed as are contents that were being written.
func SetOwner(root, owner string) (err error) {
	dir := filepath.Join(root, tempDir)
	if err := makeDirs(osFS{}, dir); err != nil {
		return err
	}
	temp, file := filepath.Join(dir, tempPrefix+rand.Text()+tempSuffix), filepath.Join(root, OwnerFile)
	defer func() {
		if err != nil {
			err = errors.Join(err, remove(temp))
		}
	}()
	err = durable.Create(temp, func(f *os.File) error {
		_, err := io.WriteString(f, owner)
		return err
	})
	if err == nil {
		err = durable.OwnLike(temp, file)
	}
	if err == nil {
		err = durable.Replace(temp, file)
	}
	if err != nil {
		return err
	}
	return durable.SyncDir(root)
}

// remove removes a file that may not be there.
func remove(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

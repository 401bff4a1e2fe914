package opening

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"taskstore/blobs"
	"taskstore/internal/durable"
	"taskstore/internal/sqlitedb"
)

// claim makes sure that the directory of contents belongs to this store alone. A file in it
// names its store. Of a store that was moved with its contents the name is put right.
func (s *opening) claim() error {
	dir := BlobsDir(s.dir)
	file := filepath.Join(dir, blobs.OwnerFile)
	self, err := filepath.EvalSymlinks(s.dir)
	if err != nil {
		return err
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(file)
	owner, marked := string(text), err == nil
	switch {
	case marked && owner == self:
		return nil
	case !marked && !errors.Is(err, fs.ErrNotExist):
		return err
	case !marked:
		owner = filepath.Dir(real) // where contents are, unless somebody links to them
	}
	if owner != self {
		if shared, same := s.sharesWith(owner); shared {
			return fmt.Errorf("%w: %s are those of the store in %s", ErrSharedContents, dir, owner)
		} else if same {
			return nil // under another name
		}
	}
	if marked && filepath.Dir(real) != self {
		return fmt.Errorf("%w: %s are those of the store in %s, which is not there; if it is no more, remove %s", ErrSharedContents, dir, owner, file)
	}
	err = blobs.SetOwner(dir, self)
	if errors.Is(err, fs.ErrPermission) || durable.IsReadOnly(err) {
		err = fmt.Errorf("%w: %w", sqlitedb.ErrReadOnly, err) // whoever can do with reading goes on
	}
	return err
}

// sharesWith tells whether another store has the same contents, and whether it is this
// store.
func (s *opening) sharesWith(dir string) (shared, same bool) {
	theirs, err := os.Stat(BlobsDir(dir))
	if err != nil {
		return false, false
	}
	ours, err := os.Stat(BlobsDir(s.dir))
	if err != nil || !os.SameFile(theirs, ours) {
		return false, false
	}
	db, err := os.Stat(DBPath(dir))
	if err != nil {
		return false, false
	}
	own, err := os.Stat(s.Path())
	same = err == nil && os.SameFile(db, own)
	return !same, same
}

package legacy

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sync"
)

// dirTree opens the files of a directory tree and never leaves it. It keeps the
// directory of the last file open: a root walks down from its top for each path, and
// a source is read directory by directory.
type dirTree struct {
	root *os.Root

	mu   sync.Mutex
	dir  string // of last, with slashes; "" when there is none
	last *os.Root
}

func openDirTree(dir string) (*dirTree, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &dirTree{root: root}, nil
}

// Close releases the tree.
func (t *dirTree) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return errors.Join(t.leave(), t.root.Close())
}

func (t *dirTree) leave() (err error) {
	if t.last != nil {
		err = t.last.Close()
	}
	t.dir, t.last = "", nil
	return err
}

// open opens the file at a path with slashes for reading.
func (t *dirTree) open(p string) (f *os.File, err error) {
	return f, t.at(p, func(r *os.Root, p string) (err error) { f, err = r.Open(p); return err })
}

// stat looks at what is at the path, through links that stay inside of the tree.
func (t *dirTree) stat(p string) (info fs.FileInfo, err error) {
	return info, t.at(p, func(r *os.Root, p string) (err error) { info, err = r.Stat(p); return err })
}

// at calls use with a root and the path in it that p is; with the top of the tree
// when it fails in the directory itself, out of which a link may lead to elsewhere in
// the tree.
func (t *dirTree) at(p string, use func(r *os.Root, p string) error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	dir, base := path.Split(p)
	if dir != "" && dir != t.dir {
		t.leave()
		if r, err := t.root.OpenRoot(filepath.FromSlash(path.Clean(dir))); err == nil {
			t.dir, t.last = dir, r
		}
	}
	if t.last != nil && dir == t.dir && use(t.last, base) == nil {
		return nil
	}
	return use(t.root, filepath.FromSlash(p))
}

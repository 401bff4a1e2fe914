package source

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// dirTree opens the files of a directory tree and never leaves it. It keeps the
// directory of the last file open: a root walks down from its top for each path, and
// a source is read directory by directory.
//
// Paths are names of the source's; see EscapedName.
type dirTree struct {
	root    *os.Root
	escapes error // what root says of a path that leads out of it
	refuse  func(p string) error

	mu   sync.Mutex
	dir  string // of last, with slashes; "" when there is none
	last *os.Root
}

func openDirTree(dir string) (*dirTree, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	_, err = root.Stat("..")
	return &dirTree{root: root, escapes: cause(err)}, nil
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

// Open opens the file at a path with slashes for reading.
func (t *dirTree) Open(p string) (f *os.File, err error) {
	if t.refuse != nil {
		if err := t.refuse(p); err != nil {
			return nil, err
		}
	}
	return f, t.at(p, func(r *os.Root, p string) (err error) { f, err = r.Open(p); return err })
}

// Stat looks at what is at the path, through links that stay inside of the tree.
func (t *dirTree) Stat(p string) (info fs.FileInfo, err error) {
	return info, t.at(p, func(r *os.Root, p string) (err error) { info, err = r.Stat(p); return err })
}

// entry is a name in a directory.
type entry struct {
	name string
	dir  bool
}

// listAtOnce is how many names are taken from the system at once: what it says of each is
// several times as long as the name.
const listAtOnce = 1 << 10

// list reads a directory, "" being the top. With an error it gives what could be read.
func (t *dirTree) list(p string) (list []entry, err error) {
	if t.refuse != nil {
		if err := t.refuse(p); err != nil {
			return nil, err
		}
	}
	f, err := t.root.Open(cmp.Or(filepath.FromSlash(pathOfName(p)), "."))
	if err != nil {
		return nil, err
	}
	for err == nil {
		var some []os.DirEntry
		some, err = f.ReadDir(listAtOnce)
		for _, d := range some {
			list = append(list, entry{d.Name(), d.IsDir()})
		}
	}
	if err == io.EOF {
		err = nil
	}
	slices.SortFunc(list, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	return list, errors.Join(err, f.Close())
}

// explain says why there is nothing to be had at a path: for a link, where it leads.
func (t *dirTree) explain(p string, err error) error {
	to, noLink := t.root.Readlink(filepath.FromSlash(pathOfName(p)))
	switch {
	case noLink != nil:
		return cause(err)
	case t.escapes != nil && errors.Is(err, t.escapes):
		return fmt.Errorf("%w, to %s: copy that into the source, or import it by itself", ErrOutside, ShownPath(to))
	}
	return fmt.Errorf("a link to %s: %w", ShownPath(to), cause(err))
}

// at calls use with a root and the path in it that p is; with the top of the tree
// when it fails in the directory itself, out of which a link may lead to elsewhere in
// the tree.
func (t *dirTree) at(p string, use func(r *os.Root, p string) error) error {
	p = pathOfName(p)
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

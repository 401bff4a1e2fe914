package blobs

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

var errPowerOut = errors.New("power is out")

// memFS is a file system that remembers, beside its state, the state that a loss of power would leave: names live until
// their directory is flushed, bytes until their file is.
type memFS struct {
	mu         sync.Mutex
	live, kept map[string]*memNode
	steps      int  // changes until the power goes out; negative: never
	done       int  // changes made
	space      int  // bytes that can still be written; negative: no limit
	lieFiles   bool // Sync of a file does nothing
	lieDirs    bool // syncDir does nothing
	deny       bool // every change is refused
}

type memNode struct {
	dir        bool
	data, kept []byte
	mtime      time.Time
}

func newMemFS() *memFS {
	root := &memNode{dir: true}
	return &memFS{
		live:  map[string]*memNode{string(filepath.Separator): root},
		kept:  map[string]*memNode{string(filepath.Separator): root},
		steps: -1, space: -1,
	}
}

// survival says what of the unflushed state a crash keeps. Real disks keep any part of it, in any order.
type survival int

const (
	nothingMore survival = iota // only what was flushed
	namesOnly                   // all names, but only flushed bytes
	anything                    // each name and each tail of bytes by a coin
)

// crash returns the file system after a loss of power.
func (m *memFS) crash(keep survival, rng *rand.Rand) *memFS {
	m.mu.Lock()
	defer m.mu.Unlock()
	after := newMemFS()
	paths := make(map[string]bool)
	for p := range m.live {
		paths[p] = true
	}
	for p := range m.kept {
		paths[p] = true
	}
	sorted := make([]string, 0, len(paths))
	for p := range paths {
		sorted = append(sorted, p)
	}
	slices.Sort(sorted) // parents before children
	for _, p := range sorted {
		node := m.kept[p]
		if keep == namesOnly || keep == anything && rng.IntN(2) == 0 {
			node = m.live[p]
		}
		parent := after.live[filepath.Dir(p)]
		if node == nil || parent == nil || !parent.dir {
			continue
		}
		copied := &memNode{dir: node.dir, data: node.kept, kept: node.kept, mtime: node.mtime}
		if keep == anything && len(node.data) > len(node.kept) {
			n := len(node.kept) + rng.IntN(len(node.data)-len(node.kept)+1)
			copied.data = slices.Clone(node.data[:n])
			if rng.IntN(2) == 0 { // the size was kept, the bytes were not
				copied.data = append(copied.data, make([]byte, len(node.data)-n)...)
			}
			copied.kept = copied.data
		}
		after.live[p], after.kept[p] = copied, copied
	}
	return after
}

// step counts a change; the caller holds the lock.
func (m *memFS) step(op, name string) error {
	if m.deny {
		return &fs.PathError{Op: op, Path: name, Err: syscall.EACCES}
	}
	if m.steps >= 0 && m.done >= m.steps {
		return &fs.PathError{Op: op, Path: name, Err: errPowerOut}
	}
	m.done++
	return nil
}

func (m *memFS) add(op, name string, node *memNode) error {
	parent := m.live[filepath.Dir(name)]
	if parent == nil || !parent.dir {
		return &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	if m.live[name] != nil {
		return &fs.PathError{Op: op, Path: name, Err: fs.ErrExist}
	}
	if err := m.step(op, name); err != nil {
		return err
	}
	m.live[name] = node
	return nil
}

func (m *memFS) mkdir(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.add("mkdir", name, &memNode{dir: true})
}

func (m *memFS) create(name string) (file, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	node := &memNode{mtime: time.Now()}
	if err := m.add("create", name, node); err != nil {
		return nil, err
	}
	return &memFile{fs: m, name: name, node: node}, nil
}

func (m *memFS) open(name string) (file, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	node := m.live[name]
	if node == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &memFile{fs: m, name: name, node: node}, nil
}

func (m *memFS) lstat(name string) (fs.FileInfo, error) {
	f, err := m.open(name)
	if err != nil {
		return nil, err
	}
	return f.Stat()
}

func (m *memFS) readDir(name string) ([]fs.DirEntry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var entries []fs.DirEntry
	for p, node := range m.live {
		if p != name && filepath.Dir(p) == name {
			entries = append(entries, fs.FileInfoToDirEntry(memInfo{filepath.Base(p), *node}))
		}
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

func (m *memFS) publish(from, to string) error { return m.rename(from, to, false) }
func (m *memFS) replace(from, to string) error { return m.rename(from, to, true) }

func (m *memFS) rename(from, to string, over bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	node, parent := m.live[from], m.live[filepath.Dir(to)]
	if node == nil || parent == nil {
		return &fs.PathError{Op: "rename", Path: from, Err: fs.ErrNotExist}
	}
	if m.live[to] != nil && !over {
		return &fs.PathError{Op: "rename", Path: to, Err: fs.ErrExist}
	}
	if err := m.step("rename", to); err != nil {
		return err
	}
	delete(m.live, from)
	m.live[to] = node
	return nil
}

func (m *memFS) link(from, to string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	node := m.live[from]
	if node == nil {
		return &fs.PathError{Op: "link", Path: from, Err: fs.ErrNotExist}
	}
	return m.add("link", to, node)
}

func (m *memFS) remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.live[name] == nil {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrNotExist}
	}
	if err := m.step("remove", name); err != nil {
		return err
	}
	if m.space >= 0 {
		m.space += len(m.live[name].data)
	}
	delete(m.live, name)
	return nil
}

func (m *memFS) syncDir(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.step("fsync", name); err != nil || m.lieDirs {
		return err
	}
	for p := range m.kept {
		if p != name && filepath.Dir(p) == name && m.live[p] == nil {
			delete(m.kept, p)
		}
	}
	for p, node := range m.live {
		if filepath.Dir(p) == name {
			m.kept[p] = node
		}
	}
	return nil
}

type memFile struct {
	fs   *memFS
	name string
	node *memNode
}

func (f *memFile) Write(b []byte) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.fs.step("write", f.name); err != nil {
		return 0, err
	}
	n := len(b)
	if f.fs.space >= 0 {
		n = min(n, f.fs.space)
		f.fs.space -= n
	}
	f.node.data = append(slices.Clip(f.node.data), b[:n]...)
	if n < len(b) {
		return n, &fs.PathError{Op: "write", Path: f.name, Err: noSpace}
	}
	return n, nil
}

func (f *memFile) ReadAt(p []byte, off int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	return bytes.NewReader(f.node.data).ReadAt(p, off)
}

func (f *memFile) Sync() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.fs.step("fdatasync", f.name); err != nil || f.fs.lieFiles {
		return err
	}
	f.node.kept = f.node.data
	return nil
}

func (f *memFile) Stat() (fs.FileInfo, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	return memInfo{filepath.Base(f.name), *f.node}, nil
}

func (f *memFile) Close() error { return nil }

type memInfo struct {
	name string
	node memNode
}

func (i memInfo) Name() string       { return i.name }
func (i memInfo) Size() int64        { return int64(len(i.node.data)) }
func (i memInfo) ModTime() time.Time { return i.node.mtime }
func (i memInfo) IsDir() bool        { return i.node.dir }
func (i memInfo) Sys() any           { return nil }
func (i memInfo) Mode() fs.FileMode {
	if i.node.dir {
		return fs.ModeDir | 0o755
	}
	return 0o444
}

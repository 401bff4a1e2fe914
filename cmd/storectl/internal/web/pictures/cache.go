// Package pictures makes pictures small, within bounds of memory, and keeps them in the cache of the user, within bounds of
// the disk, never in a store. What is kept can be made anew at any time.
package pictures

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"taskstore/internal/durable"
)

// mostCached is how many bytes of small pictures are kept; when there are more, the oldest go until a fifth is free.
const mostCached = 256 << 20

// Cache keeps small pictures in a directory of the user, never in the store. What is in it can be made anew.
type Cache struct {
	dir  string // "" keeps nothing
	most int64

	mu   sync.Mutex
	size int64 // -1: not looked at yet
}

// New names a directory for small pictures, which is made when there are some; "" keeps none.
func New(dir string) *Cache {
	return &Cache{dir: dir, most: mostCached, size: -1}
}

// Dir is where small pictures of the store in dir are kept, within the directory for what can be made anew.
func Dir(within, dir string) string {
	sum := sha256.Sum256([]byte(filepath.Clean(dir)))
	return filepath.Join(within, "taskstore", "pictures", hex.EncodeToString(sum[:8]))
}

// Forget removes all small pictures in a directory that Dir gave, for records that are purged.
func Forget(dir string) error { return os.RemoveAll(dir) }

func (c *Cache) file(sum string) string { return filepath.Join(c.dir, sum+".jpg") }

// Get gives a small picture of a content that is kept.
func (c *Cache) Get(sum string) ([]byte, bool) {
	if c.dir == "" {
		return nil, false
	}
	small, err := os.ReadFile(c.file(sum))
	return small, err == nil && len(small) > 0
}

// Put keeps a small picture of a content.
func (c *Cache) Put(sum string, small []byte) error {
	if c.dir == "" {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := durable.MakeDir(c.dir); err != nil {
		return err
	}
	if c.size < 0 {
		if _, err := c.files(); err != nil {
			return err
		}
	}
	f, err := durable.Temp(c.dir, "new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(small) // it need not survive a power cut: nothing is flushed
	if err = errors.Join(err, f.Close()); err == nil {
		err = durable.Replace(f.Name(), c.file(sum))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if c.size += int64(len(small)); c.size > c.most {
		return c.makeRoom()
	}
	return nil
}

// files are the pictures that are kept. It is called with the lock held, and looks how large they are together.
func (c *Cache) files() (list []fs.FileInfo, err error) {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return nil, err
	}
	c.size = 0
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			list = append(list, info)
			c.size += info.Size()
		}
	}
	return list, nil
}

// makeRoom removes the oldest pictures.
func (c *Cache) makeRoom() error {
	files, err := c.files()
	if err != nil {
		return err
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int {
		return cmp.Or(a.ModTime().Compare(b.ModTime()), cmp.Compare(a.Name(), b.Name()))
	})
	for _, f := range files {
		if c.size <= c.most/5*4 {
			break
		}
		if err := os.Remove(filepath.Join(c.dir, f.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		c.size -= f.Size()
	}
	return nil
}

// Prune removes the pictures of contents that the store does not have any more.
func (c *Cache) Prune(has func(sum string) bool) {
	if c.dir == "" {
		return
	}
	c.mu.Lock()
	files, err := c.files()
	c.mu.Unlock()
	if err != nil {
		return // there are none yet
	}
	for _, f := range files {
		if sum, is := strings.CutSuffix(f.Name(), ".jpg"); !is || !has(sum) {
			_ = os.Remove(filepath.Join(c.dir, f.Name())) // one that stays is asked for no more
		}
	}
}

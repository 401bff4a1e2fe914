package putback

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"taskstore/backup/pages"
	"taskstore/internal/durable"
)

// KeepOnce is Keep for who may be killed and begin again: where a directory whose name begins with prefix
// holds the files as they are, byte for byte, that one stays, the oldest, and no other is made. What
// else a Keep has left under such a name goes: copies of the same, and those that were cut off. One with
// anything else in it stays. It gives the directory that has the files.
func (h *Hold) KeepOnce(ctx context.Context, prefix string, now time.Time) (dir string, err error) {
	defer pages.Wrap(&err, "keep the files of %s", h.db)
	dirs, err := h.kept(prefix)
	if err != nil {
		return "", err
	}
	for _, d := range dirs {
		same, err := h.isIn(ctx, d)
		if err != nil {
			return "", err
		}
		if same {
			return d, h.removeKept(ctx, d, dirs)
		}
	}
	dir = prefix + now.UTC().Format("20060102-150405.000")
	if err := durable.Mkdir(dir); err != nil {
		return "", err
	}
	if err := h.Keep(ctx, dir); err != nil {
		return "", err
	}
	return dir, h.removeKept(ctx, dir, dirs)
}

// fileNames are those of a database's files that are kept.
func (h *Hold) fileNames() []string {
	base := filepath.Base(h.db)
	return []string{base, base + "-wal", base + "-journal"}
}

// kept are the directories that a Keep has made under names with the prefix, the oldest first.
func (h *Hold) kept(prefix string) (dirs []string, err error) {
	entries, err := os.ReadDir(filepath.Dir(prefix))
	for _, e := range entries {
		dir := filepath.Join(filepath.Dir(prefix), e.Name())
		if !e.IsDir() || !strings.HasPrefix(e.Name(), filepath.Base(prefix)) {
			continue
		}
		in, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		ours := !slices.ContainsFunc(in, func(e fs.DirEntry) bool {
			return !e.Type().IsRegular() || !slices.Contains(h.fileNames(), strings.TrimSuffix(e.Name(), unfinished))
		})
		if ours {
			dirs = append(dirs, dir)
		}
	}
	return dirs, err // by name, which is by time
}

// isIn tells whether a directory holds the files as they are now, and nothing else.
func (h *Hold) isIn(ctx context.Context, dir string) (bool, error) {
	if cut, err := contentsOf(dir, unfinished); err != nil || len(cut) > 0 {
		return false, err
	}
	held, err := contentsOf(dir, "")
	if err != nil {
		return false, err
	}
	for i, name := range h.fileNames() {
		is, err := h.open(filepath.Join(filepath.Dir(h.db), name))
		if errors.Is(err, fs.ErrNotExist) {
			if _, there := held[name]; there || i == 0 {
				return false, nil
			}
			continue
		}
		if err != nil {
			return false, err
		}
		info, err := is.Stat()
		if err != nil {
			return false, err
		}
		if size, there := held[name]; info.Size() != size || there != (i == 0 || info.Size() > 0) {
			return false, nil
		}
		if info.Size() == 0 {
			continue
		}
		_, a, err := pages.HashOf(ctx, is)
		if err != nil {
			return false, err
		}
		if b, err := hashFile(ctx, filepath.Join(dir, name)); err != nil || a != b {
			return false, err
		}
	}
	return true, nil
}

// removeKept removes those of the directories that hold nothing which dir does not, or nothing whole.
func (h *Hold) removeKept(ctx context.Context, dir string, dirs []string) error {
	for _, other := range dirs {
		if other == dir {
			continue
		}
		whole, err := contentsOf(other, "")
		if err != nil {
			return err
		}
		if _, has := whole[filepath.Base(h.db)]; has {
			if held, err := holdsAll(ctx, dir, other); err != nil || !held {
				if err != nil {
					return err
				}
				continue
			}
		}
		if err := os.RemoveAll(other); err != nil {
			return err
		}
	}
	return nil
}

// Run gives fn the connection that keeps everybody else out, to write with it. One of a file in which
// SQLite cannot begin anything is no lock yet: fn has to begin all the same. A -wal goes with the
// connection afterwards if fn did not fail.
func (h *Hold) Run(ctx context.Context, fn func(*sql.Conn) error) error {
	if h.conn == nil {
		return errors.Join(h.why, fs.ErrNotExist)
	}
	if err := fn(h.conn); err != nil {
		return err
	}
	return h.keepLog(false)
}

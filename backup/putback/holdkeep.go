package putback

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"taskstore/backup/pages"
	"taskstore/internal/durable"
)

// unfinished ends the names of files that count for nothing yet.
const unfinished = ".tmp"

// keep is Keep for a directory of what is put aside. An earlier copy of the same, which a
// restore left that was killed, goes.
func (h *Hold) keep(ctx context.Context, dir string) error {
	if err := h.Keep(ctx, dir); err != nil {
		return err
	}
	return h.removeTwins(ctx, dir)
}

// Keep copies the files of the database to a directory, byte for byte. Their names are
// final only when all of it is on disk.
func (h *Hold) Keep(ctx context.Context, dir string) (err error) {
	defer pages.Wrap(&err, "copy %s to %s", h.db, dir)
	var names []string
	for _, suffix := range []string{"", "-wal", "-journal"} {
		from, err := h.open(h.db + suffix)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if info, err := from.Stat(); err != nil || suffix != "" && info.Size() == 0 {
			if err != nil {
				return err
			}
			continue
		}
		name := filepath.Join(dir, filepath.Base(h.db)+suffix)
		err = durable.Create(name+unfinished, func(to *os.File) error {
			_, err := io.Copy(to, durable.Reader(ctx, from))
			return err
		})
		if err != nil {
			return err
		}
		names = append(names, name)
	}
	for _, name := range names {
		if err := durable.Replace(name+unfinished, name); err != nil {
			return err
		}
	}
	return errors.Join(durable.SyncDir(dir), durable.SyncDir(filepath.Dir(dir)))
}

// removeTwins removes the other directories of what was put aside that hold nothing
// but what dir holds too, byte for byte.
func (h *Hold) removeTwins(ctx context.Context, dir string) error {
	dirs, err := Asides(h.db)
	if err != nil {
		return err
	}
	for _, other := range dirs {
		if other == dir {
			continue
		}
		held, err := holdsAll(ctx, dir, other)
		if err == nil && held {
			err = os.RemoveAll(other)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// holdsAll tells whether every file of the directory other, which has some, is in dir too.
func holdsAll(ctx context.Context, dir, other string) (bool, error) {
	have, err := contentsOf(dir, "")
	if err != nil {
		return false, err
	}
	wanted, err := contentsOf(other, "")
	for name, size := range wanted {
		if is, ok := have[name]; err == nil && (!ok || is != size) {
			return false, nil
		}
	}
	for name := range wanted {
		x, err := hashFile(ctx, filepath.Join(dir, name))
		if err != nil {
			return false, err
		}
		if y, err := hashFile(ctx, filepath.Join(other, name)); err != nil || x != y {
			return false, err
		}
	}
	return len(wanted) > 0, err
}

// contentsOf gives the files of a directory with their sizes: the unfinished ones,
// or all others.
func contentsOf(dir, ending string) (map[string]int64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	files := map[string]int64{}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), unfinished) != (ending == unfinished) {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		files[e.Name()] = info.Size()
	}
	return files, nil
}

func hashFile(ctx context.Context, name string) (sha string, err error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	_, sha, err = pages.HashOf(ctx, f)
	return sha, err
}

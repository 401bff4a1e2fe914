package putback

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"taskstore/backup/pages"
	"taskstore/internal/durable"
)

// Recover finishes what a Copy began that was killed, and removes what it
// staged in vain. finished says that db is now the copy that was being put
// back. It is cheap when there is nothing to do; call it before db is opened,
// under the lock that Copy needs.
func Recover(db string) (finished bool, err error) { return recoverAll(db, true) }

// recoverAll is Recover. looks says that this process has no lock on db, which reading it would drop.
func recoverAll(db string, looks bool) (finished bool, err error) {
	defer pages.Wrap(&err, "finish putting back %s", db)
	db = durable.Target(db)
	dirs, err := Asides(db)
	if err != nil {
		return false, err
	}
	for _, dir := range dirs {
		s := swap{db: db, aside: dir}
		if looks {
			if err := s.removeNeedless(); err != nil {
				return finished, err
			}
		}
		if err := s.removeUnfinished(); err != nil {
			return finished, err
		}
		if _, err := os.Lstat(filepath.Join(dir, incoming)); err == nil {
			if err := s.forward(); err != nil {
				return finished, err
			}
			finished = true
		}
		if err := removeEmpty(dir); err != nil {
			return finished, err
		}
	}
	return finished, nil
}

// removeUnfinished removes what a Copy that was killed had begun to write.
func (s *swap) removeUnfinished() error {
	names, err := contentsOf(s.aside, unfinished)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for name := range names {
		if err := os.Remove(filepath.Join(s.aside, name)); err != nil {
			return err
		}
	}
	return nil
}

// newAside makes a directory of its own beside the store.
func newAside(db string, now time.Time) (string, error) {
	base := db + ".aside-" + now.UTC().Format("20060102T150405Z")
	name := base
	for n := 2; ; n++ {
		err := durable.Mkdir(name)
		if !errors.Is(err, fs.ErrExist) {
			return name, err
		}
		name = fmt.Sprintf("%s-%d", base, n)
	}
}

// Asides are the directories beside a database of what restores have put aside, or had begun to, by name.
func Asides(db string) (dirs []string, err error) {
	entries, err := os.ReadDir(filepath.Dir(db))
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.IsDir() && strings.HasPrefix(e.Name(), filepath.Base(db)+".aside-") {
			dirs = append(dirs, filepath.Join(filepath.Dir(db), e.Name()))
		}
	}
	return dirs, nil
}

// removeEmpty removes a directory if there is nothing in it.
func removeEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || len(entries) > 0 {
		return err
	}
	return os.Remove(dir)
}

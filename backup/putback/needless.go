package putback

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"taskstore/internal/sqlitedb"
)

// removeNeedless removes what was put aside by a Copy that was killed before the database became
// the copy: its files are those of the database as it is. That is looked at, byte for byte;
// whatever differs, because somebody has written since or because the copy is in place, stays. What
// such a Copy was about to put in tells that it was killed.
func (s *swap) removeNeedless() error {
	kept := filepath.Join(s.aside, filepath.Base(s.db))
	for _, name := range []string{s.temp(), kept} {
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return err
		}
	}
	for _, suffix := range []string{"-wal", "-journal"} {
		if _, err := os.Lstat(kept + suffix + unfinished); err == nil {
			return os.RemoveAll(s.aside) // it was killed while it copied, before it changed anything
		}
	}
	same, err := sameState(s.db, kept)
	if err != nil || !same {
		return err
	}
	return os.RemoveAll(s.aside)
}

// sameState tells whether two databases and their logs are the same. What is in a log behind its last
// whole transaction, as a program leaves it that is killed, does not count.
func sameState(a, b string) (bool, error) {
	x, err := sqlitedb.ReadLogFile(a + "-wal")
	if err != nil {
		return false, err
	}
	y, err := sqlitedb.ReadLogFile(b + "-wal")
	if err != nil {
		return false, err
	}
	if x.Frames != y.Frames || x.Frames > 0 && x != y {
		return false, nil
	}
	for _, name := range []string{a, b} {
		if info, err := os.Stat(name + "-journal"); err == nil && info.Size() > 0 {
			return false, nil // SQLite may change the file by it
		}
	}
	return sameBytes(a, b)
}

// sameBytes compares two files.
func sameBytes(a, b string) (same bool, err error) {
	x, err := os.Open(a)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer x.Close()
	y, err := os.Open(b)
	if err != nil {
		return false, err
	}
	defer y.Close()
	p, q := make([]byte, 1<<20), make([]byte, 1<<20)
	for {
		n, err := io.ReadFull(x, p)
		m, other := io.ReadFull(y, q)
		if !bytes.Equal(p[:n], q[:m]) {
			return false, nil
		}
		switch {
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			return other == io.EOF || other == io.ErrUnexpectedEOF, nil
		case err != nil:
			return false, err
		case other != nil:
			return false, other
		}
	}
}

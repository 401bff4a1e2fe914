package repo

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"taskstore/internal/durable"
)

// makePrivate hides from others what an older program let them see of the store. A
// directory that is there for other things too keeps its mode. A store that cannot
// be hidden is opened all the same.
func (s *Store) makePrivate() {
	names, err := s.files()
	changed := 0
	for _, name := range names {
		n, bad := durable.Private(name)
		if changed += n; bad != nil && err == nil {
			err = bad
		}
	}
	if err != nil {
		s.opt.Log.Warn("others may see the store", "store", s.dir, "reason", err)
	}
	if changed > 0 {
		s.opt.Log.Info("made the store for its owner alone", "store", s.dir, "files", changed)
	}
}

// files lists what the store is made of: its directory, or what is its own in one
// with other things.
func (s *Store) files() (names []string, err error) {
	info, err := os.Stat(s.dir)
	if err != nil {
		return nil, err
	}
	if info.Mode()&0o077 == 0 {
		return nil, nil // nobody gets in
	}
	entries, err := os.ReadDir(s.dir)
	shared := info.Mode()&fs.ModeSticky != 0 // /tmp
	for _, e := range entries {
		switch name := e.Name(); {
		case name == lockName, name == blobsName, name == backupsName, name == scratchName, strings.HasPrefix(name, dbName):
			names = append(names, filepath.Join(s.dir, name))
		default:
			shared = true
		}
	}
	if !shared {
		names = append(names, s.dir) // last: then it is done
	}
	return names, err
}

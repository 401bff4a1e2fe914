package migrations

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"taskstore/internal/pattern"
)

// file is a migration as it stands in the file system.
type file struct {
	Migration
	shrinks []string // tables that may have fewer rows afterwards
}

var (
	fileName = pattern.Of(`^(\d{5})_[a-z0-9_]+\.sql$`)
	noTx     = pattern.Of(`(?i)^--\s*\+goose\s+NO\s+TRANSACTION`)
	shrink   = pattern.Of(`^--\s*rows:\s*(\S+)\s+may\s+shrink$`)
)

// load reads every .sql file of fsys, by version. It refuses names that do
// not sort by their number and files that cannot be one transaction.
func load(fsys fs.FS) ([]file, error) {
	names, err := fs.Glob(fsys, "*.sql")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, errors.New("no migration files")
	}
	files := make([]file, 0, len(names))
	for _, name := range names {
		f, err := loadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", name, err)
		}
		if n := len(files); n > 0 && files[n-1].Version == f.Version {
			return nil, fmt.Errorf("migrations %s and %s have the same number", files[n-1].Name, name)
		}
		files = append(files, f)
	}
	return files, nil
}

func loadFile(fsys fs.FS, name string) (file, error) {
	m := fileName.FindStringSubmatch(path.Base(name))
	if m == nil {
		return file{}, errors.New("name is not of the form 00001_some_name.sql")
	}
	version, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil || version == 0 {
		return file{}, errors.New("numbers begin at 00001")
	}
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		return file{}, err
	}
	// A checkout may have changed the line ends; that is no other migration.
	raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
	sum := sha256.Sum256(raw)
	f := file{Migration: Migration{Version: version, Name: name, SHA256: hex.EncodeToString(sum[:])}}
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "--") {
			continue
		}
		if noTx.MatchString(line) {
			return file{}, errors.New("NO TRANSACTION is not allowed: half of it would stay after a failure")
		}
		if m := shrink.FindStringSubmatch(line); m != nil {
			f.shrinks = append(f.shrinks, m[1])
		}
	}
	return f, nil
}

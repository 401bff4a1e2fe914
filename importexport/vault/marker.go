package vault

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"taskstore/internal/durable"
	"taskstore/schema"
)

// Names of what a vault has for itself. Obsidian and others do not show what begins with
// a dot.
const (
	MarkerName = ".taskstore-vault.json"
	stagedName = ".taskstore-vault.new"
	lockName   = ".taskstore-vault.lock"
)

// Format is what a marker says that it is of.
const Format = "taskstore-vault/1"

// States of a vault.
const (
	whole     = "whole"
	replacing = "replacing" // an export is putting its files in place, or was interrupted there
)

// Marker is what a vault says of itself: which files in it an export has written. All
// others are of whoever uses it.
type Marker struct {
	Format  string      `json:"format"`
	State   string      `json:"state"`
	At      schema.Time `json:"exportedAt"`
	Files   []Entry     `json:"files"`             // while it is being replaced, the old ones and the new ones
	Missing []string    `json:"missing,omitempty"` // contents that were nowhere
}

// Entry is one file.
type Entry struct {
	Path   string `json:"path"` // with slashes
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
	Record string `json:"record,omitempty"` // kind/id; "" for a content
}

// IsVault tells whether a directory is a vault.
func IsVault(dir string) bool {
	info, err := os.Lstat(filepath.Join(dir, MarkerName))
	return err == nil && info.Mode().IsRegular()
}

// readMarker reads the marker of a directory, nil where there is none.
func readMarker(dir string) (*Marker, error) {
	text, err := os.ReadFile(filepath.Join(dir, MarkerName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var m Marker
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, &schema.InvalidError{Kind: "vault", ID: dir, Problem: MarkerName + " cannot be read: " + err.Error()}
	}
	if m.Format != Format {
		return nil, &schema.InvalidError{Kind: "vault", ID: dir, Problem: fmt.Sprintf("%s says the format %.60q, and this program knows %q", MarkerName, m.Format, Format)}
	}
	for _, e := range m.Files {
		if !filepath.IsLocal(filepath.FromSlash(e.Path)) {
			return nil, &schema.InvalidError{Kind: "vault", ID: dir, Problem: fmt.Sprintf("%s names %.100q, which is not in it", MarkerName, e.Path)}
		}
	}
	return &m, nil
}

func (m *Marker) write(dir string) error {
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	return durable.WriteFile(filepath.Join(dir, MarkerName), func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}

// sumOf hashes a file, which is no link.
func sumOf(ctx context.Context, name string) (sum string, err error) {
	info, err := os.Lstat(name)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "no file", nil
	}
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, durable.Reader(ctx, f)); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// eachFile gives fn the files below a directory, with slashes. Hidden gives also those that
// begin with a dot, or stand in a folder that does.
func eachFile(dir string, hidden bool, fn func(name string, e fs.DirEntry) error) error {
	return filepath.WalkDir(dir, func(full string, e fs.DirEntry, err error) error {
		if err != nil || full == dir {
			return err
		}
		name, err := filepath.Rel(dir, full)
		if err != nil {
			return err
		}
		own := name == MarkerName || name == stagedName || name == lockName
		switch {
		case own, !hidden && strings.HasPrefix(e.Name(), "."):
			if e.IsDir() {
				return filepath.SkipDir
			}
			return nil
		case e.IsDir():
			return nil
		}
		return fn(filepath.ToSlash(name), e)
	})
}

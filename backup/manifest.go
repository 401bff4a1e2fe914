package backup

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"taskstore/backup/packed"
)

// Reason says why a backup was made.
type Reason string

// The reasons. Those that begin with "pre-" are safety backups: what they were
// made before may turn out to have been a mistake.
const (
	Manual       Reason = "manual"
	Startup      Reason = "startup"
	Shutdown     Reason = "shutdown"
	Hourly       Reason = "hourly"
	PreImport    Reason = "pre-import"
	PreRestore   Reason = "pre-restore"
	PreMigration Reason = "pre-migration"
	PreRepair    Reason = "pre-repair"
	PrePurge     Reason = "pre-purge"
)

// Reasons are all reasons.
func Reasons() []Reason {
	return []Reason{Manual, Startup, Shutdown, Hourly, PreImport, PreRestore, PreMigration, PreRepair, PrePurge}
}

// Safety tells whether backups of this reason are safety backups.
func (r Reason) Safety() bool { return len(r) > 4 && r[:4] == "pre-" }

// Manifest says what a backup is. It is written once.
type Manifest struct {
	ID      string            `json:"id"`
	Created time.Time         `json:"created"`
	Reason  Reason            `json:"reason"`
	Program string            `json:"program"` // that made it
	Schema  int64             `json:"schema_version"`
	Counts  map[string]int64  `json:"counts"`           // live records by collection
	Hashes  map[string]string `json:"hashes"`           // of the content of each collection
	Damage  []string          `json:"damage,omitempty"` // of the store when it was copied
	Orphans int64             `json:"orphans"`          // rows whose foreign key points nowhere, as in the store
	DB      packed.Stored     `json:"db"`
	Named   Named             `json:"contents"`
	Stated  bool              `json:"has_state,omitempty"` // it was given a state, which must be there
}

// Named describes the list of contents that a backup needs.
type Named struct {
	Count   int64         `json:"count"`
	Bytes   int64         `json:"bytes"`   // of the contents, plain, as far as known
	Missing int64         `json:"missing"` // were not there when the backup was made
	List    packed.Stored `json:"list"`
}

// Size is what the backup takes on disk, without the contents it names.
func (m Manifest) Size() int64 { return m.DB.FileBytes + m.Named.List.FileBytes }

const manifestMember = "manifest"

func (m Manifest) encode() ([]byte, error) { return sealJSON(manifestMember, m) }

func decodeManifest(file []byte, id string) (m Manifest, err error) {
	text, err := unsealed(manifestMember, file)
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err == nil && m.ID != id {
		err = fmt.Errorf("%w: it is of backup %s", errSeal, m.ID)
	}
	if err != nil {
		return m, fmt.Errorf("%w: the manifest %w", ErrCorrupt, err)
	}
	return m, nil
}

// Backup is what is known about one backup.
type Backup struct {
	Manifest
	State
	// Unreadable says why its manifest or its state cannot be read; then ID is
	// known, and perhaps nothing else. See Known.
	Unreadable error
}

// Known tells that the manifest could be read. When the state could not be read, the
// backup counts as pinned, and as not verified, until Verify has looked at it.
func (b Backup) Known() bool { return b.DB.SHA256 != "" }

// Failed tells that the backup is known to be bad: it cannot be read, or the last
// verification or drill failed.
func (b Backup) Failed() bool {
	return b.Unreadable != nil || !b.Verified.OK || b.Drilled != nil && !b.Drilled.OK
}

// Good tells that the backup was verified and is a copy of a sound store.
func (b Backup) Good() bool { return !b.Failed() && len(b.Damage) == 0 }

// Problem says in words why a backup is not good, "" if it is.
func (b Backup) Problem() string {
	switch {
	case b.Unreadable != nil:
		return b.Unreadable.Error()
	case !b.Verified.OK:
		return b.Verified.Problem
	case b.Drilled != nil && !b.Drilled.OK:
		return b.Drilled.Problem
	case len(b.Damage) > 0:
		return "the store was damaged when it was copied: " + b.Damage[0]
	}
	return ""
}

// maxSmall is how long a manifest and its like are at most: they name no rows.
const maxSmall = 1 << 20

// readSmall reads a file that holds a few lines. A longer one was not written here.
func readSmall(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSmall+1))
	if err == nil && len(text) > maxSmall {
		err = fmt.Errorf("%w: %s is longer than %d bytes", ErrCorrupt, filepath.Base(name), maxSmall)
	}
	return text, err
}

// read reads manifest and state of a backup.
func (c *Catalog) read(id string) Backup {
	b := Backup{Manifest: Manifest{ID: id}}
	file, err := readSmall(c.path(id, manifestFile))
	if err != nil {
		b.Unreadable = err
		return b
	}
	m, err := decodeManifest(file, id)
	if err != nil {
		b.Unreadable = err
		return b
	}
	b.Manifest = m
	b.State, b.Unreadable = c.readState(m)
	return b
}

// Package archive is the archive of a whole store: one zip file that holds its records,
// live and in the trash, its history, what imports have read, and every content that any
// of these needs, with a manifest of sizes and hashes.
//
// Write makes one from one snapshot. Open, Verify and Records read one, PutContents and a
// Loader bring contents and history into another store. A state of the history comes with
// the contents that it needs or not at all, and what a Loader counts has come. Whether a
// record comes, and what becomes of one that the store has, is left to the caller.
package archive

import (
	"encoding/json"
	"errors"

	"taskstore/schema"
)

// An archive is a zip file, because any system opens one without this program,
// a truncated one is known by its missing directory, and an import can verify
// every file before it writes anything without unpacking it.
//
//	records/notes.ndjson …   a record a line, see line
//	records/settings.ndjson  a setting a line, see settingLine
//	tables/revisions.ndjson … history, and what imports have read: a row a line, see tables
//	contents/3f/3f9a…        contents, plain, named by their SHA-256
//	manifest.json            the last file: size and SHA-256 of all others
const (
	format         = "taskstore-archive/1"
	manifestName   = "manifest.json"
	recordsFolder  = "records/"
	tablesFolder   = "tables/"
	contentsFolder = "contents/"
)

var (
	// ErrForm says that a file is no archive, or one of another format.
	ErrForm = errors.New("not a file that can be imported")
	// ErrDamaged says that an archive is not what its manifest says.
	ErrDamaged = errors.New("the archive is damaged")
)

// Manifest says what is in an archive.
type Manifest struct {
	Format      string         `json:"format"`
	CreatedAt   schema.Time    `json:"created_at"`
	Schema      int64          `json:"schema_version"`
	Retention   string         `json:"history_retention,omitempty"`
	Collections map[string]int `json:"collections"` // in the trash or not
	Files       []FileEntry    `json:"files"`
	// Missing are contents that were nowhere when the archive was made.
	Missing []string `json:"missing,omitempty"`
}

// FileEntry is one file of an archive.
type FileEntry struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	MIME   string `json:"mime_type,omitempty"` // of a content
}

// line is a record in an archive: what its JSON does not say, and its JSON, in which
// contents stand as {"_blob", "_form"}.
type line struct {
	Rev         int64           `json:"rev"`
	SavedAt     schema.Time     `json:"saved_at,omitempty"`
	TrashedAt   schema.Time     `json:"trashed_at,omitempty"`
	TrashReason string          `json:"trash_reason,omitempty"`
	File        *schema.Content `json:"file,omitempty"`
	Record      json.RawMessage `json:"-"`
}

// settingLine is a setting in an archive.
type settingLine struct {
	Key     string          `json:"key"`
	Rev     int64           `json:"rev"`
	SavedAt schema.Time     `json:"saved_at,omitempty"`
	Value   json.RawMessage `json:"-"`
}

// Package backup keeps backups of a store's database file in a directory, the
// catalog: it makes, lists, verifies, rotates and removes them, and gives them
// back. Its one idea is that a backup is there when its manifest is, which is
// written last, and that every byte of it is known by a hash: nothing is called
// a backup that was not read back, and nothing is half there. It knows files,
// and nothing of what is in them; how a database is copied is for package
// pages, how bytes are compressed and proven for package packed, and how a copy
// comes in place of a store for package putback. DESIGN.md tells the order in
// which things happen, and why.
package backup

import (
	_ "embed"

	"taskstore/backup/pages"
)

// Guide is the page about backups that "storectl docs backups" prints.
//
//go:embed GUIDE.md
var Guide string

// What callers branch on. They are those of package pages.
var (
	// ErrCorrupt means that a file is not a whole and sound database, or not what
	// was written.
	ErrCorrupt = pages.ErrCorrupt

	// ErrFull means that the disk, or one's share of it, is full.
	ErrFull = pages.ErrFull

	// ErrDiffers means that a copy is not equal to what was copied.
	ErrDiffers = pages.ErrDiffers
)

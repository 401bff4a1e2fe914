// Package offsite keeps backups away from the store: in object storage, or in a
// directory that any tool may copy. Its one idea is that nothing there ever
// changes: every object is at most one piece long, its name ends in a keyed hash
// of that name and of its bytes, and the manifest of a backup comes last. So an
// upload that was cut goes on at the next piece, half an upload is no backup,
// and whoever has the target's key can tell of every byte whether it is what was
// written, without being able to read it.
//
// It promises that a backup that it lists was there whole when it was made, that
// damage is found and named, and that two machines at one target do not hurt each
// other. It leaves to package backup what a backup is: it copies what a catalog
// has made and checked, and gives it back into a catalog. What is in a backup,
// and how a store is restored, is for package recovery. DESIGN.md tells the
// layout and the order of things.
package offsite

import (
	"errors"
	"log/slog"
	"sync"
	"time"

	"taskstore/backup/offsite/shelf"
	"taskstore/backup/offsite/turns"
	"taskstore/internal/seal"
)

// What callers branch on. An *Error around them says where, and what to do.
var (
	// ErrOther says that another target is there than the one that was there before.
	ErrOther = errors.New("another target is there than before")
	// ErrKey says that the key that is needed was not given, or that another was.
	ErrKey = seal.ErrKey
	// ErrHeld says that somebody else is at work there.
	ErrHeld = turns.ErrHeld
	// ErrUnable says that the place cannot do what is needed to keep two machines apart.
	ErrUnable = turns.ErrUnable

	// What a place says: see package shelf.
	ErrNoTarget = shelf.ErrNoTarget
	ErrNotThere = shelf.ErrNotThere
	ErrExists   = shelf.ErrExists
	ErrDenied   = shelf.ErrDenied
	ErrBusy     = shelf.ErrBusy
	ErrRefused  = shelf.ErrRefused
	ErrDamaged  = shelf.ErrDamaged
)

// Error says what went wrong with which object, and what to do.
type Error = shelf.Error

// Options says how to work at a target. The zero value is good.
type Options struct {
	// Memory is a directory, for this store and machine alone, that keeps what must be known
	// of targets: their mark and key, so that a backup needs no identity, and when what was
	// done. "" remembers nothing.
	Memory string
	// Identity is the text of a file with age identities, of which one opens what was sealed.
	Identity string
	// Passphrase is that of a target that was made with one.
	Passphrase string
	// Workers is how many objects are on their way at once; 0 is four.
	Workers int
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Log is told what is done by itself; nil is silent.
	Log *slog.Logger
	// Progress, if set, is told of long work: what, how much is done, of how much.
	Progress func(what string, done, total int64)
}

func (o Options) withDefaults() Options {
	if o.Workers <= 0 {
		o.Workers = 4
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	told, turn := o.Progress, &sync.Mutex{}
	o.Progress = func(what string, done, total int64) {
		if told != nil {
			turn.Lock() // many are at work
			defer turn.Unlock()
			told(what, done, total)
		}
	}
	return o
}

// counted tells of progress by what has come since the last time.
func (o Options) counted(what string, total int64) func(int64) {
	done := int64(0)
	return func(n int64) {
		done += n
		o.Progress(what, done, total)
	}
}

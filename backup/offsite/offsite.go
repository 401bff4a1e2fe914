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
)

// What callers branch on. An *Error around them says where, and what to do.
var (
	// ErrNoTarget says that there is no target of this program there.
	ErrNoTarget = errors.New("there is no target of taskstore")
	// ErrOther says that another target is there than the one that was there before.
	ErrOther = errors.New("another target is there than before")
	// ErrKey says that the key that is needed was not given, or that another was.
	ErrKey = errors.New("the key does not fit")
	// ErrNotThere says that there is no such object.
	ErrNotThere = errors.New("there is no such object")
	// ErrExists says that an object of this name is there.
	ErrExists = errors.New("there is an object of this name")
	// ErrDenied says that the credentials do not allow it.
	ErrDenied = errors.New("the credentials do not allow it")
	// ErrBusy says that the place could not be reached or did not do what it should, more
	// than once. The same may work later.
	ErrBusy = errors.New("the place does not answer as it should")
	// ErrRefused says that the place has refused, and will again.
	ErrRefused = errors.New("the place refuses")
	// ErrDamaged says that an object is not what was written.
	ErrDamaged = errors.New("the bytes are not those that were written")
	// ErrHeld says that somebody else is at work there.
	ErrHeld = errors.New("another machine is at work there")
	// ErrUnable says that the place cannot do what is needed to keep two machines apart.
	ErrUnable = errors.New("the place cannot keep two machines apart")
)

// Error says what went wrong with which object, and what to do.
type Error struct {
	Place  string // the address; never a secret
	Object string // "" is the place itself
	Why    error
	Advice string // what to do; "" is nothing in particular
}

func (e *Error) Error() string {
	if e.Object == "" {
		return e.Place + ": " + e.Why.Error()
	}
	return e.Object + " in " + e.Place + ": " + e.Why.Error()
}

func (e *Error) Unwrap() error { return e.Why }

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
	if o.Progress == nil {
		o.Progress = func(string, int64, int64) {}
	}
	return o
}

// inTurn tells of progress one at a time: many are at work.
func (o Options) inTurn() Options {
	var mu sync.Mutex
	told := o.Progress
	o.Progress = func(what string, done, total int64) {
		mu.Lock()
		defer mu.Unlock()
		told(what, done, total)
	}
	return o
}

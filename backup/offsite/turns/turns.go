// Package turns keeps machines apart that use one target. Its one idea is that each says first, at
// the place, what it is about to do, and looks then who else is there: so of two at least one sees
// the other. Who removes something has a lease; who counts on what is there uses it.
//
// It promises that nothing is removed that another machine counts on, also when one of them sleeps
// in between, when their clocks differ, or when one is a copy of the other. What is removed and what
// is counted on is for package offsite.
package turns

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"taskstore/backup/offsite/pieces"
	"taskstore/backup/offsite/shelf"
	"taskstore/internal/durable"
)

var (
	// ErrHeld says that somebody else is at work there.
	ErrHeld = errors.New("another machine is at work there")
	// ErrUnable says that the place cannot do what is needed to keep two machines apart.
	ErrUnable = errors.New("the place cannot keep two machines apart")
)

// Memory is what a store remembers of its own turns.
type Memory interface {
	// Lock keeps processes apart that share the memory.
	Lock(context.Context, durable.Sharing) (release func() error, err error)
	// Begin notes what is begun, before it is.
	Begin(nonce string) error
	// Ours tells whether something was begun with this memory, whose lock says that it is at an end.
	Ours(nonce string) bool
}

// Turns is the turns at a target.
type Turns struct {
	Set     *pieces.Set
	Machine string // what this one is called
	Able    bool   // the place refuses to put over what is there when it is asked to
	Memory  Memory
	Now     func() time.Time
	Log     *slog.Logger
}

// Folder is where the objects are that say whose turn it is.
const Folder = "lease/"

func (t *Turns) now() time.Time { return t.Now().UTC().Truncate(time.Millisecond) }

// String is the address.
func (t *Turns) String() string { return t.Set.Objs.String() }

// no is an error about the whole target.
func (t *Turns) no(why error, advice string) error {
	return &shelf.Error{Place: t.String(), Why: why, Advice: advice}
}

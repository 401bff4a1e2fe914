package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"taskstore/backup/pages"
	"taskstore/internal/durable"
)

// State is what became known about a backup after it was made.
type State struct {
	Pinned   bool      `json:"pinned"`
	Verified Outcome   `json:"verified"`          // at first by Create
	Drilled  *Outcome  `json:"drilled,omitempty"` // nil: never
	Guards   time.Time `json:"guards,omitzero"`   // when it last served as the safety backup before something
}

// Outcome is what came of a verification or a drill.
type Outcome struct {
	At      time.Time `json:"at"`
	OK      bool      `json:"ok"`
	Problem string    `json:"problem,omitempty"`
}

// ErrState says that the state of a backup is damaged or gone; the backup itself may be
// as good as ever. It is ErrCorrupt, too.
var ErrState = errors.New("the state of the backup (pinned, verified) is damaged")

// stateError is an ErrState that does not say that a database is damaged.
type stateError struct{ why error }

func (e *stateError) Error() string   { return ErrState.Error() + ": it " + e.why.Error() }
func (e *stateError) Unwrap() []error { return []error{ErrState, ErrCorrupt} }

var errStateGone = errors.New("is gone")

const stateMember = "state"

// stated is the state in its file, which says whose it is.
type stated struct {
	ID string `json:"id"`
	State
}

// readState reads the state of a backup. One that is damaged may have said anything: the
// backup is taken as pinned and not verified. Only earlier versions gave none to a
// backup just made.
func (c *Catalog) readState(m Manifest) (State, error) {
	text, err := readSmall(c.path(m.ID, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		if !m.Stated {
			return State{Verified: Outcome{At: m.Created, OK: true}}, nil
		}
		err = errStateGone
	}
	if err != nil && !errors.Is(err, errStateGone) && !errors.Is(err, ErrCorrupt) { // nobody knows what it says
		return State{Pinned: true, Verified: Outcome{Problem: "its state could not be read"}}, err
	}
	var s State
	if err == nil {
		s, err = decodeState(text, m.ID)
	}
	if err != nil {
		return State{Pinned: true, Verified: Outcome{Problem: "its state was damaged: verify it"}}, &stateError{err}
	}
	return s, nil
}

func decodeState(file []byte, id string) (State, error) {
	if !bytes.HasPrefix(file, []byte(sealHead)) {
		var s State
		err := unsealedEarlier(file, &s)
		return s, err
	}
	var s stated
	err := unsealJSON(stateMember, file, &s)
	if err == nil && s.ID != id {
		err = fmt.Errorf("%w: it is of backup %s", errSeal, s.ID)
	}
	return s.State, err
}

// change changes the state of a backup and writes it to disk.
func (c *Catalog) change(ctx context.Context, id string, fn func(*State)) (Backup, error) {
	unlock, err := c.lock(ctx)
	if err != nil {
		return Backup{}, err
	}
	defer unlock()
	b := c.read(id)
	if !b.Known() {
		return b, b.Unreadable // there is no manifest that the state could belong to
	}
	fn(&b.State)
	b.Unreadable = nil
	return b, c.writeState(id, b.State)
}

func (c *Catalog) writeState(id string, s State) error {
	text, err := sealJSON(stateMember, stated{id, s})
	if err != nil {
		return err
	}
	return writeFile(c.path(id, stateFile), text)
}

// Pin keeps a backup from being rotated out, or lets it go again.
func (c *Catalog) Pin(ctx context.Context, id string, pinned bool) (b Backup, err error) {
	defer pages.Wrap(&err, "pin backup %s", id)
	return c.change(ctx, id, func(s *State) { s.Pinned = pinned })
}

// Drilled records what came of a drill.
func (c *Catalog) Drilled(ctx context.Context, id string, failed error) (err error) {
	defer pages.Wrap(&err, "record the drill of backup %s", id)
	o := c.outcome(failed)
	_, err = c.change(ctx, id, func(s *State) { s.Drilled = &o })
	return c.unlessReadOnly(err)
}

func (c *Catalog) outcome(failed error) Outcome {
	o := Outcome{At: c.opt.Now().UTC().Truncate(time.Millisecond), OK: failed == nil}
	if failed != nil {
		o.Problem = failed.Error()
	}
	return o
}

// writeFile replaces a small file, durably.
func writeFile(name string, text []byte) error {
	return durable.WriteFile(name, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

func removeIfThere(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

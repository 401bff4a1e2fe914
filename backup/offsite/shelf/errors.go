package shelf

import "errors"

// What callers branch on. An *Error around them says where, and what to do.
var (
	// ErrNoTarget says that there is no target of this program there.
	ErrNoTarget = errors.New("there is no target of taskstore")
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

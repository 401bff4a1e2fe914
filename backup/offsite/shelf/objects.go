// Package shelf keeps objects by name: in a directory, or wherever something does what Objects
// says, such as package s3. It knows nothing of backups. Its one idea is that a place is not
// believed: what it says that it has taken is asked for, what it gives is held to a length, what
// fails now is tried again.
//
// It promises that an error says which object of which place it is about, whether another try
// helps, and what to do; and that no secret is in it. What the objects hold, and whether their
// bytes are the right ones, is for package offsite.
package shelf

import (
	"context"
	"io"
	"iter"
	"time"
)

// Object is what a place says of one.
type Object struct {
	Name string
	Size int64
	At   time.Time // when it came, by the clock of the place
	MD5  string    // hexadecimal; "" where the place does not tell
}

// Objects is a place that keeps objects by name. Names are made of letters, digits, and
// "-._/"; they are short enough for any file system. What is put is at most some MB long.
//
// Errors are *Error around the sentinels of this package: ErrBusy is worth another try.
// Many goroutines may use it at once.
type Objects interface {
	// Put keeps bytes under a name. With ifAbsent a name that is taken is ErrExists, if the
	// place can tell; else what was there is replaced.
	Put(ctx context.Context, name string, body []byte, ifAbsent bool) error
	// Get reads an object from a byte on.
	Get(ctx context.Context, name string, from int64) (io.ReadCloser, error)
	// Stat says what is there; ErrNotThere if nothing is.
	Stat(ctx context.Context, name string) (Object, error)
	// List yields what begins with prefix and comes after a name, in the order of the names,
	// page by page. An error ends it.
	List(ctx context.Context, prefix, after string) iter.Seq2[Object, error]
	// Delete removes an object; one that is not there is none.
	Delete(ctx context.Context, name string) error
	// String is the address.
	String() string
}

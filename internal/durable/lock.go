package durable

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/gofrs/flock"
)

// ErrLocked says that somebody else held a lock for as long as it was waited for.
var ErrLocked = errors.New("locked by another")

// ErrWaited says that ctx ended while a lock was waited for.
var ErrWaited = errors.New("waited for a lock")

// Sharing says with whom a lock is held.
type Sharing bool

const (
	Exclusive Sharing = false // by one
	Shared    Sharing = true  // by all who share it
)

// lockPoll is how often it is tried again.
const lockPoll = 10 * time.Millisecond

// Lock takes the advisory lock on a file, which is made if it is not there, until release
// or the end of the process. It waits for others, in this process too, until wait
// has passed, 0 tries once, and is then ErrLocked; when ctx ends first the error is
// that of ctx, and ErrWaited. Whoever waits has no place in a queue. On disk is nothing.
// The holder may remove the file: who comes late gets the lock on a new one, never on what is gone.
func Lock(ctx context.Context, file string, how Sharing, wait time.Duration) (release func() error, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if f, err := New(file); err == nil { // as every other file: flock would make it as its caller's
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
	return take(ctx, flock.New(file), how, wait)
}

// LockThere takes the lock on a file that is there, exclusively, if nobody has it, which is else ErrLocked.
// It makes no file: one that is not there is fs.ErrNotExist.
func LockThere(file string) (release func() error, err error) {
	return take(context.Background(), flock.New(file, flock.SetFlag(os.O_RDONLY)), Exclusive, 0)
}

// RemoveLock lets go of a lock that is held and removes its file, so that what it guarded can go.
func RemoveLock(file string, release func() error) error {
	if runtime.GOOS == "windows" { // where a file that is open stays
		err := release()
		_ = os.Remove(file)
		return err
	}
	return errors.Join(os.Remove(file), release()) // while it is held: afterwards it could be another's
}

func take(ctx context.Context, lock *flock.Flock, how Sharing, wait time.Duration) (release func() error, err error) {
	try := lock.TryLock
	if how == Shared {
		try = lock.TryRLock
	}
	end := time.Now().Add(wait)
	for {
		held, err := try()
		if held && stillThere(lock) {
			return lock.Close, nil
		}
		if held {
			err = lock.Close() // it was removed by its holder since it was opened
		}
		if err == nil && time.Until(end) <= 0 {
			err = fmt.Errorf("%w: %s", ErrLocked, lock.Path())
		}
		if err == nil {
			if err = sleep(ctx, min(lockPoll, time.Until(end))); err != nil {
				err = fmt.Errorf("%w: %s: %w", ErrWaited, lock.Path(), err)
			}
		}
		if err != nil {
			return nil, errors.Join(err, lock.Close())
		}
	}
}

// stillThere says that the file which is locked is the one that has the name.
func stillThere(lock *flock.Flock) bool {
	locked, err := lock.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(lock.Path())
	return err == nil && os.SameFile(locked, named)
}

// Patience is how long to wait for a lock that is waited for without ctx, as SQLite does: until
// shortly before ctx ends, so that whoever waits learns for what it was; if ctx has no end,
// as long as is said otherwise.
func Patience(ctx context.Context, otherwise time.Duration) time.Duration {
	end, ok := ctx.Deadline()
	if !ok {
		return otherwise
	}
	left := time.Until(end)
	return max(time.Millisecond, left-min(left/10, 100*time.Millisecond))
}

// UntilEnd is how long Lock is to wait where ctx is the one bound: until that ends; if it has
// no deadline, as long as is said otherwise.
func UntilEnd(ctx context.Context, otherwise time.Duration) time.Duration {
	if end, ok := ctx.Deadline(); ok {
		return time.Until(end) + time.Second
	}
	return otherwise
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

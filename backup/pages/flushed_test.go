package pages

import (
	"context"
	"errors"
	"io/fs"
	"testing"
)

// syncs is a file with what its flushes give, one after the other.
type syncs []error

func (s *syncs) Stat() (fs.FileInfo, error) { return nil, fs.ErrNotExist }

func (s *syncs) Sync() error {
	err := (*s)[0]
	*s = (*s)[1:]
	return err
}

// TestFailedFlushStays: a flush that failed is what the copy fails with, whatever a later one says.
func TestFailedFlushStays(t *testing.T) {
	bad := errors.New("the disk failed")
	all := syncs{nil, bad, nil, errors.New("another")}
	f := flushed{f: &all}
	for range 4 {
		f.flush()
	}
	if f.err != bad || len(all) != 2 {
		t.Errorf("%v, %d flushes not made", f.err, len(all))
	}
}

// TestFailedFlushFails: a copy that lasts fails when a flush of it failed while it was written, though all of it was written
// and no later flush fails; one that is removed soon is not flushed.
func TestFailedFlushFails(t *testing.T) {
	bad := errors.New("the disk failed")
	for how, want := range map[Stay]error{Lasts: bad, Passes: nil} {
		all := syncs{bad, nil, nil, nil}
		ticks, wrote := make(chan bool, 100), false
		err := fill(t.Context(), "", &lookedAt{&all, ticks}, how, func(int64) {}, func(ctx context.Context) error {
			<-ticks
			<-ticks
			wrote = true
			return ctx.Err()
		})
		if !errors.Is(err, want) || (err == nil) != (want == nil) || !wrote || (len(all) == 4) != (how == Passes) {
			t.Errorf("lasts %v: %v, %d flushes not made", how, err, len(all))
		}
	}
}

// lookedAt tells when it was looked at.
type lookedAt struct {
	*syncs
	ticks chan bool
}

func (f *lookedAt) Stat() (fs.FileInfo, error) {
	select {
	case f.ticks <- true:
	default:
	}
	return f.syncs.Stat()
}

package pages

import (
	"errors"
	"testing"
)

type syncs []error

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

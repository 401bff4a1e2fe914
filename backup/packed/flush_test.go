package packed

import (
	"errors"
	"testing"
)

// syncs is a file whose flushes end as they say.
type syncs []error

func (s *syncs) Write(p []byte) (int, error) { return len(p), nil }
func (s *syncs) Close() error                { return nil }
func (s *syncs) Sync() error {
	err := (*s)[0]
	*s = (*s)[1:]
	return err
}

// TestFailedFlushFails: whichever flush of a file fails, writing it or closing it fails with that, though all of it
// was written and all later flushes say that all is well.
func TestFailedFlushFails(t *testing.T) {
	const pieces = 4
	bad := errors.New("the disk failed")
	for fails := range pieces + 2 { // the last of them is one too many
		all := make(syncs, pieces+2)
		all[fails] = bad
		w, piece := &File{f: &all}, make([]byte, flushMost)
		var err error
		for range pieces {
			_, one := w.Write(piece)
			err = errors.Join(err, one)
		}
		if err = errors.Join(err, w.Close()); errors.Is(err, bad) != (fails <= pieces) {
			t.Errorf("flush %d fails: %v, %d flushes not made", fails, err, len(all))
		}
	}
}

package blobs

import (
	"errors"
	"testing"
)

// failFS is a directory whose files cannot be put on disk.
type failFS struct{ osFS }

type failFile struct{ file }

var errDisk = errors.New("the disk fails")

func (failFile) Sync() error { return errDisk }

func (f failFS) open(name string) (file, error) {
	opened, err := f.osFS.open(name)
	return failFile{opened}, err
}

// TestFlushFails: a content that is there, whole, and cannot be put on disk is no damaged
// one. Whoever puts it again is told, and nothing is replaced.
func TestFlushFails(t *testing.T) {
	d := open(t)
	info := put(t, d, text(1, 5000), "")
	failing, err := openOn(failFS{}, d.root, Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = failing.PutMany(t.Context(), func(yield func(Source) bool) { yield(Bytes(text(1, 5000), "")) })
	if !errors.Is(err, errDisk) {
		t.Errorf("put again: %v", err)
	}
	if _, err := failing.Restore(t.Context(), info.SHA256); !errors.Is(err, errDisk) {
		t.Errorf("restored: %v", err)
	}
	if _, err := d.fsys.lstat(d.root + "/" + damagedDir); err == nil {
		t.Error("it was taken for damaged")
	}
}

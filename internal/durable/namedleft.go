package durable

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// A file that WriteNamed begins stands in a person's directory under a name that nobody else gives, and
// is locked as long as it is written.
const namedEnd = ".taskstore.tmp"

func namedPattern(name string) string {
	return strings.TrimSuffix(tempPattern(name), ".tmp") + namedEnd
}

// leftAge is how long nobody has written to a file that may be one without a writer: who makes one locks it
// a moment later.
const leftAge = time.Minute

// holdNamed locks a file that is being written. Where a file that is open cannot be removed, that is the lock.
func holdNamed(name string) (release func() error) {
	lock := flock.New(name, flock.SetFlag(os.O_RDWR))
	if runtime.GOOS == "windows" {
		return func() error { return nil }
	}
	_, _ = lock.TryLock() // where there are no locks, what a killed process leaves stays
	return lock.Close
}

// removeLeft removes what processes that were killed had begun to write in the place of the file name. What it
// cannot remove stays.
func removeLeft(name string) {
	begin, end, _ := strings.Cut(namedPattern(name), "*")
	entries, err := os.ReadDir(filepath.Dir(name))
	if err != nil {
		return
	}
	for _, e := range entries {
		number := strings.TrimSuffix(strings.TrimPrefix(e.Name(), begin), end)
		if begin+number+end != e.Name() || number == "" || strings.Trim(number, "0123456789") != "" || !e.Type().IsRegular() {
			continue
		}
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > leftAge {
			removeUnlocked(filepath.Join(filepath.Dir(name), e.Name()))
		}
	}
}

func removeUnlocked(name string) {
	if runtime.GOOS != "windows" {
		lock := flock.New(name, flock.SetFlag(os.O_RDWR))
		defer lock.Close()
		if held, err := lock.TryLock(); err != nil || !held {
			return
		}
	}
	_ = os.Remove(name)
}

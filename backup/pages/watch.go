package pages

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	reserve    = 32 << 20 // bytes of the disk that belong to those who write
	watchEvery = 50 * time.Millisecond
)

// watch ends the context that it returns when the disk of the store is nearly
// full, unless dir is "": as long as a copy is being made, the -wal cannot be used again and grows by
// whatever others write. tick is called now and then. stop ends watching and says
// whether the disk was the reason.
func watch(ctx context.Context, dir string, tick func()) (watched context.Context, stop func() error) {
	watched, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(watchEvery)
		defer ticker.Stop()
		for {
			select {
			case <-watched.Done():
				return
			case <-ticker.C:
				tick()
			}
			if dir == "" {
				continue
			}
			if free, err := freeSpace(dir); err == nil && free < reserve {
				cancel(fmt.Errorf("%w: the rest of it is left to those who write to the store", ErrFull))
			}
		}
	}()
	return watched, func() error {
		cancel(context.Canceled)
		<-done
		if cause := context.Cause(watched); errors.Is(cause, ErrFull) {
			return cause
		}
		return nil
	}
}

// Room refuses to begin what cannot end: need bytes must be free.
func Room(dir string, need int64) error {
	free, err := freeSpace(dir)
	if err != nil || free >= need {
		return nil // where it cannot be asked for, the disk will tell
	}
	return fmt.Errorf("%w: %d bytes are free in %s, and %d are needed", ErrFull, free, dir, need)
}

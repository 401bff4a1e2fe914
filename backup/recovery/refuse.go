package recovery

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"taskstore/backup"
)

// refuse names the newest good backup instead.
func (w *restorer) refuse(ctx context.Context, why error) error {
	if why == nil || !errors.Is(why, backup.ErrCorrupt) && !errors.Is(why, fs.ErrNotExist) {
		return why
	}
	err := &RefusedError{ID: w.Backup.ID, Why: why}
	list, e := w.from.List(ctx)
	if e != nil {
		return err
	}
	for _, b := range list {
		if b.ID != w.Backup.ID && b.Good() && w.from.Verify(ctx, b.ID, true, nil) == nil {
			err.Good = b.ID
			break
		}
	}
	return err
}

// RefusedError says that a backup is too bad to be restored. It is ErrBad.
type RefusedError struct {
	ID   string
	Why  error
	Good string // the newest backup that was just verified, "" if there is none
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("restore backup %s: %v; nothing was changed", e.ID, bad(e.Why))
}

func (e *RefusedError) Unwrap() []error { return []error{ErrBad, e.Why} }

// unlessState is an error that is about more than the state of a backup.
func unlessState(err error) error {
	if errors.Is(err, backup.ErrState) {
		return nil
	}
	return err
}

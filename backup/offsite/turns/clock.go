package turns

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"taskstore/backup/offsite/shelf"
)

// How long ago something was said at the target is told by the clock of the place, which is one
// for all machines: those of two machines may differ by days.

// Clock asks the place what time it is, by putting something there. Where that is not allowed
// it is the time of this machine.
func (t *Turns) Clock(ctx context.Context) (now time.Time, err error) {
	name, err := t.Set.PutEmpty(ctx, Folder+"clock-"+rand.Text())
	if errors.Is(err, shelf.ErrDenied) {
		return t.now(), nil
	}
	if err != nil {
		return now, err
	}
	o, err := t.Set.Objs.Stat(ctx, name)
	_ = t.Set.Objs.Delete(ctx, name)
	if err != nil {
		return now, err
	}
	return o.At, nil
}

// passedThere tells whether so long has passed since an object came.
func (t *Turns) passedThere(ctx context.Context, at time.Time, long time.Duration) (bool, error) {
	now, err := t.Clock(ctx)
	return err == nil && !now.Before(at.Add(long)), err
}

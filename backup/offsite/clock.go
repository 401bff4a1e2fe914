package offsite

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"
)

// How long ago something was said at the target is told by the clock of the place, which is one
// for all machines: those of two machines may differ by days.

// clockThere asks the place what time it is, by putting something there. Where that is not allowed
// it is the time of this machine.
func (t *Target) clockThere(ctx context.Context) (now time.Time, err error) {
	name, err := t.pieces.PutEmpty(ctx, leaseFolder+"clock-"+rand.Text())
	if errors.Is(err, ErrDenied) {
		return t.now(), nil
	}
	if err != nil {
		return now, err
	}
	o, err := t.objs.Stat(ctx, name)
	_ = t.objs.Delete(ctx, name)
	if err != nil {
		return now, err
	}
	return o.At, nil
}

// passedThere tells whether so long has passed since an object came.
func (t *Target) passedThere(ctx context.Context, at time.Time, long time.Duration) (bool, error) {
	now, err := t.clockThere(ctx)
	return err == nil && !now.Before(at.Add(long)), err
}

// mostBegun is how much of what was begun is remembered: more than what can be at work, or believed to
// be, at once.
const mostBegun = 200

// begun notes what is begun at a target with this memory. That alone tells afterwards that
// it was of this store: a copy of the store has the same name, and did not begin it.
func (k *Known) begun(nonce string) {
	k.Begun = append(k.Begun, nonce)
	k.Begun = slices.Clone(k.Begun[max(0, len(k.Begun)-mostBegun):])
}

// ours tells whether something was begun with this memory, whose lock says that it is at an end.
func (t *Target) ours(nonce string) bool {
	return t.opt.Memory != "" && nonce != "" && slices.Contains(t.Known().Begun, nonce)
}

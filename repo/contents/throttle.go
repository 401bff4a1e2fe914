package contents

import (
	"context"
	"io"
	"time"
)

// throttle lets bytes pass at a rate.
type throttle struct {
	rate   int64
	begun  time.Time
	passed int64
}

func newThrottle(rate int64) *throttle { return &throttle{rate: rate, begun: time.Now()} }

// pass waits until n more bytes may pass.
func (t *throttle) pass(ctx context.Context, n int) error {
	t.passed += int64(n)
	if t.rate <= 0 {
		return ctx.Err()
	}
	due := t.begun.Add(time.Duration(float64(t.passed) / float64(t.rate) * float64(time.Second)))
	wait := time.NewTimer(time.Until(due))
	defer wait.Stop()
	select {
	case <-wait.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t *throttle) writer(ctx context.Context) io.Writer { return throttled{ctx, t} }

type throttled struct {
	ctx context.Context
	t   *throttle
}

func (w throttled) Write(p []byte) (int, error) { return len(p), w.t.pass(w.ctx, len(p)) }

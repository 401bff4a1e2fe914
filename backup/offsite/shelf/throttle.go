package shelf

import (
	"context"
	"io"
	"sync"
	"time"
)

// Throttle holds back what goes to a place and what comes from it. nil, and a rate of 0, hold
// nothing back. All that is under way at once shares it.
type Throttle struct {
	sending, getting bucket
}

// NewThrottle allows so many bytes a second to go there, and to come back.
func NewThrottle(up, down int64) *Throttle {
	return &Throttle{bucket{rate: up}, bucket{rate: down}}
}

// Up is a reader of what is sent, Down of what is received.
func (t *Throttle) Up(ctx context.Context, r io.Reader) io.Reader { return t.up(ctx, r) }

// Down: see Up.
func (t *Throttle) Down(ctx context.Context, r io.Reader) io.Reader { return t.down(ctx, r) }

func (t *Throttle) up(ctx context.Context, r io.Reader) io.Reader {
	if t == nil || t.sending.rate <= 0 {
		return r
	}
	return &held{ctx, r, &t.sending}
}

func (t *Throttle) down(ctx context.Context, r io.Reader) io.Reader {
	if t == nil || t.getting.rate <= 0 {
		return r
	}
	return &held{ctx, r, &t.getting}
}

// bucket fills with time, and bytes are taken out of it.
type bucket struct {
	mu   sync.Mutex
	rate int64     // bytes a second
	free time.Time // from when on the next byte may pass
}

// take says how long to wait after n bytes have passed.
func (b *bucket) take(n int) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if b.free.Before(now) {
		b.free = now
	}
	b.free = b.free.Add(time.Duration(float64(n) / float64(b.rate) * float64(time.Second)))
	return b.free.Sub(now)
}

// held reads in small portions, so that the line is never full for long.
type held struct {
	ctx context.Context
	r   io.Reader
	b   *bucket
}

const portion = 16 << 10

func (h *held) Read(p []byte) (int, error) {
	n, err := h.r.Read(p[:min(len(p), portion)])
	if n > 0 {
		if bad := Sleep(h.ctx, h.b.take(n)); bad != nil {
			return n, bad
		}
	}
	return n, err
}

// Sleep waits, unless the context ends before.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

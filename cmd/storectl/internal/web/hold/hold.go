// Package hold has a store open while somebody looks at it, and leaves it to others when nobody does.
package hold

import (
	"context"
	"errors"
	"sync"
	"time"

	"taskstore/repo"
)

// ErrAway says that the store is closed for a while, because it is being restored.
var ErrAway = errors.New("the store is being restored")

// Holder has the store open while somebody looks at it. After a while in which nobody does it is closed, so that
// commands that need it alone, such as a restore, get it while a forgotten page is open.
type Holder struct {
	open func(context.Context) (*repo.Store, error)
	idle time.Duration

	mu    sync.Mutex
	free  *sync.Cond // users became fewer
	store *repo.Store
	users int
	away  bool // nobody gets it
	ended bool // nor ever will
	stale bool // it is to be opened anew
	timer *time.Timer
}

// New makes the holder of the store that open opens, for as long as nobody looked at it for idle.
func New(open func(context.Context) (*repo.Store, error), idle time.Duration) *Holder {
	h := &Holder{open: open, idle: idle}
	h.free = sync.NewCond(&h.mu)
	return h
}

// Use calls fn with the open store.
func (h *Holder) Use(ctx context.Context, fn func(*repo.Store) error) (err error) {
	store, err := h.take(ctx)
	if err != nil {
		return err
	}
	defer func() { // fn may panic: a page that is cut off does
		h.give(errors.Is(err, repo.ErrMoved) || errors.Is(err, repo.ErrClosed) || errors.Is(err, repo.ErrStrayLog))
	}()
	return fn(store)
}

func (h *Holder) take(ctx context.Context) (*repo.Store, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.ended:
		return nil, repo.ErrClosed
	case h.away:
		return nil, ErrAway
	}
	if h.store == nil {
		store, err := h.open(context.WithoutCancel(ctx)) // others may be waiting for it
		if err != nil {
			return nil, err
		}
		h.store, h.stale = store, false
	}
	if h.timer != nil {
		h.timer.Stop()
	}
	h.users++
	return h.store, nil
}

func (h *Holder) give(stale bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.users--
	h.stale = h.stale || stale
	if h.users > 0 {
		return
	}
	h.free.Broadcast()
	if h.stale {
		_ = h.closeStore() // it is not where it was: what can be said of that was said
		return
	}
	h.timer = time.AfterFunc(h.idle, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.users == 0 {
			_ = h.closeStore()
		}
	})
}

// Without calls fn while the store is closed and nobody gets it.
func (h *Holder) Without(fn func() error) error {
	h.mu.Lock()
	if h.away {
		h.mu.Unlock()
		return ErrAway
	}
	h.away = true
	for h.users > 0 {
		h.free.Wait()
	}
	err := h.closeStore()
	h.mu.Unlock()
	if err == nil {
		err = fn()
	}
	h.mu.Lock()
	h.away = false
	h.mu.Unlock()
	return err
}

// closeStore is called with the lock held and without users.
func (h *Holder) closeStore() error {
	if h.timer != nil {
		h.timer.Stop() // it is of this opening
	}
	if h.store == nil {
		return nil
	}
	err := h.store.Close()
	h.store = nil
	return err
}

// Close closes the store when nobody uses it any more, for good: what is begun later gets none.
func (h *Holder) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = true
	for h.users > 0 {
		h.free.Wait()
	}
	return h.closeStore()
}

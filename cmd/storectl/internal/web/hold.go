package web

import (
	"context"
	"errors"
	"sync"
	"time"

	"taskstore/repo"
)

// errAway says that the store is closed for a while, because it is being restored.
var errAway = errors.New("the store is being restored")

// holder has the store open while somebody looks at it. After a while in which nobody does it is closed, so that
// commands that need it alone, such as a restore, get it while a forgotten page is open.
type holder struct {
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

func newHolder(open func(context.Context) (*repo.Store, error), idle time.Duration) *holder {
	h := &holder{open: open, idle: idle}
	h.free = sync.NewCond(&h.mu)
	return h
}

// use calls fn with the open store.
func (h *holder) use(ctx context.Context, fn func(*repo.Store) error) error {
	store, err := h.take(ctx)
	if err != nil {
		return err
	}
	err = fn(store)
	h.give(errors.Is(err, repo.ErrMoved) || errors.Is(err, repo.ErrClosed) || errors.Is(err, repo.ErrStrayLog))
	return err
}

func (h *holder) take(ctx context.Context) (*repo.Store, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.ended:
		return nil, repo.ErrClosed
	case h.away:
		return nil, errAway
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

func (h *holder) give(stale bool) {
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

// without calls fn while the store is closed and nobody gets it.
func (h *holder) without(fn func() error) error {
	h.mu.Lock()
	if h.away {
		h.mu.Unlock()
		return errAway
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
func (h *holder) closeStore() error {
	if h.store == nil {
		return nil
	}
	err := h.store.Close()
	h.store = nil
	return err
}

// close closes the store when nobody uses it any more, for good: what is begun later gets none.
func (h *holder) close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = true
	for h.users > 0 {
		h.free.Wait()
	}
	return h.closeStore()
}

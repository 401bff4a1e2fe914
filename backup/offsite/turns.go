package offsite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"taskstore/backup/offsite/turns"
	"taskstore/internal/durable"
)

// Using is that objects there are being counted on.
type Using = turns.Using

// Use says that objects there are being counted on, until Done is called.
func (t *Target) Use(ctx context.Context) (u *Using, err error) {
	defer t.explain(&err)
	return t.turns().Use(ctx)
}

func (t *Target) turns() *turns.Turns {
	return &turns.Turns{Set: &t.pieces, Machine: t.machine, Able: t.mark.Probed.Conditional, Memory: turnMemory{t}, Now: t.opt.Now, Log: t.opt.Log}
}

// turnMemory is what the store remembers of its turns.
type turnMemory struct{ *Target }

// Lock keeps processes of this machine apart that share a memory: those who make backups share
// it, who removes some has it alone.
func (m turnMemory) Lock(ctx context.Context, how durable.Sharing) (func() error, error) {
	wait := 5 * time.Second
	if how == durable.Shared {
		wait = time.Hour // who removes something is soon done
	}
	return m.lock(ctx, "", how, wait)
}

// lock keeps processes apart that share the memory; what names for which work.
func (t *Target) lock(ctx context.Context, what string, how durable.Sharing, wait time.Duration) (func() error, error) {
	if t.opt.Memory == "" {
		return func() error { return nil }, nil
	}
	if err := durable.MakeDir(t.opt.Memory); err != nil {
		return nil, err
	}
	release, err := durable.Lock(ctx, filepath.Join(t.opt.Memory, "."+t.mark.ID+what+".lock"), how, wait)
	if errors.Is(err, durable.ErrLocked) {
		return nil, t.no(fmt.Errorf("%w: another program on this machine", ErrHeld), "try again when it is done")
	}
	return release, err
}

// Begin notes a turn.
func (m turnMemory) Begin(nonce string) error {
	return m.remember(func(k *Known) { k.begun(nonce) })
}

// Ours tells whether a turn was begun here.
func (m turnMemory) Ours(nonce string) bool {
	return m.opt.Memory != "" && nonce != "" && slices.Contains(m.Known().Begun, nonce)
}

// mostBegun is how much of what was begun is remembered: more than what can be at work, or believed to
// be, at once.
const mostBegun = 200

// begun notes what is begun at a target with this memory. That alone tells afterwards that
// it was of this store: a copy of the store has the same name, and did not begin it.
func (k *Known) begun(nonce string) {
	k.Begun = append(k.Begun[max(0, len(k.Begun)+1-mostBegun):], nonce)
}

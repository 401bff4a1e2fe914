package offsite

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"taskstore/internal/durable"
	"taskstore/internal/pattern"
)

// The lease of a target is a chain of numbered objects, each put only if it is not there: the one
// with the highest number counts, and whoever puts the next number first has the lease, renews it
// or gives it back. So it needs neither an object that changes nor one that is deleted in time.

// leaseLasts is how long a lease holds that nobody renews; skew is by how much the clocks of two
// machines may differ: servers refuse those that are wrong by more.
const (
	leaseLasts = 10 * time.Minute
	skew       = 15 * time.Minute
)

// holding says who has the lease.
type holding struct {
	Machine string    `json:"machine"` // of the memory; "" is nobody
	Nonce   string    `json:"nonce"`
	Host    string    `json:"host"`
	What    string    `json:"what"`
	Until   time.Time `json:"until"`
	Free    bool      `json:"free,omitempty"` // it was given back
}

// lease is one that is holding, and renewed until it is released.
type lease struct {
	t    *Target
	is   holding
	n    int64
	stop context.CancelFunc
	done sync.WaitGroup
	file func() error // the lock within this machine
}

// takeLease takes the lease, or says who has it: ErrHeld. The context that it gives ends when the
// lease is lost. alone takes none: the caller vouches that nobody else is there.
func (t *Target) takeLease(ctx context.Context, what string, alone bool) (_ context.Context, release func() error, err error) {
	file, err := t.lockHere(ctx, durable.Exclusive)
	if err != nil {
		return nil, nil, err
	}
	if alone {
		return ctx, file, nil
	}
	if !t.mark.Probed.Conditional {
		return nil, nil, errors.Join(t.no(ErrUnable, "this server puts over what is there even when asked not to: run forget on one machine only, and say so with --alone"), file())
	}
	host, _ := os.Hostname()
	l := &lease{t: t, file: file, is: holding{Machine: t.machine, Nonce: rand.Text(), Host: fmt.Sprintf("%s, process %d", host, os.Getpid()), What: what}}
	if err := l.take(ctx); err != nil {
		return nil, nil, errors.Join(err, file())
	}
	ctx, lost := context.WithCancelCause(ctx)
	renewing, stop := context.WithCancel(ctx)
	l.stop = stop
	l.done.Go(func() { l.renew(renewing, lost) })
	return ctx, func() error {
		l.stop()
		l.done.Wait()
		err := l.free(context.WithoutCancel(ctx))
		lost(nil)
		return errors.Join(err, l.file())
	}, nil
}

// lockHere keeps processes of this machine apart that share a memory: those who make backups share
// it, who removes some has it alone.
func (t *Target) lockHere(ctx context.Context, how durable.Sharing) (func() error, error) {
	if t.opt.Memory == "" {
		return func() error { return nil }, nil
	}
	if err := durable.MakeDir(t.opt.Memory); err != nil {
		return nil, err
	}
	wait := 5 * time.Second
	if how == durable.Shared {
		wait = time.Hour // who removes something is soon done
	}
	release, err := durable.Lock(ctx, filepath.Join(t.opt.Memory, "."+t.mark.ID+".lock"), how, wait)
	if errors.Is(err, durable.ErrLocked) {
		return nil, t.no(fmt.Errorf("%w: another program on this machine", ErrHeld), "try again when it is done")
	}
	return release, err
}

func (l *lease) take(ctx context.Context) error {
	for range 10 {
		n, is, err := l.t.lastLease(ctx)
		if err != nil {
			return err
		}
		now := l.t.opt.Now()
		if !is.Free && is.Machine != "" && is.Machine != l.is.Machine && now.Before(is.Until.Add(skew)) {
			return l.t.no(fmt.Errorf("%w: %s (%s)", ErrHeld, is.Host, is.What),
				"wait until it is done; if it is dead, its lease ends by itself at "+is.Until.Add(skew).Local().Format("15:04"))
		}
		err = l.put(ctx, n+1)
		if !errors.Is(err, ErrExists) {
			return err
		}
	}
	return l.t.no(fmt.Errorf("%w: several at once", ErrHeld), "try again")
}

// put takes the number n. That it is taken may be by ourselves, if the answer was lost.
func (l *lease) put(ctx context.Context, n int64) error {
	l.is.Until = l.t.opt.Now().Add(leaseLasts).UTC()
	text, err := json.Marshal(l.is)
	if err != nil {
		return err
	}
	if text, err = l.t.keys.seal(text, facts); err != nil {
		return err
	}
	err = l.t.objs.Put(ctx, leaseName(n), text, true)
	if errors.Is(err, ErrExists) {
		if is, bad := l.t.readLease(ctx, n); bad == nil && is.Nonce == l.is.Nonce && is.Until.Equal(l.is.Until) {
			err = nil
		}
	}
	if err == nil {
		l.n = n
	}
	return err
}

func leaseName(n int64) string { return fmt.Sprintf("%s%012d", leaseFolder, n) }

var leaseForm = pattern.Of(`^lease/(\d{12})$`)

// lastLease reads the end of the chain. One that cannot be read is holding by somebody, until as long
// after it came as a lease lasts.
func (t *Target) lastLease(ctx context.Context) (n int64, is holding, err error) {
	var last Object
	for o, err := range t.objs.List(ctx, leaseFolder, "") {
		if err != nil {
			return 0, is, err
		}
		if m := leaseForm.FindStringSubmatch(o.Name); m != nil {
			n, _ = strconv.ParseInt(m[1], 10, 64)
			last = o
		}
	}
	if n == 0 {
		return 0, is, nil
	}
	is, err = t.readLease(ctx, n)
	if errors.Is(err, ErrDamaged) || errors.Is(err, ErrNotThere) {
		return n, holding{Machine: "unknown", Host: "unknown", What: "its lease cannot be read", Until: last.At.Add(leaseLasts)}, nil
	}
	return n, is, err
}

func (t *Target) readLease(ctx context.Context, n int64) (is holding, err error) {
	text, err := t.objs.whole(ctx, leaseName(n), 1<<16)
	if err == nil {
		text, err = t.keys.open(text, facts)
	}
	if err != nil {
		return is, err
	}
	if err := json.Unmarshal(text, &is); err != nil {
		return is, fmt.Errorf("%w: %s: %w", ErrDamaged, leaseName(n), err)
	}
	return is, nil
}

// renew puts the next number every now and then. When that has failed for so long that the lease
// may be another's, the work ends.
func (l *lease) renew(ctx context.Context, lost context.CancelCauseFunc) {
	for {
		if sleep(ctx, leaseLasts/5) != nil {
			return
		}
		until := l.is.Until
		err := l.put(ctx, l.n+1)
		if ctx.Err() != nil {
			return
		}
		if errors.Is(err, ErrExists) || err != nil && l.t.opt.Now().After(until.Add(-leaseLasts/5)) {
			lost(l.t.no(fmt.Errorf("%w: the lease was lost: %w", ErrHeld, err), "try again"))
			return
		}
		if err != nil {
			l.is.Until = until
		}
	}
}

// free gives the lease back, and removes what is behind the end of the chain.
func (l *lease) free(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	l.is.Free = true
	if err := l.put(ctx, l.n+1); err != nil && !errors.Is(err, ErrExists) {
		return err
	}
	for o, err := range l.t.objs.List(ctx, leaseFolder, "") {
		if err != nil {
			return err
		}
		m := leaseForm.FindStringSubmatch(o.Name)
		if m == nil || o.Name >= leaseName(l.n) {
			continue
		}
		if err := l.t.objs.Delete(ctx, o.Name); err != nil && !errors.Is(err, ErrDenied) {
			return err
		}
	}
	return nil
}

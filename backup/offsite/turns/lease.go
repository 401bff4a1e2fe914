package turns

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"taskstore/backup/offsite/pieces"
	"taskstore/backup/offsite/shelf"
	"taskstore/internal/durable"
	"taskstore/internal/pattern"
)

// The lease of a target is a chain of numbered objects, each put only if it is not there: the one
// with the highest number counts, and whoever puts the next number first has the lease, renews it
// or gives it back. So it needs neither an object that changes nor one that is deleted in time.

// LeaseLasts is how long a lease holds that nobody renews; Skew is by how much the clocks of two
// machines may differ: servers refuse those that are wrong by more.
const (
	LeaseLasts = 10 * time.Minute
	Skew       = 15 * time.Minute
)

// holding says who has the lease.
type holding struct {
	Machine string    `json:"machine"` // of the memory; "" is nobody
	Nonce   string    `json:"nonce"`
	Host    string    `json:"host"`
	What    string    `json:"what"`
	Until   time.Time `json:"until"`
	Free    bool      `json:"free,omitempty"` // it was given back

	at time.Time // when it came, by the clock of the place
}

// Lease is one that is holding, and renewed until it is released.
type Lease struct {
	t    *Turns
	is   holding
	n    int64
	ends atomic.Int64 // when it ends, if it is not renewed
	stop context.CancelFunc
	done sync.WaitGroup
	file func() error // the lock within this machine
}

// Held is ErrHeld when the lease may be another's by now: this machine has slept. nil is alone.
func (l *Lease) Held() error {
	if l == nil || l.t.Now().UnixMilli() < l.ends.Load() {
		return nil
	}
	return l.t.no(fmt.Errorf("%w: the lease has ended while this machine stood still", ErrHeld), "try again")
}

// leaseOver tells whether nobody has the lease any more.
func (t *Turns) leaseOver(ctx context.Context, is holding) (bool, error) {
	if is.Free || is.Nonce == "" && is.Machine == "" || t.Memory.Ours(is.Nonce) {
		return true, nil
	}
	if t.Now().Before(is.Until.Add(Skew)) {
		return false, nil
	}
	return t.passedThere(ctx, is.at, LeaseLasts+Skew)
}

// Take takes the lease, or says who has it: ErrHeld. The context that it gives ends when the
// lease is lost. alone takes none: the caller vouches that nobody else is there.
func (t *Turns) Take(ctx context.Context, what string, alone bool) (_ context.Context, l *Lease, release func() error, err error) {
	file, err := t.Memory.Lock(ctx, durable.Exclusive)
	if err != nil {
		return nil, nil, nil, err
	}
	if alone {
		return ctx, nil, file, nil
	}
	if !t.Able {
		return nil, nil, nil, errors.Join(t.no(ErrUnable, "this server puts over what is there even when asked not to: run forget on one machine only, and say so with --alone"), file())
	}
	host, _ := os.Hostname()
	l = &Lease{t: t, file: file, is: holding{Machine: t.Machine, Nonce: rand.Text(), Host: fmt.Sprintf("%s, process %d", host, os.Getpid()), What: what}}
	if err := t.Memory.Begin(l.is.Nonce); err != nil {
		return nil, nil, nil, errors.Join(err, file())
	}
	if err := l.take(ctx); err != nil {
		return nil, nil, nil, errors.Join(err, file())
	}
	ctx, lost := context.WithCancelCause(ctx)
	renewing, stop := context.WithCancel(ctx)
	l.stop = stop
	l.done.Go(func() { l.renew(renewing, lost) })
	return ctx, l, func() error {
		l.stop()
		l.done.Wait()
		err := l.free(context.WithoutCancel(ctx))
		lost(nil)
		return errors.Join(err, l.file())
	}, nil
}

func (l *Lease) take(ctx context.Context) error {
	for range 10 {
		n, is, err := l.t.lastLease(ctx)
		if err != nil {
			return err
		}
		over, err := l.t.leaseOver(ctx, is)
		if err != nil {
			return err
		}
		if !over {
			return l.t.no(fmt.Errorf("%w: %s (%s)", ErrHeld, is.Host, is.What),
				"wait until it is done; if it is dead, its lease ends by itself at "+is.Until.Add(Skew).Local().Format("15:04"))
		}
		err = l.put(ctx, n+1)
		if !errors.Is(err, shelf.ErrExists) {
			return err
		}
	}
	return l.t.no(fmt.Errorf("%w: several at once", ErrHeld), "try again")
}

// put takes the number n. That it is taken may be by ourselves, if the answer was lost.
func (l *Lease) put(ctx context.Context, n int64) error {
	l.is.Until = l.t.Now().Add(LeaseLasts).UTC()
	text, err := json.Marshal(l.is)
	if err != nil {
		return err
	}
	if text, err = l.t.Set.Keys.Seal(text, pieces.Facts); err != nil {
		return err
	}
	err = l.t.Set.Objs.Put(ctx, leaseName(n), text, true)
	if errors.Is(err, shelf.ErrExists) {
		if is, bad := l.t.readLease(ctx, n); bad == nil && is.Nonce == l.is.Nonce && is.Until.Equal(l.is.Until) {
			err = nil
		}
	}
	if err == nil {
		l.n = n
		l.ends.Store(l.is.Until.UnixMilli())
	}
	return err
}

func leaseName(n int64) string { return fmt.Sprintf("%s%012d", Folder, n) }

var leaseForm = pattern.Of(`^lease/(\d{12})$`)

// lastLease reads the end of the chain. One that cannot be read is holding by somebody, until as long
// after it came as a lease lasts.
func (t *Turns) lastLease(ctx context.Context) (n int64, is holding, err error) {
	var last shelf.Object
	for o, err := range t.Set.Objs.List(ctx, Folder, "") {
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
	if errors.Is(err, shelf.ErrDamaged) || errors.Is(err, shelf.ErrNotThere) {
		return n, holding{Machine: "unknown", Host: "unknown", What: "its lease cannot be read", Until: last.At.Add(LeaseLasts), at: last.At}, nil
	}
	is.at = last.At
	return n, is, err
}

func (t *Turns) readLease(ctx context.Context, n int64) (is holding, err error) {
	text, err := t.Set.Objs.Whole(ctx, leaseName(n), 1<<16)
	if err == nil {
		text, err = t.Set.Keys.Open(text, pieces.Facts)
	}
	if err != nil {
		return is, err
	}
	if err := json.Unmarshal(text, &is); err != nil {
		return is, fmt.Errorf("%w: %s: %w", shelf.ErrDamaged, leaseName(n), err)
	}
	return is, nil
}

// renew puts the next number every now and then. When that has failed for so long that the lease
// may be another's, the work ends.
func (l *Lease) renew(ctx context.Context, lost context.CancelCauseFunc) {
	for {
		if shelf.Sleep(ctx, LeaseLasts/5) != nil {
			return
		}
		until, bad := l.is.Until, l.Held() // one that has ended is not taken up again: somebody may count on that
		err := bad
		if bad == nil {
			err = l.put(ctx, l.n+1)
		}
		if ctx.Err() != nil {
			return
		}
		late := !l.t.Now().Before(until)
		if bad != nil || late || errors.Is(err, shelf.ErrExists) || err != nil && l.t.Now().After(until.Add(-LeaseLasts/5)) {
			l.ends.Store(0)
			lost(l.t.no(fmt.Errorf("%w: the lease was lost: %w", ErrHeld, err), "try again"))
			return
		}
		if err != nil {
			l.is.Until = until
		}
	}
}

// free gives the lease back, and removes what is behind the end of the chain.
func (l *Lease) free(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	l.is.Free = true
	if err := l.put(ctx, l.n+1); err != nil && !errors.Is(err, shelf.ErrExists) {
		return err
	}
	for o, err := range l.t.Set.Objs.List(ctx, Folder, "") {
		if err != nil {
			return err
		}
		m := leaseForm.FindStringSubmatch(o.Name)
		if m == nil || o.Name >= leaseName(l.n) {
			continue
		}
		if err := l.t.Set.Objs.Delete(ctx, o.Name); err != nil && !errors.Is(err, shelf.ErrDenied) {
			return err
		}
	}
	return nil
}

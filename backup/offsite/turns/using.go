package turns

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"taskstore/backup/offsite/pieces"
	"taskstore/backup/offsite/shelf"
	"taskstore/internal/durable"
	"taskstore/internal/pattern"
)

// Whoever counts on objects that are there (a backup that will name contents which others have
// sent, a restore) says so with an empty object, whose name says until when. As long as one says
// so nothing is collected; and whoever says so waits while somebody collects. Both say first and
// look then: so at least one of the two sees the other.

// UsingLasts is how long others believe it that was killed.
const UsingLasts = 30 * time.Minute

var usingForm = pattern.Of(`^lease/using-(\d{13})-([0-9A-Z]+)-([0-9A-Z]+)$`)

// Using is that objects there are being counted on.
type Using struct {
	t      *Turns
	nonce  string
	mu     sync.Mutex
	object string
	until  time.Time // others believe it until then; zero: they cannot be told
	lapsed bool
	done   func()
}

// Use says that objects there are being counted on, until Done is called. Where the keys do not
// allow that, as those of somebody who may only read, it goes without.
func (t *Turns) Use(ctx context.Context) (u *Using, err error) {
	unlock, err := t.Memory.Lock(ctx, durable.Shared)
	if err != nil {
		return nil, err
	}
	u = &Using{t: t, nonce: rand.Text(), done: func() { _ = unlock() }}
	if err := t.Memory.Begin(u.nonce); err != nil {
		return nil, errors.Join(err, unlock())
	}
	if err := u.say(ctx); errors.Is(err, shelf.ErrDenied) {
		t.Log.Info("others are not told that this target is in use", "reason", err)
		return u, nil
	} else if err != nil {
		return nil, errors.Join(err, unlock())
	}
	if err := u.wait(ctx); err != nil {
		u.end()
		return nil, errors.Join(err, unlock())
	}
	renewing, stop := context.WithCancel(context.WithoutCancel(ctx))
	var ended sync.WaitGroup
	ended.Go(func() { u.renew(renewing) })
	u.done = func() {
		stop()
		ended.Wait()
		u.end()
		_ = unlock()
	}
	return u, nil
}

// Done ends it.
func (u *Using) Done() { u.done() }

// say puts an object that holds from now on, and removes the one before.
func (u *Using) say(ctx context.Context) error {
	until := u.t.now().Add(UsingLasts)
	name, err := u.t.Set.PutEmpty(ctx, fmt.Sprintf("%susing-%013d-%s-%s", Folder, until.UnixMilli(), u.t.Machine, u.nonce))
	if err != nil {
		return err
	}
	u.mu.Lock()
	u.lapsed = u.lapsed || u.over()
	old := u.object
	u.object, u.until = name, until
	u.mu.Unlock()
	if old != "" && old != name {
		_ = u.t.Set.Objs.Delete(ctx, old) // it ends by itself
	}
	return nil
}

func (u *Using) over() bool { return !u.until.IsZero() && u.t.now().After(u.until) }

// Lapsed tells that there was a time when others could believe that nobody counts on what is there:
// this machine has slept, or could not say it. What was there may have been removed then.
func (u *Using) Lapsed() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.lapsed || u.over()
}

// Again counts on what is there from now on.
func (u *Using) Again(ctx context.Context) error {
	u.mu.Lock()
	u.until, u.lapsed = time.Time{}, false
	u.mu.Unlock()
	if err := u.say(ctx); err != nil {
		return err
	}
	return u.wait(ctx)
}

func (u *Using) renew(ctx context.Context) {
	for shelf.Sleep(ctx, UsingLasts/3) == nil {
		if err := u.say(ctx); err != nil && ctx.Err() == nil {
			u.t.Log.Warn("others are not told any more that this target is in use", "reason", err)
		}
	}
}

// end removes the object; where that is not allowed it ends by itself.
func (u *Using) end() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if u.object != "" {
		_ = u.t.Set.Objs.Delete(ctx, u.object)
	}
}

// wait waits as long as somebody else collects.
func (u *Using) wait(ctx context.Context) error {
	for told := false; ; told = true {
		_, is, err := u.t.lastLease(ctx)
		if err != nil {
			return err
		}
		if over, err := u.t.leaseOver(ctx, is); over || err != nil {
			return err
		}
		if !told {
			u.t.Log.Warn("another machine removes backups there: waiting for it", "who", is.Host, "until", is.Until)
		}
		if err := shelf.Sleep(ctx, 3*time.Second); err != nil {
			return err
		}
	}
}

// InUse says whether another machine counts on objects that are there. What was begun with this
// memory is of nobody: it would hold the lock of the memory.
func (t *Turns) InUse(ctx context.Context) error {
	for o, err := range t.Set.Objs.List(ctx, Folder+"using-", "") {
		if err != nil {
			return err
		}
		is, ok := pieces.ParseName(o.Name)
		if !ok {
			continue
		}
		m := usingForm.FindStringSubmatch(is.Base)
		if m == nil || t.Set.Keys.Tag(is.Base, nil) != is.Tag {
			continue
		}
		ms, _ := strconv.ParseInt(m[1], 10, 64)
		ends := time.UnixMilli(ms).Add(Skew)
		over := t.Memory.Ours(m[3])
		if !over && !t.Now().Before(ends) {
			if over, err = t.passedThere(ctx, o.At, UsingLasts+Skew); err != nil {
				return err
			}
		}
		if over {
			_ = t.Set.Objs.Delete(ctx, o.Name)
			continue
		}
		return t.no(fmt.Errorf("%w: it makes a backup or restores one", ErrHeld), "try again when it is done, at "+ends.Local().Format("15:04")+" at the latest; nothing was removed that it may need")
	}
	return nil
}

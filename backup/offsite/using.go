package offsite

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"taskstore/internal/durable"
	"taskstore/internal/pattern"
)

// Whoever counts on objects that are there (a backup that will name contents which others have
// sent, a restore) says so with an empty object, whose name says until when. As long as one says
// so nothing is collected; and whoever says so waits while somebody collects. Both say first and
// look then: so at least one of the two sees the other.

const usingLasts = 30 * time.Minute

var usingForm = pattern.Of(`^lease/using-(\d{13})-([0-9A-Z]+)-([0-9A-Z]+)$`)

// Use says that objects there are being counted on, until done is called. Where the keys do not
// allow that, as those of somebody who may only read, it goes without.
func (t *Target) Use(ctx context.Context) (done func(), err error) {
	defer t.explain(&err)
	unlock, err := t.lockHere(ctx, durable.Shared)
	if err != nil {
		return nil, err
	}
	u := &using{t: t, nonce: rand.Text()}
	if err := u.say(ctx); errors.Is(err, ErrDenied) {
		t.opt.Log.Info("others are not told that this target is in use", "reason", err)
		return func() { _ = unlock() }, nil
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
	return func() {
		stop()
		ended.Wait()
		u.end()
		_ = unlock()
	}, nil
}

type using struct {
	t      *Target
	nonce  string
	object string
}

// say puts an object that holds from now on, and removes the one before.
func (u *using) say(ctx context.Context) error {
	base := fmt.Sprintf("%susing-%013d-%s-%s", leaseFolder, u.t.now().Add(usingLasts).UnixMilli(), u.t.machine, u.nonce)
	name, err := u.t.putEmpty(ctx, base)
	if err != nil {
		return err
	}
	old := u.object
	if u.object = name; old != "" && old != name {
		_ = u.t.objs.Delete(ctx, old) // it ends by itself
	}
	return nil
}

func (u *using) renew(ctx context.Context) {
	for sleep(ctx, usingLasts/3) == nil {
		if err := u.say(ctx); err != nil && ctx.Err() == nil {
			u.t.opt.Log.Warn("others are not told any more that this target is in use", "reason", err)
		}
	}
}

// end removes the object; where that is not allowed it ends by itself.
func (u *using) end() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if u.object != "" {
		_ = u.t.objs.Delete(ctx, u.object)
	}
}

// wait waits as long as somebody else collects.
func (u *using) wait(ctx context.Context) error {
	for told := false; ; told = true {
		_, is, err := u.t.lastLease(ctx)
		if err != nil {
			return err
		}
		if is.Free || is.Machine == "" || is.Machine == u.t.machine || !u.t.opt.Now().Before(is.Until.Add(skew)) {
			return nil
		}
		if !told {
			u.t.opt.Log.Warn("another machine removes backups there: waiting for it", "who", is.Host, "until", is.Until)
		}
		if err := sleep(ctx, 3*time.Second); err != nil {
			return err
		}
	}
}

// inUse says whether another machine counts on objects that are there. What a process of this one
// has left is of nobody: it would hold the lock of the memory.
func (t *Target) inUse(ctx context.Context) error {
	for o, err := range t.objs.List(ctx, leaseFolder+"using-", "") {
		if err != nil {
			return err
		}
		is, ok := parseName(o.Name)
		if !ok {
			continue
		}
		m := usingForm.FindStringSubmatch(is.base)
		if m == nil || t.keys.tag(is.base, nil) != is.tag {
			continue
		}
		ms, _ := strconv.ParseInt(m[1], 10, 64)
		ends := time.UnixMilli(ms).Add(skew)
		if mine := m[2] == t.machine && t.opt.Memory != ""; mine || !t.opt.Now().Before(ends) {
			_ = t.objs.Delete(ctx, o.Name)
			continue
		}
		return t.no(fmt.Errorf("%w: it makes a backup or restores one", ErrHeld), "try again when it is done, at "+ends.Local().Format("15:04")+" at the latest; nothing was removed that it may need")
	}
	return nil
}

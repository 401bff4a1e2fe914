package offsite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"taskstore/backup"
	"taskstore/backup/offsite/pieces"
	"taskstore/backup/offsite/shelf"
	"taskstore/internal/pattern"
)

// What becomes known of a backup after it was made is an empty object each, whose name says it
// all: when, what, of which backup. The newest of a kind counts. So nothing is ever changed, and
// the tag alone tells that nobody else has said so.

// Event is what became known.
type event string

const (
	verifiedGood event = "verified-good"
	verifiedBad  event = "verified-bad"
	drilledGood  event = "drilled-good"
	drilledBad   event = "drilled-bad"
	pinned       event = "pinned"
	unpinned     event = "unpinned"
)

var stateForm = pattern.Of(`^state/(\d{13})-([a-z]+-?[a-z]*)-(\d{8}-\d{6}-\d{3}-[0-9a-f]{4})$`)

// stated is an event as it is there.
type stated struct {
	object string
	at     time.Time
	event
	id string
}

// say puts an event there, dated after all that was said before.
func (t *Target) say(ctx context.Context, id string, e event) error {
	list, err := t.states(ctx)
	if err != nil {
		return err
	}
	var last time.Time
	if len(list) > 0 {
		last = list[len(list)-1].at
	}
	_, err = t.pieces.PutEmpty(ctx, fmt.Sprintf("%s%013d-%s-%s", stateFolder, t.after(last).UnixMilli(), e, id))
	return err
}

// after is now, or where the clock of another machine is ahead the moment after what it has said: the newest counts.
func (t *Target) after(last time.Time) time.Time {
	if now := t.now(); now.After(last) {
		return now
	}
	return last.Add(time.Millisecond)
}

// sayIfAllowed is say where it is no fault that the keys do not allow it.
func (t *Target) sayIfAllowed(ctx context.Context, id string, e event) error {
	err := t.say(ctx, id, e)
	if errors.Is(err, ErrDenied) {
		t.opt.Log.Warn("the outcome is not recorded at the target", "reason", err)
		return nil
	}
	return err
}

// empty gives what an object of no bytes is called, if it was put by who has the key.
func (t *Target) empty(o shelf.Object) (base string, ok bool) {
	is, ok := pieces.ParseName(o.Name)
	return is.Base, ok && t.pieces.Keys.Tag(is.Base, nil) == is.Tag
}

// stateOf reads an event from the name of an object.
func (t *Target) stateOf(o shelf.Object) (s stated, ok bool) {
	base, ok := t.empty(o)
	m := stateForm.FindStringSubmatch(base)
	if !ok || m == nil {
		return s, false
	}
	ms, err := strconv.ParseInt(m[1], 10, 64)
	return stated{o.Name, time.UnixMilli(ms).UTC(), event(m[2]), m[3]}, err == nil
}

// states lists the events, the oldest first.
func (t *Target) states(ctx context.Context) (list []stated, err error) {
	for o, err := range t.objs.List(ctx, stateFolder, "") {
		if err != nil {
			return nil, err
		}
		if s, ok := t.stateOf(o); ok {
			list = append(list, s)
		}
	}
	slices.SortStableFunc(list, func(a, b stated) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.event, b.event)) })
	return list, nil
}

// fold says what a backup's state is after all that became known of it.
func fold(b *backup.Backup, list []stated) {
	b.State = backup.State{Verified: backup.Outcome{At: b.Created, OK: true}}
	for _, s := range list {
		if s.id != b.ID {
			continue
		}
		outcome := backup.Outcome{At: s.at, OK: s.event == verifiedGood || s.event == drilledGood}
		if !outcome.OK {
			outcome.Problem = "it was found bad at the target on " + s.at.Format(time.DateTime) + " UTC: verify it there"
		}
		switch s.event {
		case verifiedGood, verifiedBad:
			if outcome.OK && !b.Verified.OK && b.Drilled != nil && !b.Drilled.OK {
				b.Drilled = nil // healed since
			}
			b.Verified = outcome
		case drilledGood, drilledBad:
			b.Drilled = &outcome
		case pinned, unpinned:
			b.Pinned = s.event == pinned
		}
	}
}

// Pin keeps a backup from being forgotten by a policy, or lets it go again.
func (t *Target) Pin(ctx context.Context, id string, pin bool) (b backup.Backup, err error) {
	defer t.explain(&err)
	if b, err = t.Get(ctx, id); err != nil || b.Pinned == pin {
		return b, err
	}
	b.Pinned = pin
	return b, t.say(ctx, b.ID, map[bool]event{true: pinned, false: unpinned}[pin])
}

// Drilled records what came of a drill. One that was forgotten meanwhile, or whose place is gone, was not bad.
func (t *Target) Drilled(ctx context.Context, id string, failed error) (err error) {
	defer t.explain(&err)
	e := drilledGood
	if failed != nil {
		e = drilledBad
		if _, err := t.Get(ctx, id); err != nil {
			return err
		}
	}
	if errors.Is(failed, ErrDamaged) || errors.Is(failed, ErrNotThere) || errors.Is(failed, backup.ErrCorrupt) {
		err = t.sayIfAllowed(ctx, id, verifiedBad) // of which a healing is the end; else another drill is
	}
	return errors.Join(err, t.sayIfAllowed(ctx, id, e), t.remember(func(k *Known) {
		if k.Problem = ""; failed != nil {
			k.Problem, k.Failed = failed.Error(), t.now()
		} else {
			k.Drilled = t.now()
		}
	}))
}

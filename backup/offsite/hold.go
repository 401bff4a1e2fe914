package offsite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"taskstore/backup"
	"taskstore/backup/offsite/pieces"
	"taskstore/blobs"
	"taskstore/internal/durable"
	"taskstore/internal/pattern"
)

// A store whose rows are copied elsewhere by other means needs its contents there, which no backup
// may name. So it holds them: a note at the target says which. A whole note says all that the store
// has, the later ones what came since. What any note names is needed, as if by a backup. What the
// store has no more is in the next whole note no more, and goes a grace period after that was seen:
// until then every moment that the rows come back to finds its contents. A whole note takes the
// place of those before it that the memory knows: those of a copy of the store are another's.

const (
	holdBase = stateFolder + "holding-"
	// wholeEvery is after how long all is said anew, if anything has changed; lookEvery is after how
	// long the place is asked again for what it was told to hold.
	wholeEvery = 24 * time.Hour
	lookEvery  = time.Hour
	heldSuffix = ".held" // of the file in the memory
)

var holdForm = pattern.Of(`^state/holding-\d{13}-(all|more)-([0-9A-Z]+)$`)

// Hold sends all contents that a store has, as far as they are not there, and has them stay until
// a later call is without them. list names them: it is called when no other call of this store is
// at work. Where nothing has come since the last time, the place is asked for the rest once in an
// hour only. Those that are neither there nor sound in from are marked as missing in what list gave.
func (t *Target) Hold(ctx context.Context, from *blobs.Dir, list func(context.Context) ([]backup.Content, error)) (sent Sent, err error) {
	defer t.explain(&err)
	unlock, err := t.lock(ctx, ".held", durable.Exclusive, time.Minute)
	if err != nil {
		return sent, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	all, err := list(ctx)
	if err != nil {
		return sent, err
	}
	h := &holdingOn{t: t, was: t.recallHeld(), now: t.now()}
	some := h.since(all)
	h.look = h.now.Sub(h.was.Looked).Abs() >= lookEvery
	if len(some) > 0 || h.look {
		if sent, err = h.hold(ctx, from, all, some); err != nil {
			return sent, err
		}
	}
	return sent, t.remember(func(k *Known) { k.Held = h.now })
}

// holdingOn is a Hold at work.
type holdingOn struct {
	t     *Target
	was   held // what was said before
	now   time.Time
	whole bool // all is said anew
	look  bool // the place is asked for all of it
}

func (h *holdingOn) hold(ctx context.Context, from *blobs.Dir, all, some []backup.Content) (sent Sent, err error) {
	use, err := h.t.Use(ctx)
	if err != nil {
		return sent, err
	}
	defer use.Done()
	changed := len(some) > 0 || len(all) != len(h.was.names)
	h.whole = h.was.Whole.IsZero() || changed && h.now.Sub(h.was.Whole).Abs() >= wholeEvery
	if h.look && !h.whole {
		sound, err := h.sound(ctx)
		if err != nil {
			return sent, err
		}
		h.whole = !sound
	}
	if h.look = h.look || h.whole; h.look {
		some = all
	}
	if sent, err = h.t.PutContents(ctx, from, some); err == nil {
		err = h.t.still(ctx)
	}
	if err == nil {
		err = h.say(ctx, some)
	}
	if err != nil || !use.Lapsed() {
		return sent, err
	}
	return sent, h.t.rememberHeld(held{Notes: h.was.Notes}) // something may be gone: the next call looks for all of it
}

// since gives those of a list of which nothing was said.
func (h *holdingOn) since(list []backup.Content) (some []backup.Content) {
	for _, c := range list {
		if !h.was.has(c.SHA256) {
			some = append(some, c)
		}
	}
	return some
}

// sound tells whether what was said is still there: somebody may have ended it, or it is damaged.
func (h *holdingOn) sound(ctx context.Context) (bool, error) {
	for _, base := range h.was.Notes {
		if _, err := h.t.pieces.BytesOf(ctx, base); errors.Is(err, ErrNotThere) || errors.Is(err, ErrDamaged) {
			return false, nil
		} else if err != nil {
			return false, err
		}
	}
	return len(h.was.Notes) > 0, nil
}

// say puts a note of contents that are there, and remembers it. What is damaged in the store by now and was said
// before is said on: the whole one is there.
func (h *holdingOn) say(ctx context.Context, list []backup.Content) error {
	there := slices.DeleteFunc(slices.Clone(list), func(c backup.Content) bool { return c.Missing && !h.was.has(c.SHA256) })
	next := h.was
	if h.look {
		next.Looked = h.now
	}
	fresh := h.since(there)
	if h.whole {
		fresh, next.Whole, next.names = there, h.now, nil
	}
	if len(fresh) > 0 || h.whole {
		if err := h.put(ctx, fresh, &next); err != nil {
			return err
		}
	}
	for _, c := range fresh {
		next.names = append(next.names, c.SHA256)
	}
	slices.Sort(next.names)
	h.was = next
	return h.t.rememberHeld(next)
}

// put puts a note, which is remembered before it is there: so one that is cut is ended later. A whole one takes the
// place of those before it.
func (h *holdingOn) put(ctx context.Context, list []backup.Content, next *held) error {
	var text bytes.Buffer
	for _, c := range list {
		if c.Missing {
			c.Size = -1 // as it is listed it may be cut
		}
		fmt.Fprintln(&text, c.SHA256, c.Size)
	}
	what := map[bool]string{true: "all", false: "more"}[h.whole]
	base := fmt.Sprintf("%s%013d-%s-%s", holdBase, h.now.UnixMilli(), what, h.t.machine)
	before := h.was
	next.Notes = append(slices.Clone(before.Notes), base)
	before.Notes = next.Notes
	if err := h.t.rememberHeld(before); err != nil {
		return err
	}
	if err := h.t.pieces.PutBytes(ctx, base, text.Bytes()); err != nil || !h.whole {
		return err
	}
	for _, old := range h.was.Notes {
		if err := h.t.deleteAll(ctx, old); err != nil && !errors.Is(err, ErrDenied) {
			return err
		}
	}
	next.Notes = []string{base}
	return nil
}

// heldThere gives what the machines hold, by the names of the streams. ErrDamaged is that nobody
// knows what one of them does.
func (t *Target) heldThere(ctx context.Context) (need map[string]backup.Content, err error) {
	for range pieces.Looks { // a whole one may just have come in the place of others
		if need, err = t.readHolds(ctx); !errors.Is(err, ErrNotThere) {
			return need, err
		}
	}
	return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
}

func (t *Target) readHolds(ctx context.Context) (map[string]backup.Content, error) {
	notes, err := t.pieces.Streams(ctx, holdBase)
	if err != nil {
		return nil, err
	}
	need, whole, half := map[string]backup.Content{}, map[string]bool{}, map[string]error{}
	for _, base := range notes {
		is := holdForm.FindStringSubmatch(base)
		if is == nil {
			continue
		}
		text, err := t.pieces.BytesOf(ctx, base)
		if errors.Is(err, ErrNotThere) {
			half[is[2]] = err
			continue
		}
		if err == nil {
			err = t.readHold(text, need)
		}
		if err != nil {
			return nil, err
		}
		whole[is[2]] = whole[is[2]] || is[1] == "all"
	}
	for machine, err := range half {
		if !whole[machine] { // else it was cut when it was put, and what it takes the place of is there
			return nil, err
		}
	}
	return need, nil
}

func (t *Target) readHold(text []byte, into map[string]backup.Content) error {
	for line := range strings.Lines(string(text)) {
		var c backup.Content
		if _, err := fmt.Sscan(line, &c.SHA256, &c.Size); err != nil || len(c.SHA256) != 64 {
			return fmt.Errorf("%w: the list of what a store holds", ErrDamaged)
		}
		into[t.contentName(c.SHA256)] = c
	}
	return nil
}

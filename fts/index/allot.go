package index

import (
	"context"
	"slices"
	"sync"

	"taskstore/fts"
	"taskstore/schema"
)

// Allotted are the keys that texts are to have, and what of them is to be noted.
type Allotted struct {
	keys  []int64         // in the order of the texts
	next  map[int64]int64 // by minute: the key after those
	room  map[int64]int64 // by minute that is full: the first one after it that may have room
	spill int64           // the furthest from where it belongs
}

// Allotments give keys to texts that are not written yet: several batches of a bulk are on
// their way at once. What was allotted holds as long as nobody else writes texts.
type Allotments struct {
	mu    sync.Mutex
	ahead []*Allotted // and not written
}

// Begin gives room for the keys that the writer gives.
func (l *Allotments) Begin() *Allotted {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := newAllotted()
	l.ahead = append(l.ahead, a)
	return a
}

func newAllotted() *Allotted { return &Allotted{next: map[int64]int64{}, room: map[int64]int64{}} }

// GiveFrom has b take its keys from l, for a.
func (b *Batch) GiveFrom(l *Allotments, a *Allotted) { b.keys, b.own = l, a }

// newKey gives a text of this time a key.
func (b *Batch) newKey(ctx context.Context, at schema.Time, trashed bool) (int64, error) {
	if b.keys == nil {
		return b.key(ctx, at, trashed)
	}
	b.keys.mu.Lock()
	defer b.keys.mu.Unlock()
	if err := b.keys.give(ctx, b, b.own, firstKey(at, trashed)); err != nil {
		return 0, err
	}
	pk, spill := b.own.keys[0], b.own.spill
	b.own.keys, b.own.spill = b.own.keys[:0], 0
	if spill == 0 {
		return pk, nil
	}
	return pk, b.noteSpill(ctx, spill)
}

// Give allots keys to the texts of entries. read must run its callback on a snapshot
// that it takes then.
func (l *Allotments) Give(read func(func(context.Context, Conn) error) error, entries []fts.Entry) (*Allotted, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := newAllotted()
	err := read(func(ctx context.Context, c Conn) error {
		b := &Batch{c: c, next: map[int64]int64{}}
		if err := b.lookKeys(ctx, entries); err != nil {
			return err
		}
		for i := range entries {
			for _, r := range entries[i].Rows {
				if err := l.give(ctx, b, a, firstKey(r.At, entries[i].Trashed)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err == nil {
		l.ahead = append(l.ahead, a)
	}
	return a, err
}

// give allots one key: in its minute, or in the first one after it that has room.
func (l *Allotments) give(ctx context.Context, b *Batch, a *Allotted, first int64) error {
	own := first >> minuteBits
	minute, full := a.room[own]
	if !full {
		minute = own
	}
	for ; ; minute++ {
		next, err := l.nextIn(ctx, b, a, minute, first)
		if err != nil {
			return err
		}
		if a.next[minute] = next; next < (minute+1)<<minuteBits {
			a.keys, a.next[minute] = append(a.keys, next), next+1
			if minute > own {
				a.room[own], a.spill = minute, max(a.spill, next-first)
			}
			return nil
		}
	}
}

// nextIn is the first key of a minute, not below least, that neither the index has nor a batch.
func (l *Allotments) nextIn(ctx context.Context, b *Batch, a *Allotted, minute, least int64) (int64, error) {
	if next, known := a.next[minute]; known {
		return next, nil
	}
	if _, asked := b.next[minute]; !asked {
		if err := b.lastKeys(ctx, []int64{minute << minuteBits}); err != nil {
			return 0, err
		}
	}
	next := max(b.next[minute], least)
	for _, other := range l.ahead {
		if there, taken := other.next[minute]; taken { // in the trash, keys are less than 0
			next = max(next, there)
		}
	}
	return next, nil
}

// Written forgets what is written, or never will be.
func (l *Allotments) Written(a *Allotted) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ahead = slices.DeleteFunc(l.ahead, func(x *Allotted) bool { return x == a })
}

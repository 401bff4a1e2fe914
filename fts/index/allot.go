package index

import (
	"context"
	"maps"
	"slices"
	"sync"

	"taskstore/fts"
)

// Allotted are the keys that texts are to have, and what of them is to be noted.
type Allotted struct {
	keys []int64         // in the order of the texts
	next map[int64]int64 // by minute: the key after those
	room map[int64]int64 // by minute: the one in which its next text has its key
	full map[int64]bool  // minutes that have no room for more
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

func newAllotted() *Allotted {
	return &Allotted{next: map[int64]int64{}, room: map[int64]int64{}, full: map[int64]bool{}}
}

// GiveFrom has b take its keys from l, for a.
func (b *Batch) GiveFrom(l *Allotments, a *Allotted) { b.keys, b.own = l, a }

// newKey gives a text whose first key could be this one a key.
func (b *Batch) newKey(ctx context.Context, first int64) (int64, error) {
	if b.keys == nil {
		return b.key(ctx, first)
	}
	b.keys.mu.Lock()
	defer b.keys.mu.Unlock()
	if err := b.keys.give(ctx, b, b.own, first); err != nil {
		return 0, err
	}
	pk := b.own.keys[0]
	b.own.keys = b.own.keys[:0]
	err := b.noteAllFull(ctx, b.own.full)
	clear(b.own.full)
	return pk, err
}

// Give allots keys to the texts of entries. read must run its callback on a snapshot
// that it takes then.
func (l *Allotments) Give(read func(func(context.Context, Conn) error) error, entries []fts.Entry) (*Allotted, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := newAllotted()
	err := read(func(ctx context.Context, c Conn) error {
		b := NewBatch(c)
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
	for {
		if _, known := b.room[minute]; !known {
			if err := b.rooms(ctx, []int64{minute}); err != nil {
				return err
			}
		}
		if room := b.room[minute]; room > minute {
			minute = room
			continue
		}
		next := l.nextIn(b, a, minute)
		if a.next[minute] = next; next>>minuteBits == minute {
			a.keys, a.next[minute], a.room[own] = append(a.keys, next), next+1, minute
			return nil
		}
		a.full[minute] = true
		minute++
	}
}

// nextIn is the first key of a minute that neither the index has nor a batch: those of others may have got
// some since a was asked last.
func (l *Allotments) nextIn(b *Batch, a *Allotted, minute int64) int64 {
	next := b.next[minute]
	if own, known := a.next[minute]; known {
		next = own
	}
	for _, other := range l.ahead {
		if there, taken := other.next[minute]; taken { // in the trash, keys are less than 0
			next = max(next, there)
		}
	}
	return next
}

// noteAllFull notes the minutes that keys went past.
func (b *Batch) noteAllFull(ctx context.Context, minutes map[int64]bool) error {
	for _, minute := range slices.Sorted(maps.Keys(minutes)) {
		if err := b.noteFull(ctx, minute); err != nil {
			return err
		}
	}
	return nil
}

// Written forgets what is written, or never will be.
func (l *Allotments) Written(a *Allotted) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ahead = slices.DeleteFunc(l.ahead, func(x *Allotted) bool { return x == a })
}

package index

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"taskstore/schema"
)

// The order of keys is the order of time, so that the newest matches are the
// first that FTS5 finds, and a stretch of time is a range of keys. A minute has
// room for 64 texts; where there are more, they go on into the next.
const (
	minuteBits = 6
	perMinute  = 1 << minuteBits
	// trashBase is what keys in the trash are less: below zero.
	trashBase = -(int64(1) << 40)
)

// minuteKey is the first key of the minute of t. Unknown times come first.
func minuteKey(t schema.Time) int64 {
	when, err := t.Time()
	if err != nil || t == "" || when.Unix() < 0 {
		return 1
	}
	return max(1, when.Unix()/60<<minuteBits)
}

const (
	// The last key of each minute that a list of first keys names; 0 is none.
	sqlLastKeys = `SELECT j.value, coalesce((SELECT max(r.pk) FROM search_rows AS r WHERE r.pk >= j.value AND r.pk <= j.value | 63), 0)
FROM json_each(?) AS j`
	sqlKeys = "SELECT count(*)\nFROM search_rows\nWHERE pk >= ? AND pk < ?"
	sqlHole = `SELECT r.pk + 1
FROM search_rows AS r
WHERE r.pk >= ? AND r.pk < ? AND NOT EXISTS (SELECT 1 FROM search_rows AS n WHERE n.pk = r.pk + 1)
ORDER BY r.pk
LIMIT 1`
)

// lastKeys notes how far the minutes that begin with these keys are taken.
func (b *Batch) lastKeys(ctx context.Context, minutes []int64) error {
	if len(minutes) == 0 {
		return nil
	}
	asked, err := json.Marshal(minutes)
	if err != nil {
		return err
	}
	rows, err := b.c.Query(ctx, sqlLastKeys, string(asked))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var first, last int64
		if err := rows.Scan(&first, &last); err != nil {
			return err
		}
		if b.next[first>>minuteBits] = first; last != 0 {
			b.next[first>>minuteBits] = last + 1
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// firstKey is the first key that a text of this time can have.
func firstKey(at schema.Time, trashed bool) int64 {
	if trashed {
		return minuteKey(at) + trashBase
	}
	return minuteKey(at)
}

// key gives a text of this time a key that nothing has.
func (b *Batch) key(ctx context.Context, at schema.Time, trashed bool) (int64, error) {
	first := firstKey(at, trashed)
	minute := first >> minuteBits
	if _, known := b.next[minute]; !known {
		if err := b.lastKeys(ctx, []int64{first}); err != nil {
			return 0, err
		}
	}
	pk, end := b.next[minute], (minute+1)<<minuteBits
	if pk >= end {
		b.next[minute] = end
		return b.overflow(ctx, first, end)
	}
	b.next[minute] = pk + 1
	return pk, nil
}

// overflow finds a key after a minute that is full, and notes how far that is
// from where it belongs: a search up to a time must look so much further.
func (b *Batch) overflow(ctx context.Context, first, end int64) (int64, error) {
	from, known := b.full[first]
	if !known {
		from = first
	}
	for size := end - first; ; size *= 2 {
		n, err := b.one(ctx, sqlKeys, from, from+size)
		if err != nil {
			return 0, err
		}
		if n == size {
			continue
		}
		pk := from
		if hole, err := b.one(ctx, sqlHole, from, from+size); err != nil {
			return 0, err
		} else if hole != 0 {
			pk = hole
		}
		b.full[first] = pk
		if next, asked := b.next[pk>>minuteBits]; asked {
			b.next[pk>>minuteBits] = max(next, pk+1)
		}
		return pk, b.noteSpill(ctx, pk-first)
	}
}

const spillKey = "search spill"

// Spill is how far a key can be after the minute that it belongs to.
func Spill(ctx context.Context, c Conn) (int64, error) {
	found, err := column[string](ctx, c, "SELECT value FROM store WHERE key = '"+spillKey+"'")
	if err != nil || len(found) == 0 {
		return perMinute, err
	}
	n, err := strconv.ParseInt(found[0], 10, 64)
	return max(n, perMinute), err
}

func (b *Batch) noteSpill(ctx context.Context, n int64) error {
	is, err := Spill(ctx, b.c)
	if err != nil || is > n {
		return err
	}
	_, err = b.c.Exec(ctx, `INSERT INTO store (key, value) VALUES ('`+spillKey+`', ?)
ON CONFLICT (key) DO UPDATE SET value = excluded.value`, strconv.FormatInt(2*n, 10))
	return err
}

func (b *Batch) one(ctx context.Context, text string, args ...any) (int64, error) {
	found, err := column[int64](ctx, b.c, text, args...)
	if err != nil || len(found) == 0 {
		return 0, err
	}
	return found[0], nil
}

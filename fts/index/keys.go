package index

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// The order of keys is the order of time, so that the newest matches are the
// first that FTS5 finds, and a stretch of time is a range of keys. A minute has
// room for 64 texts. Those of a minute that is full go on into the next one with room,
// which search_full tells: so a key is found as fast among 100,000 texts of one
// minute as among ten. An edited text keeps its key.
const (
	minuteBits = 6
	perMinute  = 1 << minuteBits
	// undated is the first key of texts without a time; they come before all others.
	undated = int64(perMinute)
	// dated is the first key of 1970.
	dated = int64(1) << 32
	// trashBase is what keys in the trash are less: below zero.
	trashBase = -(int64(1) << 40)
)

// minuteKey is the first key of the minute of t. Times that cannot be told come first.
func minuteKey(t schema.Time) int64 {
	if t == "" {
		return undated
	}
	when, err := t.Time()
	if err != nil || when.Unix() < 0 {
		return dated
	}
	return dated + when.Unix()/60<<minuteBits
}

// firstKey is the first key that a text of this time can have.
func firstKey(at schema.Time, trashed bool) int64 {
	if trashed {
		return minuteKey(at) + trashBase
	}
	return minuteKey(at)
}

const (
	// For each of a list of minutes the one in which its next text has its key, and the
	// last key of that; 0 is none.
	sqlRooms = `WITH m AS MATERIALIZED (
    SELECT j.value AS minute, max(j.value, coalesce((
        SELECT f.room
        FROM search_full AS f
        WHERE f.minute <= j.value
        ORDER BY f.minute DESC
        LIMIT 1), j.value)) AS room
    FROM json_each(?) AS j)
SELECT m.minute, m.room, coalesce((SELECT max(r.pk) FROM search_rows AS r WHERE r.pk BETWEEN m.room * 64 AND m.room * 64 + 63), 0)
FROM m`
	sqlFirstKey = "SELECT coalesce(min(pk), 0)\nFROM search_rows\nWHERE pk BETWEEN ? AND ?"
	sqlHole     = `SELECT r.pk + 1
FROM search_rows AS r
WHERE r.pk BETWEEN ? AND ? AND NOT EXISTS (SELECT 1 FROM search_rows AS n WHERE n.pk = r.pk + 1)
ORDER BY r.pk
LIMIT 1`
	sqlFull = `SELECT minute, room
FROM search_full
WHERE minute <= ?
ORDER BY minute DESC
LIMIT 1`
	sqlFullFrom = "SELECT room\nFROM search_full\nWHERE minute = ?"
	sqlUnfull   = "DELETE FROM search_full\nWHERE minute = ?"
	sqlSetFull  = "INSERT INTO search_full (minute, room)\nVALUES (?, ?)\nON CONFLICT (minute) DO UPDATE SET room = excluded.room"
)

// rooms notes where the next texts of these minutes have their keys.
func (b *Batch) rooms(ctx context.Context, minutes []int64) error {
	if len(minutes) == 0 {
		return nil
	}
	asked, err := json.Marshal(minutes)
	if err != nil {
		return err
	}
	rows, err := b.c.Query(ctx, sqlRooms, string(asked))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var minute, room, last int64
		if err := rows.Scan(&minute, &room, &last); err != nil {
			return err
		}
		b.room[minute] = room
		if b.next[room] = room << minuteBits; last != 0 {
			b.next[room] = last + 1
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// key gives a text whose first key could be this one a key that nothing has.
func (b *Batch) key(ctx context.Context, first int64) (int64, error) {
	minute := first >> minuteBits
	for full := int64(math.MinInt64); ; {
		if _, known := b.room[minute]; !known {
			if err := b.rooms(ctx, []int64{minute}); err != nil {
				return 0, err
			}
		}
		room := b.room[minute]
		if pk := b.next[room]; pk>>minuteBits == room {
			b.next[room] = pk + 1
			return pk, nil
		}
		pk, err := b.hole(ctx, room<<minuteBits)
		if err != nil || pk != 0 {
			return pk, err
		}
		if room <= full {
			return 0, fmt.Errorf("%w: table search_full has minute %d for one with room, which it has not", sqlitedb.ErrIndex, room)
		}
		if err := b.noteFull(ctx, room); err != nil {
			return 0, err
		}
		full = room
		delete(b.room, minute)
	}
}

// hole gives a key within the minute of a first key, of which the last one is taken, that
// nothing has; 0 is none.
func (b *Batch) hole(ctx context.Context, first int64) (int64, error) {
	last := first + perMinute - 1
	least, err := b.one(ctx, sqlFirstKey, first, last)
	switch {
	case err != nil:
		return 0, err
	case least == 0 || least > first:
		return first, nil
	}
	return b.one(ctx, sqlHole, first, last-1)
}

// noteFull notes that a minute has no room.
func (b *Batch) noteFull(ctx context.Context, minute int64) error {
	from, to := minute, minute+1
	before, room, err := fullBefore(ctx, b.c, minute)
	switch {
	case err != nil || room > minute:
		return err
	case room == minute:
		from = before
	}
	after, err := b.one(ctx, sqlFullFrom, to)
	if err != nil {
		return err
	}
	if after != 0 {
		if _, err := b.c.Exec(ctx, sqlUnfull, to); err != nil {
			return err
		}
		to = after
	}
	_, err = b.c.Exec(ctx, sqlSetFull, from, to)
	return err
}

// noMinute is before all minutes.
const noMinute = 2 * trashBase

// fullBefore gives the last run of full minutes that begins at or before a minute, and the
// minute after it.
func fullBefore(ctx context.Context, c Conn, minute int64) (from, room int64, err error) {
	rows, err := c.Query(ctx, sqlFull, minute)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	if from, room = noMinute, noMinute; rows.Next() {
		err = rows.Scan(&from, &room)
	}
	return from, room, errors.Join(err, rows.Err(), rows.Close())
}

// Spill is how far after the minute of a time the keys of texts that are before it can be.
func Spill(ctx context.Context, c Conn, to schema.Time, trash bool) (int64, error) {
	if to == "" {
		return 0, nil
	}
	return spillOf(ctx, c, firstKey(to, trash))
}

func spillOf(ctx context.Context, c Conn, first int64) (int64, error) {
	_, room, err := fullBefore(ctx, c, first>>minuteBits)
	return max(0, room<<minuteBits-first), err
}

func (b *Batch) one(ctx context.Context, text string, args ...any) (int64, error) {
	found, err := column[int64](ctx, b.c, text, args...)
	if err != nil || len(found) == 0 {
		return 0, err
	}
	return found[0], nil
}

package repo

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/repo/internal/saving"
	"taskstore/schema"
)

// Sessions holds the sessions. Their long lists can be read and changed item by
// item.
type Sessions struct {
	Collection[schema.Session]
	Screenshots   Items[schema.Session, schema.Screenshot]
	AudioSegments Items[schema.Session, schema.AudioSegment]
	ContextItems  Items[schema.Session, schema.ContextItem]
	VideoChunks   Items[schema.Session, schema.VideoChunk]
}

// itemsOf gives the list that stands in a table. The tables are constants of
// this file; a wrong one fails in every test.
func itemsOf[E any](in scope, table string) Items[schema.Session, E] {
	c, err := rows.Sessions.Child(table)
	if err != nil {
		panic(err)
	}
	l := Items[schema.Session, E]{in: in, r: rows.Sessions, c: c}
	if strings.HasPrefix(c.Part, "video.") {
		l.holder = "session_videos"
	}
	return l
}

func newSessions(in scope) Sessions {
	return Sessions{
		Collection:    Collection[schema.Session]{in, rows.Sessions},
		Screenshots:   itemsOf[schema.Screenshot](in, "session_screenshots"),
		AudioSegments: itemsOf[schema.AudioSegment](in, "session_audio_segments"),
		ContextItems:  itemsOf[schema.ContextItem](in, "session_context_items"),
		VideoChunks:   itemsOf[schema.VideoChunk](in, "session_video_chunks"),
	}
}

// Lock says who holds a session for enrichment. It is the app's enrichmentLock.
type Lock struct {
	By      string      `json:"lockedBy"`
	At      schema.Time `json:"lockedAt"`
	Expires schema.Time `json:"expiresAt"`
}

// readLock reads a session's lock. One without an end, as chunked sessions have
// it, ends an hour after it was taken.
func readLock(text schema.JSON) (l Lock, ok bool) {
	if text == "" || json.Unmarshal([]byte(text), &l) != nil || l.By == "" {
		return l, false
	}
	if l.Expires == "" {
		if at, err := l.At.Time(); err == nil {
			l.Expires = schema.TimeOf(at.Add(time.Hour))
		}
	}
	return l, true
}

// holds tells whether the lock holds at a time. One that was taken in the future, longer ahead than
// it is to last, comes from a clock that was wrong, and would hold for as long as that was ahead.
func (l Lock) holds(now time.Time) bool {
	expires, err := l.Expires.Time()
	if err != nil {
		return l.Expires > schema.TimeOf(now)
	}
	at, err := l.At.Time()
	if err == nil && at.Sub(now) > expires.Sub(at) {
		return false
	}
	return expires.After(now)
}

// Lock takes the session for by until ttl from now. It is ErrLocked while
// somebody else holds it; a lock that has expired is taken over, and one that
// by holds already is extended. The lock is advice among those who ask for it:
// it does not keep others from saving, and a save leaves it as it is. It has no
// revision of its own.
func (s Sessions) Lock(ctx context.Context, id, by string, ttl time.Duration) (l Lock, err error) {
	defer sqlitedb.Wrap(&err, "lock session %q", id)
	if by == "" || ttl <= 0 {
		return l, &schema.InvalidError{Kind: "session", ID: id, Field: "enrichmentLock", Problem: "needs a holder and a time to live"}
	}
	err = s.changeLock(ctx, id, func(text schema.JSON) (schema.JSON, error) {
		now := s.in.now()
		at, err := now.Time()
		if err != nil {
			return "", err
		}
		if held, ok := readLock(text); ok && held.By != by && held.holds(at) {
			return "", &heldError{held}
		}
		l = Lock{By: by, At: now, Expires: schema.TimeOf(at.Add(ttl))}
		taken, err := json.Marshal(l)
		return schema.JSON(taken), err
	})
	return l, err
}

// Unlock gives the session back. It is no error when by does not hold it.
func (s Sessions) Unlock(ctx context.Context, id, by string) (err error) {
	defer sqlitedb.Wrap(&err, "unlock session %q", id)
	return s.changeLock(ctx, id, func(text schema.JSON) (schema.JSON, error) {
		if held, ok := readLock(text); ok && held.By == by {
			return "", nil
		}
		return text, nil
	})
}

func (s Sessions) changeLock(ctx context.Context, id string, fn func(schema.JSON) (schema.JSON, error)) error {
	return s.in.update(ctx, func(ctx context.Context, q *sqlitedb.Tx) error { return saving.ChangeLock(ctx, q, id, fn) })
}

// heldError says who holds a session.
type heldError struct{ Lock }

func (e *heldError) Error() string {
	return "held by " + e.By + " until " + string(e.Expires)
}

func (e *heldError) Is(target error) bool { return target == ErrLocked }

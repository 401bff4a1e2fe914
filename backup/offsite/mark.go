package offsite

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"taskstore/backup/offsite/shelf"
)

// Mark says what target a place is. It is the one object that can be read without a key, and
// is kept twice.
type Mark struct {
	Format     int       `json:"taskstore_target"`
	ID         string    `json:"id"`
	Made       time.Time `json:"made"`
	Piece      int64     `json:"piece_bytes"`          // how long a piece is, before it is sealed
	Recipients []string  `json:"recipients,omitempty"` // to whom everything is sealed; none: to nobody
	OwnKey     []byte    `json:"own_key,omitempty"`    // sealed to the recipients
	Passphrase []byte    `json:"identity_by_passphrase,omitempty"`
	Probed     Probed    `json:"probed"`
}

// Probed says what the place could do when the target was made.
type Probed struct {
	Conditional bool `json:"put_if_absent"` // it refuses to put over what is there, when asked to
	Delete      bool `json:"delete"`        // the keys of that day may delete
	MD5         bool `json:"tells_md5"`
}

// Sealed tells that what is there can be read with an identity only.
func (m Mark) Sealed() bool { return len(m.Recipients) > 0 }

const (
	markFormat = 1
	markName   = "taskstore.json"
	markCopy   = "taskstore.copy.json"

	// pieceBytes is how long a piece is: short enough to be held in memory a few at a time and to be
	// sent again whole, long enough that a request costs little beside it.
	pieceBytes = 8 << 20
)

// marked is a mark under its own hash, and not a byte more.
type marked struct {
	SHA256 string          `json:"sha256"`
	Target json.RawMessage `json:"target"`
}

func (m Mark) encode() ([]byte, error) {
	text, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	file, err := json.Marshal(marked{hex.EncodeToString(sum[:]), text})
	return append(file, '\n'), err
}

func (m Mark) same(other Mark) bool {
	a, bad := m.encode()
	b, worse := other.encode()
	return bad == nil && worse == nil && bytes.Equal(a, b)
}

func decodeMark(file []byte) (m Mark, err error) {
	var is marked
	if err := json.Unmarshal(file, &is); err != nil {
		return m, fmt.Errorf("%w: the mark of the target: %w", ErrDamaged, err)
	}
	if err := json.Unmarshal(is.Target, &m); err != nil {
		return m, fmt.Errorf("%w: the mark of the target: %w", ErrDamaged, err)
	}
	if m.Format > markFormat {
		return m, fmt.Errorf("%w: the target is of a newer format (%d) than this program knows (%d)", ErrRefused, m.Format, markFormat)
	}
	again, err := m.encode()
	if err != nil || !bytes.Equal(again, file) || m.Piece <= 0 || m.Piece > maxPiece {
		return m, fmt.Errorf("%w: the mark of the target", ErrDamaged)
	}
	return m, nil
}

// maxPiece bounds what a damaged or foreign mark could make us take into memory.
const maxPiece = 64 << 20

// readMark reads the mark, or its copy where that is gone or damaged. whole tells that both are
// there and sound.
func readMark(ctx context.Context, objs *shelf.Steady) (m Mark, whole bool, err error) {
	first, bad := markOf(ctx, objs, markName)
	second, worse := markOf(ctx, objs, markCopy)
	switch {
	case bad == nil:
		return first, worse == nil && second.same(first), nil
	case worse == nil:
		return second, false, nil
	case errors.Is(bad, ErrNotThere) && !errors.Is(worse, ErrNotThere):
		return m, false, worse
	}
	return m, false, bad
}

func markOf(ctx context.Context, objs *shelf.Steady, name string) (m Mark, err error) {
	file, err := objs.Whole(ctx, name, 1<<20)
	if err == nil {
		if m, err = decodeMark(file); err != nil {
			err = &Error{Place: objs.String(), Object: name, Why: err}
		}
	}
	return m, err
}

// writeMark puts the mark and its copy. With ifAbsent another one that is there stays; the same one may have come with
// an answer that was lost.
func writeMark(ctx context.Context, objs *shelf.Steady, m Mark, ifAbsent bool) error {
	file, err := m.encode()
	if err != nil {
		return err
	}
	for _, name := range []string{markCopy, markName} { // the one that is looked for first comes last
		taken := objs.Put(ctx, name, file, ifAbsent)
		if taken != nil && !errors.Is(taken, ErrExists) {
			return taken
		}
		if back, err := objs.Whole(ctx, name, 1<<20); err != nil || !bytes.Equal(back, file) {
			return errors.Join(cmp.Or(taken, objs.Wrong(name, fmt.Errorf("%w: the mark that was read back", ErrDamaged))), err)
		}
	}
	return nil
}

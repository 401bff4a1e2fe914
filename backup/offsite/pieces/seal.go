package pieces

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"taskstore/backup/offsite/shelf"
	"taskstore/internal/seal"

	"filippo.io/age"
)

// Keys are what opens, seals and names the objects of a target.
//
// Data (databases and contents) is sealed to the recipients alone: the machine that makes the
// backups cannot read it. What says which objects there are (manifests, lists, states) is sealed
// to the target's own key too, which that machine keeps, so that it can go on without an identity.
// That key also makes the names, so that nobody else can say what an object holds, or put another
// in its place unnoticed.
type Keys struct {
	sealed     bool
	recipients []age.Recipient
	own        *age.X25519Identity // the target's own; nil if nothing is sealed
	secret     []byte              // for names
	identities []age.Identity      // what the user gave; they open data
	head       int64               // what age adds to each object of data, but for its chunks
}

// NewKeys makes the keys of a target that is called id and sealed to some recipients; to none if
// nothing is sealed. own is the target's own key.
func NewKeys(id string, recipients []string, own string, identities []age.Identity) (k Keys, err error) {
	if len(recipients) == 0 {
		return Keys{secret: []byte(id)}, nil
	}
	k = Keys{sealed: true, identities: identities}
	if k.own, err = age.ParseX25519Identity(own); err != nil {
		return k, fmt.Errorf("%w: the target's own key cannot be read", seal.ErrKey)
	}
	sum := sha256.Sum256([]byte("names of taskstore\n" + own))
	k.secret = sum[:]
	if k.recipients, err = seal.Recipients(recipients); err != nil {
		return k, err
	}
	empty, err := k.Seal(nil, Data)
	k.head = int64(len(empty)) - ageTag
	return k, err
}

// Readable tells that data can be opened.
func (k Keys) Readable() bool { return !k.sealed || len(k.identities) > 0 }

// Own is the text of the target's own key; "" if nothing is sealed.
func (k Keys) Own() string {
	if k.own == nil {
		return ""
	}
	return k.own.String()
}

func (k Keys) mac(what, text string, body []byte) string {
	h := hmac.New(sha256.New, k.secret)
	h.Write([]byte(what + "\n" + text + "\n"))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// Hidden is what is called so there: itself, where nothing is sealed.
func (k Keys) Hidden(sha string) string {
	if k.sealed {
		sha = k.mac("content", sha, nil)
	}
	return sha
}

const tagLength = 32

// Tag ends the name of an object: it holds for this name and these bytes.
func (k Keys) Tag(name string, body []byte) string { return k.mac("object", name, body)[:tagLength] }

// Kind says who can read an object.
type Kind int

const (
	Data  Kind = iota // those who have an identity
	Facts             // and those who have the target's own key
)

// Seal seals the bytes of an object; where nothing is sealed they stay.
func (k Keys) Seal(body []byte, what Kind) ([]byte, error) {
	if !k.sealed {
		return body, nil
	}
	to := k.recipients
	if what == Facts {
		to = append(to[:len(to):len(to)], k.own.Recipient())
	}
	return seal.To(body, to...)
}

// Open gives what was sealed.
func (k Keys) Open(body []byte, what Kind) ([]byte, error) {
	if !k.sealed {
		return body, nil
	}
	with := k.identities
	if what == Facts {
		with = []age.Identity{k.own}
	}
	if len(with) == 0 {
		return nil, fmt.Errorf("%w: what is there is sealed, and no identity was given", seal.ErrKey)
	}
	return OpenWith(body, with...)
}

// OpenWith opens a few bytes that were sealed: seal.ErrKey, shelf.ErrDamaged.
func OpenWith(body []byte, with ...age.Identity) ([]byte, error) {
	out, err := seal.Open(body, with...)
	if errors.Is(err, seal.ErrDamaged) {
		err = fmt.Errorf("%w: %w", shelf.ErrDamaged, err)
	}
	return out, err
}

// SealedSize is how long an object with so many bytes is: age adds as much to all that have the
// same recipients, and 16 bytes for each 64 KB.
// Seal seals the bytes of an object; where nothing is sealed they stay.
func (k Keys) SealedSize(n int64) int64 {
	if !k.sealed {
		return n
	}
	chunks := max(1, (n+ageChunk-1)/ageChunk)
	return k.head + n + chunks*ageTag
}

const (
	ageChunk = 64 << 10
	ageTag   = 16
)

package offsite

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"taskstore/internal/seal"

	"filippo.io/age"
)

// keys are what opens, seals and names the objects of a target.
//
// Data (databases and contents) is sealed to the recipients alone: the machine that makes the
// backups cannot read it. What says which objects there are (manifests, lists, states) is sealed
// to the target's own key too, which that machine keeps, so that it can go on without an identity.
// That key also makes the names, so that nobody else can say what an object holds, or put another
// in its place unnoticed.
type keys struct {
	sealed     bool
	recipients []age.Recipient
	own        *age.X25519Identity // the target's own; nil if nothing is sealed
	secret     []byte              // for names
	identities []age.Identity      // what the user gave; they open data
	head       int64               // what age adds to each object of data, but for its chunks
}

// newKeys makes keys of a mark and the target's own key, which is "" if nothing is sealed.
func newKeys(m Mark, own string, identities []age.Identity) (k keys, err error) {
	if !m.Sealed() {
		return keys{secret: []byte(m.ID)}, nil
	}
	k = keys{sealed: true, identities: identities}
	if k.own, err = age.ParseX25519Identity(own); err != nil {
		return k, fmt.Errorf("%w: the target's own key cannot be read", ErrKey)
	}
	sum := sha256.Sum256([]byte("names of taskstore\n" + own))
	k.secret = sum[:]
	if k.recipients, err = seal.Recipients(m.Recipients); err != nil {
		return k, err
	}
	empty, err := k.seal(nil, data)
	k.head = int64(len(empty)) - ageTag
	return k, err
}

func (k keys) mac(what, text string, body []byte) string {
	h := hmac.New(sha256.New, k.secret)
	h.Write([]byte(what + "\n" + text + "\n"))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// contentName is what a content is called there. Where nothing is sealed that is its hash.
func (k keys) contentName(sha string) string {
	if k.sealed {
		sha = k.mac("content", sha, nil)
	}
	return contentsFolder + sha[:2] + "/" + sha
}

const tagLength = 32

// tag ends the name of an object: it holds for this name and these bytes.
func (k keys) tag(name string, body []byte) string { return k.mac("object", name, body)[:tagLength] }

// kind says who can read an object.
type kind int

const (
	data  kind = iota // those who have an identity
	facts             // and those who have the target's own key
)

func (k keys) seal(body []byte, what kind) ([]byte, error) {
	if !k.sealed {
		return body, nil
	}
	to := k.recipients
	if what == facts {
		to = append(to[:len(to):len(to)], k.own.Recipient())
	}
	return seal.To(body, to...)
}

// open gives what was sealed.
func (k keys) open(body []byte, what kind) ([]byte, error) {
	if !k.sealed {
		return body, nil
	}
	with := k.identities
	if what == facts {
		with = []age.Identity{k.own}
	}
	if len(with) == 0 {
		return nil, fmt.Errorf("%w: what is there is sealed, and no identity was given", ErrKey)
	}
	return openWith(body, with...)
}

func openWith(body []byte, with ...age.Identity) ([]byte, error) {
	out, err := seal.Open(body, with...)
	if errors.Is(err, seal.ErrDamaged) {
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return out, err
}

// sealedSize is how long an object with so many bytes is: age adds as much to all that have the
// same recipients, and 16 bytes for each 64 KB.
func (k keys) sealedSize(n int64) int64 {
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

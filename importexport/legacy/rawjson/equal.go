package rawjson

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// Sum is the SHA-256 of a JSON value's canonical form: two values have the same
// Sum when they are equal as JSON.
type Sum [sha256.Size]byte

// String returns the 64 lower-case hex digits.
func (s Sum) String() string { return hex.EncodeToString(s[:]) }

// maxDepth is the number of levels a value may be nested.
const maxDepth = 10_000

// longString is the length from which a string enters a Sum by its own digest, so
// that summing a value needs no second copy of its texts.
const longString = 64 << 10

// Hash returns the Sum of one JSON value. Values are equal when they differ only
// in white space, in the order of an object's members and in how a character is
// escaped. Numbers are compared by their text, strings by UTF-16 code unit (a lone
// surrogate is none other than itself), and members of one name count each, in
// their order. The error is for text that is no JSON value.
func Hash(raw jsontext.Value) (sum Sum, err error) {
	c := canons.Get().(*canon)
	defer c.release()
	c.digest = true
	if err := c.run(raw); err != nil {
		return Sum{}, fmt.Errorf("sum a JSON value: %w", err)
	}
	return sha256.Sum256(c.out), nil
}

// Canonical returns the canonical form that equality is about: JSON-like text
// without white space, members sorted by name, and escapes only where needed. It
// is made for comparing, not for reading back.
func Canonical(raw jsontext.Value) (text []byte, err error) {
	c := canons.Get().(*canon)
	defer c.release()
	c.digest = false
	if err := c.run(raw); err != nil {
		return nil, fmt.Errorf("bring a JSON value into canonical form: %w", err)
	}
	return bytes.Clone(c.out), nil
}

// Equal says whether two values are equal as Hash defines it. Text that is no
// JSON value is equal only to the same bytes.
func Equal(a, b jsontext.Value) bool {
	if bytes.Equal(a, b) {
		return true
	}
	x, errX := Hash(a)
	y, errY := Hash(b)
	return errX == nil && errY == nil && x == y
}

var canons = sync.Pool{New: func() any { return &canon{Decoder: jsontext.NewDecoder(bytes.NewBuffer(nil))} }}

// canon writes the canonical form of the value that it reads to out.
type canon struct {
	*jsontext.Decoder
	out    []byte
	spans  []span // members of the objects that are open
	digest bool   // long strings are replaced by their digest
}

// span is one member in out: its name ends at name, all of it at to.
type span struct{ from, name, to int }

func (c *canon) release() {
	if cap(c.out) > 1<<20 {
		c.out = nil
	}
	c.Reset(bytes.NewBuffer(nil))
	canons.Put(c)
}

func (c *canon) run(raw []byte) error {
	c.Reset(bytes.NewBuffer(raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	c.out, c.spans = c.out[:0], c.spans[:0]
	if err := c.value(); err != nil {
		return ErrMalformed
	}
	if _, err := c.ReadToken(); err != io.EOF {
		return ErrMalformed
	}
	return nil
}

func (c *canon) value() error {
	switch c.PeekKind() {
	case '{':
		return c.object()
	case '[':
		return c.array()
	}
	v, err := c.ReadValue()
	if err == nil && v[0] == '"' {
		c.text(v)
	} else {
		c.out = append(c.out, v...)
	}
	return err
}

func (c *canon) array() error {
	if _, err := c.ReadToken(); err != nil {
		return err
	}
	c.out = append(c.out, '[')
	for c.PeekKind() != ']' {
		if err := c.value(); err != nil {
			return err
		}
		c.out = append(c.out, ',')
	}
	c.out = append(c.out, ']')
	_, err := c.ReadToken()
	return err
}

func (c *canon) object() error {
	if _, err := c.ReadToken(); err != nil {
		return err
	}
	base := len(c.spans)
	c.out = append(c.out, '{')
	start := len(c.out)
	for c.PeekKind() != '}' {
		if err := c.member(); err != nil {
			return err
		}
	}
	c.arrange(start, c.spans[base:])
	c.spans = c.spans[:base]
	c.out = append(c.out, '}')
	_, err := c.ReadToken()
	return err
}

func (c *canon) member() error {
	s := span{from: len(c.out)}
	if err := c.value(); err != nil {
		return err
	}
	s.name = len(c.out)
	c.out = append(c.out, ':')
	if err := c.value(); err != nil {
		return err
	}
	c.out = append(c.out, ',')
	s.to = len(c.out)
	c.spans = append(c.spans, s)
	return nil
}

// arrange sorts the members that begin at start; equal names keep their order.
func (c *canon) arrange(start int, spans []span) {
	byName := func(a, b span) int {
		return bytes.Compare(c.out[a.from:a.name], c.out[b.from:b.name])
	}
	if slices.IsSortedFunc(spans, byName) {
		return
	}
	slices.SortStableFunc(spans, byName)
	end := len(c.out)
	for _, s := range spans {
		c.out = append(c.out, c.out[s.from:s.to]...)
	}
	copy(c.out[start:], c.out[end:])
	c.out = c.out[:end]
}

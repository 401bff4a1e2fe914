package rawjson

import (
	"bytes"
	"context"
	"io"
)

// Kind returns the first byte of the value of l; 0 for an empty text.
func (l Layer) Kind() (byte, error) {
	s, err := l(nil)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	c, err := s.Peek()
	if err == io.EOF {
		err = nil
	}
	return c, err
}

// ValueOf returns the layer of the value of an object {key, value}; nil if it is none.
func (l Layer) ValueOf() (at Layer, err error) {
	others := false
	err = Through(l, func(s *Scanner, _ byte) error {
		return s.Object(func(i int, name string, kind byte) error {
			switch {
			case name == "value" && kind == '{':
				at = s.Here(l.Member(i))
			case name != "key" && name != "primaryKey":
				others = true
				return ErrEnough
			}
			return s.Skip()
		})
	})
	if others {
		at = nil
	}
	return at, err
}

// MemoryLayer is a text that is held in memory.
func MemoryLayer(ctx context.Context, text []byte, n *Notes) Layer {
	return func(tap io.Writer) (*Scanner, error) {
		if IsUTF16(text) {
			s := NewScanner(ctx, bytes.NewReader(text), n, nil)
			s.Tap = tap
			return s, nil
		}
		s := &Scanner{Ctx: ctx, Notes: n, Tap: tap, err: io.EOF}
		s.accept(text, true)
		return s, nil
	}
}

// Through opens the value of a layer for fn, which is told its kind. A value that is cut off
// before it begins is damage.
func Through(l Layer, fn func(s *Scanner, kind byte) error) error {
	s, err := l(nil)
	if err != nil {
		return err
	}
	defer s.Close()
	kind, err := s.Peek()
	if err != nil {
		return s.Cut()
	}
	return fn(s, kind)
}

package rawjson

import (
	"taskstore/schema"

	"github.com/go-json-experiment/json/jsontext"
)

// name takes a member's name and the colon after it.
func (s *Scanner) name() (string, error) {
	c, err := s.Peek()
	if err != nil {
		return "", s.Cut()
	}
	if c != '"' {
		return "", ErrMalformed
	}
	raw, err := s.text(nil, true, 1<<20)
	if err != nil {
		return "", err
	}
	if c, err = s.Peek(); err != nil {
		return "", s.Cut()
	} else if c != ':' {
		return "", ErrMalformed
	}
	s.pos++
	if Valid(raw) != nil {
		s.Notes.Add("malformed", "the name of a member holds what no JSON text may")
	}
	return FullText(raw), nil
}

// separator passes over what stands between two values, n of which were read: one comma.
// Anything else is noted, and passed over too.
func (s *Scanner) separator(n int, end byte) (more bool, err error) {
	commas, want := 0, min(n, 1)
	c, err := s.Peek()
	for ; err == nil && c == ','; c, err = s.Peek() {
		s.pos++
		commas++
	}
	if err != nil {
		return false, s.Cut()
	}
	if c == end {
		want = 0
	}
	if commas != want {
		s.Notes.Add("malformed", "a comma is missing, or there is one too many")
	}
	return c != end, nil
}

// FullText returns the text of a JSON string; what is no JSON string is returned as
// it is.
func FullText(raw []byte) string {
	if len(raw) < 2 || raw[0] != '"' {
		return string(raw)
	}
	return schema.FullText(raw)
}

// Unquote returns the text of a JSON string; lone surrogates become U+FFFD.
// What is no JSON string is returned as it is.
func Unquote(raw []byte) string {
	b, err := jsontext.AppendUnquote(nil, raw)
	if err != nil && len(b) == 0 {
		return string(raw)
	}
	return string(b)
}

// Object calls fn for each member of the object that is next, with the first
// byte of its value; fn must take the value.
func (s *Scanner) Object(fn func(i int, name string, kind byte) error) error {
	s.pos++
	for i := 0; ; {
		more, err := s.separator(i, '}')
		if err != nil {
			return err
		}
		if !more {
			s.pos++
			return nil
		}
		name, err := s.name()
		if err != nil {
			return err
		}
		c, err := s.Peek()
		if err != nil {
			return s.Cut()
		}
		if err := fn(i, name, c); err != nil {
			return err
		}
		i++
	}
}

// Array calls fn for each element of the array that is next, with the first
// byte of the element; fn must take it. A bracket or colon out of place is
// passed over, noted, and the reading goes on behind it.
func (s *Scanner) Array(fn func(i int, kind byte) error) error {
	s.pos++
	for i := 0; ; {
		more, err := s.separator(i, ']')
		if err != nil {
			return err
		}
		if !more {
			s.pos++
			return nil
		}
		c, err := s.Peek()
		if err != nil {
			return s.Cut()
		}
		if c == '}' || c == ':' {
			s.pos++
			s.Notes.Add("malformed", "a bracket or colon out of place between elements")
			continue
		}
		if err := fn(i, c); err != nil {
			return err
		}
		i++
	}
}

// Scalar takes the scalar that is next and returns its text.
func (s *Scanner) Scalar() (string, error) {
	v, _, err := s.Front(MaxScalar)
	if len(v) > 0 && v[0] == '"' {
		return Unquote(v), err
	}
	return string(v), err
}

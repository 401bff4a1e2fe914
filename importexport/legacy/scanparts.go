package legacy

import (
	"taskstore/schema"

	"github.com/go-json-experiment/json/jsontext"
)

// name takes a member's name and the colon after it.
func (s *scanner) name() (string, error) {
	c, err := s.peek()
	if err != nil {
		return "", s.cut()
	}
	if c != '"' {
		return "", errMalformed
	}
	raw, err := s.text(nil, true, 1<<20)
	if err != nil {
		return "", err
	}
	if c, err = s.peek(); err != nil {
		return "", s.cut()
	} else if c != ':' {
		return "", errMalformed
	}
	s.pos++
	return fullText(raw), nil
}

// fullText returns the text of a JSON string; what is no JSON string is returned as
// it is.
func fullText(raw []byte) string {
	if len(raw) < 2 || raw[0] != '"' {
		return string(raw)
	}
	return schema.FullText(raw)
}

// unquote returns the text of a JSON string; lone surrogates become U+FFFD.
// What is no JSON string is returned as it is.
func unquote(raw []byte) string {
	b, err := jsontext.AppendUnquote(nil, raw)
	if err != nil && len(b) == 0 {
		return string(raw)
	}
	return string(b)
}

// object calls fn for each member of the object that is next, with the first
// byte of its value; fn must take the value.
func (s *scanner) object(fn func(i int, name string, kind byte) error) error {
	s.pos++
	for i := 0; ; {
		c, err := s.peek()
		if err != nil {
			return s.cut()
		}
		switch {
		case c == '}':
			s.pos++
			return nil
		case c == ',':
			s.pos++
			continue
		}
		name, err := s.name()
		if err != nil {
			return err
		}
		if c, err = s.peek(); err != nil {
			return s.cut()
		}
		if err := fn(i, name, c); err != nil {
			return err
		}
		i++
	}
}

// array calls fn for each element of the array that is next, with the first
// byte of the element; fn must take it. A bracket or colon out of place is
// passed over, noted, and the reading goes on behind it.
func (s *scanner) array(fn func(i int, kind byte) error) error {
	s.pos++
	for i := 0; ; {
		c, err := s.peek()
		if err != nil {
			return s.cut()
		}
		switch {
		case c == ']':
			s.pos++
			return nil
		case c == ',':
			s.pos++
			continue
		case c == '}' || c == ':':
			s.pos++
			s.notes.add("malformed", "a bracket or colon out of place between elements")
			continue
		}
		if err := fn(i, c); err != nil {
			return err
		}
		i++
	}
}

// scalar takes the scalar that is next and returns its text.
func (s *scanner) scalar() (string, error) {
	v, _, err := s.front(maxScalar)
	if len(v) > 0 && v[0] == '"' {
		return unquote(v), err
	}
	return string(v), err
}

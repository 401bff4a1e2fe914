package rawjson

import (
	"bytes"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// The classes of bytes outside of strings.
const (
	Plain = iota // part of a number or a literal, or out of place
	Space
	quote
	open
	Shut
	Comma // or colon
)

var Outside, inside [256]uint8

func init() {
	for _, c := range " \t\r\n" {
		Outside[c] = Space
	}
	Outside['"'], Outside[','], Outside[':'] = quote, Comma, Comma
	Outside['{'], Outside['['] = open, open
	Outside['}'], Outside[']'] = Shut, Shut
	inside['"'], inside['\\'] = 1, 2
	for c := range ' ' {
		inside[c] = 3 // a control character
	}
}

// Skip passes over one value.
func (s *Scanner) Skip() error {
	_, err := s.value(nil, false, 0)
	return err
}

// Keep takes one value and appends it to dst without the white space between its
// tokens. A value larger than limit ends in ErrTooLarge. On an error what was
// read of the value is returned with it.
func (s *Scanner) Keep(dst []byte, limit int) (jsontext.Value, error) {
	return s.value(dst, true, len(dst)+limit)
}

// Feed passes over one value and gives its text, without the white space between its
// tokens, to w.
func (s *Scanner) Feed(w io.Writer) error {
	s.sink = w
	_, err := s.value(nil, true, 0)
	s.sink = nil
	return err
}

// Front takes one value and returns it if it is not larger than limit.
func (s *Scanner) Front(limit int) (v jsontext.Value, whole bool, err error) {
	s.soft, s.over = true, false
	v, err = s.value(nil, true, limit)
	s.soft = false
	return v, !s.over, err
}

// value passes over a value, and appends it to dst if hold is set.
func (s *Scanner) value(dst []byte, hold bool, limit int) ([]byte, error) {
	c, err := s.Peek()
	if err == io.EOF {
		return dst, ErrTruncated
	}
	if err != nil {
		return dst, err
	}
	switch Outside[c] {
	case quote:
		return s.text(dst, hold, limit)
	case open:
		return s.nested(dst, hold, limit)
	case Plain:
		return s.literal(dst, hold, limit)
	}
	return dst, ErrMalformed
}

// text passes over a string; the opening quote is next.
func (s *Scanner) text(dst []byte, hold bool, limit int) ([]byte, error) {
	from, i := s.pos, s.pos+1
	for {
		end, closed := StringEnd(s.buf, i)
		s.pos = min(end, len(s.buf))
		var err error
		if dst, err = s.add(dst, hold, from, limit); err != nil || closed {
			return dst, err
		}
		i = end - len(s.buf) // 1 if the byte after a backslash is still to come
		if from = 0; !s.fill() {
			return dst, s.Cut()
		}
	}
}

// StringEnd returns the index behind the quote that ends the string in which
// buf[i] stands. Without one it returns len(buf), or one more if a backslash is
// the last byte of buf.
func StringEnd(buf []byte, i int) (end int, closed bool) {
	next := -1 // the next quote at or behind i, escaped or not
	for i < len(buf) {
		if next < i {
			if next = bytes.IndexByte(buf[i:], '"'); next < 0 {
				next = len(buf)
			} else {
				next += i
			}
		}
		slash := bytes.IndexByte(buf[i:next], '\\')
		if slash < 0 {
			if next == len(buf) {
				return next, false
			}
			return next + 1, true
		}
		i += slash + 2
	}
	return i, false
}

// add appends what was passed since from.
func (s *Scanner) add(dst []byte, hold bool, from, limit int) ([]byte, error) {
	if !hold {
		return dst, nil
	}
	if s.sink != nil {
		s.sink.Write(s.buf[from:s.pos])
		return dst, nil
	}
	if s.soft && (s.over || len(dst)+s.pos-from > limit) {
		s.over = true
		return dst, nil
	}
	if len(dst)+s.pos-from > limit {
		return dst, ErrTooLarge
	}
	return append(dst, s.buf[from:s.pos]...), nil
}

// literal passes over a number, a name such as null, or rubbish up to the next
// byte that has a meaning.
func (s *Scanner) literal(dst []byte, hold bool, limit int) ([]byte, error) {
	from := s.pos
	for {
		s.plain()
		var err error
		if dst, err = s.add(dst, hold, from, limit); err != nil {
			return dst, err
		}
		if s.pos < len(s.buf) {
			return dst, nil
		}
		if from = 0; !s.fill() {
			if s.ended() == io.EOF {
				return dst, nil
			}
			return dst, s.Cut()
		}
	}
}

// plain passes over the bytes of literals that are at hand.
func (s *Scanner) plain() {
	i := s.pos
	for i < len(s.buf) && Outside[s.buf[i]] == Plain {
		i++
	}
	s.pos = i
}

// nested passes over an object or array; its opening bracket is next. Which
// bracket closes which is not checked here.
func (s *Scanner) nested(dst []byte, hold bool, limit int) (_ []byte, err error) {
	depth := 0
	for {
		from := s.pos
		s.plain()
		if dst, err = s.add(dst, hold, from, limit); err != nil {
			return dst, err
		}
		if s.pos == len(s.buf) {
			if !s.fill() {
				return dst, s.Cut()
			}
			continue
		}
		switch c := s.buf[s.pos]; Outside[c] {
		case quote:
			if dst, err = s.text(dst, hold, limit); err != nil {
				return dst, err
			}
			continue
		case Space:
			if dst, err = s.gap(dst, hold); err != nil {
				return dst, err
			}
			continue
		case open:
			depth++
		case Shut:
			depth--
		}
		s.pos++
		if dst, err = s.add(dst, hold, s.pos-1, limit); err != nil {
			return dst, err
		}
		if depth == 0 {
			return dst, nil
		}
	}
}

// gap passes over white space. It leaves no trace of it except between two
// literals, where its absence would make one valid value of two.
func (s *Scanner) gap(dst []byte, hold bool) ([]byte, error) {
	c, err := s.Peek()
	if err != nil {
		return dst, s.Cut()
	}
	if hold && s.sink == nil && Outside[c] == Plain && Outside[dst[len(dst)-1]] == Plain {
		dst = append(dst, ' ')
	}
	return dst, nil
}

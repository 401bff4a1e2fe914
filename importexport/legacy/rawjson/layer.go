package rawjson

import (
	"io"
	"strings"
)

// MaxWrap is how many times a value may be wrapped or written into a string.
const MaxWrap = 8

// A layer opens a scanner at the beginning of one JSON value; it can be opened
// again and again. What is written into a string of another layer's text, perhaps
// compressed, is a layer of its own. A tap, if any, sees the text of the layer.
type Layer func(tap io.Writer) (*Scanner, error)

// Member is the layer of the nth member (from 0) of the object in l.
func (l Layer) Member(n int) Layer {
	return l.nth(n, func(s *Scanner, fn func(i int) error) error {
		return s.Object(func(i int, _ string, _ byte) error { return fn(i) })
	})
}

// Element is the layer of the nth element (from 0) of the array in l.
func (l Layer) Element(n int) Layer {
	return l.nth(n, func(s *Scanner, fn func(i int) error) error {
		return s.Array(func(i int, _ byte) error { return fn(i) })
	})
}

// nth is the layer of the nth of the values over which each goes.
func (l Layer) nth(n int, each func(s *Scanner, fn func(i int) error) error) Layer {
	return func(io.Writer) (*Scanner, error) {
		s, err := l(nil)
		if err != nil {
			return nil, err
		}
		found := false
		if _, err = s.Peek(); err == nil {
			err = each(s, func(i int) error {
				if found = i == n; found {
					return ErrEnough
				}
				return s.Skip()
			})
		}
		if !found {
			s.Close()
			if err == nil || err == io.EOF {
				err = ErrTruncated
			}
			return nil, err
		}
		return s, nil
	}
}

// Text is the layer of the JSON text written in the string of l.
func (l Layer) Text() Layer {
	return func(tap io.Writer) (*Scanner, error) {
		u, err := l.unescaped()
		if err != nil {
			return nil, err
		}
		u.json = true
		in := NewScanner(u.s.Ctx, u, u.s.Notes, u.s.Close)
		in.Tap = tap
		return in, nil
	}
}

// Gzip is the layer of the JSON text that the string of l holds compressed.
func (l Layer) Gzip() Layer {
	return func(tap io.Writer) (*Scanner, error) {
		u, err := l.unescaped()
		if err != nil {
			return nil, err
		}
		if err := skipPrefix(u); err != nil {
			u.s.Close()
			return nil, err
		}
		in := NewScanner(u.s.Ctx, newGzipText(u, u.s.Notes), u.s.Notes, u.s.Close)
		in.Tap = tap
		return in, nil
	}
}

// unescaped opens l and begins reading the string that its value is.
func (l Layer) unescaped() (*unescaper, error) {
	s, err := l(nil)
	if err != nil {
		return nil, err
	}
	c, err := s.Peek()
	if err == nil && c == '"' {
		return Unescape(s), nil
	}
	s.Close()
	if err == nil {
		return nil, ErrMalformed
	}
	return nil, s.Cut()
}

// skipPrefix takes the mark of a compressed text and white space before it.
func skipPrefix(u *unescaper) error {
	c := make([]byte, len(GzipPrefix))
	for {
		if _, err := io.ReadFull(u, c[:1]); err != nil {
			return ErrTruncated
		}
		if Outside[c[0]] != Space {
			break
		}
	}
	if _, err := io.ReadFull(u, c[1:]); err != nil {
		return ErrTruncated
	}
	return nil
}

// PeekText returns the first bytes, at most n, of the text in the string of l,
// white space at the front apart.
func (l Layer) PeekText(n int) (string, error) {
	u, err := l.unescaped()
	if err != nil {
		return "", err
	}
	defer u.s.Close()
	var b strings.Builder
	c := make([]byte, 1)
	for b.Len() < n {
		if _, err := io.ReadFull(u, c); err == io.EOF {
			break
		} else if err != nil {
			return b.String(), err
		}
		if b.Len() > 0 || Outside[c[0]] != Space {
			b.WriteByte(c[0])
		}
	}
	return b.String(), nil
}

// Wrapping is what unwrap found around a value.
type Wrapping struct {
	Final    Layer  // the value itself
	Header   *Shape // the outermost wrapper's members, nil without a wrapper
	First    Layer  // the outermost wrapper's content, nil without a wrapper
	InString bool   // first is the text of a string, not a value in the wrapper
	Alone    bool   // final is all of the text of a string
	Doubled  bool   // wrapped more often than the application does
	Steps    int    // how many wrappers and strings were taken off
}

// Unwrap takes wrappers and strings off a value until the value itself is
// reached. IsArray says that the key is one of the array collections.
func Unwrap(l Layer, isArray bool) (w Wrapping, err error) {
	w.Final = l
	// decoded: a string was decoded; fresh: the value stands right in a wrapper;
	// outer: in the outermost one.
	var decoded, fresh, outer bool
	for ; w.Steps <= 2*MaxWrap; w.Steps++ {
		sh, err := Probe(w.Final)
		if err != nil {
			return w, err
		}
		switch {
		case sh.Kind == '{' && sh.Wrapper(isArray):
			w.Doubled = w.Doubled || decoded || w.Header != nil
			w.Final = w.Final.Member(sh.DataAt)
			if outer = w.Header == nil; outer {
				w.Header, w.First = sh, w.Final
			}
			fresh, w.Alone = true, false
		case sh.Kind == '"':
			next, err := w.inside(isArray, fresh)
			if err != nil || next == nil {
				return w, err
			}
			w.Doubled = w.Doubled || decoded
			if w.Final = next; outer {
				w.First, w.InString = next, true
			}
			decoded, fresh, outer, w.Alone = true, false, false, true
		default:
			return w, nil
		}
	}
	return w, ErrTooDeep
}

// inside returns the layer in the string that w.final is; nil when the string is
// the value itself.
func (w *Wrapping) inside(isArray, fresh bool) (Layer, error) {
	front, err := w.Final.PeekText(len(GzipPrefix))
	if err != nil {
		return nil, err
	}
	if front == GzipPrefix {
		return w.Final.Gzip(), nil
	}
	if !isArray && !fresh {
		return nil, nil
	}
	if front == "" || !strings.ContainsRune("{[\"", rune(front[0])) && !scalarText(w.Final, front) {
		return nil, nil
	}
	if !isArray && w.Final.whole() && !w.Final.Text().parses() {
		return nil, nil
	}
	return w.Final.Text(), nil
}

// whole says whether the value of l is there to its end.
func (l Layer) whole() bool {
	s, err := l(nil)
	if err != nil {
		return false
	}
	defer s.Close()
	return s.Skip() == nil
}

// parses says whether the text of l is one valid JSON value.
func (l Layer) parses() bool {
	s, err := l(nil)
	if err != nil {
		return false
	}
	defer s.Close()
	v, err := s.Keep(nil, MaxElement)
	if err != nil || Valid(v) != nil {
		return false
	}
	more, err := s.Drain()
	return !more && err == nil
}

// scalarText says whether the string of l, which begins with front, is the text
// of a JSON number or literal.
func scalarText(l Layer, front string) bool {
	if !strings.ContainsRune("-0123456789tfn", rune(front[0])) {
		return false
	}
	text, err := l.PeekText(512)
	return err == nil && len(text) < 512 && Valid([]byte(strings.TrimRight(text, " \t\r\n"))) == nil
}

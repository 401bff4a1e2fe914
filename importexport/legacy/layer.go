package legacy

import (
	"bytes"
	"context"
	"io"
	"strings"
)

// maxWrap is how many times a value may be wrapped or written into a string.
const maxWrap = 8

// A layer opens a scanner at the beginning of one JSON value; it can be opened
// again and again. What is written into a string of another layer's text, perhaps
// compressed, is a layer of its own. A tap, if any, sees the text of the layer.
type layer func(tap io.Writer) (*scanner, error)

// member is the layer of the nth member (from 0) of the object in l.
func (l layer) member(n int) layer {
	return l.nth(n, func(s *scanner, fn func(i int) error) error {
		return s.object(func(i int, _ string, _ byte) error { return fn(i) })
	})
}

// element is the layer of the nth element (from 0) of the array in l.
func (l layer) element(n int) layer {
	return l.nth(n, func(s *scanner, fn func(i int) error) error {
		return s.array(func(i int, _ byte) error { return fn(i) })
	})
}

// nth is the layer of the nth of the values over which each goes.
func (l layer) nth(n int, each func(s *scanner, fn func(i int) error) error) layer {
	return func(io.Writer) (*scanner, error) {
		s, err := l(nil)
		if err != nil {
			return nil, err
		}
		found := false
		if _, err = s.peek(); err == nil {
			err = each(s, func(i int) error {
				if found = i == n; found {
					return errEnough
				}
				return s.skip()
			})
		}
		if !found {
			s.Close()
			if err == nil || err == io.EOF {
				err = errTruncated
			}
			return nil, err
		}
		return s, nil
	}
}

// text is the layer of the JSON text written in the string of l.
func (l layer) text() layer {
	return func(tap io.Writer) (*scanner, error) {
		u, err := l.unescaped()
		if err != nil {
			return nil, err
		}
		u.json = true
		in := newScanner(u.s.ctx, u, u.s.notes, u.s.Close)
		in.tap = tap
		return in, nil
	}
}

// gzip is the layer of the JSON text that the string of l holds compressed.
func (l layer) gzip() layer {
	return func(tap io.Writer) (*scanner, error) {
		u, err := l.unescaped()
		if err != nil {
			return nil, err
		}
		if err := skipPrefix(u); err != nil {
			u.s.Close()
			return nil, err
		}
		in := newScanner(u.s.ctx, newGzipText(u, u.s.notes), u.s.notes, u.s.Close)
		in.tap = tap
		return in, nil
	}
}

// unescaped opens l and begins reading the string that its value is.
func (l layer) unescaped() (*unescaper, error) {
	s, err := l(nil)
	if err != nil {
		return nil, err
	}
	c, err := s.peek()
	if err == nil && c == '"' {
		return unescape(s), nil
	}
	s.Close()
	if err == nil {
		return nil, errMalformed
	}
	return nil, s.cut()
}

// skipPrefix takes the mark of a compressed text and white space before it.
func skipPrefix(u *unescaper) error {
	c := make([]byte, len(gzipPrefix))
	for {
		if _, err := io.ReadFull(u, c[:1]); err != nil {
			return errTruncated
		}
		if outside[c[0]] != space {
			break
		}
	}
	if _, err := io.ReadFull(u, c[1:]); err != nil {
		return errTruncated
	}
	return nil
}

// peekText returns the first bytes, at most n, of the text in the string of l,
// white space at the front apart.
func (l layer) peekText(n int) (string, error) {
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
		if b.Len() > 0 || outside[c[0]] != space {
			b.WriteByte(c[0])
		}
	}
	return b.String(), nil
}

// wrapping is what unwrap found around a value.
type wrapping struct {
	final    layer  // the value itself
	header   *shape // the outermost wrapper's members, nil without a wrapper
	first    layer  // the outermost wrapper's content, nil without a wrapper
	inString bool   // first is the text of a string, not a value in the wrapper
	alone    bool   // final is all of the text of a string
	doubled  bool   // wrapped more often than the application does
	steps    int    // how many wrappers and strings were taken off
}

// unwrap takes wrappers and strings off a value until the value itself is
// reached. isArray says that the key is one of the array collections.
func unwrap(l layer, isArray bool) (w wrapping, err error) {
	w.final = l
	// decoded: a string was decoded; fresh: the value stands right in a wrapper;
	// outer: in the outermost one.
	var decoded, fresh, outer bool
	for ; w.steps <= 2*maxWrap; w.steps++ {
		sh, err := probe(w.final)
		if err != nil {
			return w, err
		}
		switch {
		case sh.kind == '{' && sh.wrapper(isArray):
			w.doubled = w.doubled || decoded || w.header != nil
			w.final = w.final.member(sh.dataAt)
			if outer = w.header == nil; outer {
				w.header, w.first = sh, w.final
			}
			fresh, w.alone = true, false
		case sh.kind == '"':
			next, err := w.inside(isArray, fresh)
			if err != nil || next == nil {
				return w, err
			}
			w.doubled = w.doubled || decoded
			if w.final = next; outer {
				w.first, w.inString = next, true
			}
			decoded, fresh, outer, w.alone = true, false, false, true
		default:
			return w, nil
		}
	}
	return w, errTooDeep
}

// inside returns the layer in the string that w.final is; nil when the string is
// the value itself.
func (w *wrapping) inside(isArray, fresh bool) (layer, error) {
	front, err := w.final.peekText(len(gzipPrefix))
	if err != nil {
		return nil, err
	}
	if front == gzipPrefix {
		return w.final.gzip(), nil
	}
	if !isArray && !fresh {
		return nil, nil
	}
	if front == "" || !strings.ContainsRune("{[\"", rune(front[0])) && !scalarText(w.final, front) {
		return nil, nil
	}
	if !isArray && w.final.whole() && !w.final.text().parses() {
		return nil, nil
	}
	return w.final.text(), nil
}

// whole says whether the value of l is there to its end.
func (l layer) whole() bool {
	s, err := l(nil)
	if err != nil {
		return false
	}
	defer s.Close()
	return s.skip() == nil
}

// parses says whether the text of l is one valid JSON value.
func (l layer) parses() bool {
	s, err := l(nil)
	if err != nil {
		return false
	}
	defer s.Close()
	v, err := s.keep(nil, maxElement)
	if err != nil || valid(v) != nil {
		return false
	}
	more, err := s.drain()
	return !more && err == nil
}

// scalarText says whether the string of l, which begins with front, is the text
// of a JSON number or literal.
func scalarText(l layer, front string) bool {
	if !strings.ContainsRune("-0123456789tfn", rune(front[0])) {
		return false
	}
	text, err := l.peekText(512)
	return err == nil && len(text) < 512 && valid([]byte(strings.TrimRight(text, " \t\r\n"))) == nil
}

// kind returns the first byte of the value of l; 0 for an empty text.
func (l layer) kind() (byte, error) {
	s, err := l(nil)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	c, err := s.peek()
	if err == io.EOF {
		err = nil
	}
	return c, err
}

// valueOf returns the layer of the value of an object {key, value}; nil if it is none.
func (l layer) valueOf() (at layer, err error) {
	others := false
	err = through(l, func(s *scanner, _ byte) error {
		return s.object(func(i int, name string, kind byte) error {
			switch {
			case name == "value" && kind == '{':
				at = s.here(l.member(i))
			case name != "key" && name != "primaryKey":
				others = true
				return errEnough
			}
			return s.skip()
		})
	})
	if others {
		at = nil
	}
	return at, err
}

// memoryLayer is a text that is held in memory.
func memoryLayer(ctx context.Context, text []byte, n *notes) layer {
	return func(tap io.Writer) (*scanner, error) {
		if isUTF16(text) {
			s := newScanner(ctx, bytes.NewReader(text), n, nil)
			s.tap = tap
			return s, nil
		}
		s := &scanner{ctx: ctx, notes: n, tap: tap, err: io.EOF}
		s.take(text, true)
		return s, nil
	}
}

// through opens the value of a layer for fn, which is told its kind. A value that is cut off
// before it begins is damage.
func through(l layer, fn func(s *scanner, kind byte) error) error {
	s, err := l(nil)
	if err != nil {
		return err
	}
	defer s.Close()
	kind, err := s.peek()
	if err != nil {
		return s.cut()
	}
	return fn(s, kind)
}

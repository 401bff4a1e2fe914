package term

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// screen is the way to stdout or stderr for all that people read. What comes from records, sources and arguments may
// hold characters that a terminal obeys: they are written as \u001b, which in JSON is the same text. Line breaks, tabs
// and the program's own colours pass. Contents that are asked for go around it, by StreamOf.
type screen struct {
	term *Terminal
	out  io.Writer
	talk bool   // stderr: nothing on it is data
	rest []byte // the beginning of a character or colour whose end is in the next write
	err  error  // of the first write that failed
}

// obeyed says whether a terminal does something when it is given the character, other than showing it.
func obeyed(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}

// exact says whether what is written is data in a form for programs, and no terminal sees it.
func (s *screen) exact() bool {
	return !s.talk && !s.term.Form.ForPeople() && !IsTerminal(s.out)
}

func (s *screen) Write(p []byte) (n int, err error) {
	defer func() { s.err = cmp.Or(s.err, err) }()
	if s.exact() || len(s.rest) == 0 && plainASCII(p) {
		return s.out.Write(p)
	}
	text := append(s.rest, p...)
	s.rest = nil
	var safe bytes.Buffer
	safe.Grow(len(text) + 16)
	for len(text) > 0 {
		n = s.own(text)
		if n == 0 && (!utf8.FullRune(text) || s.begins(text)) {
			s.rest = bytes.Clone(text)
			break
		}
		if n == 0 {
			n = escape(&safe, text)
		} else {
			safe.Write(text[:n])
		}
		text = text[n:]
	}
	if _, err := s.out.Write(safe.Bytes()); err != nil {
		return 0, err
	}
	return len(p), nil
}

// escape writes the character that text begins with, and returns how many bytes it has.
func escape(to *bytes.Buffer, text []byte) int {
	r, n := utf8.DecodeRune(text)
	switch {
	case r == utf8.RuneError && n == 1:
		to.WriteString("\ufffd")
	case obeyed(r) && r != '\n' && r != '\t':
		fmt.Fprintf(to, `\u%04x`, r)
	default:
		to.Write(text[:n])
	}
	return n
}

// Safe is a stream to another terminal than stdout's, to which nothing gets that it would obey. flush ends it.
func (t *Terminal) Safe(out io.Writer) (safe io.Writer, flush func()) {
	s := &screen{term: t, out: out}
	return s, s.flush
}

// flush writes what waits for an end that does not come.
func (s *screen) flush() {
	text := s.rest
	s.rest = nil
	for len(text) > 0 {
		var safe bytes.Buffer
		text = text[escape(&safe, text):]
		_, _ = s.out.Write(safe.Bytes()) // the program ends with the error of the write before
	}
}

var ownStyles = []Style{StyleHead, StyleDim, StyleError, StyleGood, StyleWarn, styleEnd}

// own returns the length of the program's own colour that text begins with; 0 where there is none, or no colour.
func (s *screen) own(text []byte) int {
	if text[0] != '\x1b' || !s.term.coloured(s.out) {
		return 0
	}
	for _, style := range ownStyles {
		if bytes.HasPrefix(text, []byte(style)) {
			return len(style)
		}
	}
	return 0
}

// begins says whether text is the beginning of one of these colours.
func (s *screen) begins(text []byte) bool {
	if text[0] != '\x1b' || !s.term.coloured(s.out) {
		return false
	}
	for _, style := range ownStyles {
		if strings.HasPrefix(string(style), string(text)) {
			return true
		}
	}
	return false
}

func plainASCII(p []byte) bool {
	for _, c := range p {
		if c < ' ' && c != '\n' && c != '\t' || c >= 0x7f {
			return false
		}
	}
	return true
}

// Failed is the error of the first write to stdout that failed, also of those that nobody has looked at.
func (t *Terminal) Failed() error {
	for _, stream := range []io.Writer{t.Stdout, t.Help} {
		if s, ok := stream.(*screen); ok && s.err != nil {
			return s.err
		}
	}
	return nil
}

// StreamOf is the stream itself, for contents that were asked for and for programs that are started.
func StreamOf(stream io.Writer) io.Writer {
	if s, ok := stream.(*screen); ok {
		return s.out
	}
	return stream
}

// Flush writes what the screens still hold.
func (t *Terminal) Flush() {
	for _, stream := range []io.Writer{t.Stdout, t.Stderr} {
		if s, ok := stream.(*screen); ok {
			s.flush()
		}
	}
}

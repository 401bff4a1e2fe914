package importexport

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"

	"taskstore/schema"
)

// longest is the length from which a string stays in the file. A content in base64
// may be larger than the memory; other strings come back before they are decoded.
const longest = 16 << 10

// longText is a string that stays in the file: between its quotes, as it was written.
type longText struct {
	at, size int64
	content  *decodedText // what it holds as a content, once somebody asked
}

// newMark begins the marks that stand for long strings. No file can know it.
func newMark() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return "long-text-" + hex.EncodeToString(b[:]) + "-"
}

// longTexts passes JSON through, with a mark in the place of every string that is
// longer than longest. Marks are the same in every pass.
type longTexts struct {
	in       *input
	r        *bufio.Reader
	at       int64  // in the file: the next byte of r
	given    int64  // bytes that came out, with those that are ready
	ready    []byte // to be given before more is read
	inString bool
	err      error
	shifts   []shift
}

// shift is where a mark ends: from there on, offsets of the file are larger by so much.
type shift struct{ from, by int64 }

func newLongTexts(in *input) *longTexts {
	return &longTexts{in: in, r: bufio.NewReaderSize(in.text(), 4*longest), at: in.begin, shifts: []shift{{0, in.begin}}}
}

func (s *longTexts) Read(p []byte) (int, error) {
	for len(s.ready) == 0 {
		if s.err == nil {
			s.err = s.fill()
		}
		if s.err != nil && len(s.ready) == 0 {
			return 0, s.err
		}
	}
	n := copy(p, s.ready)
	s.ready = s.ready[n:]
	return n, nil
}

// place is the offset in the file of an offset in what came out.
func (s *longTexts) place(out int64) int64 {
	i := len(s.shifts) - 1
	for i > 0 && s.shifts[i].from > out {
		i--
	}
	return out + s.shifts[i].by
}

// fill makes the next piece ready: up to a string, or one string.
func (s *longTexts) fill() error {
	if _, err := s.r.Peek(1); err != nil {
		return err
	}
	have, _ := s.r.Peek(s.r.Buffered())
	if !s.inString {
		if i := bytes.IndexByte(have, '"'); i >= 0 {
			s.inString = true
			have = have[:i+1]
		}
		return s.pass(have)
	}
	end := endOfString(have)
	if end < 0 && len(have) <= longest {
		var err error
		if have, err = s.r.Peek(longest + 1); err != nil && err != io.EOF {
			return err
		}
		if end = endOfString(have); end < 0 && err == io.EOF {
			return s.pass(have)
		}
	}
	if end < 0 || end > longest {
		return s.skip()
	}
	s.inString = false
	return s.pass(have[:end+1])
}

func (s *longTexts) pass(text []byte) error {
	s.ready = append(s.ready[:0], text...)
	s.at += int64(len(text))
	s.given += int64(len(text))
	_, err := s.r.Discard(len(text))
	return err
}

// skip puts a mark in the place of a string, from its first byte.
func (s *longTexts) skip() error {
	from := s.at
	for escaped := false; s.inString; {
		if _, err := s.r.Peek(1); err == io.EOF {
			return misfit(s.at, "the end of the file", "the end of the string that "+place{in: s.in, at: from - 1}.String()+" begins", "take another copy of the file")
		} else if err != nil {
			return err
		}
		have, _ := s.r.Peek(s.r.Buffered())
		n := 0
		for n < len(have) && s.inString {
			switch c := have[n]; {
			case c < ' ':
				at := s.at + int64(n)
				return misfit(at, s.in.byteAt(at), "the end of the string that "+place{in: s.in, at: from - 1}.String()+" begins", "")
			case escaped:
				escaped = false
			case c == '\\':
				escaped = true
			case c == '"':
				s.inString = false
			}
			n++
		}
		s.at += int64(n)
		if _, err := s.r.Discard(n); err != nil {
			return err
		}
	}
	mark := fmt.Sprintf("%s%016x", s.in.mark, from)
	if s.in.long[mark] == nil {
		s.in.long[mark] = &longText{at: from, size: s.at - 1 - from}
	}
	s.ready = append(append(s.ready[:0], mark...), '"')
	s.given += int64(len(s.ready))
	s.shifts = append(s.shifts, shift{s.given, s.at - s.given})
	return nil
}

// endOfString gives the index of the quote that ends a string, -1 where none does.
func endOfString(text []byte) int {
	for from := 0; ; {
		i := bytes.IndexByte(text[from:], '"')
		if i < 0 {
			return -1
		}
		i += from
		slashes := 0
		for slashes < i && text[i-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return i
		}
		from = i + 1
	}
}

// marksIn gives the marks of long strings in a text.
func (in *input) marksIn(text []byte) (marks []string) {
	n := len(in.mark) + 16
	for {
		i := bytes.Index(text, []byte(in.mark))
		if i < 0 || i+n > len(text) {
			return marks
		}
		marks = append(marks, string(text[i:i+n]))
		text = text[i+n:]
	}
}

// bounded refuses to take more text back into memory than a record may have: contents, which may be
// larger, stay in the file.
func (in *input) bounded(marks []string, stay map[string]bool) error {
	n, first := int64(0), int64(-1)
	for _, mark := range marks {
		if t := in.long[mark]; t != nil && !stay[mark] {
			if n += t.size; first < 0 {
				first = t.at
			}
		}
	}
	if n <= schema.MaxRecord {
		return nil
	}
	return misfit(first, fmt.Sprintf("%d MB of text in one record", n>>20), fmt.Sprintf("at most %d MB, beside contents", schema.MaxRecord>>20),
		"export --format archive holds records of any size")
}

// restored is a text with its long strings in their places, but those that stay.
func (in *input) restored(text []byte, stay map[string]bool) ([]byte, error) {
	marks := in.marksIn(text)
	if err := in.bounded(marks, stay); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	for _, mark := range marks {
		before, after, _ := bytes.Cut(text, []byte(mark))
		out.Write(before)
		text = after
		if t := in.long[mark]; stay[mark] || t == nil {
			out.WriteString(mark)
		} else if _, err := io.Copy(&out, io.NewSectionReader(in.f, t.at, t.size)); err != nil {
			return nil, err
		}
	}
	out.Write(text)
	return out.Bytes(), nil
}

package testdb

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

// Canon writes a JSON value so that two values are equal if and only if their
// texts are: numbers stay as they are written, strings become their UTF-16
// units, members are sorted by name, and members of one name stay in their order,
// duplicates and all. It shares no code with what it tests.
func Canon(raw []byte) (string, error) {
	p := &canon{in: raw}
	out, err := p.value()
	if err != nil {
		return "", err
	}
	if p.space(); p.at < len(p.in) {
		return "", p.fail("more after the value")
	}
	return out, nil
}

// WantJSON fails the test unless two texts are equal as JSON values.
func WantJSON(t testing.TB, what string, got, want []byte) {
	t.Helper()
	g, err := Canon(got)
	if err != nil {
		t.Errorf("%s: %v in %s", what, err, got)
		return
	}
	w, err := Canon(want)
	if err != nil {
		t.Errorf("%s: wanted text: %v", what, err)
		return
	}
	if g != w {
		i := 0
		for i < len(g) && i < len(w) && g[i] == w[i] {
			i++
		}
		from := max(0, i-60)
		t.Errorf("%s differs at %d:\n got …%.200s\nwant …%.200s", what, i, g[from:], w[from:])
	}
}

type canon struct {
	in []byte
	at int
}

func (p *canon) fail(what string) error { return fmt.Errorf("JSON at byte %d: %s", p.at, what) }

func (p *canon) space() {
	for p.at < len(p.in) && strings.IndexByte(" \t\r\n", p.in[p.at]) >= 0 {
		p.at++
	}
}

// take reads c, which must come next.
func (p *canon) take(c byte) error {
	if p.space(); p.at >= len(p.in) || p.in[p.at] != c {
		return p.fail("no " + string(rune(c)))
	}
	p.at++
	return nil
}

func (p *canon) next() byte {
	if p.space(); p.at >= len(p.in) {
		return 0
	}
	return p.in[p.at]
}

func (p *canon) value() (string, error) {
	switch p.next() {
	case '{':
		return p.object()
	case '[':
		return p.array()
	case '"':
		return p.text()
	}
	start := p.at
	for p.at < len(p.in) && strings.IndexByte(" \t\r\n,]}", p.in[p.at]) < 0 {
		p.at++
	}
	word := string(p.in[start:p.at])
	if _, err := strconv.ParseFloat(word, 64); err != nil && word != "null" && word != "true" && word != "false" {
		if e, ok := err.(*strconv.NumError); !ok || e.Err != strconv.ErrRange {
			return "", p.fail("no value")
		}
	}
	return word, nil
}

func (p *canon) object() (string, error) {
	if err := p.take('{'); err != nil {
		return "", err
	}
	type member struct{ name, value string }
	var members []member
	for p.next() != '}' {
		if len(members) > 0 {
			if err := p.take(','); err != nil {
				return "", err
			}
		}
		p.space()
		name, err := p.text()
		if err == nil {
			err = p.take(':')
		}
		if err != nil {
			return "", err
		}
		value, err := p.value()
		if err != nil {
			return "", err
		}
		members = append(members, member{name, value})
	}
	slices.SortStableFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	var b strings.Builder
	for i, m := range members {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(m.name + ":" + m.value)
	}
	return "{" + b.String() + "}", p.take('}')
}

func (p *canon) array() (string, error) {
	if err := p.take('['); err != nil {
		return "", err
	}
	var list []string
	for p.next() != ']' {
		if len(list) > 0 {
			if err := p.take(','); err != nil {
				return "", err
			}
		}
		v, err := p.value()
		if err != nil {
			return "", err
		}
		list = append(list, v)
	}
	return "[" + strings.Join(list, ",") + "]", p.take(']')
}

var simple = map[byte]uint16{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// text gives a string as its UTF-16 units: printable ASCII as it is.
func (p *canon) text() (string, error) {
	if err := p.take('"'); err != nil {
		return "", err
	}
	out := []byte{'"'}
	for p.at < len(p.in) {
		c := p.in[p.at]
		switch {
		case c == '"':
			p.at++
			return string(append(out, '"')), nil
		case c < 0x20:
			return "", p.fail("a control character in a string")
		case c == '\\':
			unit, err := p.escape()
			if err != nil {
				return "", err
			}
			out = appendUnit(out, unit)
			continue
		}
		r, size := utf8.DecodeRune(p.in[p.at:])
		p.at += size
		for _, unit := range utf16.Encode([]rune{r}) {
			out = appendUnit(out, unit)
		}
	}
	return "", p.fail("a string without an end")
}

func (p *canon) escape() (uint16, error) {
	if p.at+1 >= len(p.in) {
		return 0, p.fail("an escape without an end")
	}
	c := p.in[p.at+1]
	if unit, ok := simple[c]; ok {
		p.at += 2
		return unit, nil
	}
	if c != 'u' || p.at+6 > len(p.in) {
		return 0, p.fail("no such escape")
	}
	n, err := strconv.ParseUint(string(p.in[p.at+2:p.at+6]), 16, 16)
	if err != nil {
		return 0, p.fail("no such escape")
	}
	p.at += 6
	return uint16(n), nil
}

func appendUnit(dst []byte, unit uint16) []byte {
	if unit >= 0x20 && unit < 0x7f && unit != '"' && unit != '\\' {
		return append(dst, byte(unit))
	}
	return fmt.Appendf(dst, "\\u%04x", unit)
}

package legacy

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// special are the bytes that do not stand for themselves inside a string.
var special = func() (table [256]bool) {
	for b := range ' ' {
		table[b] = true
	}
	table['"'], table['\\'] = true, true
	return table
}()

// text writes a string. One longer than longString becomes '#' and its digest.
func (c *canon) text() error {
	c.at++
	start := len(c.out)
	c.out = append(c.out, '"')
	var long hash.Hash
	for {
		from := c.at
		for end := min(len(c.in), from+longString); c.at < end && !special[c.in[c.at]]; c.at++ {
		}
		c.out = append(c.out, c.in[from:c.at]...)
		if c.digest && len(c.out)-start > longString {
			if long == nil {
				long = sha256.New()
			}
			long.Write(c.out[start:])
			c.out = c.out[:start]
		}
		switch {
		case c.at == len(c.in):
			return errMalformed
		case c.at == from+longString:
		case c.in[c.at] == '"':
			c.at++
			c.closeText(start, long)
			return nil
		case c.in[c.at] != '\\' || !c.escape():
			return errMalformed
		}
	}
}

func (c *canon) closeText(start int, long hash.Hash) {
	if long == nil {
		c.out = append(c.out, '"')
		return
	}
	long.Write(c.out[start:])
	c.out = append(c.out[:start], '#')
	c.out = hex.AppendEncode(c.out, long.Sum(nil))
}

// escape writes the character that is escaped here.
func (c *canon) escape() bool {
	if c.at+1 >= len(c.in) {
		return false
	}
	b := c.in[c.at+1]
	if b == 'u' {
		r, ok := c.unit(c.at)
		if !ok {
			return false
		}
		c.at += 6
		if low, ok := c.unit(c.at); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
			r = utf16.DecodeRune(r, low)
			c.at += 6
		}
		c.rune(r)
		return true
	}
	plain, ok := escapes[b]
	c.at += 2
	c.rune(rune(plain))
	return ok
}

// unit decodes the \uXXXX at i.
func (c *canon) unit(i int) (rune, bool) {
	if i+6 > len(c.in) || c.in[i] != '\\' || c.in[i+1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(c.in[i+2:i+6]), 16, 16)
	return rune(n), err == nil
}

func (c *canon) rune(r rune) {
	switch {
	case r == '"' || r == '\\':
		c.out = append(c.out, '\\', byte(r))
	case r < ' ' || utf16.IsSurrogate(r):
		c.out = append(c.out, '\\', 'u')
		c.out = hex.AppendEncode(c.out, []byte{byte(r >> 8), byte(r)})
	default:
		c.out = utf8.AppendRune(c.out, r)
	}
}

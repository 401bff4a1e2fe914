package rawjson

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// text writes a string. One longer than longString becomes '#' and its digest.
func (c *canon) text(v jsontext.Value) {
	start := len(c.out)
	c.out = append(c.out, '"')
	var long hash.Hash
	for v = v[1 : len(v)-1]; len(v) > 0; {
		n := bytes.IndexByte(v[:min(len(v), longString)], '\\')
		switch {
		case n == 0:
			v = v[c.escape(v):]
			continue
		case n < 0:
			n = min(len(v), longString)
		}
		c.out = append(c.out, v[:n]...)
		v = v[n:]
		if c.digest && len(c.out)-start > longString {
			if long == nil {
				long = sha256.New()
			}
			long.Write(c.out[start:])
			c.out = c.out[:start]
		}
	}
	c.closeText(start, long)
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

// escape writes the character that is escaped at the front of v, and returns how long
// its escape is. The escapes are valid ones.
func (c *canon) escape(v []byte) int {
	if v[1] != 'u' {
		c.rune(rune(escapes[v[1]]))
		return 2
	}
	r := hex4(v)
	if len(v) >= 12 && v[6] == '\\' && v[7] == 'u' {
		if pair := utf16.DecodeRune(r, hex4(v[6:])); pair != utf8.RuneError {
			c.rune(pair)
			return 12
		}
	}
	c.rune(r)
	return 6
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

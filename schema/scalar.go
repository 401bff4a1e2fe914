package schema

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// quote gives s as a JSON string.
func quote(s string) string {
	b, _ := jsontext.AppendQuote(nil, s)
	return string(b)
}

// unquote gives the text of a JSON string and whether the text says all of it:
// not so with lone surrogates, bytes that are not UTF-8, and U+0000, which many
// SQL tools end a text at. All of these become U+FFFD.
func unquote(raw []byte) (s string, exact bool) {
	inner := raw[1 : len(raw)-1]
	if isPlain(inner) {
		return string(inner), true
	}
	b, err := jsontext.AppendUnquote(nil, raw)
	s = string(b)
	if strings.IndexByte(s, 0) >= 0 {
		return strings.ReplaceAll(s, "\x00", "\uFFFD"), false
	}
	return s, err == nil && !hasLoneSurrogate(inner)
}

func isPlain(b []byte) bool {
	for _, c := range b {
		if c == '\\' {
			return false
		}
	}
	return utf8.Valid(b)
}

// hasLoneSurrogate looks for a \u escape of one half of a pair.
func hasLoneSurrogate(b []byte) bool {
	for i := 0; i+1 < len(b); i++ {
		if b[i] != '\\' {
			continue
		}
		if b[i+1] != 'u' {
			i++
			continue
		}
		u := hex4(b, i+2)
		switch {
		case u >= 0xDC00 && u < 0xE000:
			return true
		case u >= 0xD800 && u < 0xDC00:
			if i+7 >= len(b) || b[i+6] != '\\' || b[i+7] != 'u' {
				return true
			}
			if low := hex4(b, i+8); low < 0xDC00 || low >= 0xE000 {
				return true
			}
			i += 11
		default:
			i += 5
		}
	}
	return false
}

func hex4(b []byte, i int) int64 {
	if i+4 > len(b) {
		return -1
	}
	n, err := strconv.ParseUint(string(b[i:i+4]), 16, 32)
	if err != nil {
		return -1
	}
	return int64(n)
}

// appendFloat writes f as JavaScript does, which is how the app wrote numbers.
func appendFloat(dst []byte, f float64) []byte {
	switch {
	case f == 0: // also -0, as JSON.stringify does
		return append(dst, '0')
	case math.IsNaN(f) || math.IsInf(f, 0):
		return append(dst, "null"...)
	}
	if abs := math.Abs(f); abs >= 1e-6 && abs < 1e21 {
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	s := strconv.FormatFloat(f, 'e', -1, 64)
	mant, exp, _ := strings.Cut(s, "e")
	sign, digits := exp[:1], strings.TrimLeft(exp[1:], "0")
	return append(dst, mant+"e"+sign+digits...)
}

// readFloat reads a number and tells whether appendFloat gives the same text. A text that says
// that it is no number, or infinite, is none.
func readFloat(raw []byte) (f float64, exact, ok bool) {
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return 0, false, false
	}
	var buf [32]byte
	return f, string(appendFloat(buf[:0], f)) == string(raw), true
}

// readInt reads a whole number and tells whether its text is the usual one.
func readInt(raw []byte) (n int64, exact, ok bool) {
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err == nil {
		return n, strconv.FormatInt(n, 10) == string(raw), true
	}
	f, _, ok := readFloat(raw)
	if !ok || f != math.Trunc(f) || math.Abs(f) >= 1<<63 {
		return 0, false, false
	}
	return int64(f), false, true
}

// timeFromEpoch reads milliseconds, or seconds where milliseconds would be
// before 1971.
func timeFromEpoch(n float64) (Time, bool) {
	if math.Abs(n) < 3e10 {
		n *= 1000
	}
	if math.Abs(n) > 2.5e14 {
		return "", false
	}
	return timeInRange(time.UnixMilli(int64(n)))
}

// boolFromText reads what a hand-made export may say for a boolean.
func boolFromText(s string) (v, ok bool) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "1", "yes":
		return true, true
	case "false", "0", "no", "":
		return false, true
	}
	return false, false
}

package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dustin/go-humanize"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/rivo/uniseg"
)

// size is a number of bytes: a number in JSON, human words in a table.
type size int64

// stamp is a time in RFC 3339, or "" if it is not known: an age in a table.
type stamp string

// MarshalJSON writes the time, or null for one that is not known.
func (s stamp) MarshalJSON() ([]byte, error) {
	if s == "" {
		return []byte("null"), nil
	}
	return encodeJSON(string(s))
}

// humanText is a value as a table shows it.
func humanText(value any, now time.Time) string {
	switch v := value.(type) {
	case size:
		return humanize.IBytes(uint64(max(v, 0)))
	case stamp:
		t, err := time.Parse(time.RFC3339Nano, string(v))
		if err != nil {
			return string(v)
		}
		return humanize.RelTime(t, now, "ago", "from now")
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case []byte:
		return "x'" + hex.EncodeToString(v[:min(len(v), 64)]) + ellipsisIf(len(v) > 64) + "'"
	}
	return plainText(value)
}

func ellipsisIf(cut bool) string {
	if cut {
		return "…"
	}
	return ""
}

// plainText is a value as CSV and TSV show it: exact, blobs in base64.
func plainText(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case []string:
		return strings.Join(v, ", ")
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	case stamp:
		return string(v)
	case json.RawMessage:
		return string(v)
	case size:
		return strconv.FormatInt(int64(v), 10)
	}
	return string(jsonText(value))
}

// jsonText is a value as JSON. A blob is {"$base64": true, "encoded": "…"}, as in sqlite-utils; a float keeps its
// point; infinity, which JSON has not, is 1e999, as in the sqlite3 shell.
func jsonText(value any) []byte {
	switch v := value.(type) {
	case float64:
		return []byte(floatText(v))
	case []byte:
		return []byte(`{"$base64": true, "encoded": "` + base64.StdEncoding.EncodeToString(v) + `"}`)
	case nil:
		return []byte("null")
	}
	encoded, err := encodeJSON(value)
	if err != nil { // a raw message that is no JSON is shown as the text that it is
		encoded, _ = encodeJSON(plainText(value))
	}
	return encoded
}

func floatText(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "1e999"
	case math.IsInf(f, -1):
		return "-1e999"
	case math.IsNaN(f):
		return "null"
	}
	form := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		form = 'e'
	}
	shown := strconv.FormatFloat(f, form, -1, 64)
	if !strings.ContainsAny(shown, ".e") {
		shown += ".0"
	}
	return shown
}

// encodeJSON is json.Marshal with <, > and & left as they are.
func encodeJSON(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimRight(out.Bytes(), "\n"), err
}

// visible makes a text safe for one line of a terminal: no line breaks, no control characters that would move the
// cursor or change colours, no bytes that are not UTF-8.
func visible(s string) string {
	clean := func(r rune) bool {
		return r == utf8.RuneError || obeyed(r)
	}
	if strings.IndexFunc(s, clean) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case clean(r):
			return utf8.RuneError
		}
		return r
	}, s)
}

// textWidth is the number of columns that a text without escape sequences takes.
func textWidth(s string) int { return text.StringWidthWithoutEscSequences(s) }

// cut shortens a text to a number of columns, between what readers see as characters, and ends it with ….
func cut(s string, columns int) string {
	if columns <= 0 || textWidth(s) <= columns {
		return s
	}
	used, end := 0, 0
	for rest, state := s, -1; rest != ""; {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		used += textWidth(cluster)
		if used > columns-1 {
			break
		}
		end += len(cluster)
	}
	return strings.TrimRight(s[:end], " ") + "…"
}

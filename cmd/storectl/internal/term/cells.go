package term

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dustin/go-humanize"
	"github.com/rivo/uniseg"
)

// Size is a number of bytes: a number in JSON, human words in a table.
type Size int64

// Stamp is a time in RFC 3339, or "" if it is not known: an age or a date for people.
type Stamp string

// Hash is a SHA-256 in hexadecimal digits: on a terminal its first 12, which name it as well.
type Hash string

// StampOf is a time as JSON has it; "" for one that is not known.
func StampOf(t time.Time) Stamp {
	if t.IsZero() {
		return ""
	}
	return Stamp(t.UTC().Format("2006-01-02T15:04:05.000Z"))
}

// Counted is a number with its noun.
func Counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// MarshalJSON writes the time, or null for one that is not known.
func (s Stamp) MarshalJSON() ([]byte, error) {
	if s == "" {
		return []byte("null"), nil
	}
	return EncodeJSON(string(s))
}

// Human is a value in the words of people, as sentences have it: times as ages, and as dates from a week on.
func Human(value any, now time.Time) string {
	switch v := value.(type) {
	case Size:
		return humanize.IBytes(uint64(max(v, 0)))
	case Stamp:
		return age(v, now, false)
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case []byte:
		return "x'" + hex.EncodeToString(v[:min(len(v), 64)]) + ellipsisIf(len(v) > 64) + "'"
	}
	return PlainText(value)
}

// Human is a value as people see it here: where no terminal sees it, times are as in the forms for programs. clock
// says that the time of the day matters.
func (t *Terminal) Human(value any, clock bool) string {
	if hash, ok := value.(Hash); ok {
		if n := 12; len(hash) > n && !t.Whole && IsTerminal(t.Stdout) {
			hash = hash[:n]
		}
		return string(hash)
	}
	stamp, ok := value.(Stamp)
	switch {
	case !ok:
		return Human(value, t.Now())
	case !IsTerminal(t.Stdout):
		return string(stamp)
	}
	return age(stamp, t.Now(), clock)
}

// week is from when on a date says more than an age.
const week = 7 * 24 * time.Hour

func age(stamp Stamp, now time.Time, clock bool) string {
	at, err := time.Parse(time.RFC3339Nano, string(stamp))
	switch away := now.Sub(at).Abs(); {
	case err != nil:
		return string(stamp)
	case away < week:
		return humanize.RelTime(at, now, "ago", "from now")
	case clock:
		return at.In(now.Location()).Format("2006-01-02 15:04")
	}
	return at.In(now.Location()).Format(time.DateOnly)
}

func ellipsisIf(cut bool) string {
	if cut {
		return "…"
	}
	return ""
}

// PlainText is a value as CSV and TSV show it: exact, blobs in base64.
func PlainText(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case []string:
		return strings.Join(v, ", ")
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	case Stamp:
		return string(v)
	case Hash:
		return string(v)
	case json.RawMessage:
		return string(v)
	case Size:
		return strconv.FormatInt(int64(v), 10)
	}
	return string(JSONText(value))
}

// JSONText is a value as JSON. A blob is {"$base64": true, "encoded": "…"}, as in sqlite-utils; a float keeps its
// point; infinity, which JSON has not, is 1e999, as in the sqlite3 shell.
func JSONText(value any) []byte {
	switch v := value.(type) {
	case float64:
		return []byte(floatText(v))
	case []byte:
		return []byte(`{"$base64": true, "encoded": "` + base64.StdEncoding.EncodeToString(v) + `"}`)
	case nil:
		return []byte("null")
	}
	encoded, err := EncodeJSON(value)
	if err != nil { // a raw message that is no JSON is shown as the text that it is
		encoded, _ = EncodeJSON(PlainText(value))
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

// EncodeJSON is json.Marshal with <, > and & left as they are.
func EncodeJSON(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimRight(out.Bytes(), "\n"), err
}

// Visible makes a text safe for one line of a terminal: no line breaks, no control characters that would move the
// cursor or change colours, no bytes that are not UTF-8.
func Visible(s string) string {
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

// TextWidth is the number of columns that a text without colours takes.
func TextWidth(s string) int { return uniseg.StringWidth(s) }

// Cut shortens a text to a number of columns, between what readers see as characters, and ends it with ….
func Cut(s string, columns int) string {
	if columns <= 0 || TextWidth(s) <= columns {
		return s
	}
	used, end := 0, 0
	for rest, state := s, -1; rest != ""; {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		used += TextWidth(cluster)
		if used > columns-1 {
			break
		}
		end += len(cluster)
	}
	return strings.TrimRight(s[:end], " ") + "…"
}

// Wrap breaks a text into lines of at most a number of columns, between words where that is possible.
func Wrap(s string, columns int) []string {
	if TextWidth(s) <= columns {
		return []string{s}
	}
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		for line != "" && TextWidth(line)+1+TextWidth(word) > columns {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

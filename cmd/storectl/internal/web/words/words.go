// Package words says things as the pages do: times, sizes, counts and names, and the addresses of records and contents. They
// are the functions that pages are written with.
package words

import (
	"fmt"
	"html/template"
	"net/url"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/cmd/storectl/internal/web/prose"
	"taskstore/repo"
	"taskstore/schema"

	"github.com/dustin/go-humanize"
)

// Funcs are the functions that pages are written with.
var Funcs = template.FuncMap{
	"recordURL": RecordURL, "momentURL": MomentURL, "historyURL": HistoryURL, "thumbURL": thumbURL, "contentURL": ContentURL, "tagURL": tagURL,
	"time": timeTag, "clock": ClockText, "day": dayText, "age": AgeText, "size": SizeText, "num": numText, "sum": Sum,
	"count": countAny, "span": spanText, "localDay": localDay, "title": TitleText, "noun": noun, "join": strings.Join, "marked": marked, "seconds": secondsText,
	"dict": dict, "percent": percent, "add": func(a, b int) int { return a + b }, "cut": prose.Cut, "stamp": func(s term.Stamp) string { return term.Human(s, time.Now()) },
	"members": func(list []string) string {
		return strings.Replace(strings.Join(list, ", "), "_trash", "whether it is in the trash", 1)
	},
	"upper": UpperFirst,
}

// RecordURL is the address of a record.
func RecordURL(kind, id string) string {
	return "/record?" + url.Values{"kind": {PluralOf(kind)}, "id": {id}}.Encode()
}

// MomentURL is the address of a moment of a session, of its page if item names none.
func MomentURL(kind, id, item string) string {
	if item == "" {
		return RecordURL(kind, id)
	}
	return RecordURL(kind, id) + "&at=" + url.QueryEscape(item) + "#m-" + url.PathEscape(item)
}

// HistoryURL is the address of what happened to a record.
func HistoryURL(kind, id string) string {
	return "/history?" + url.Values{"kind": {PluralOf(kind)}, "id": {id}}.Encode()
}

func thumbURL(sha string) string { return "/thumb?sha=" + url.QueryEscape(sha) }

// ContentURL is the address of a content, with the name that it is kept under.
func ContentURL(sha, name string) string {
	return "/content?" + url.Values{"sha": {sha}, "name": {name}}.Encode()
}

func tagURL(tag string) string { return "/search?" + url.Values{"tag": {tag}}.Encode() }

// PluralOf is a kind as addresses have it.
func PluralOf(kind string) string {
	if k, err := repo.KindOf(kind); err == nil {
		return k.Plural
	}
	return kind
}

// LocalTime is a moment here, if it is one.
func LocalTime(t schema.Time) (time.Time, bool) {
	at, err := t.Time()
	return at.Local(), err == nil && t != ""
}

// timeTag is a moment, which a browser may be asked for exactly.
func timeTag(at any) template.HTML {
	var when time.Time
	switch v := at.(type) {
	case time.Time:
		when = v.Local()
	case schema.Time:
		when, _ = LocalTime(v)
	}
	if when.IsZero() {
		return "unknown"
	}
	return template.HTML(`<time datetime="` + when.UTC().Format("2006-01-02T15:04:05.000Z") + `" title="` + when.Format("Monday, 2 January 2006, 15:04:05 -07:00") + `">` +
		when.Format("2 Jan 2006, 15:04") + `</time>`)
}

// ClockText is the time of day of a moment.
func ClockText(t schema.Time) string {
	if at, ok := LocalTime(t); ok {
		return at.Format("15:04")
	}
	return ""
}

func dayText(t time.Time) string { return t.Format("Monday, 2 January 2006") }

// localDay is the day of a moment.
func localDay(t schema.Time) string {
	at, _ := LocalTime(t)
	return DayKey(at)
}

// DayKey is a day as addresses have it.
func DayKey(t time.Time) string { return t.Format(time.DateOnly) }

// AgeText is how long ago something was.
func AgeText(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return humanize.Time(t)
}

// SizeText is a number of bytes.
func SizeText(n int64) string {
	if n < 0 {
		return "of unknown size"
	}
	return humanize.IBytes(uint64(n))
}

// spanText is a length of time of so many minutes.
func spanText(minutes float64) string {
	m := int(minutes + 0.5)
	switch {
	case m < 1:
		return "under a minute"
	case m < 60:
		return fmt.Sprintf("%d min", m)
	case m%60 == 0:
		return fmt.Sprintf("%d h", m/60)
	}
	return fmt.Sprintf("%d h %d min", m/60, m%60)
}

// secondsText is a place in a recording.
func secondsText(seconds float64) string {
	s := int(seconds)
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// Sum is how many there are of all kinds.
func Sum(counts map[string]int64) (n int64) {
	for _, of := range counts {
		n += of
	}
	return n
}

// numText is a number, of whichever type of integer, as one reads it.
func numText(n any) string { return humanize.Comma(reflect.ValueOf(n).Int()) }

// countAny is Count for pages, which have numbers of several types.
func countAny(n any, noun string) string { return Count(reflect.ValueOf(n).Int(), noun) }

// Count is a number with its noun: 1 note, 2 notes.
func Count[N int | int64](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "y") && noun != "day" {
		noun = strings.TrimSuffix(noun, "y") + "ie"
	}
	return humanize.Comma(int64(n)) + " " + noun + "s"
}

func noun(kind string) string {
	if k, err := repo.KindOf(kind); err == nil {
		return k.Name
	}
	return kind
}

// UpperFirst begins a text as a sentence.
func UpperFirst(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return strings.ToUpper(s[:size]) + s[size:]
}

// TitleText is what a record is called, for those without a title too.
func TitleText(s string) string {
	if s = strings.TrimSpace(s); s == "" {
		return "(no title)"
	}
	return prose.Cut(200, s)
}

// marked is a snippet of the search, which is HTML of <mark> and escaped text: see repo.Store.Search.
func marked(snippet string) template.HTML { return template.HTML(snippet) }

func percent(done, total int64) int64 {
	if total <= 0 {
		return 0
	}
	return min(100, done*100/total)
}

// dict makes a map of names and values in turn, for a part that needs several.
func dict(pairs ...any) (map[string]any, error) {
	m := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is no name", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

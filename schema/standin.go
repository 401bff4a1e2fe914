package schema

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Some JSON strings are no text that a table or a file name can hold: those with
// U+0000, with half of a surrogate pair, or with bytes that are not UTF-8. A title
// loses little by U+FFFD in their place; an id that did would become another id. So
// what names something gets a name of its own, which follows from the whole string.

// Storable tells whether a text can be kept as it is.
func Storable(text string) bool { return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0 }

// StandIn gives the id under which a record of a collection is kept: text itself, or
// one that follows from it where text is not [Storable]. Half of a surrogate pair
// is three bytes in text, as [FullText] gives it.
func StandIn(collection, text string) string {
	if Storable(text) {
		return text
	}
	sum := sha256.Sum256([]byte(spelling(text)))
	return "legacy-" + collection + "-" + hex.EncodeToString(sum[:8])
}

// Spelled gives a tag or a key as it is kept: text itself, or the JSON string that
// says it where text is not [Storable].
func Spelled(text string) string {
	if Storable(text) {
		return text
	}
	return spelling(text)
}

// ReadText gives what a JSON string says; ok is false for one that no text can hold,
// and for any other value.
func ReadText(raw []byte) (text string, ok bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", false
	}
	return unquote(raw)
}

// FullText gives what a JSON string says to the last half of a pair, which becomes
// the three bytes that UTF-8 would have for it. No two strings that differ give one.
func FullText(raw []byte) string {
	if len(raw) < 2 {
		return string(raw)
	}
	in := raw[1 : len(raw)-1]
	if isPlain(in) {
		return string(in)
	}
	out := make([]byte, 0, len(in))
	for i := 0; i < len(in); {
		if in[i] != '\\' || i+1 == len(in) {
			out = append(out, in[i])
			i++
			continue
		}
		u := hex4(in, i+2)
		if in[i+1] != 'u' || u < 0 {
			out = append(out, unescaped(in[i+1]))
			i += 2
			continue
		}
		i += 6
		r := rune(u)
		if i+1 < len(in) && in[i] == '\\' && in[i+1] == 'u' {
			if pair := utf16.DecodeRune(r, rune(hex4(in, i+2))); pair != utf8.RuneError {
				r, i = pair, i+6
			}
		}
		out = appendRune(out, r)
	}
	return string(out)
}

func unescaped(c byte) byte {
	if i := strings.IndexByte("bfnrt", c); i >= 0 {
		return "\b\f\n\r\t"[i]
	}
	return c
}

func appendRune(dst []byte, r rune) []byte {
	if utf16.IsSurrogate(r) {
		return append(dst, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
	}
	return utf8.AppendRune(dst, r)
}

// spelling writes a text as RFC 8785 does, half of a pair as its escape. A byte that
// is not UTF-8 is written as one of the halves from U+DC80 on, as Python does.
func spelling(text string) string {
	out := []byte{'"'}
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case r != utf8.RuneError || n > 1:
		case i+2 < len(text) && text[i] == 0xED && text[i+1] >= 0xA0 && text[i+1] < 0xC0 && text[i+2]&0xC0 == 0x80:
			r, n = 0xD000|rune(text[i+1]&0x3F)<<6|rune(text[i+2]&0x3F), 3
		default:
			r = 0xDC00 | rune(text[i])
		}
		i += n
		if j := strings.IndexRune("\"\\\b\f\n\r\t", r); j >= 0 {
			out = append(out, '\\', `"\bfnrt`[j])
		} else if r < ' ' || utf16.IsSurrogate(r) {
			out = fmt.Appendf(out, `\u%04x`, r)
		} else {
			out = utf8.AppendRune(out, r)
		}
	}
	return string(append(out, '"'))
}

// references are the members that hold ids of records, and their collections.
var references = map[string]string{
	"sessionId": "sessions", "noteId": "notes", "taskId": "tasks", "attachmentId": "attachments",
	"fullAudioAttachmentId": "attachments", "fullVideoAttachmentId": "attachments",
	"linkedItemId": "items", "videoId": "items",
}

// named gives the collection of which a member of t holds an id; "" for one that
// holds none.
func named(t reflect.Type, member string) string {
	if member != "id" {
		return references[member]
	}
	if k, ok := reflect.New(t).Interface().(kinder); ok {
		return collectionOf(k.kind())
	}
	return "items"
}

// collectionOf gives the collection of a kind, as links name it.
func collectionOf(kind string) string {
	if kind == "file" {
		return Attachments.Name
	}
	for _, k := range kindNames {
		if kind == k[0] {
			return k[1]
		}
	}
	return kind
}

// nameOf gives the id that a value says, and whether the text is all of it.
func nameOf(collection string, raw []byte) (id string, exact bool) {
	id, exact = textOf(raw)
	if !exact && raw[0] == '"' {
		id = StandIn(collection, FullText(raw))
	}
	return id, exact
}

// holdsNames tells whether the member, or a list that it is, names something.
func (m *member) holdsNames() bool {
	return m.names != "" || m.shape == shapeStrings || m.shape == shapeLinks || m.name == "sourceId" || m.name == "targetId"
}

// oddNames finds ids and tags that have a stand-in: they are kept, and are nothing to
// begin with.
func (c *checker) oddNames(path string, rv reflect.Value) {
	o := objectOf(rv.Type())
	odd := parseOdd(restOf(o, rv).Odd)
	for i := range o.members {
		m := &o.members[i]
		if !m.holdsNames() || m.name == relationships {
			continue
		}
		for _, raw := range odd[m.name] {
			if !allExact([]byte(raw)) {
				c.add(path+m.name, "%.80s holds U+0000, half of a surrogate pair or bytes that are not UTF-8; remove them", raw)
			}
		}
	}
}

// allExact tells whether texts say all of a string, or of the strings in a list.
func allExact(raw []byte) bool {
	exact := true
	switch raw[0] {
	case '"':
		_, exact = unquote(raw)
	case '[':
		eachElement(raw, func(e []byte) {
			if e[0] == '"' {
				exact = exact && allExact(e)
			}
		})
	}
	return exact
}

// withoutBytes writes the bytes in JSON that are not UTF-8 as spelling does.
func withoutBytes(raw []byte) []byte {
	out := make([]byte, 0, len(raw)+16)
	for len(raw) > 0 {
		r, n := utf8.DecodeRune(raw)
		if r == utf8.RuneError && n == 1 {
			out = fmt.Appendf(out, `\u%04x`, 0xDC00|rune(raw[0]))
		} else {
			out = append(out, raw[:n]...)
		}
		raw = raw[n:]
	}
	return out
}

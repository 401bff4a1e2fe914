package rawjson

import (
	"bytes"
	"strconv"
	"strings"

	"taskstore/schema"

	"github.com/go-json-experiment/json/jsontext"
)

// Member is one member of an object, cut out of its text.
type Member struct {
	Name  string         // canonical, without quotes
	Raw   jsontext.Value // the name as it was written, quotes included
	Value jsontext.Value
}

// cutter cuts a JSON value into its parts without copying.
type cutter struct {
	*jsontext.Decoder
	in jsontext.Value
}

// Cut begins to cut a value that is a container of this kind.
func Cut(in jsontext.Value, kind jsontext.Kind) (c cutter, ok bool) {
	c = cutter{jsontext.NewDecoder(bytes.NewBuffer(in), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)), in}
	token, err := c.ReadToken()
	return c, err == nil && token.Kind() == kind
}

// Take returns the value that is next. One that is cut off is all that is left, and is
// the last; more is false with it.
func (c cutter) Take() (v jsontext.Value, more bool) {
	v, err := c.ReadValue()
	end := c.InputOffset()
	if err != nil {
		return bytes.TrimLeft(c.in[end:], " \t\r\n,:"), false
	}
	return c.in[end-int64(len(v)) : end : end], true
}

// Members returns the members of an object in their order, duplicates included;
// ok is false when raw is no object.
func Members(raw jsontext.Value) (list []Member, ok bool) {
	c, ok := Cut(raw, '{')
	for more := ok; more && c.PeekKind() == '"'; {
		var name, value jsontext.Value
		if name, more = c.Take(); !more {
			break
		}
		if value, more = c.Take(); len(value) > 0 {
			list = append(list, Member{Name: canonicalName(name), Raw: name, Value: value})
		}
	}
	return list, ok
}

// IDOf returns the id of an entity, the last one if there are several; isText is
// false for one that is a number. raw must be valid and an object.
func IDOf(raw jsontext.Value) (id string, isText bool) {
	c, ok := Cut(raw, '{')
	var found jsontext.Value
	for more := ok; more && c.PeekKind() == '"'; {
		var name, value jsontext.Value
		name, _ = c.Take()
		if value, more = c.Take(); string(name) == `"id"` || canonicalName(name) == "id" {
			found = value
		}
	}
	return IDText(found), len(found) > 0 && found[0] == '"'
}

// canonicalName returns the name under which a member is known, so that a name
// that is escaped in one source and not in another is the same.
func canonicalName(quoted jsontext.Value) string {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1])
	}
	text, err := Canonical(quoted)
	if err != nil || len(text) < 2 {
		return string(quoted)
	}
	return string(text[1 : len(text)-1])
}

// Elements returns the elements of an array; ok is false when raw is none.
func Elements(raw jsontext.Value) (list []jsontext.Value, ok bool) {
	c, ok := Cut(raw, '[')
	for more := ok; more && c.PeekKind() != ']'; {
		var v jsontext.Value
		if v, more = c.Take(); len(v) > 0 {
			list = append(list, v)
		}
	}
	return list, ok
}

// Last returns the value of the last member of that name; nil without one.
func Last(list []Member, name string) jsontext.Value {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].Name == name {
			return list[i].Value
		}
	}
	return nil
}

// JoinMembers writes an object of these members.
func JoinMembers(list []Member) jsontext.Value {
	n := 2
	for _, m := range list {
		n += len(m.Raw) + len(m.Value) + 2
	}
	out := append(make([]byte, 0, n), '{')
	for i, m := range list {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(append(out, m.Raw...), ':'), m.Value...)
	}
	return append(out, '}')
}

// JoinElements writes an array of these elements.
func JoinElements(list []jsontext.Value) jsontext.Value {
	return append(append([]byte{'['}, bytes.Join(asBytes(list), []byte{','})...), ']')
}

func asBytes(list []jsontext.Value) [][]byte {
	out := make([][]byte, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

// NewMember is a member with this name and value.
func NewMember(name string, v jsontext.Value) Member { return Member{name, QuoteText(name), v} }

// QuoteText writes a text as JSON; what is no UTF-8 in it becomes U+FFFD.
func QuoteText(text string) jsontext.Value {
	b, _ := jsontext.AppendQuote(nil, strings.ToValidUTF8(text, "\uFFFD"))
	return b
}

// IDText returns an id as text: a string as schema.FullText gives it, an integer by
// its digits, another number as JavaScript prints it; "" for everything else.
func IDText(id jsontext.Value) string {
	switch {
	case len(id) == 0:
		return ""
	case id[0] == '"':
		return schema.FullText(id)
	case id[0] != '-' && (id[0] < '0' || id[0] > '9'):
		return ""
	}
	if _, err := strconv.ParseUint(strings.TrimPrefix(string(id), "-"), 10, 64); err == nil {
		return string(id)
	}
	v := id.Clone()
	if err := v.Canonicalize(); err != nil {
		return string(id)
	}
	return string(v)
}

// TextOf returns the text of a JSON string, a lone surrogate as U+FFFD; "" for
// any other value.
func TextOf(v jsontext.Value) string {
	if len(v) == 0 || v[0] != '"' {
		return ""
	}
	return Unquote(v)
}

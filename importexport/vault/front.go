package vault

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// The members that a page adds to those of its record. A record that has a member of such
// a name keeps it in the member Exact.
const (
	Kind    = "_kind"
	Links   = "_links"   // the pages that the record refers to, for people: written, not read
	Body    = "_body"    // what stands below the front matter: BodyContent, or the hash of a text made from it
	Exact   = "_exact"   // JSON of the members that YAML cannot hold as they are
	Content = "_content" // of an attachment: the content that never stood in its JSON
)

// BodyContent says that what stands below the front matter is the member content.
const BodyContent = "content"

const fence = "---\n"

// longestKey is the longest name of a member that stands in YAML: a parser may refuse one
// of more than 1024 characters.
const longestKey = 120

// Member is one of a record, with its value as JSON.
type Member struct {
	Name   string
	Value  []byte
	quoted []byte // the name as it stands in JSON, where it may be no good text
}

// Page is the text of a file: front matter of own members and of those of a record, a
// JSON object, and a body. The front matter is YAML, in which every value is JSON: that
// parses whatever stands in it.
func Page(own []Member, record []byte, body []byte) ([]byte, error) {
	members, err := membersOf(record)
	if err != nil {
		return nil, err
	}
	out := []byte(fence)
	for _, m := range own {
		value, ok := yamlValue(m.Value)
		if !ok {
			return nil, fmt.Errorf("the member %s holds what YAML cannot", m.Name)
		}
		out = line(out, m.Name, value)
	}
	count := map[string]int{}
	for _, m := range members {
		count[m.Name]++
	}
	var exact []Member
	for _, m := range members {
		if value, ok := yamlValue(m.Value); ok && m.plain() && count[m.Name] == 1 {
			out = line(out, m.Name, value)
		} else {
			exact = append(exact, m)
		}
	}
	if len(exact) > 0 {
		out = line(out, Exact, Text(exactText(Object(exact))))
	}
	return append(append(out, fence...), body...), nil
}

func line(dst []byte, name string, value []byte) []byte {
	return fmt.Appendf(dst, "%s: %s\n", yamlKey(name), value)
}

// exactText is an object as a text.
func exactText(object []byte) string {
	if utf8.Valid(object) {
		return string(object)
	}
	return "base64:" + base64.StdEncoding.EncodeToString(object)
}

// plain tells whether a member of a record may stand in YAML under its name.
func (m *Member) plain() bool {
	switch m.Name {
	case Kind, Links, Body, Exact, Content, "_rev", "_trash", "<<":
		return false
	}
	return len(m.Name) <= longestKey && jsontext.Value(m.quoted).IsValid()
}

// membersOf takes the text of an object apart, also one that JSON for others may not be.
func membersOf(object []byte) (list []Member, err error) {
	d := loose(object)
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return nil, fmt.Errorf("an object is wanted: %w", err)
	}
	for d.PeekKind() != '}' {
		quoted, err := d.ReadValue()
		if err != nil {
			return nil, err
		}
		m := Member{quoted: bytes.Clone(quoted)}
		name, _ := jsontext.AppendUnquote(nil, quoted) // of bad UTF-8 the bytes that can be shown
		m.Name = string(name)
		value, err := d.ReadValue()
		if err != nil {
			return nil, err
		}
		m.Value = bytes.Clone(value)
		list = append(list, m)
	}
	return list, nil
}

func loose(text []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// yamlKey is a name, in quotes where YAML might take it for something else.
func yamlKey(name string) string {
	plain := name != ""
	for _, r := range name {
		plain = plain && (r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
	}
	switch strings.ToLower(name) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null":
		plain = false
	}
	if plain {
		return name
	}
	return string(quote(nil, name))
}

// yamlValue writes JSON so that YAML reads the same: in one line, with a space behind
// each colon. ok is false for what YAML would read otherwise, or not at all.
func yamlValue(text []byte) (value []byte, ok bool) {
	d := jsontext.NewDecoder(bytes.NewReader(text)) // strict: names once, no half characters
	var out []byte
	for {
		token, err := d.ReadToken()
		if err != nil {
			return out, d.StackDepth() == 0 && len(out) > 0
		}
		depth := d.StackDepth()
		kind := token.Kind()
		isOpen := kind == '{' || kind == '['
		if isOpen {
			depth--
		}
		in, n := d.StackIndex(depth)
		if kind == '}' || kind == ']' {
			out = append(out, byte(kind))
			continue
		}
		isName := in == '{' && n%2 == 1
		switch {
		case depth == 0:
		case in == '{' && !isName:
			out = append(out, ": "...)
		case n > 1:
			out = append(out, ", "...)
		}
		switch {
		case isOpen:
			out = append(out, byte(kind))
		case kind == '"':
			s := token.String()
			if isName && (len(s) > longestKey || s == "<<") {
				return nil, false
			}
			out = quote(out, s)
		default:
			out = append(out, token.String()...)
		}
	}
}

// quote is a text in quotes that JSON and YAML read alike.
func quote(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\t':
			dst = append(dst, `\t`...)
		case r == '\r':
			dst = append(dst, `\r`...)
		case r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfeff || r == 0xfffe || r == 0xffff:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
}

// Text is a string as JSON.
func Text(s string) []byte { return quote(nil, s) }

package schema

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// The functions here walk JSON that is known to be valid and compact, so they
// only have to find where a value ends.

// objectText makes text that another program may have written fit to be walked:
// what is no object has no members.
func objectText(text JSON) []byte {
	if text == "" {
		return nil
	}
	object, err := Compact([]byte(text))
	if err != nil || object[0] != '{' {
		return nil
	}
	return []byte(object)
}

// eachMember calls fn for the members of an object. The name of a member whose
// name is not a plain text is its JSON string, which no known member has.
func eachMember(raw []byte, fn func(name string, quoted, value []byte)) {
	for i := 1; i < len(raw)-1; {
		end := valueEnd(raw, i)
		quoted := raw[i:end]
		i = end + 1 // the colon
		end = valueEnd(raw, i)
		name, exact := unquote(quoted)
		if !exact {
			name = string(quoted)
		}
		fn(name, quoted, raw[i:end])
		i = end + 1 // the comma
	}
}

// eachElement calls fn for the elements of an array.
func eachElement(raw []byte, fn func(value []byte)) {
	for i := 1; i < len(raw)-1; {
		end := valueEnd(raw, i)
		fn(raw[i:end])
		i = end + 1
	}
}

// valueEnd gives the index after the value that begins at i.
func valueEnd(raw []byte, i int) int {
	depth := 0
	for ; i < len(raw); i++ {
		switch raw[i] {
		case '"':
			i = stringEnd(raw, i) - 1
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i // a number or a word before it
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ':':
			if depth == 0 {
				return i
			}
		}
	}
	return i
}

// stringEnd gives the index after the string whose quote is at i.
func stringEnd(raw []byte, i int) int {
	for i++; i < len(raw); i++ {
		switch raw[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(raw)
}

// pointer escapes a name for a JSON pointer (RFC 6901).
func pointer(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

// CutMembers takes members out of a JSON object: those whose names, as they are
// written between their quotes, cut says. The text of the others stays as it is,
// byte for byte.
func CutMembers(object []byte, cut func(name string) bool) (rest []byte, taken map[string]json.RawMessage, err error) {
	decoder := jsontext.NewDecoder(bytes.NewReader(object), lenient()...)
	if _, err := decoder.ReadToken(); err != nil {
		return nil, nil, err
	}
	rest = append(rest, '{')
	taken = map[string]json.RawMessage{}
	for decoder.PeekKind() != '}' {
		name, err := decoder.ReadValue()
		if err != nil {
			return nil, nil, err
		}
		quoted := bytes.Clone(name)
		value, err := decoder.ReadValue()
		if err != nil {
			return nil, nil, err
		}
		if plain := string(bytes.Trim(quoted, `"`)); cut(plain) {
			taken[plain] = bytes.Clone(value)
			continue
		}
		if len(rest) > 1 {
			rest = append(rest, ',')
		}
		rest = append(append(append(rest, quoted...), ':'), value...)
	}
	return append(rest, '}'), taken, nil
}

// Complete says that v holds all of its entity: documents and long lists that its
// JSON did not have are absent, not unread.
func (t Table[T]) Complete(v *T) {
	for _, child := range t.Children {
		if !child.OnDemand() {
			continue
		}
		at := child.At(v)
		if document, ok := at.(*Document); ok {
			if *document == nil {
				*document = Absent
			}
			continue
		}
		if at == nil {
			continue
		}
		if list := reflect.ValueOf(at).Elem(); list.IsNil() {
			list.Set(reflect.MakeSlice(list.Type(), 0, 0))
		}
	}
}

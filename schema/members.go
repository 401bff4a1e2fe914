package schema

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/go-json-experiment/json/jsontext"
)

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

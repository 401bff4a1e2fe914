package schema

import (
	"reflect"
	"strings"
)

// scalar reads a value of a simple shape, taking other types where their meaning
// is unambiguous.
func (d *decoder) scalar(m *member, raw []byte, f reflect.Value, path string) (exact, ok bool) {
	switch m.shape {
	case shapeString:
		exact, ok = setString(raw, f)
		if ok && !exact && raw[0] == '"' && m.names != "" && !d.replaced {
			id, _ := nameOf(m.names, raw)
			d.warn(WarnTypeCoerced, path, "an id that no text can hold, kept as "+id)
			f.SetString(id)
		}
	case shapeContent:
		if ref, ok := readRef(raw); ok {
			f.Set(reflect.ValueOf(ref))
			return true, true
		}
		if raw[0] != '"' {
			return false, false
		}
		var text string
		text, exact = unquote(raw)
		f.Set(reflect.ValueOf(Content{Text: text}))
		return exact, true
	case shapeTime:
		exact, ok = setTime(raw, f)
	case shapeBool:
		exact, ok = setBool(raw, f)
	case shapeInt:
		exact, ok = setInt(raw, f)
	case shapeFloat:
		exact, ok = setFloat(raw, f)
	}
	if ok && !exact && kindOf(raw) != kindOf(appendScalar(nil, m, f)) {
		d.warn(WarnTypeCoerced, path, kindOf(raw)+" read as "+kindOf(appendScalar(nil, m, f)))
	}
	return exact, ok
}

func setString(raw []byte, f reflect.Value) (exact, ok bool) {
	switch raw[0] {
	case '{', '[':
		return false, false
	}
	s, exact := textOf(raw)
	f.SetString(s)
	return exact, true
}

func setTime(raw []byte, f reflect.Value) (exact, ok bool) {
	var t Time
	switch raw[0] {
	case '"':
		s, _ := unquote(raw)
		if t, ok = ParseTime(s); ok {
			exact = string(t) == s
		} else {
			ok = true // kept as it is, with no sort key
		}
	case '{', '[', 't', 'f':
		return false, false
	default:
		n, _, isNumber := readFloat(raw)
		if !isNumber {
			return false, true
		}
		t, _ = timeFromEpoch(n)
		ok = true
	}
	f.SetString(string(t))
	return exact, ok
}

func setBool(raw []byte, f reflect.Value) (exact, ok bool) {
	switch raw[0] {
	case 't', 'f':
		f.SetBool(raw[0] == 't')
		return true, true
	case '{', '[':
		return false, false
	}
	s, _ := textOf(raw)
	v, ok := boolFromText(s)
	f.SetBool(v)
	return false, ok
}

func setInt(raw []byte, f reflect.Value) (exact, ok bool) {
	text, isText := numberText(raw)
	n, exact, ok := readInt(text)
	if ok {
		f.SetInt(n)
	}
	return exact && !isText, ok || isNumber(raw)
}

func setFloat(raw []byte, f reflect.Value) (exact, ok bool) {
	text, isText := numberText(raw)
	n, exact, ok := readFloat(text)
	if ok {
		f.SetFloat(n)
	}
	return exact && !isText, ok || isNumber(raw)
}

func isNumber(raw []byte) bool { return raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9' }

// numberText gives the digits of a number, or of a string that holds one.
func numberText(raw []byte) (text []byte, isText bool) {
	if raw[0] != '"' {
		return raw, false
	}
	s, _ := unquote(raw)
	return []byte(strings.TrimSpace(s)), true
}

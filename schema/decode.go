package schema

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// lenient are the rules for reading what the app wrote: duplicate names and bad
// UTF-8 are data to be kept, not errors.
func lenient() []jsontext.Options {
	return []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}
}

// Compact gives raw without white space between its tokens and otherwise
// unchanged. It fails with the byte offset when raw is not one JSON value, or is
// nested more than 10,000 levels deep.
func Compact(raw []byte) (JSON, error) {
	text, err := compact(raw)
	return JSON(text), err
}

func compact(raw []byte) ([]byte, error) {
	v := jsontext.Value(bytes.Clone(raw))
	opts := append(lenient(), jsontext.PreserveRawStrings(true))
	if err := v.Compact(opts...); err != nil {
		return nil, fmt.Errorf("not valid JSON: %w", err)
	}
	return v, nil
}

// Decode reads an entity, or any struct of this package, from the legacy app's
// JSON. What the typed fields cannot say is kept in the Rest of the object it
// stands in, so that [Encode] gives an equal JSON value. The warnings name what
// was odd; only JSON that is no object is an error.
func Decode(raw []byte, v any) ([]Warning, error) {
	text, err := compact(raw)
	if err != nil {
		return nil, err
	}
	if len(text) == 0 || text[0] != '{' {
		return nil, fmt.Errorf("a JSON object is wanted, not %s", kindOf(text))
	}
	rv := reflect.ValueOf(v).Elem()
	d := decoder{root: true}
	d.object(objectOf(rv.Type()), text, rv, "")
	d.scan(text)
	return d.warnings, nil
}

func kindOf(raw []byte) string {
	if len(raw) == 0 {
		return "nothing"
	}
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	}
	return "a number"
}

type decoder struct {
	warnings []Warning
	root     bool // whether this is the entity itself
	quiet    bool // reading again, without warnings
	replaced bool // what names something is read with U+FFFD, as stores of before StandIn have it
}

func (d *decoder) warn(code, path, detail string) {
	if !d.quiet {
		d.warnings = append(d.warnings, Warning{code, path, detail})
	}
}

// object reads a compact JSON value into rv, a zero struct of plan o. A value
// that is no object is kept whole under the empty name of Odd.
func (d *decoder) object(o *object, raw []byte, rv reflect.Value, path string) {
	root := d.root
	d.root = false
	odd := oddMembers{}
	if raw[0] != '{' {
		odd.add("", raw)
		d.warn(WarnTypeCoerced, path, kindOf(raw)+" where an object is wanted")
		setRest(o, rv, nil, odd)
		return
	}
	seen := make([]int, len(o.members))
	var extra []byte
	eachMember(raw, func(name string, quoted, value []byte) {
		i, known := o.byName[name]
		if !known {
			extra = appendMember(extra, quoted, value)
			d.warn(WarnUnknownField, path+"/"+pointer(name), kindOf(value))
			return
		}
		m := &o.members[i]
		if m.holdsNames() && !utf8.Valid(value) {
			value = withoutBytes(value)
		}
		seen[i]++
		exact := d.value(o, m, value, rv, path)
		if exact && seen[i] == 1 {
			return
		}
		if seen[i] == 2 && len(odd[name]) == 0 {
			odd.add(name, encodeBefore(raw, name))
		}
		odd.add(name, value)
	})
	d.absent(o, seen, odd, root, path)
	setRest(o, rv, extra, odd)
	if e, ok := rv.Addr().Interface().(deriver); ok && root {
		e.derive(func(name string) bool { i, ok := o.byName[name]; return ok && seen[i] == 0 })
	}
	completeLinks(rv)
}

// encodeBefore finds the first value of a duplicate name.
func encodeBefore(raw []byte, name string) (first []byte) {
	eachMember(raw, func(n string, _, value []byte) {
		if n == name && first == nil {
			first = value
		}
	})
	return first
}

// absent notes the required members that are not there.
func (d *decoder) absent(o *object, seen []int, odd oddMembers, root bool, path string) {
	for i, m := range o.members {
		if !m.always || seen[i] > 0 {
			continue
		}
		odd[m.name] = []string{}
		if root && m.name == "id" {
			continue // void as soon as the caller gives it one
		}
		if !m.quiet {
			d.warn(WarnNullRequired, path+"/"+pointer(m.name), "absent")
		}
	}
}

// deriver is an entity with fields that have a meaning when they are absent.
type deriver interface {
	derive(absent func(name string) bool)
}

// value reads one member and tells whether encoding it again gives an equal value.
func (d *decoder) value(o *object, m *member, raw []byte, rv reflect.Value, path string) (exact bool) {
	path += "/" + pointer(m.name)
	f := rv.FieldByIndex(m.index)
	if m.shape == shapeLinks {
		return d.links(m, raw, f, path)
	}
	f.SetZero()
	if string(raw) == "null" && m.shape != shapeJSON && m.shape != shapeDocument {
		if m.always {
			d.warn(WarnNullRequired, path, "null")
		}
		return false
	}
	exact, ok := d.set(m, raw, f, path)
	if !ok {
		d.warn(WarnTypeCoerced, path, kindOf(raw)+" kept as it is")
		return false
	}
	if len(m.enum) > 0 && f.String() != "" && !slices.Contains(m.enum, f.String()) {
		d.warn(WarnUnknownEnum, path, f.String())
	}
	return exact && (m.always || !f.IsZero() && !isEmpty(m, f))
}

func isEmpty(m *member, f reflect.Value) bool {
	return (m.shape == shapeStrings || m.shape == shapeObjects) && f.Len() == 0
}

// set reads raw into f. ok is false where nothing could be made of it.
func (d *decoder) set(m *member, raw []byte, f reflect.Value, path string) (exact, ok bool) {
	switch m.shape {
	case shapeJSON:
		f.SetString(string(raw))
		return true, true
	case shapeDocument:
		f.SetBytes(bytes.Clone(raw))
		return true, true
	case shapeStrings:
		return d.strings(raw, f, path)
	case shapeObject:
		if raw[0] != '{' {
			return false, false
		}
		f.Set(reflect.New(m.elem.typ))
		d.object(m.elem, raw, f.Elem(), path)
		return true, true
	case shapeObjects:
		return d.objects(m, raw, f, path)
	}
	return d.scalar(m, raw, f, path)
}

func (d *decoder) objects(m *member, raw []byte, f reflect.Value, path string) (exact, ok bool) {
	if raw[0] != '[' {
		return false, false
	}
	n := 0
	eachElement(raw, func([]byte) { n++ })
	list, i := reflect.MakeSlice(f.Type(), n, n), 0
	eachElement(raw, func(e []byte) {
		d.object(m.elem, e, list.Index(i), path+"/"+strconv.Itoa(i))
		i++
	})
	f.Set(list)
	return true, true
}

// strings reads a list of strings; a text with commas is read as a list too.
func (d *decoder) strings(raw []byte, f reflect.Value, path string) (exact, ok bool) {
	list := []string{}
	exact = true
	switch raw[0] {
	case '[':
		eachElement(raw, func(e []byte) {
			s, fits := textOf(e)
			if !fits || e[0] != '"' {
				exact = false
				d.warn(WarnTypeCoerced, path, kindOf(e)+" in a list of strings")
			}
			if !fits && e[0] == '"' && !d.replaced {
				s = Spelled(FullText(e))
			}
			list = append(list, s)
		})
	case '"':
		s, _ := unquote(raw)
		for _, part := range strings.Split(s, ",") {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
		exact = false
		d.warn(WarnTypeCoerced, path, "a string where a list is wanted")
	default:
		return false, false
	}
	f.Set(reflect.ValueOf(list).Convert(f.Type()))
	return exact, true
}

// textOf reads any value as text: a string as what it says, another as its JSON.
func textOf(raw []byte) (s string, exact bool) {
	if raw[0] == '"' {
		return unquote(raw)
	}
	return string(raw), false
}

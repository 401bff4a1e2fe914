package schema

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"reflect"
	"slices"
	"sort"
	"strings"
)

// oddMembers is [Rest.Odd] taken apart.
type oddMembers map[string][]string

func (o oddMembers) add(name string, raw []byte) { o[name] = append(o[name], string(raw)) }

// text gives the JSON of o, in the order of the names.
func (o oddMembers) text() JSON {
	if len(o) == 0 {
		return ""
	}
	names := make([]string, 0, len(o))
	for name := range o {
		names = append(names, name)
	}
	sort.Strings(names)
	b := []byte{'{'}
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, quote(name)...), ':', '[')
		for j, raw := range o[name] {
			if j > 0 {
				b = append(b, ',')
			}
			b = append(b, quote(raw)...)
		}
		b = append(b, ']')
	}
	return JSON(append(b, '}'))
}

// parseOdd reads what text wrote. What a foreign tool may have put there
// instead says nothing.
func parseOdd(text JSON) oddMembers {
	object := objectText(text)
	if object == nil {
		return nil
	}
	odd := oddMembers{}
	eachMember(object, func(name string, _, value []byte) {
		if value[0] != '[' {
			return
		}
		odd[name] = []string{}
		eachElement(value, func(e []byte) {
			raw, _ := textOf(e)
			if c, err := Compact([]byte(raw)); err == nil {
				odd[name] = append(odd[name], string(c))
			}
		})
	})
	return odd
}

func setRest(o *object, rv reflect.Value, extra []byte, odd oddMembers) {
	rest := Rest{Odd: odd.text()}
	if extra != nil {
		rest.Extra = JSON(append(extra, '}'))
	}
	rv.FieldByIndex(o.rest).Set(reflect.ValueOf(rest))
}

func restOf(o *object, rv reflect.Value) Rest {
	return rv.FieldByIndex(o.rest).Interface().(Rest)
}

// appendMember adds a member to an object that is being written without its
// closing brace.
func appendMember(dst, quoted, value []byte) []byte {
	if dst == nil {
		dst = []byte{'{'}
	} else {
		dst = append(dst, ',')
	}
	dst = append(append(dst, quoted...), ':')
	return append(dst, value...)
}

// standing gives those odd members of rv whose typed field still holds what
// their texts decode to; the others are void.
func standing(o *object, rv reflect.Value, root bool) oddMembers {
	odd := parseOdd(restOf(o, rv).Odd)
	if len(odd) == 0 {
		return nil
	}
	kept := standingAs(o, rv, root, odd, false)
	if len(kept) < len(odd) {
		maps.Copy(kept, standingAs(o, rv, root, odd, true))
	}
	return kept
}

// standingAs reads what names something as [decoder] says of replaced.
func standingAs(o *object, rv reflect.Value, root bool, odd oddMembers, replaced bool) oddMembers {
	again := reflect.New(o.typ).Elem()
	again.Set(rv)
	for name, raws := range odd {
		i, ok := o.byName[name]
		if !ok || o.members[i].shape == shapeLinks {
			continue
		}
		reread(o, &o.members[i], raws, again, replaced)
	}
	if e, ok := again.Addr().Interface().(deriver); ok && root {
		e.derive(func(name string) bool { raws, ok := odd[name]; return ok && len(raws) == 0 })
	}
	kept := oddMembers{}
	for name, raws := range odd {
		i, ok := o.byName[name]
		switch {
		case name == "":
			if again.IsZero() || isOnlyRest(o, rv) {
				kept[name] = raws
			}
		case !ok:
		case o.members[i].shape == shapeLinks:
			if sameLinks(&o.members[i], raws, rv.FieldByIndex(o.members[i].index), replaced) {
				kept[name] = raws
			}
		case same(&o.members[i], again.FieldByIndex(o.members[i].index), rv.FieldByIndex(o.members[i].index)):
			kept[name] = raws
		}
	}
	return kept
}

func reread(o *object, m *member, raws []string, rv reflect.Value, replaced bool) {
	rv.FieldByIndex(m.index).SetZero()
	for _, raw := range raws {
		d := decoder{quiet: true, replaced: replaced}
		d.value(o, m, []byte(raw), rv, "")
	}
}

// isOnlyRest tells whether every member of rv is zero.
func isOnlyRest(o *object, rv reflect.Value) bool {
	for _, m := range o.members {
		if !rv.FieldByIndex(m.index).IsZero() {
			return false
		}
	}
	return true
}

// same compares two values of a member. A content is the same when it stands
// for the same text: one of the two may have been saved since.
func same(m *member, a, b reflect.Value) bool {
	if isEmpty(m, a) && isEmpty(m, b) {
		return true
	}
	switch m.shape {
	case shapeContent:
		return sameContent(a.Interface().(Content), b.Interface().(Content))
	case shapeObject, shapeObjects:
		x, y := encoder{digests: true}, encoder{digests: true}
		return string(x.typed(nil, m, a)) == string(y.typed(nil, m, b))
	}
	return reflect.DeepEqual(a.Interface(), b.Interface())
}

// sameContent compares a text with what may have been saved of it.
func sameContent(a, b Content) bool {
	if a.Text == "" || b.Blob == "" {
		return a == b
	}
	return contentDigest(a) == b.Blob
}

// contentDigest is the hash of a content, whether it is saved or still a text; ""
// without one.
func contentDigest(c Content) string {
	if c.Blob != "" || c.Text == "" {
		return c.Blob
	}
	data, _, ok := DecodeContent(c.Text)
	if !ok {
		data = []byte(c.Text)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// KeptVerbatim tells whether a part of an entity (a dotted name, see Child) stands
// in a member whose text is kept because the typed form cannot say it. A change of
// what is inside would make that text void.
func KeptVerbatim(v any, part string) bool {
	rv := reflect.ValueOf(v).Elem()
	for {
		name, rest, more := strings.Cut(part, ".")
		o := objectOf(rv.Type())
		if odd := restOf(o, rv).Odd; odd != "" && len(parseOdd(odd)[name]) > 0 {
			return true
		}
		i, ok := o.byName[name]
		if !more || !ok {
			return false
		}
		rv = rv.FieldByIndex(o.members[i].index)
		if rv.Kind() != reflect.Pointer || rv.IsNil() {
			return false
		}
		rv, part = rv.Elem(), rest
	}
}

// FillTime sets the time that a column of v holds, where v says nothing of it: not
// even a value that its field cannot say. That its JSON had no such member is
// forgotten.
func FillTime(v any, c Column, at Time) {
	rv := reflect.ValueOf(v).Elem()
	field := rv.FieldByIndex(c.Index)
	if !field.IsZero() {
		return
	}
	name, _ := memberName(rv.Type().FieldByIndex(c.Index))
	o := objectOf(rv.Type())
	rest := restOf(o, rv)
	odd := parseOdd(rest.Odd)
	if slices.ContainsFunc(odd[name], func(raw string) bool { return raw != "null" }) {
		return
	}
	if _, had := odd[name]; had {
		delete(odd, name)
		rest.Odd = odd.text()
		rv.FieldByIndex(o.rest).Set(reflect.ValueOf(rest))
	}
	field.SetString(string(at))
}

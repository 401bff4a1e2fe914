package schema

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// WarnNoDay is a date that its month does not have, or a time of day that there is none.
const WarnNoDay = "no-day"

// Doubts gives what is odd about a value that somebody wrote, beside the warnings of [Decode]: local dates and
// times that there are none. Like those it is kept as it was written.
func Doubts(v any) (list []Warning) {
	t, ok := v.(*Task)
	if !ok {
		return nil
	}
	if looksLike(t.DueDate, "0000-00-00") {
		if _, err := time.Parse(time.DateOnly, t.DueDate); err != nil {
			list = append(list, Warning{WarnNoDay, "/dueDate", fmt.Sprintf("%q is no day: that month has not so many, or there is no such month", t.DueDate)})
		}
	}
	if looksLike(t.DueTime, "00:00") {
		if _, err := time.Parse("15:04", t.DueTime); err != nil {
			list = append(list, Warning{WarnNoDay, "/dueTime", fmt.Sprintf("%q is no time of day", t.DueTime)})
		}
	}
	return list
}

// looksLike tells whether a text has digits where a form has 0, and else what that has.
func looksLike(s, form string) bool {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '0'
		}
		return r
	}, s)
	return digits == form
}

// Warnings gives the warnings that a value has which is stored, as Decode and Doubts gave them for what it was
// read from.
func Warnings(v any) ([]Warning, error) {
	text, err := Encode(v, EncodeOptions{Refs: true})
	if err != nil {
		return nil, err
	}
	again := reflect.New(reflect.TypeOf(v).Elem()).Interface()
	list, err := Decode(text, again)
	return append(list, Doubts(again)...), err
}

// Advice says a warning about the type of v for the person who wrote the JSON: what is odd, what was made of it,
// and what there is instead, the nearest first.
func Advice(v any, w Warning) string {
	o, m, name := memberAt(objectOf(reflect.TypeOf(v).Elem()), w.Path)
	path := strings.ReplaceAll(strings.TrimPrefix(w.Path, "/"), "/", ".")
	switch {
	case w.Code == WarnUnknownEnum && m != nil:
		return fmt.Sprintf("%s: %q is none that the app knows, and is kept: there are %s", path, w.Detail, strings.Join(Nearest(w.Detail, m.enum), ", "))
	case w.Code == WarnUnknownField:
		text := path + ": no member has this name; it is kept as it is"
		if near := Nearest(name, o.names()); len(near) > 0 && IsNear(name, near[0]) {
			text += ". Is " + near[0] + " meant?"
		}
		return text
	case w.Code == WarnTypeCoerced && m != nil:
		return fmt.Sprintf("%s: %s is wanted here; there is %s", path, m.wants(), w.Detail)
	case w.Code == WarnNoDay:
		return path + ": " + w.Detail + "; it is kept as it is"
	}
	return path + ": " + w.Code + ": " + w.Detail
}

// memberAt finds what a JSON pointer names: the object that it is in, and its member, nil for one that the type
// does not know.
func memberAt(o *object, path string) (in *object, m *member, name string) {
	in = o
	for _, part := range strings.Split(strings.TrimPrefix(path, "/"), "/") {
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		i, ok := o.byName[part]
		switch {
		case ok:
			in, m, name = o, &o.members[i], part
			if m.elem != nil {
				o = m.elem
			}
		case m != nil && m.shape != shapeObject && strings.Trim(part, "0123456789") == "":
			// a place in a list
		default:
			return o, nil, part
		}
	}
	return in, m, name
}

func (o *object) names() (list []string) {
	for i := range o.members {
		list = append(list, o.members[i].name)
	}
	return list
}

// wants says what a member should be.
func (m *member) wants() string {
	switch m.shape {
	case shapeTime:
		return "a time such as 2026-11-01T10:00:00Z"
	case shapeBool:
		return "true or false"
	case shapeInt, shapeFloat:
		return "a number"
	case shapeStrings:
		return "a list of texts"
	case shapeObject:
		return "an object"
	case shapeObjects:
		return "a list of objects"
	case shapeLinks:
		if m.many != "" {
			return "a list of ids"
		}
		return "an id"
	}
	return "a text"
}

// KnownValues are the values that the app knows for a member of the type of v; nil if it takes any.
func KnownValues(t reflect.Type, member string) []string {
	o := objectOf(t)
	if i, ok := o.byName[member]; ok {
		return slices.Clone(o.members[i].enum)
	}
	return nil
}

// SaysNothing tells of the JSON of an entity in which no member holds anything, not even an id: each is null,
// false, an empty text, an empty list or an empty object.
func SaysNothing(raw []byte) bool {
	text, err := compact(raw)
	if err != nil || len(text) == 0 || text[0] != '{' {
		return false
	}
	says := false
	eachMember(text, func(_ string, _, value []byte) {
		switch string(value) {
		case "null", "false", `""`, "[]", "{}":
		default:
			says = true
		}
	})
	return !says
}

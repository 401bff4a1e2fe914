package schema

import (
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
	"unsafe"
)

// Check gives what a save refuses in v, an entity or an item: texts that are not
// UTF-8 or longer than [MaxText], JSON that is nested deeper than [MaxDepth], times that
// are none, contents that name no bytes, links to nothing and to the entity itself. Field is the member, dotted inside another; Kind and ID are
// left to the caller. Check also writes times in [TimeLayout], and gives a content
// without a Form the one that its member has.
//
// It does not look at what [Decode] kept as it was written: see [CheckDecoded]. A
// value that was read can hold what Check refuses, since an import keeps what it
// read and another program may write anything: see [Added].
func Check(v any) []InvalidError {
	c := checker{}
	return c.check(v)
}

// CheckDecoded is Check for a value that somebody wrote as JSON just now. It also
// gives times that Decode could not read, ids and tags that no text can hold, tags that are empty, and
// links to itself in any member.
func CheckDecoded(v any) []InvalidError {
	c := checker{decoded: true}
	return c.check(v)
}

func (c *checker) check(v any) []InvalidError {
	rv := reflect.Indirect(reflect.ValueOf(v))
	if k, ok := v.(kinder); ok {
		c.kind, c.id = k.kind(), rv.FieldByName("ID").String()
	}
	c.object("", rv)
	c.whole()
	return c.found
}

// Added gives the first of found that is not in before: what a change made wrong.
// It is nil if there is none.
func Added(found, before []InvalidError) *InvalidError {
	known := map[InvalidError]bool{}
	for _, p := range before {
		known[p] = true
	}
	for i := range found {
		if !known[found[i]] {
			return &found[i]
		}
	}
	return nil
}

// MemberOf names the member of v, an entity or an item, that has a content; "" if
// there is none.
func MemberOf(v any, sha256 string) string {
	c := checker{wanted: sha256}
	c.object("", reflect.Indirect(reflect.ValueOf(v)))
	return c.member
}

type checker struct {
	kind, id string // of the entity, where v is one
	decoded  bool   // see CheckDecoded
	found    []InvalidError
	bytes    int    // of all texts
	wanted   string // a content that is looked for,
	member   string // and the member that has it
}

func (c *checker) add(field, problem string, args ...any) {
	c.found = append(c.found, InvalidError{Field: field, Problem: fmt.Sprintf(problem, args...)})
}

// object checks the fields of an entity, an item, or an object inside one.
func (c *checker) object(path string, rv reflect.Value) {
	if l, ok := rv.Addr().Interface().(*Link); ok {
		c.link(path, l)
	} else if c.decoded {
		c.oddTimes(path, rv)
	}
	if c.decoded {
		c.oddNames(path, rv)
	}
	c.fields(path, rv)
}

func (c *checker) fields(path string, rv reflect.Value) {
	for _, f := range checkedFields(rv.Type()) {
		c.field(path, f.name, f.isMember, rv.FieldByIndex(f.index))
	}
}

// checkedField is a field of an object that a save looks at.
type checkedField struct {
	index    []int
	name     string
	isMember bool
}

var checkedOf sync.Map // reflect.Type → []checkedField

// checkedFields looks at the tags of a type once.
func checkedFields(t reflect.Type) []checkedField {
	if list, ok := checkedOf.Load(t); ok {
		return list.([]checkedField)
	}
	list := collectChecked(t, nil)
	checkedOf.Store(t, list)
	return list
}

func collectChecked(t reflect.Type, at []int) (list []checkedField) {
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(slices.Clone(at), i)
		if f.Anonymous {
			list = append(list, collectChecked(f.Type, index)...)
			continue
		}
		if name, isMember := memberName(f); name != "" && checkable(f.Type) {
			list = append(list, checkedField{index, name, isMember})
		}
	}
	return list
}

// checkable tells whether there can be anything wrong with a value of t.
func checkable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Pointer, reflect.Slice:
		return true
	}
	return t == typeCont
}

// memberName names a field as its JSON does, or as its column where it is no
// member; "" for what is not stored as it is.
func memberName(f reflect.StructField) (name string, isMember bool) {
	if f.Type == typeLink {
		return "links", true
	}
	if name, _, _ = strings.Cut(f.Tag.Get("json"), ","); name != "" {
		return name, true
	}
	name, _, _ = strings.Cut(f.Tag.Get("db"), ",")
	return name, false
}

func (c *checker) field(path, name string, isMember bool, f reflect.Value) {
	switch v := f.Addr().Interface().(type) {
	case *Time:
		if *v != "" {
			c.time(path+name, v)
		}
		return
	case *Content:
		c.content(path+name, isMember, v)
		return
	case *Document:
		c.text(path, name, unsafe.String(unsafe.SliceData(*v), len(*v)), true)
		return
	}
	switch f.Kind() {
	case reflect.String:
		c.text(path, name, f.String(), f.Type() == typeJSON)
	case reflect.Pointer:
		if !f.IsNil() {
			c.object(path+name+".", f.Elem())
		}
	case reflect.Slice:
		c.list(path, name, f)
	}
}

func (c *checker) list(path, name string, f reflect.Value) {
	if f.Len() == 0 {
		return
	}
	inside := path + name + "."
	for i := range f.Len() {
		if e := f.Index(i); e.Kind() == reflect.String {
			c.text(path, name, e.String(), false)
			if c.decoded && name == "tags" && NormalTag(e.String()) == "" {
				c.add(path+name, "one is empty; remove it")
			}
		} else {
			c.object(inside, e)
		}
	}
}

func (c *checker) text(path, name, s string, isJSON bool) {
	c.size(path, name, s, isJSON)
	if strings.IndexByte(s, 0) >= 0 || !utf8.ValidString(s) {
		c.add(path+name, "holds U+0000 or bytes that are not UTF-8; remove them")
	}
}

func (c *checker) time(name string, t *Time) {
	if normal, ok := ParseTime(string(*t)); ok {
		*t = normal
		return
	}
	c.noTime(name, string(*t))
}

func (c *checker) noTime(name, text string) {
	c.add(name, "%.60q is no time; write date, time of day and zone, such as 2026-11-01T10:00:00Z or 2026-11-01T12:00:00+02:00", text)
}

// oddTimes finds times that Decode could not read: it keeps their text beside the
// field, which is empty then.
func (c *checker) oddTimes(path string, rv reflect.Value) {
	o := objectOf(rv.Type())
	odd := restOf(o, rv).Odd
	if odd == "" {
		return
	}
	for name, raws := range parseOdd(odd) {
		i, ok := o.byName[name]
		if !ok || o.members[i].shape != shapeTime || !rv.FieldByIndex(o.members[i].index).IsZero() {
			continue
		}
		for _, raw := range raws {
			if raw != "null" && raw != `""` {
				text, _ := textOf([]byte(raw))
				c.noTime(path+name, text)
			}
		}
	}
}

// link checks a link that its caller adds, which names no member yet. One that was
// read is as the app wrote it, whatever that leads to.
func (c *checker) link(path string, l *Link) {
	field := strings.TrimSuffix(path, ".")
	added := l.Member == ""
	switch {
	case added && (l.Kind == "" || l.ID == ""):
		c.add(field, "one has no kind or no id of what it leads to")
	case (added || c.decoded) && l.Kind == c.kind && l.ID == c.id && c.id != "":
		c.add(field, "lead from %s %q to itself; remove that one", l.Kind, l.ID)
	}
}

func (c *checker) content(name string, isMember bool, v *Content) {
	if sum, _ := v.Verbatim(); c.wanted != "" && (v.Blob == c.wanted || sum == c.wanted) {
		c.member = name
	}
	switch {
	case v.Text != "" || *v == Content{}:
		return
	case v.Blob == "":
		c.add(name, "has a form and no content")
		return
	case !isHash(v.Blob):
		c.add(name, "%.80q is no content; give its SHA-256 in 64 lower-case hexadecimal digits", v.Blob)
		return
	case v.Form == "" && isMember:
		v.Form = formBase64
	case v.Form == "":
		v.Form = FormFile
	}
	if !knownForm(v.Form) {
		c.add(name, "%.80q is no form of a content; leave it empty", v.Form)
	}
}

func knownForm(form string) bool {
	if sum, ok := strings.CutPrefix(form, formVerbatim); ok {
		return isHash(sum)
	}
	if prefix, ok := strings.CutPrefix(form, formBase64); ok {
		return utf8.ValidString(prefix) && strings.IndexByte(prefix, 0) < 0
	}
	return form == FormRaw || form == FormFile
}

func isHash(s string) bool {
	_, err := hex.DecodeString(s)
	return err == nil && len(s) == 64 && strings.ToLower(s) == s
}

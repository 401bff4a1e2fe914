package schema

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unsafe"

	"github.com/go-json-experiment/json/jsontext"
)

// EncodeOptions says how contents are written.
type EncodeOptions struct {
	// Content gives the text of a saved content; ok false leaves the member
	// out. nil leaves out every content that is in the blob directory.
	Content func(Content) (text string, ok bool, err error)
	// At, if set, is told after Content has given a text where it stands in the
	// result: the offset behind its opening quote. Who has given "" for a content
	// that is too large for memory puts its text there.
	At func(offset int)
	// Refs writes a saved content as {"_blob": ..., "_form": ...} instead, which
	// Decode reads back: for states that are kept inside the store.
	Refs bool
}

// Encode writes an entity in the legacy app's own JSON shape: known members in
// the order of the struct, then the unknown ones in theirs. What was read by
// [Decode] and not changed gives an equal JSON value. Lists and documents that
// are nil (not loaded) are left out.
func Encode(v any, opt EncodeOptions) ([]byte, error) {
	rv := reflect.Indirect(reflect.ValueOf(v))
	e := encoder{opt: opt}
	room := encodeBuffers.Get().(*[]byte)
	defer encodeBuffers.Put(room)
	out := e.object((*room)[:0], objectOf(rv.Type()), addressable(rv), true)
	if cap(out) <= encodeBufferMost {
		*room = out
	}
	return append(make([]byte, 0, len(out)), out...), e.err
}

// Texts are written where another one was before, and copied once their size is known:
// what grows with a text is copied, and left to the collector, many times.
var encodeBuffers = sync.Pool{New: func() any { return new([]byte) }}

const encodeBufferMost = 1 << 20 // what is kept

// addressable gives rv itself or a copy that has an address.
func addressable(rv reflect.Value) reflect.Value {
	if rv.CanAddr() {
		return rv
	}
	c := reflect.New(rv.Type()).Elem()
	c.Set(rv)
	return c
}

type encoder struct {
	opt     EncodeOptions
	digests bool // contents are written as their hashes, to compare two states
	err     error
}

// object appends the JSON of rv, a struct of plan o.
func (e *encoder) object(dst []byte, o *object, rv reflect.Value, root bool) []byte {
	rest := restOf(o, rv)
	var odd oddMembers
	if rest.Odd != "" {
		odd = standing(o, addressable(rv), root)
		if whole, ok := odd[""]; ok && len(whole) == 1 {
			return append(dst, whole[0]...)
		}
	}
	dst = append(dst, '{')
	start := len(dst)
	for i := range o.members {
		m := &o.members[i]
		if raws, ok := odd[m.name]; ok {
			for _, raw := range raws {
				dst = append(name(dst, start, m.quoted), raw...)
			}
			continue
		}
		dst = e.member(dst, start, m, rv)
	}
	if extra := membersOf(rest.Extra); extra != "" {
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = append(dst, extra...)
	}
	return append(dst, '}')
}

// name appends the name of a member and a comma where one is wanted.
func name(dst []byte, start int, quoted string) []byte {
	if len(dst) > start {
		dst = append(dst, ',')
	}
	return append(append(dst, quoted...), ':')
}

func (e *encoder) member(dst []byte, start int, m *member, rv reflect.Value) []byte {
	f := rv.FieldByIndex(m.index)
	switch m.shape {
	case shapeLinks:
		in := linksIn(m, f.Interface().([]Link))
		if len(in) == 0 {
			return dst
		}
		return e.links(name(dst, start, m.quoted), m, in)
	case shapeDocument, shapeJSON:
		if f.Len() == 0 {
			return dst
		}
	case shapeStrings, shapeObjects:
		if f.IsNil() || f.Len() == 0 && !m.always {
			return dst
		}
	case shapeContent:
		c := f.Interface().(Content)
		if e.opt.Refs && c.Blob != "" {
			return appendRef(name(dst, start, m.quoted), c)
		}
		text, ok := e.content(c)
		if !ok {
			return dst
		}
		dst = name(dst, start, m.quoted)
		if e.opt.At != nil && c.Blob != "" {
			e.opt.At(len(dst) + 1)
		}
		return appendText(dst, text)
	case shapeObject:
		if f.IsNil() {
			return dst
		}
	default:
		if f.IsZero() && !m.always {
			return dst
		}
	}
	return e.typed(name(dst, start, m.quoted), m, f)
}

// Names of the members of a reference to a saved content.
const (
	refBlob = "_blob"
	refForm = "_form"
)

func appendRef(dst []byte, c Content) []byte {
	dst = appendText(append(dst, `{"`+refBlob+`":`...), c.Blob)
	return append(appendText(append(dst, `,"`+refForm+`":`...), c.Form), '}')
}

func readRef(raw []byte) (c Content, ok bool) {
	if raw[0] != '{' {
		return c, false
	}
	eachMember(raw, func(name string, _, value []byte) {
		switch s, _ := textOf(value); name {
		case refBlob:
			c.Blob = s
		case refForm:
			c.Form = s
		}
	})
	return c, len(c.Blob) == 64
}

func (e *encoder) content(c Content) (text string, ok bool) {
	if e.digests {
		text = contentDigest(c)
		return text, text != ""
	}
	if c.Blob == "" {
		return c.Text, c.Text != ""
	}
	if e.opt.Content == nil {
		return "", false
	}
	text, ok, err := e.opt.Content(c)
	if err != nil && e.err == nil {
		e.err = err
	}
	return text, ok
}

// typed appends the value of a field.
func (e *encoder) typed(dst []byte, m *member, f reflect.Value) []byte {
	switch m.shape {
	case shapeObject:
		if f.IsNil() {
			return append(dst, "null"...)
		}
		return e.object(dst, m.elem, f.Elem(), false)
	case shapeObjects:
		dst = append(dst, '[')
		for i := range f.Len() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = e.object(dst, m.elem, f.Index(i), false)
		}
		return append(dst, ']')
	case shapeStrings:
		dst = append(dst, '[')
		for i := range f.Len() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendText(dst, f.Index(i).String())
		}
		return append(dst, ']')
	}
	return appendScalar(dst, m, f)
}

func appendScalar(dst []byte, m *member, f reflect.Value) []byte {
	switch m.shape {
	case shapeString, shapeTime:
		return appendText(dst, f.String())
	case shapeJSON:
		return appendJSON(dst, viewOf(f.String()))
	case shapeDocument:
		return appendJSON(dst, f.Bytes())
	case shapeBool:
		return strconv.AppendBool(dst, f.Bool())
	case shapeInt:
		return strconv.AppendInt(dst, f.Int(), 10)
	case shapeFloat:
		return appendFloat(dst, f.Float())
	case shapeContent:
		return appendText(dst, f.Interface().(Content).Text)
	}
	panic(fmt.Sprintf("schema: shape %d is no scalar", m.shape))
}

// appendJSON appends JSON text. Other text, which only another program can have
// put where JSON belongs, is written as a string.
func appendJSON(dst, raw []byte) []byte {
	if validJSON(raw) {
		return append(dst, raw...)
	}
	return appendText(dst, string(raw))
}

// viewOf gives the bytes of a text, which must not be written to.
func viewOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

func validJSON(raw []byte) bool { return jsontext.Value(raw).IsValid(lenient()...) }

// membersOf gives what stands between the braces of an object: "" for none, and
// for text that is no object, which only another program can have put there.
func membersOf(object JSON) string {
	if len(object) <= 2 {
		return ""
	}
	text := strings.TrimSpace(string(object))
	if len(text) < 2 || text[0] != '{' || !validJSON(viewOf(text)) {
		return ""
	}
	return strings.TrimSpace(text[1 : len(text)-1])
}

func appendText(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}

// links appends the value of a member that links stand in.
func (e *encoder) links(dst []byte, m *member, in []Link) []byte {
	if m.one != "" {
		return appendText(dst, in[0].ID)
	}
	dst = append(dst, '[')
	for i := range in {
		if i > 0 {
			dst = append(dst, ',')
		}
		if m.many != "" {
			dst = appendText(dst, in[i].ID)
		} else {
			dst = e.object(dst, objectOf(reflect.TypeFor[Link]()), reflect.ValueOf(&in[i]).Elem(), false)
		}
	}
	return append(dst, ']')
}

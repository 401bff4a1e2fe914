package schema

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// shape is how a Go field stands in JSON.
type shape int

const (
	shapeString shape = iota
	shapeTime
	shapeBool
	shapeInt
	shapeFloat
	shapeJSON
	shapeDocument
	shapeContent
	shapeStrings
	shapeObject  // *S
	shapeObjects // []S
	shapeLinks   // Links: several members, see link.go
)

// member is one JSON member of a struct.
type member struct {
	name   string
	quoted string // the name as JSON text
	index  []int
	shape  shape
	always bool   // written also when zero; absent is odd
	quiet  bool   // absent has a meaning, see deriver
	names  string // the collection of the id that it holds, see StandIn; "" for none
	enum   []string
	elem   *object // of shapeObject and shapeObjects
	one    string  // shapeLinks: the kind that a member with one id refers to
	many   string  // shapeLinks: the kind that a member with a list of ids refers to
}

// object is the plan of a struct: its members and where its Rest is.
type object struct {
	typ     reflect.Type
	members []member
	byName  map[string]int
	rest    []int
}

var (
	objects  sync.Map // reflect.Type → *object
	typeTime = reflect.TypeFor[Time]()
	typeJSON = reflect.TypeFor[JSON]()
	typeDoc  = reflect.TypeFor[Document]()
	typeCont = reflect.TypeFor[Content]()
	typeRest = reflect.TypeFor[Rest]()
	typeLink = reflect.TypeFor[[]Link]()
)

// objectOf gives the plan of a struct type. It panics for a type that cannot be
// described, which a test of the descriptions finds.
func objectOf(t reflect.Type) *object {
	if o, ok := objects.Load(t); ok {
		return o.(*object)
	}
	o := &object{typ: t, byName: map[string]int{}}
	o.collect(t, nil)
	if o.rest == nil {
		panic(fmt.Sprintf("schema: %v has no Rest", t))
	}
	for i, m := range o.members {
		o.byName[m.name] = i
	}
	objects.Store(t, o)
	return o
}

func (o *object) collect(t reflect.Type, at []int) {
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(append([]int{}, at...), i)
		switch {
		case f.Type == typeRest:
			o.rest = index
		case f.Type == typeLink:
			o.links(f, index)
		case f.Anonymous && f.Type.Kind() == reflect.Struct:
			o.collect(f.Type, index)
		default:
			o.field(f, index)
		}
	}
}

func (o *object) field(f reflect.StructField, index []int) {
	tag, ok := f.Tag.Lookup("json")
	if !ok || tag == "-" {
		return
	}
	name, opt, _ := strings.Cut(tag, ",")
	m := member{name: name, quoted: quote(name), index: index, always: opt != "omitempty"}
	_, m.quiet = f.Tag.Lookup("absent")
	if e := f.Tag.Get("enum"); e != "" {
		m.enum = strings.Split(e, ",")
	}
	if m.shape, m.elem = shapeOf(f.Type); m.shape == shapeString {
		m.names = named(o.typ, name)
	}
	o.members = append(o.members, m)
}

// links adds the members that a field of links stands for: its tag is a list of
// "name=kind" for a member with one id, "name=[kind]" for a list of ids.
func (o *object) links(f reflect.StructField, index []int) {
	o.members = append(o.members, member{name: "relationships", quoted: quote("relationships"), index: index, shape: shapeLinks})
	for _, part := range strings.Fields(f.Tag.Get("links")) {
		name, kind, _ := strings.Cut(part, "=")
		m := member{name: name, quoted: quote(name), index: index, shape: shapeLinks}
		if many, ok := strings.CutPrefix(kind, "["); ok {
			m.many = strings.TrimSuffix(many, "]")
		} else {
			m.one = kind
		}
		o.members = append(o.members, m)
	}
}

func shapeOf(t reflect.Type) (shape, *object) {
	switch t {
	case typeTime:
		return shapeTime, nil
	case typeJSON:
		return shapeJSON, nil
	case typeDoc:
		return shapeDocument, nil
	case typeCont:
		return shapeContent, nil
	}
	switch t.Kind() {
	case reflect.String:
		return shapeString, nil
	case reflect.Bool:
		return shapeBool, nil
	case reflect.Int64:
		return shapeInt, nil
	case reflect.Float64:
		return shapeFloat, nil
	case reflect.Pointer:
		return shapeObject, objectOf(t.Elem())
	case reflect.Slice:
		if t.Elem().Kind() == reflect.String {
			return shapeStrings, nil
		}
		return shapeObjects, objectOf(t.Elem())
	}
	panic(fmt.Sprintf("schema: no JSON shape for %v", t))
}

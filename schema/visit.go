package schema

import (
	"reflect"
	"sync"
)

// Contents gives every content in v, a pointer to an entity, that is not empty.
func Contents(v any) []*Content {
	var found []*Content
	visitContents(reflect.ValueOf(v).Elem(), &found)
	return found
}

var withContents sync.Map // reflect.Type → bool

// hasContents tells whether values of t can hold a content.
func hasContents(t reflect.Type) bool {
	if has, ok := withContents.Load(t); ok {
		return has.(bool)
	}
	has := t == typeCont
	switch t.Kind() {
	case reflect.Struct:
		for i := 0; i < t.NumField() && !has; i++ {
			has = hasContents(t.Field(i).Type)
		}
	case reflect.Slice, reflect.Pointer:
		has = hasContents(t.Elem())
	}
	withContents.Store(t, has)
	return has
}

func visitContents(rv reflect.Value, found *[]*Content) {
	t := rv.Type()
	if t == typeCont {
		if c := rv.Addr().Interface().(*Content); !c.IsZero() {
			*found = append(*found, c)
		}
		return
	}
	if !hasContents(t) {
		return
	}
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			visitContents(rv.Field(i), found)
		}
	case reflect.Slice:
		for i := range rv.Len() {
			visitContents(rv.Index(i), found)
		}
	case reflect.Pointer:
		if !rv.IsNil() {
			visitContents(rv.Elem(), found)
		}
	}
}

// CompleteLinks fills in what the caller of a save left out of the links of an
// entity. A member that has room for one id keeps the first link in it; the
// others become relationships.
func CompleteLinks(v any, id string) {
	k, ok := v.(kinder)
	if !ok {
		return
	}
	rv := reflect.ValueOf(v).Elem()
	taken := map[string]bool{}
	for _, m := range objectOf(rv.Type()).members {
		if m.shape != shapeLinks || m.name != relationships {
			continue
		}
		links := rv.FieldByIndex(m.index).Interface().([]Link)
		for i := range links {
			l := &links[i]
			if hasRoomForOne(rv.Type(), l.Member) {
				if taken[l.Member] {
					l.Member = relationships
				}
				taken[l.Member] = true
			}
			l.Complete(k.kind(), id)
		}
	}
}

func hasRoomForOne(t reflect.Type, member string) bool {
	o := objectOf(t)
	i, ok := o.byName[member]
	return ok && o.members[i].shape == shapeLinks && o.members[i].one != ""
}

// InvalidJSON gives the name of the first member of v, an entity or an item,
// whose text should be JSON and is not: "" if there is none.
func InvalidJSON(v any) string {
	rv := reflect.Indirect(reflect.ValueOf(v))
	return invalidJSON(objectOf(rv.Type()), rv)
}

func invalidJSON(o *object, rv reflect.Value) string {
	if extra := restOf(o, rv).Extra; len(extra) > 2 && membersOf(extra) == "" {
		return "extra"
	}
	for i := range o.members {
		m := &o.members[i]
		f := rv.FieldByIndex(m.index)
		switch m.shape {
		case shapeJSON:
			if f.Len() > 0 && !validJSON(viewOf(f.String())) {
				return m.name
			}
		case shapeDocument:
			if f.Len() > 0 && !validJSON(f.Bytes()) {
				return m.name
			}
		case shapeObject:
			if !f.IsNil() {
				if name := invalidJSON(m.elem, f.Elem()); name != "" {
					return m.name + "." + name
				}
			}
		case shapeObjects:
			if name := invalidElement(m.elem, f); name != "" {
				return m.name + "." + name
			}
		case shapeLinks:
			if m.name == relationships {
				if name := invalidElement(objectOf(reflect.TypeFor[Link]()), f); name != "" {
					return m.name + "." + name
				}
			}
		}
	}
	return ""
}

func invalidElement(o *object, list reflect.Value) string {
	for i := range list.Len() {
		if name := invalidJSON(o, list.Index(i)); name != "" {
			return name
		}
	}
	return ""
}

package schema

import "reflect"

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

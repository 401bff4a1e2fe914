package legacy

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// member is one member of an object, cut out of its text.
type member struct {
	name  string         // canonical, without quotes
	raw   jsontext.Value // the name as it was written, quotes included
	value jsontext.Value
}

// cutter cuts a valid JSON value into its parts without copying.
type cutter struct {
	in []byte
	at int
}

func (c *cutter) next() byte {
	for ; c.at < len(c.in); c.at++ {
		switch b := c.in[c.at]; b {
		case ' ', '\t', '\r', '\n', ',', ':':
		default:
			return b
		}
	}
	return 0
}

// take returns the value that is next; nil where there is none.
func (c *cutter) take() jsontext.Value {
	c.next()
	from, depth := c.at, 0
	for c.at < len(c.in) {
		switch b := c.in[c.at]; b {
		case '"':
			c.text()
		case '{', '[':
			depth++
			c.at++
			continue
		case '}', ']':
			depth--
			c.at++
		default:
			if depth > 0 && delimits(b) {
				c.at++
				continue
			}
			for c.at < len(c.in) && !delimits(c.in[c.at]) {
				c.at++
			}
		}
		if depth <= 0 {
			break
		}
	}
	return c.in[from:c.at:c.at]
}

// text passes over a string.
func (c *cutter) text() {
	for c.at++; c.at < len(c.in); c.at++ {
		switch b := c.in[c.at]; {
		case !special[b]:
		case b == '"':
			c.at++
			return
		case b == '\\':
			c.at++
		}
	}
	c.at = min(c.at, len(c.in))
}

// members returns the members of an object in their order, duplicates included;
// ok is false when raw is no object.
func members(raw jsontext.Value) (list []member, ok bool) {
	c := cutter{in: raw}
	if c.next() != '{' {
		return nil, false
	}
	for c.at++; ; {
		if b := c.next(); b != '"' {
			return list, true
		}
		name := c.take()
		value := c.take()
		if len(value) == 0 {
			return list, true
		}
		list = append(list, member{name: canonicalName(name), raw: name, value: value})
	}
}

// canonicalName returns the name under which a member is known, so that a name
// that is escaped in one source and not in another is the same.
func canonicalName(quoted jsontext.Value) string {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1])
	}
	text, err := Canonical(quoted)
	if err != nil || len(text) < 2 {
		return string(quoted)
	}
	return string(text[1 : len(text)-1])
}

// elements returns the elements of an array; ok is false when raw is none.
func elements(raw jsontext.Value) (list []jsontext.Value, ok bool) {
	c := cutter{in: raw}
	if c.next() != '[' {
		return nil, false
	}
	for c.at++; ; {
		if b := c.next(); b == ']' || b == 0 {
			return list, true
		}
		v := c.take()
		if len(v) == 0 {
			return list, true
		}
		list = append(list, v)
	}
}

// last returns the value of the last member of that name; nil without one.
func last(list []member, name string) jsontext.Value {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].name == name {
			return list[i].value
		}
	}
	return nil
}

// joinMembers writes an object of these members.
func joinMembers(list []member) jsontext.Value {
	n := 2
	for _, m := range list {
		n += len(m.raw) + len(m.value) + 2
	}
	out := append(make([]byte, 0, n), '{')
	for i, m := range list {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(append(out, m.raw...), ':'), m.value...)
	}
	return append(out, '}')
}

// joinElements writes an array of these elements.
func joinElements(list []jsontext.Value) jsontext.Value {
	return append(append([]byte{'['}, bytes.Join(asBytes(list), []byte{','})...), ']')
}

func asBytes(list []jsontext.Value) [][]byte {
	out := make([][]byte, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

// newMember is a member with this name and value.
func newMember(name string, v jsontext.Value) member { return member{name, quoteText(name), v} }

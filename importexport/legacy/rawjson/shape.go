package rawjson

import (
	"errors"
	"io"
	"slices"
	"strconv"
)

// ErrEnough ends the reading of an object early.
var ErrEnough = errors.New("seen enough")

// MaxScalar is how much of a scalar member is remembered by probe.
const MaxScalar = 4096

// Shape is what probe saw of a value: its kind and, of an object, its members.
type Shape struct {
	Kind    byte              // the first byte of the value; 0 for an empty text
	Members int               // members seen
	Scalars map[string]string // small scalar members, as JSON text; the last of a name
	Kinds   map[string]byte   // the first byte of each member's value, of the first names
	DataAt  int               // index of the last member "data", -1 without one
	Objects int               // members that are objects
	Indexed int               // members that are objects and named 0, 1, ... in order
	Err     error             // why probing ended early, nil otherwise
}

// maxKinds bounds how many member names are remembered.
const maxKinds = 64

// Probe looks at the value of l. Of an object it reads all members, or those up to
// data if they say already that it is a wrapper. An error in the text is left in the
// shape with what was seen before it; the error returned is one of opening l.
func Probe(l Layer) (*Shape, error) {
	s, err := l(nil)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	kind, err := s.Peek()
	sh := NewShape(kind)
	if err == io.EOF {
		return sh, nil
	}
	if err != nil || kind != '{' {
		return sh, err
	}
	err = s.Object(func(i int, name string, kind byte) error { return sh.See(s, i, name, kind) })
	if err != nil && Fatal(err) {
		return nil, err
	}
	if err != ErrEnough {
		sh.Err = err
	}
	return sh, nil
}

func NewShape(kind byte) *Shape {
	sh := &Shape{Kind: kind, DataAt: -1}
	if kind == '{' {
		sh.Scalars, sh.Kinds = map[string]string{}, map[string]byte{}
	}
	return sh
}

// See notes one member and takes its value.
func (sh *Shape) See(s *Scanner, i int, name string, kind byte) error {
	sh.Members++
	if len(sh.Kinds) < maxKinds {
		sh.Kinds[name] = kind
	}
	if name == "data" {
		if sh.DataAt = i; sh.truthy("version") && sh.Scalars["timestamp"] != "" {
			return ErrEnough
		}
	}
	if kind == '{' {
		sh.Objects++
		if name == strconv.Itoa(sh.Indexed) {
			sh.Indexed++
		}
	}
	if kind == '{' || kind == '[' || len(sh.Scalars) >= maxKinds || name == "data" {
		return s.Skip()
	}
	v, whole, err := s.Front(MaxScalar)
	if err == nil && whole {
		sh.Scalars[name] = string(v)
		if Valid(v) != nil {
			s.Notes.Add("malformed", "a member whose value is no JSON")
		}
	}
	return err
}

// truthy says whether the member is a scalar that JavaScript takes as true.
func (sh *Shape) truthy(name string) bool {
	switch sh.Scalars[name] {
	case "", "null", "false", `""`, "0", "-0", "0.0":
		return false
	}
	return true
}

// Wrapper says whether the object is a wrapper around its member data.
func (sh *Shape) Wrapper(isArray bool) bool {
	if sh.Record() {
		return true
	}
	if sh.DataAt < 0 || !sh.truthy("version") || sh.Has("id") { // a record of its own may have all of these
		return false
	}
	_, sum := sh.Kinds["checksum"]
	_, at := sh.Kinds["timestamp"]
	_, packed := sh.Kinds["compressed"]
	return isArray || sum || at || packed
}

// Text returns the text of a string member, or of a scalar as it is written.
func (sh *Shape) Text(name string) string {
	v := sh.Scalars[name]
	if len(v) > 0 && v[0] == '"' {
		return Unquote([]byte(v))
	}
	return v
}

// Millis returns a member that is a time in epoch milliseconds, 0 without one.
func (sh *Shape) Millis(name string) int64 {
	f, err := strconv.ParseFloat(sh.Text(name), 64)
	if err != nil || f < 0 || f > 8.64e15 {
		return 0
	}
	return int64(f)
}

// Record says whether the object is one of the IndexedDB.
func (sh *Shape) Record() bool {
	if sh.Members != 3 || sh.DataAt < 0 || sh.Kinds["name"] != '"' {
		return false
	}
	at := sh.Kinds["timestamp"]
	return at == '"' || slices.Contains([]byte("0123456789"), at)
}

// Has says whether the object has one of these members.
func (sh *Shape) Has(names ...string) bool {
	for _, n := range names {
		if _, ok := sh.Kinds[n]; ok {
			return true
		}
	}
	return false
}

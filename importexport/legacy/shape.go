package legacy

import (
	"errors"
	"io"
	"slices"
	"strconv"
)

// errEnough ends the reading of an object early.
var errEnough = errors.New("seen enough")

// maxScalar is how much of a scalar member is remembered by probe.
const maxScalar = 4096

// shape is what probe saw of a value: its kind and, of an object, its members.
type shape struct {
	kind    byte              // the first byte of the value; 0 for an empty text
	members int               // members seen
	scalars map[string]string // small scalar members, as JSON text; the last of a name
	kinds   map[string]byte   // the first byte of each member's value, of the first names
	dataAt  int               // index of the last member "data", -1 without one
	objects int               // members that are objects
	indexed int               // members that are objects and named 0, 1, ... in order
	err     error             // why probing ended early, nil otherwise
}

// maxKinds bounds how many member names are remembered.
const maxKinds = 64

// probe looks at the value of l. Of an object it reads all members, or those up to
// data if they say already that it is a wrapper. An error in the text is left in the
// shape with what was seen before it; the error returned is one of opening l.
func probe(l layer) (*shape, error) {
	s, err := l(nil)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	kind, err := s.peek()
	sh := newShape(kind)
	if err == io.EOF {
		return sh, nil
	}
	if err != nil || kind != '{' {
		return sh, err
	}
	err = s.object(func(i int, name string, kind byte) error { return sh.see(s, i, name, kind) })
	if err != nil && fatal(err) {
		return nil, err
	}
	if err != errEnough {
		sh.err = err
	}
	return sh, nil
}

func newShape(kind byte) *shape {
	sh := &shape{kind: kind, dataAt: -1}
	if kind == '{' {
		sh.scalars, sh.kinds = map[string]string{}, map[string]byte{}
	}
	return sh
}

// see notes one member and takes its value.
func (sh *shape) see(s *scanner, i int, name string, kind byte) error {
	sh.members++
	if len(sh.kinds) < maxKinds {
		sh.kinds[name] = kind
	}
	if name == "data" {
		if sh.dataAt = i; sh.truthy("version") && sh.scalars["timestamp"] != "" {
			return errEnough
		}
	}
	if kind == '{' {
		sh.objects++
		if name == strconv.Itoa(sh.indexed) {
			sh.indexed++
		}
	}
	if kind == '{' || kind == '[' || len(sh.scalars) >= maxKinds || name == "data" {
		return s.skip()
	}
	v, whole, err := s.front(maxScalar)
	if err == nil && whole {
		sh.scalars[name] = string(v)
	}
	return err
}

// truthy says whether the member is a scalar that JavaScript takes as true.
func (sh *shape) truthy(name string) bool {
	switch sh.scalars[name] {
	case "", "null", "false", `""`, "0", "-0", "0.0":
		return false
	}
	return true
}

// wrapper says whether the object is a wrapper around its member data.
func (sh *shape) wrapper(isArray bool) bool {
	if sh.record() {
		return true
	}
	if sh.dataAt < 0 || !sh.truthy("version") {
		return false
	}
	_, sum := sh.kinds["checksum"]
	_, at := sh.kinds["timestamp"]
	_, packed := sh.kinds["compressed"]
	return isArray || sum || at || packed
}

// text returns the text of a string member, or of a scalar as it is written.
func (sh *shape) text(name string) string {
	v := sh.scalars[name]
	if len(v) > 0 && v[0] == '"' {
		return unquote([]byte(v))
	}
	return v
}

// millis returns a member that is a time in epoch milliseconds, 0 without one.
func (sh *shape) millis(name string) int64 {
	f, err := strconv.ParseFloat(sh.text(name), 64)
	if err != nil || f < 0 || f > 8.64e15 {
		return 0
	}
	return int64(f)
}

// record says whether the object is one of the IndexedDB.
func (sh *shape) record() bool {
	if sh.members != 3 || sh.dataAt < 0 || sh.kinds["name"] != '"' {
		return false
	}
	at := sh.kinds["timestamp"]
	return at == '"' || slices.Contains([]byte("0123456789"), at)
}

// has says whether the object has one of these members.
func (sh *shape) has(names ...string) bool {
	for _, n := range names {
		if _, ok := sh.kinds[n]; ok {
			return true
		}
	}
	return false
}

package redact

import (
	"io"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
)

// Redaction says which secrets stand in a text. The text is read twice: once to look,
// once to be written without them; one without secrets stays as it is.
type Redaction struct {
	plain  bool              // some stand in the text itself
	packed map[int]Redaction // of the strings, counted from 0, that hold some compressed
	forms  map[int]bool      // the strings, counted from 0, that are nothing but a key
	depth  int
}

// maxPacked is how often a text may be compressed inside of another one.
const maxPacked = 4

// LookFor reads a text and says which secrets stand in it. Damage of what is compressed
// ends the look into it.
func LookFor(in io.Reader) (Redaction, error) { return lookAt(in, 0) }

func lookAt(in io.Reader, depth int) (Redaction, error) {
	r := &redactor{dst: io.Discard, plan: Redaction{packed: map[int]Redaction{}, forms: map[int]bool{}, depth: depth}, look: true}
	err := r.run(in)
	r.plan.plain = r.hit
	return r.plan, err
}

// Hit says whether there are any secrets.
func (p Redaction) Hit() bool { return p.plain || len(p.packed) > 0 }

// Write writes the text without its secrets: they are blanked out with asterisks, and
// a compressed text that holds some is written as the plain text that it stands for.
func (p Redaction) Write(dst io.Writer, in io.Reader) error {
	return (&redactor{dst: dst, plan: p}).run(in)
}

// redactor passes bytes on and blanks out strings that follow the name of a secret and
// a colon, or that name at the beginning of a list, the texts in an object or a list that follows it, and strings that
// are nothing but a key. It also understands names and texts that stand escaped in a string, as in a
// dump of localStorage. It asks for no valid JSON.
type redactor struct {
	dst    io.Writer
	out    []byte
	plan   Redaction
	look   bool   // nothing is written: the plan is to be made
	name   []byte // the string so far, as far as it is looked at
	held   bool   // name is the front of the mark of a compressed text, and not yet written
	state  int
	slash  int   // backslashes before the current byte
	opener int   // backslashes before the quote that opened the string
	opened []int // those of the strings that are open, one in the text of the other
	hit    bool
	before byte   // the last byte that is no space, quote or backslash
	inside []byte // the brackets that are open since the name of a secret
	nested int    // how many strings were open then
	since  int    // bytes outside of strings since the first of them
	line   bool   // the last byte was the end of a line
	fresh  bool   // an object begins at the beginning of a line, as each entry of a log does
	texts  int    // strings that began
	paired bool   // the string that was opened last is the first of a list
	armed  bool   // the name of a secret stood as a text: the data beside it is the secret
	nth    int    // compressed strings that began
	pack   *unpacking
	err    error
}

// The states of a redactor.
const (
	between  = iota // outside of strings, no name before
	naming          // inside of a string that may be a name
	named           // after the name of a secret
	valued          // after that name and a colon
	blanking        // inside of a secret
	packing         // inside of a compressed text
)

func (r *redactor) run(in io.Reader) error {
	buf := make([]byte, 32<<10)
	for {
		n, err := in.Read(buf)
		for _, c := range buf[:n] {
			r.step(c)
		}
		if r.flush(); r.err != nil {
			return r.err
		}
		if err == io.EOF {
			if r.held {
				r.release()
			}
			if r.state == naming {
				r.form()
			}
			r.unpacked()
			r.flush()
			return r.err
		}
		if err != nil {
			r.unpacked()
			return err
		}
	}
}

func (r *redactor) flush() {
	if r.err == nil && len(r.out) > 0 {
		_, r.err = r.dst.Write(r.out)
	}
	r.out = r.out[:0]
}

func (r *redactor) emit(c byte) { r.out = append(r.out, c) }

// release writes the front of a string that looked like a compressed text.
func (r *redactor) release() {
	r.out, r.held = append(r.out, r.name...), false
}

// step takes one byte.
func (r *redactor) step(c byte) {
	if c == '\\' {
		if r.held {
			r.release()
		}
		r.slash++
		if r.state == blanking && r.slash > r.opener {
			c = '*'
		}
		r.pass(c)
		return
	}
	slash := r.slash
	r.slash = 0
	if c == '"' {
		if r.held {
			r.release()
		}
		r.quote(slash)
		return
	}
	if rawjson.Outside[c] != rawjson.Space {
		r.before = c
	}
	r.fresh, r.line = r.line && c == '{', c == '\n'
	switch r.state {
	case naming:
		r.letter(c)
		return
	case blanking:
		c = '*'
	case packing:
	default:
		r.mark(c)
	}
	r.pass(c)
}

// MaxInside bounds how far an object or list of secrets goes, in bytes outside of its strings.
const MaxInside = 64 << 10

// mark takes a byte outside of the strings.
func (r *redactor) mark(c byte) {
	was := r.state
	switch {
	case rawjson.Outside[c] == rawjson.Space:
		return
	case was == named && (c == ':' || c == ',' && r.paired):
		r.state = valued
	case was == named:
		r.state, r.armed = between, true
	default:
		r.state = between
	}
	if len(r.inside) > 0 {
		if r.since++; r.since > MaxInside || r.fresh {
			r.inside = r.inside[:0] // it has no end: what follows is something else
		}
	}
	switch {
	case (c == '{' || c == '[') && (was == valued || len(r.inside) > 0):
		if len(r.inside) == 0 {
			r.since, r.nested = 0, len(r.opened)
		}
		r.inside = append(r.inside, c)
	case (c == '}' || c == ']') && len(r.inside) > 0:
		r.inside = r.inside[:len(r.inside)-1]
	}
	if c == '}' {
		r.armed = false
	}
}

// within says whether the string that opens is a text in the object or list of a secret.
func (r *redactor) within() bool {
	n := len(r.inside)
	return n > 0 && (r.inside[n-1] == '[' || r.before == ':')
}

// form notes that the string that ends is nothing but a key, if it is.
func (r *redactor) form() {
	if r.look && names.SecretText(string(r.name)) {
		r.plan.forms[r.texts-1], r.hit = true, true
	}
}

// pass writes a byte, or gives it to what is unpacked.
func (r *redactor) pass(c byte) {
	if r.state == packing && r.pack != nil {
		r.pack.take(c)
		if !r.look {
			return
		}
	}
	r.emit(c)
}

// letter takes a byte of a string that may be a name, or a compressed text.
func (r *redactor) letter(c byte) {
	if len(r.name) <= names.MaxSecretForm {
		r.name = append(r.name, c)
	}
	n := len(r.name)
	if n > len(rawjson.GzipPrefix) || string(r.name) != rawjson.GzipPrefix[:n] {
		if r.held {
			r.release()
		} else {
			r.emit(c)
		}
		return
	}
	if r.held = n < len(rawjson.GzipPrefix); !r.held {
		r.begin()
	}
}

// begin begins a compressed text, whose mark has been taken.
func (r *redactor) begin() {
	nth := r.nth
	r.nth++
	r.state = packing
	switch {
	case r.plan.depth >= maxPacked || !r.look && !r.plan.packed[nth].Hit():
		r.release()
	case r.look:
		r.release()
		r.pack = unpack(func(in io.Reader) error {
			plan, err := lookAt(in, r.plan.depth+1)
			if plan.Hit() {
				r.plan.packed[nth] = plan
			}
			return err
		})
	default:
		r.flush()
		r.pack = unpack(func(in io.Reader) error {
			return r.plan.packed[nth].Write(&quoting{dst: r.dst, times: levels(r.opener)}, in)
		})
	}
}

// unpacked ends a compressed text.
func (r *redactor) unpacked() {
	if r.pack != nil {
		r.pack.end()
		r.pack = nil
	}
}

// levels says how many strings lie around a quote with this many backslashes.
func levels(slashes int) int {
	n := 1
	for ; slashes > 0; slashes /= 2 {
		n++
	}
	return n
}

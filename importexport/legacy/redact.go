package legacy

import "io"

// redaction says which secrets stand in a text. The text is read twice: once to look,
// once to be written without them; one without secrets stays as it is.
type redaction struct {
	plain  bool              // some stand in the text itself
	packed map[int]redaction // of the strings, counted from 0, that hold some compressed
	depth  int
}

// maxPacked is how often a text may be compressed inside of another one.
const maxPacked = 4

// lookFor reads a text and says which secrets stand in it. Damage of what is compressed
// ends the look into it.
func lookFor(in io.Reader) (redaction, error) { return lookAt(in, 0) }

func lookAt(in io.Reader, depth int) (redaction, error) {
	r := &redactor{dst: io.Discard, plan: redaction{packed: map[int]redaction{}, depth: depth}, look: true}
	err := r.run(in)
	r.plan.plain = r.hit
	return r.plan, err
}

// hit says whether there are any secrets.
func (p redaction) hit() bool { return p.plain || len(p.packed) > 0 }

// write writes the text without its secrets: they are blanked out with asterisks, and
// a compressed text that holds some is written as the plain text that it stands for.
func (p redaction) write(dst io.Writer, in io.Reader) error {
	return (&redactor{dst: dst, plan: p}).run(in)
}

// redactor passes bytes on and blanks out strings that follow the name of a secret and
// a colon, or that name at the beginning of a list. It also understands names and texts that stand escaped in a string, as in a
// dump of localStorage. It asks for no valid JSON.
type redactor struct {
	dst    io.Writer
	out    []byte
	plan   redaction
	look   bool // nothing is written: the plan is to be made
	name   []byte
	held   bool // name is the front of the mark of a compressed text, and not yet written
	state  int
	slash  int  // backslashes before the current byte
	opener int  // backslashes before the quote that opened the string
	top    bool // inside of a string of the file itself
	hit    bool
	before byte // the last byte that is no space, quote or backslash
	paired bool // the string that was opened last is the first of a list
	armed  bool // the name of a secret stood as a text: the data beside it is the secret
	nth    int  // compressed strings that began
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

const maxName = 64

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
	if outside[c] != space {
		r.before = c
	}
	switch r.state {
	case naming:
		r.letter(c)
		return
	case named:
		if c == ':' || c == ',' && r.paired {
			r.state = valued
		} else if outside[c] != space {
			r.state, r.armed = between, true
		}
	case valued:
		if outside[c] != space {
			r.state = between
		}
	case blanking:
		c = '*'
	}
	if r.state == between && c == '}' {
		r.armed = false
	}
	r.pass(c)
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
	if len(r.name) < maxName {
		r.name = append(r.name, c)
	}
	n := len(r.name)
	if n > len(gzipPrefix) || string(r.name) != gzipPrefix[:n] {
		if r.held {
			r.release()
		} else {
			r.emit(c)
		}
		return
	}
	if r.held = n < len(gzipPrefix); !r.held {
		r.begin()
	}
}

// begin begins a compressed text, whose mark has been taken.
func (r *redactor) begin() {
	nth := r.nth
	r.nth++
	r.state = packing
	switch {
	case r.plan.depth >= maxPacked || !r.look && !r.plan.packed[nth].hit():
		r.release()
	case r.look:
		r.release()
		r.pack = unpack(func(in io.Reader) error {
			plan, err := lookAt(in, r.plan.depth+1)
			if plan.hit() {
				r.plan.packed[nth] = plan
			}
			return err
		})
	default:
		r.flush()
		r.pack = unpack(func(in io.Reader) error {
			return r.plan.packed[nth].write(&quoting{dst: r.dst, times: levels(r.opener)}, in)
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

// quote handles a quote with this many backslashes before it. An even number
// leaves it a quote of the file itself, an odd one a quote of text in a string.
func (r *redactor) quote(slash int) {
	nested := slash%2 == 1
	if !nested {
		slash = 0
		r.top = !r.top
	}
	opens := r.top
	if nested {
		opens = r.state != naming && r.state != blanking && r.state != packing || slash > r.opener
	}
	if r.state == packing && !opens {
		taken := r.pack != nil && !r.look
		r.unpacked()
		for range slash {
			if taken {
				r.emit('\\')
			}
		}
	}
	switch {
	case r.state == blanking && nested && opens:
		r.emit('*')
		return
	case r.state == valued && opens:
		r.state, r.opener, r.hit = blanking, slash, true
	case opens:
		r.state, r.opener, r.name, r.paired = naming, slash, r.name[:0], r.before == '['
	case r.state == naming && slash == r.opener && r.secret():
		r.state = named
	default:
		r.state = between
	}
	r.emit('"')
}

// secret says whether the string that ends is the name of a secret: by itself, or as the
// data of a record or a log entry that is named so.
func (r *redactor) secret() bool {
	name := string(r.name)
	return secretName(name) || r.armed && (name == "data" || name == "value")
}

// levels says how many strings lie around a quote with this many backslashes.
func levels(slashes int) int {
	n := 1
	for ; slashes > 0; slashes /= 2 {
		n++
	}
	return n
}

package legacy

import (
	"io"
)

// Kept opens a file of the source as it goes into quarantine: byte for byte,
// except that texts under the name of a secret (an API key) are blanked out with
// asterisks. redacted, valid after the last read, says whether that happened.
func (src *Source) Kept(path string) (in io.ReadCloser, redacted func() bool, err error) {
	defer wrap(&err, "open %s for quarantine", path)
	f, err := src.Open(path)
	if err != nil {
		return nil, nil, err
	}
	r := &redactor{src: f, in: make([]byte, 32<<10)}
	return struct {
		io.Reader
		io.Closer
	}{r, f}, func() bool { return r.hit }, nil
}

// redactor passes bytes through and blanks out strings that follow the name of a
// secret and a colon. It also understands names and texts that stand escaped in a
// string, as in a dump of localStorage. It asks for no valid JSON.
type redactor struct {
	src    io.Reader
	in     []byte
	rest   []byte
	name   []byte // the last string, cut at maxName
	state  int
	slash  int  // backslashes before the current byte
	opener int  // backslashes before the quote that opened the string
	top    bool // inside of a string of the file itself
	hit    bool
	err    error
}

// The states of a redactor.
const (
	between  = iota // outside of strings, no name before
	naming          // inside of a string that may be a name
	named           // after the name of a secret
	valued          // after that name and a colon
	blanking        // inside of a secret
)

const maxName = 64

func (r *redactor) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		var n int
		n, r.err = r.src.Read(r.in)
		r.rest = r.in[:n]
		for i, c := range r.rest {
			r.rest[i] = r.step(c)
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// step returns what is passed on for c.
func (r *redactor) step(c byte) byte {
	if c == '\\' {
		r.slash++
		if r.state == blanking && r.slash > r.opener {
			return '*'
		}
		return c
	}
	slash := r.slash
	r.slash = 0
	if c == '"' {
		return r.quote(slash)
	}
	switch r.state {
	case naming:
		if len(r.name) < maxName {
			r.name = append(r.name, c)
		}
	case named:
		if c == ':' {
			r.state = valued
		} else if outside[c] != space {
			r.state = between
		}
	case valued:
		if outside[c] != space {
			r.state = between
		}
	case blanking:
		return '*'
	}
	return c
}

// quote handles a quote with this many backslashes before it. An even number
// leaves it a quote of the file itself, an odd one a quote of text in a string.
func (r *redactor) quote(slash int) byte {
	nested := slash%2 == 1
	if !nested {
		slash = 0
		r.top = !r.top
	}
	opens := r.top
	if nested {
		opens = r.state != naming && r.state != blanking || slash > r.opener
	}
	switch {
	case r.state == blanking && nested && opens:
		return '*'
	case r.state == valued && opens:
		r.state, r.opener, r.hit = blanking, slash, true
	case opens:
		r.state, r.opener, r.name = naming, slash, r.name[:0]
	case r.state == naming && slash == r.opener && secretName(string(r.name)):
		r.state = named
	default:
		r.state = between
	}
	return '"'
}

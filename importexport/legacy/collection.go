package legacy

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// decodeCollection reads a file that holds an array of entities.
func decodeCollection(ctx context.Context, in *input, out *output) error {
	l := in.layer(ctx)
	if ok, err := out.sound(l); !ok || err != nil {
		return err
	}
	return out.wrapped(l, in, true, func(final layer) error {
		return out.entities(final, in.class.Key, "")
	})
}

// sound looks through the whole text of a file. It returns false when there is
// nothing in it to be read; other damage is noted.
func (out *output) sound(l layer) (bool, error) {
	s, err := l(nil)
	if err != nil {
		return false, out.failed(err)
	}
	defer s.Close()
	c, err := s.peek()
	if err == io.EOF {
		out.notes.add("empty-file", "nothing but white space")
		out.keep("empty")
		return false, nil
	}
	if err != nil {
		return false, out.failed(err)
	}
	if outside[c] == comma || outside[c] == shut || outside[c] == plain && !strings.ContainsRune("-0123456789tfn", rune(c)) {
		what := "not-json"
		if c == 0 {
			what = "empty-file"
		}
		out.notes.add(what, "begins with "+strconv.QuoteRune(rune(c)))
		out.keep("no JSON")
		return false, nil
	}
	if err := s.skip(); err != nil {
		return true, out.failed(err)
	}
	if out.at != "" {
		return true, nil // a value inside of the file: more follows
	}
	more, err := s.drain()
	if more {
		out.trailing()
	}
	return true, out.failed(err)
}

// trailing notes that a text goes on after its value, which nobody reads.
func (out *output) trailing() {
	out.notes.add("trailing-data", "more follows after the first value")
	out.cut = true
	out.keep("more follows after the first value")
}

// failed notes damage; it returns err only if that ends the scan.
func (out *output) failed(err error) error {
	if err == nil || fatal(err) {
		return err
	}
	if err == io.EOF {
		err = errTruncated
	}
	out.damage(err)
	out.cut = out.cut || code(err) != "gzip-error"
	return nil
}

// lost notes damage because of which not all of a value could be given.
func (out *output) lost(err error) error {
	out.cut = out.cut || err != nil && !fatal(err)
	return out.failed(err)
}

// wrapped takes the wrappers off l, checks their checksum and the soundness of
// what is inside, and has read read it.
func (out *output) wrapped(l layer, in *input, array bool, read func(layer) error) error {
	w, err := unwrap(l, array)
	if err != nil {
		return out.failed(err)
	}
	if w.doubled {
		out.notes.add("double-wrapped", "")
	}
	if w.header != nil {
		at := max(w.header.millis("timestamp"), isoMillis(w.header.text("timestamp")))
		out.time, out.stamped = in.time(at), at > 0
		if err := out.verify(&w); err != nil {
			return err
		}
	}
	if w.doubled || w.header == nil && w.steps > 0 {
		if err := out.checkText(w.final, w.alone, nil); err != nil {
			return err
		}
	}
	return out.lost(read(w.final))
}

// check reads all of a text, for damage to be known before its records are given.
func (out *output) check(l layer, tap io.Writer) error { return out.checkText(l, false, tap) }

// checkText is check for what may be a text of its own (alone), which ends with its value.
func (out *output) checkText(l layer, alone bool, tap io.Writer) error {
	s, err := l(tap)
	if err != nil {
		return out.failed(err)
	}
	defer s.Close()
	if err = s.skip(); err == nil || code(err) == "malformed" {
		whole, more := err == nil, false
		if more, err = s.drain(); whole && more && alone {
			out.trailing()
		}
	}
	return out.failed(err)
}

// verify compares the wrapper's checksum with the text, then with the text as the
// application would have written it again.
func (out *output) verify(w *wrapping) error {
	want := w.header.text("checksum")
	var first, compact, pretty sum32
	before := out.damaged
	if w.inString {
		if err := out.checkText(w.first, true, &first); err != nil {
			return err
		}
		if want == "" || first.String() == want || out.damaged && !before {
			return nil
		}
	}
	if want == "" {
		return nil
	}
	s, err := w.first(nil)
	if err != nil {
		return out.failed(err)
	}
	defer s.Close()
	if err := reencoded(s, &compact, &pretty); fatal(err) {
		return err
	}
	if compact.String() != want && pretty.String() != want && !out.damaged {
		out.warn("checksum-mismatch", "", "the wrapper says "+want)
	}
	return nil
}

// entities gives the entities of the value of l, which stands at pointer.
func (out *output) entities(l layer, key, pointer string) error {
	s, err := l(nil)
	if err != nil {
		return err
	}
	defer s.Close()
	c, err := s.peek()
	if err == io.EOF {
		return nil
	}
	if err != nil {
		return err
	}
	switch c {
	case '[':
		return out.elements(s, key, pointer)
	case '{':
		return out.explode(l, s, key, pointer)
	}
	raw, err := s.keep(nil, maxElement)
	if err != nil || string(raw) == "null" {
		return err
	}
	return out.stray(Stray{Collection: key, Pointer: pointer, Raw: raw, Reason: "an array is expected"})
}

// largeRecord is the size from which a record is given away with the buffer it was
// read into, instead of a copy.
const largeRecord = 1 << 20

// elements gives the elements of the array that is next in s.
func (out *output) elements(s *scanner, key, pointer string) error {
	var scratch []byte
	return s.array(func(i int, _ byte) (err error) {
		scratch, err = s.keep(scratch[:0], maxElement)
		if err != nil {
			return err
		}
		raw := scratch
		if len(raw) < largeRecord {
			raw = bytes.Clone(raw)
		} else {
			scratch = nil
		}
		return out.entity(raw, key, pointer+"/"+strconv.Itoa(i), i, "")
	})
}

// entity gives one element of a collection: a record if it is an object.
func (out *output) entity(raw jsontext.Value, key, pointer string, seq int, name string) error {
	reason := "not an object"
	if err := valid(raw); err != nil {
		reason = "not valid JSON"
		if tooDeep(raw) {
			reason = "nested too deep to be read"
			out.notes.add("deep-nesting", pointer)
		}
		out.cut = true
		out.keep(reason)
	} else if raw[0] == '{' {
		id, _ := idOf(raw) // that it is a number, the codec tells
		if id == "" {
			id = name
		}
		return out.candidate(Candidate{Collection: key, ID: id, Raw: raw, Pointer: pointer, Seq: seq,
			Whole: !out.damaged && !out.single, Doubtful: out.doubtful, Spread: out.spread})
	}
	return out.stray(Stray{Collection: key, Pointer: pointer, Seq: seq, Raw: raw, Reason: reason})
}

// explode gives the entities of an object in place of an array: one entity, a
// map from ids to entities, or an array that was spread into an object.
func (out *output) explode(l layer, s *scanner, key, pointer string) error {
	sh, err := probe(l)
	if err != nil {
		return err
	}
	others := sh.members - sh.indexed
	_, id := sh.scalars["id"]
	_, version := sh.scalars["version"]
	spread := sh.indexed > 0 && others == count(id, version)
	switch {
	case sh.members == 0 && sh.err != nil:
		return sh.err
	case sh.members == 0:
		return s.skip()
	case spread && id:
		out.spread = true
		out.notes.add("array-spread", pointer)
	case spread, !id && sh.objects == sh.members:
		out.notes.add("type-coerced", pointer+": an object where an array is expected")
	default:
		raw, err := s.keep(nil, maxElement)
		if err != nil {
			return err
		}
		if !id {
			return out.stray(Stray{Collection: key, Pointer: pointer, Raw: raw, Reason: "an array is expected"})
		}
		out.single = true
		out.notes.add("type-coerced", pointer+": one object where an array is expected")
		return out.entity(raw, key, pointer, 0, "")
	}
	return s.object(func(i int, name string, kind byte) error {
		if kind != '{' {
			return s.skip()
		}
		raw, err := s.keep(nil, maxElement)
		if err != nil {
			return err
		}
		at := pointer + "/" + pointerPart(name)
		if spread {
			name = ""
		}
		return out.entity(raw, key, at, i, name)
	})
}

func count(conditions ...bool) (n int) {
	for _, c := range conditions {
		if c {
			n++
		}
	}
	return n
}

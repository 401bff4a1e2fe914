package decode

import (
	"context"
	"io"
	"strconv"
	"strings"

	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
)

// decodeCollection reads a file that holds an array of entities.
func decodeCollection(ctx context.Context, in *input, out *output) error {
	l := in.layer(ctx)
	if ok, err := out.sound(l); !ok || err != nil {
		return err
	}
	return out.wrapped(l, in, true, func(final rawjson.Layer) error {
		return out.entities(final, in.class.Key, "")
	})
}

// sound looks through the whole text of a file. It returns false when there is
// nothing in it to be read; other damage is noted.
func (out *output) sound(l rawjson.Layer) (bool, error) {
	s, err := l(nil)
	if err != nil {
		return false, out.failed(err)
	}
	defer s.Close()
	c, err := s.Peek()
	if err == io.EOF {
		out.notes.Add("empty-file", "nothing but white space")
		out.keep("empty")
		return false, nil
	}
	if err != nil {
		return false, out.failed(err)
	}
	if rawjson.Outside[c] == rawjson.Comma || rawjson.Outside[c] == rawjson.Shut || rawjson.Outside[c] == rawjson.Plain && !strings.ContainsRune("-0123456789tfn", rune(c)) {
		what := "not-json"
		if c == 0 {
			what = "empty-file"
		}
		out.notes.Add(what, "begins with "+strconv.QuoteRune(rune(c)))
		out.keep("no JSON")
		return false, nil
	}
	if err := out.look(s, c); err != nil {
		return true, out.failed(err)
	}
	if out.at != "" {
		return true, nil // a value inside of the file: more follows
	}
	more, err := s.Drain()
	if more {
		out.trailing()
	}
	return true, out.failed(err)
}

// trailing notes that a text goes on after its value, which nobody reads.
func (out *output) trailing() {
	out.notes.Add("trailing-data", "more follows after the first value")
	out.cut = true
	out.keep("more follows after the first value")
}

// look passes over a value that begins with kind. Of an object, a wrapper for one, it looks
// at what stands between the members, and notes those that no wrapper has; what is in them is
// checked when it is kept.
func (out *output) look(s *rawjson.Scanner, kind byte) error {
	if out.surplus = nil; kind != '{' {
		return s.Skip()
	}
	values := 0
	return s.Object(func(_ int, name string, _ byte) error {
		values += count(name == "data")
		if (!wrapperHead[name] && name != "data" || values > 1) && len(out.surplus) < maxSurplus {
			out.surplus = append(out.surplus, name)
		}
		return s.Skip()
	})
}

// maxSurplus is how many members that a wrapper should not have are told of.
const maxSurplus = 8

// tellSurplus tells what a wrapper holds besides its value. Nothing else of it is read: the
// file is kept, as it is anyway where the text is malformed.
func (out *output) tellSurplus(w *rawjson.Wrapping) {
	if w.Header != nil && !w.Header.Record() && !out.notes.Has("malformed") {
		for _, name := range out.surplus {
			out.warn("unknown-field", "", "the wrapper has a member "+strconv.Quote(name))
			out.keep("a wrapper that holds more than its value")
		}
	}
	out.surplus = nil
}

// failed notes damage; it returns err only if that ends the scan.
func (out *output) failed(err error) error {
	if err == nil || rawjson.Fatal(err) {
		return err
	}
	if err == io.EOF {
		err = rawjson.ErrTruncated
	}
	out.damage(err)
	out.cut = out.cut || rawjson.Code(err) != "gzip-error"
	return nil
}

// cutShort notes damage because of which not all of a value could be given.
func (out *output) cutShort(err error) error {
	out.cut = out.cut || err != nil && !rawjson.Fatal(err)
	return out.failed(err)
}

// wrapped takes the wrappers off l, checks their checksum and the soundness of
// what is inside, and has read read it.
func (out *output) wrapped(l rawjson.Layer, in *input, array bool, read func(rawjson.Layer) error) error {
	w, err := rawjson.Unwrap(l, array)
	if err != nil {
		return out.failed(err)
	}
	if w.Doubled {
		out.notes.Add("double-wrapped", "")
	}
	out.tellSurplus(&w)
	if w.Header != nil {
		at := max(w.Header.Millis("timestamp"), isoMillis(w.Header.Text("timestamp")))
		out.time, out.stamped = in.time(at), at > 0
		if err := out.verify(&w); err != nil {
			return err
		}
	}
	if w.Doubled || w.Header == nil && w.Steps > 0 {
		if err := out.checkText(w.Final, w.Alone, nil); err != nil {
			return err
		}
	}
	return out.cutShort(read(w.Final))
}

// check reads all of a text, for damage to be known before its records are given.
func (out *output) check(l rawjson.Layer, tap io.Writer) error { return out.checkText(l, false, tap) }

// checkText is check for what may be a text of its own (alone), which ends with its value.
func (out *output) checkText(l rawjson.Layer, alone bool, tap io.Writer) error {
	s, err := l(tap)
	if err != nil {
		return out.failed(err)
	}
	defer s.Close()
	if err = s.Skip(); err == nil || rawjson.Code(err) == "malformed" {
		whole, more := err == nil, false
		if more, err = s.Drain(); whole && more && alone {
			out.trailing()
		}
	}
	return out.failed(err)
}

// verify compares the wrapper's checksum with the text, then with the text as the
// application would have written it again.
func (out *output) verify(w *rawjson.Wrapping) error {
	want := w.Header.Text("checksum")
	var first, compact, pretty rawjson.Sum32
	before := out.damaged
	if w.InString {
		if err := out.checkText(w.First, true, &first); err != nil {
			return err
		}
		if want == "" || first.String() == want || out.damaged && !before {
			return nil
		}
	}
	if want == "" {
		return nil
	}
	s, err := w.First(nil)
	if err != nil {
		return out.failed(err)
	}
	defer s.Close()
	if err := rawjson.Reencoded(s, &compact, &pretty); rawjson.Fatal(err) {
		return err
	}
	if compact.String() != want && pretty.String() != want && !out.damaged {
		out.warn("checksum-mismatch", "", "the wrapper says "+want)
	}
	return nil
}

// entities gives the entities of the value of l, which stands at pointer.
func (out *output) entities(l rawjson.Layer, key, pointer string) error {
	s, err := l(nil)
	if err != nil {
		return err
	}
	defer s.Close()
	c, err := s.Peek()
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
	raw, err := s.Keep(nil, rawjson.MaxElement)
	if err != nil || string(raw) == "null" {
		return err
	}
	return out.stray(record.Stray{Collection: key, Pointer: pointer, Raw: raw, Reason: "an array is expected"})
}

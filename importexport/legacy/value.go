package legacy

import (
	"cmp"
	"context"
	"errors"

	"github.com/go-json-experiment/json/jsontext"
)

// decodeValue reads a file that holds one value under a key: the settings, or a
// value that is kept as it is.
func decodeValue(ctx context.Context, in *input, out *output) error {
	if in.class.Key == refsKey && in.scan.stock.counted && (in.class.Variant != "" || out.rank != 0 && out.rank != RankWAL) {
		return nil // an older count; the records tell the uses
	}
	if !in.class.Known {
		out.notes.add("unknown-collection", in.class.Key)
	}
	l := in.layer(ctx)
	if ok, err := out.sound(l); !ok || err != nil {
		return err
	}
	return out.wrapped(l, in, false, func(final layer) error {
		return out.whole(final, in.class.Key, "")
	})
}

// whole gives the value of l as the value of a key. Of an object that is cut off
// the members before the cut are given.
func (out *output) whole(l layer, key, pointer string) error {
	s, err := l(nil)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := s.peek(); err != nil {
		return s.cut()
	}
	raw, err := s.keep(nil, maxElement)
	if fatal(err) {
		return err
	}
	if err == nil {
		err = valid(raw)
	}
	if err != nil {
		if raw = salvage(raw); raw == nil || errors.Is(err, errMalformed) {
			return err
		}
		out.damaged = true
	}
	if e := out.keyed(raw, key, pointer); e != nil {
		return e
	}
	return err
}

// keyed gives a value under its key, without the secrets in it.
func (out *output) keyed(raw jsontext.Value, key, pointer string) error {
	c := Candidate{Collection: "other", ID: key, Raw: raw, Pointer: pointer}
	if settingKeys[key] {
		c.Collection = "settings"
		if string(raw) == "null" {
			return nil
		}
	}
	if (&stripper{}).secret(raw, secretName(key)) {
		out.warn("secret-skipped", "", out.at+cmp.Or(pointer, key))
		return nil
	}
	var names []string
	c.Raw, names = withoutSecrets(raw)
	for _, name := range names {
		out.warn("secret-skipped", key, out.at+pointer+name)
	}
	if key == refsKey && out.file.Rank == RankCollection {
		out.scan.stock.count(raw)
	}
	return out.candidate(c)
}

// salvage returns an object of the members that are whole in an object that is
// cut off; nil when there are none.
func salvage(raw []byte) jsontext.Value {
	if len(raw) == 0 || raw[0] != '{' {
		return nil
	}
	list, _ := members(raw)
	n := 0
	for _, m := range list {
		// A literal at the very end may be the front of a longer one.
		end := len(raw) - len(m.value)
		last := string(raw[end:]) == string(m.value) && outside[m.value[0]] == plain
		if !last && valid(m.value) == nil && valid(m.raw) == nil {
			list[n] = m
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return joinMembers(list[:n])
}

// decodeCopy reads the copy of all sessions that a migration made of them:
// {timestamp, sessions, count}.
func decodeCopy(ctx context.Context, in *input, out *output) error {
	l := in.layer(ctx)
	if ok, err := out.sound(l); !ok || err != nil {
		return err
	}
	return out.wrapped(l, in, false, func(final layer) error {
		sh, err := probe(final)
		if err != nil {
			return err
		}
		if sh.kind == '[' {
			return out.entities(final, in.class.Key, "")
		}
		if t := max(sh.millis("timestamp"), isoMillis(sh.text("timestamp"))); t > 0 {
			out.time = in.time(t)
		}
		return out.document(final, in, func(name string) bool {
			return name == "timestamp" || name == "count"
		})
	})
}

// document gives what the members of an object hold: collections, settings, and
// other values under their names. A member that header accepts says something
// about the document and is passed over.
func (out *output) document(l layer, in *input, header func(name string) bool) error {
	s, err := l(nil)
	if err != nil {
		return err
	}
	defer s.Close()
	if c, err := s.peek(); err != nil || c != '{' {
		return errMalformed
	}
	return s.object(func(i int, name string, kind byte) error {
		return out.documented(s.here(l.member(i)), s, in, name, kind, header)
	})
}

// documented gives a member of a document; l is its layer, and it is next in s.
func (out *output) documented(l layer, s *scanner, in *input, name string, kind byte, header func(name string) bool) error {
	switch {
	case header(name):
		return s.skip()
	case secretName(name):
		return out.keptAs(s, name)
	case isArray(name):
		return out.section(l, s, name, kind)
	}
	return out.value(l, s, in, name, kind)
}

// value gives a member of a document that is no collection; l is its layer, and it
// is next in s.
func (out *output) value(l layer, s *scanner, in *input, name string, kind byte) error {
	var err error
	switch c := classifyKey(name); {
	case c.Form == formIndex:
		return s.skip()
	case c.Form == formCopy:
		err = out.copied(l, in, name)
	case settingKeys[name] && (kind == '"' || kind == '{'):
		err = out.unpacked(l, true, func(l layer) error { return out.whole(l, name, out.base+"/"+pointerPart(name)) })
	case out.dump != nil && c.Form != formValue && s.spot != nil:
		err = out.under(name, func() error { return out.keyRow(s.here(l), in, name) })
	case c.Form != formValue || !c.Known:
		return out.foreign(s, name)
	default:
		return out.keptAs(s, name)
	}
	if err := out.lost(err); err != nil {
		return err
	}
	return s.skip()
}

// section gives the collection of this name that the value of l is, which is next in s.
func (out *output) section(l layer, s *scanner, name string, kind byte) error {
	pointer := out.base + "/" + pointerPart(name)
	if kind == '[' {
		return out.elements(s, name, pointer)
	}
	w, err := unwrap(l, true)
	if err == nil {
		err = out.entities(w.final, name, pointer)
	}
	if err := out.lost(err); err != nil {
		return err
	}
	return s.skip()
}

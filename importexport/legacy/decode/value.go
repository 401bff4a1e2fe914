package decode

import (
	"cmp"
	"context"
	"errors"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/redact"
	"taskstore/importexport/legacy/source"

	"github.com/go-json-experiment/json/jsontext"
)

// decodeValue reads a file that holds one value under a key: the settings, or a
// value that is kept as it is.
func decodeValue(ctx context.Context, in *input, out *output) error {
	if in.class.Key == refsKey && in.scan.stock.counted && (in.class.Variant != "" || out.rank != 0 && out.rank != record.RankWAL) {
		return nil // an older count; the records tell the uses
	}
	if !in.class.Known {
		out.notes.Add("unknown-collection", in.class.Key)
	}
	l := in.layer(ctx)
	if misnamed(in, l) {
		return decodeLoose(ctx, in, out)
	}
	if ok, err := out.sound(l); !ok || err != nil {
		return err
	}
	return out.wrapped(l, in, false, func(final rawjson.Layer) error {
		return out.whole(final, in.class.Key, "")
	})
}

// misnamed says whether a file that is called as the settings are holds records: the
// content decides.
func misnamed(in *input, l rawjson.Layer) bool {
	if !names.SettingKeys[in.class.Key] {
		return false
	}
	found, err := source.Sniff(l, in.file.Path)
	return err == nil && found.Form != names.FormUnknown && found.Form != names.FormValue
}

// whole gives the value of l as the value of a key. Of an object that is cut off
// the members before the cut are given.
func (out *output) whole(l rawjson.Layer, key, pointer string) error {
	s, err := l(nil)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := s.Peek(); err != nil {
		return s.Cut()
	}
	raw, err := s.Keep(nil, rawjson.MaxElement)
	if rawjson.Fatal(err) {
		return err
	}
	if err == nil {
		err = rawjson.Valid(raw)
	}
	if err != nil {
		if raw = salvage(raw); raw == nil || errors.Is(err, rawjson.ErrMalformed) {
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
	c := record.Candidate{Collection: "other", ID: key, Raw: raw, Pointer: pointer}
	if names.SettingKeys[key] {
		c.Collection = "settings"
		if string(raw) == "null" {
			return nil
		}
		if raw[0] == '[' {
			return out.stray(record.Stray{Collection: c.Collection, Pointer: pointer, Raw: raw, Reason: "a list in the place of the settings"})
		}
	}
	if (&redact.Stripper{}).Secret(raw, names.SecretName(key)) {
		out.warn("secret-skipped", "", out.at+cmp.Or(pointer, key))
		return nil
	}
	var keys []string
	c.Raw, keys = redact.WithoutSecrets(raw)
	for _, name := range keys {
		out.warn("secret-skipped", key, out.at+pointer+name)
	}
	if key == refsKey && out.file.Rank == record.RankCollection {
		out.scan.stock.count(raw)
	}
	return out.candidate(c)
}

// wrapperHead are the members of a wrapper before its value.
var wrapperHead = map[string]bool{"version": true, "checksum": true, "timestamp": true, "compressed": true}

// salvage returns an object of the members that are whole in an object that is
// cut off; nil when there are none, or none but those of a wrapper that was cut off
// before its value.
func salvage(raw []byte) jsontext.Value {
	if len(raw) == 0 || raw[0] != '{' {
		return nil
	}
	list, _ := rawjson.Members(raw)
	n, head := 0, true
	for _, m := range list {
		// A literal at the very end may be the front of a longer one.
		end := len(raw) - len(m.Value)
		last := string(raw[end:]) == string(m.Value) && rawjson.Outside[m.Value[0]] == rawjson.Plain
		if !last && rawjson.Valid(m.Value) == nil && rawjson.Valid(m.Raw) == nil {
			list[n] = m
			n++
			head = head && wrapperHead[m.Name]
		}
	}
	if head {
		return nil
	}
	return rawjson.JoinMembers(list[:n])
}

// decodeCopy reads the copy of all sessions that a migration made of them:
// {timestamp, sessions, count}.
func decodeCopy(ctx context.Context, in *input, out *output) error {
	l := in.layer(ctx)
	if ok, err := out.sound(l); !ok || err != nil {
		return err
	}
	return out.wrapped(l, in, false, func(final rawjson.Layer) error {
		sh, err := rawjson.Probe(final)
		if err != nil {
			return err
		}
		if sh.Kind == '[' {
			return out.entities(final, in.class.Key, "")
		}
		if t := max(sh.Millis("timestamp"), isoMillis(sh.Text("timestamp"))); t > 0 {
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
func (out *output) document(l rawjson.Layer, in *input, header func(name string) bool) error {
	s, err := l(nil)
	if err != nil {
		return err
	}
	defer s.Close()
	if c, err := s.Peek(); err != nil || c != '{' {
		return rawjson.ErrMalformed
	}
	return s.Object(func(i int, name string, kind byte) error {
		return out.documented(s.Here(l.Member(i)), s, in, name, kind, header)
	})
}

// documented gives a member of a document; l is its layer, and it is next in s.
func (out *output) documented(l rawjson.Layer, s *rawjson.Scanner, in *input, name string, kind byte, header func(name string) bool) error {
	switch {
	case header(name):
		return s.Skip()
	case names.SecretName(name):
		return out.keptAs(s, name)
	case names.IsArray(name):
		return out.section(l, s, name, kind)
	}
	return out.value(l, s, in, name, kind)
}

// value gives a member of a document that is no collection; l is its layer, and it
// is next in s.
func (out *output) value(l rawjson.Layer, s *rawjson.Scanner, in *input, name string, kind byte) error {
	var err error
	switch c := names.ClassifyKey(name); {
	case c.Form == names.FormIndex:
		return s.Skip()
	case c.Form == names.FormCopy:
		err = out.copied(l, in, name)
	case names.SettingKeys[name] && (kind == '"' || kind == '{'):
		err = out.unpacked(l, true, func(l rawjson.Layer) error { return out.whole(l, name, out.base+"/"+record.PointerPart(name)) })
	case out.dump != nil && c.Form != names.FormValue && s.Spot != nil:
		err = out.under(name, func() error { return out.keyRow(s.Here(l), in, name) })
	case c.Form != names.FormValue || !c.Known:
		return out.foreign(s, name)
	default:
		return out.keptAs(s, name)
	}
	if err := out.cutShort(err); err != nil {
		return err
	}
	return s.Skip()
}

// section gives the collection of this name that the value of l is, which is next in s.
func (out *output) section(l rawjson.Layer, s *rawjson.Scanner, name string, kind byte) error {
	pointer := out.base + "/" + record.PointerPart(name)
	if kind == '[' {
		return out.elements(s, name, pointer)
	}
	w, err := rawjson.Unwrap(l, true)
	if err == nil {
		err = out.entities(w.Final, name, pointer)
	}
	if err := out.cutShort(err); err != nil {
		return err
	}
	return s.Skip()
}

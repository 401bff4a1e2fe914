package decode

import (
	"context"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
)

// decodeBundle reads a backup of all collections in one file: {version, timestamp,
// collections}. By a bug of the application a big collection is the text of its JSON.
func decodeBundle(ctx context.Context, in *input, out *output) error {
	out.file.Rank = record.RankBundle
	l := in.layer(ctx)
	if ok, err := out.sound(l); !ok || err != nil {
		return err
	}
	sh, err := rawjson.Probe(l)
	if err != nil {
		return out.failed(err)
	}
	if v := sh.Text("version"); v != "1" && v != "" && sh.Err == nil {
		out.notes.Add("unknown-version", "version "+v+" of a backup; 1 is known")
	}
	out.time = in.time(sh.Millis("timestamp"))
	s, err := l(nil)
	if err != nil {
		return out.failed(err)
	}
	defer s.Close()
	if c, err := s.Peek(); err != nil || c != '{' {
		return out.failed(rawjson.ErrMalformed)
	}
	err = s.Object(func(i int, name string, kind byte) error {
		if name == "collections" && kind == '{' {
			if err := out.under(name, func() error { return out.document(l.Member(i), in, noHeader) }); err != nil {
				return err
			}
		} else if name != "version" && name != "timestamp" {
			return out.foreign(s, name)
		}
		return s.Skip()
	})
	return out.failed(err)
}

func noHeader(string) bool { return false }

// under has read give what stands below a member.
func (out *output) under(name string, read func() error) error {
	before := out.base
	defer func() { out.base = before }()
	out.base += "/" + record.PointerPart(name)
	return read()
}

// foreign gives a member that the application does not write there.
func (out *output) foreign(s *rawjson.Scanner, name string) error {
	if !names.SecretName(name) {
		out.warn("unknown-collection", "", name)
	}
	return out.keptAs(s, name)
}

// keptAs gives the value that is next in s under its name.
func (out *output) keptAs(s *rawjson.Scanner, name string) error {
	raw, err := s.Keep(nil, rawjson.MaxElement)
	if err == nil {
		err = rawjson.Valid(raw)
	}
	if err != nil {
		return err
	}
	return out.keyed(raw, name, out.base+"/"+record.PointerPart(name))
}

// copied gives the sessions of the copy that a migration made, which stands as a
// member of another document: {timestamp, sessions, count}.
func (out *output) copied(l rawjson.Layer, in *input, name string) error {
	w, err := rawjson.Unwrap(l, true)
	if err != nil {
		return err
	}
	sh, err := rawjson.Probe(w.Final)
	if err != nil {
		return err
	}
	before := out.time
	defer func() { out.time = before }()
	if t := max(sh.Millis("timestamp"), isoMillis(sh.Text("timestamp"))); t > 0 {
		out.time = in.time(t)
	}
	return out.under(name, func() error {
		if sh.Kind != '{' {
			return out.entities(w.Final, "sessions", out.base)
		}
		return out.document(w.Final, in, func(name string) bool { return name == "timestamp" || name == "count" })
	})
}

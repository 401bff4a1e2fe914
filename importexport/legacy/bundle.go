package legacy

import "context"

// decodeBundle reads a backup of all collections in one file: {version, timestamp,
// collections}. By a bug of the application a big collection is the text of its JSON.
func decodeBundle(ctx context.Context, in *input, out *output) error {
	out.file.Rank = RankBundle
	l := in.layer(ctx)
	if ok, err := out.sound(l); !ok || err != nil {
		return err
	}
	sh, err := probe(l)
	if err != nil {
		return out.failed(err)
	}
	if v := sh.text("version"); v != "1" && v != "" && sh.err == nil {
		out.notes.add("unknown-version", "version "+v+" of a backup; 1 is known")
	}
	out.time = in.time(sh.millis("timestamp"))
	s, err := l(nil)
	if err != nil {
		return out.failed(err)
	}
	defer s.Close()
	if c, err := s.peek(); err != nil || c != '{' {
		return out.failed(errMalformed)
	}
	err = s.object(func(i int, name string, kind byte) error {
		if name == "collections" && kind == '{' {
			if err := out.under(name, func() error { return out.document(l.member(i), in, noHeader) }); err != nil {
				return err
			}
		} else if name != "version" && name != "timestamp" {
			return out.foreign(s, name)
		}
		return s.skip()
	})
	return out.failed(err)
}

func noHeader(string) bool { return false }

// under has read give what stands below a member.
func (out *output) under(name string, read func() error) error {
	before := out.base
	defer func() { out.base = before }()
	out.base += "/" + pointerPart(name)
	return read()
}

// foreign gives a member that the application does not write there.
func (out *output) foreign(s *scanner, name string) error {
	if !secretName(name) {
		out.warn("unknown-collection", "", name)
	}
	return out.keptAs(s, name)
}

// keptAs gives the value that is next in s under its name.
func (out *output) keptAs(s *scanner, name string) error {
	raw, err := s.keep(nil, maxElement)
	if err == nil {
		err = valid(raw)
	}
	if err != nil {
		return err
	}
	return out.keyed(raw, name, out.base+"/"+pointerPart(name))
}

// copied gives the sessions of the copy that a migration made, which stands as a
// member of another document: {timestamp, sessions, count}.
func (out *output) copied(l layer, in *input, name string) error {
	w, err := unwrap(l, true)
	if err != nil {
		return err
	}
	sh, err := probe(w.final)
	if err != nil {
		return err
	}
	before := out.time
	defer func() { out.time = before }()
	if t := max(sh.millis("timestamp"), isoMillis(sh.text("timestamp"))); t > 0 {
		out.time = in.time(t)
	}
	return out.under(name, func() error {
		if sh.kind != '{' {
			return out.entities(w.final, "sessions", out.base)
		}
		return out.document(w.final, in, func(name string) bool { return name == "timestamp" || name == "count" })
	})
}

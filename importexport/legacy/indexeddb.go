package legacy

import (
	"context"
	"slices"
)

// databaseName is the name of the application's IndexedDB, under which a dump may
// hold its stores.
const databaseName = "taskerino-db"

// decodeRecord reads a record of the application's IndexedDB: {name, data,
// timestamp}, where data is the value, its text, or that compressed.
func decodeRecord(ctx context.Context, in *input, out *output) error {
	l := in.layer(ctx)
	if ok, err := out.sound(l); !ok || err != nil {
		return err
	}
	sh, err := probe(l)
	if err != nil {
		return out.failed(err)
	}
	if out.file.Rank == 0 {
		out.file.Rank = RankExport
	}
	out.file.Key = sh.text("name")
	if classifyKey(out.file.Key).Form == formCopy {
		out.file.Key = "sessions"
	}
	return out.lost(out.stored(l, in, sh))
}

// decodeDatabase reads a dump of the application's IndexedDB: the records of the
// store "collections" in a list, or its stores "collections" and "backups" in any of
// the trees that dump tools make of a database, Dexie's export among them.
func decodeDatabase(ctx context.Context, in *input, out *output) error {
	out.file.Rank = RankExport
	l := in.layer(ctx)
	if ok, err := out.sound(l); !ok || err != nil {
		return err
	}
	return out.lost(out.database(l, in, 0))
}

// notRecord sets aside what stands in the place of a record.
func (out *output) notRecord(s *scanner) error {
	raw, err := s.keep(nil, maxElement)
	if err != nil {
		return err
	}
	return out.stray(Stray{Collection: "other", Pointer: out.base, Raw: raw, Reason: "a record is expected"})
}

// record gives a record of the store of the collections; it is next in s.
func (out *output) record(l layer, s *scanner, in *input) error {
	sh, err := probe(l)
	if err != nil {
		return err
	}
	if sh.kinds["name"] != '"' || sh.dataAt < 0 {
		return out.notRecord(s)
	}
	if err := out.lost(out.stored(l, in, sh)); err != nil {
		return err
	}
	return s.skip()
}

// backup gives a record of the store of the backups: all collections, in a member or
// beside the id.
func (out *output) backup(l layer, s *scanner, in *input) error {
	sh, err := probe(l)
	if err != nil {
		return err
	}
	out.file.Rank = RankBundle
	if t := max(sh.millis("timestamp"), isoMillis(sh.text("timestamp")), nameTime(sh.text("id"))); t > 0 {
		out.time = in.time(t)
	}
	err = out.inside(l, in, func(name string) bool {
		return slices.Contains([]string{"id", "timestamp", "version", "createdAt", "size", "name", "type"}, name)
	})
	if err := out.lost(err); err != nil {
		return err
	}
	return s.skip()
}

// inside gives the collections of a backup. They stand in it, or in a member of it,
// which may be a text.
func (out *output) inside(l layer, in *input, header func(string) bool) error {
	s, err := l(nil)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := s.peek(); err != nil {
		return s.cut()
	}
	return s.object(func(i int, name string, kind byte) error {
		if name != "collections" && (name != "data" || kind == '[') {
			return out.documented(l.member(i), s, in, name, kind, header)
		}
		err := out.under(name, func() error {
			return out.unpacked(l.member(i), true, func(l layer) error { return out.document(l, in, header) })
		})
		if err := out.lost(err); err != nil {
			return err
		}
		return s.skip()
	})
}

// stored gives the value of a record of the IndexedDB.
func (out *output) stored(l layer, in *input, sh *shape) error {
	name := sh.text("name")
	out.time = in.time(max(sh.millis("timestamp"), isoMillis(sh.text("timestamp"))))
	if sh.dataAt < 0 {
		return errMalformed
	}
	data, pointer := l.member(sh.dataAt), out.base+"/data"
	switch c := classifyKey(name); {
	case secretName(name):
		out.warn("secret-skipped", "", pointer)
		return nil
	case c.Form == formIndex:
		return nil
	case c.Form == formCopy:
		return out.copied(data, in, "data")
	case isArray(name):
		return out.unpacked(data, true, func(l layer) error { return out.entities(l, name, pointer) })
	case !c.Known:
		out.warn("unknown-collection", "", name)
	}
	return out.unpacked(data, true, func(l layer) error { return out.whole(l, name, pointer) })
}

// unpacked has read read a value without what is around it.
func (out *output) unpacked(l layer, array bool, read func(layer) error) error {
	w, err := unwrap(l, array)
	if err != nil {
		return err
	}
	if w.doubled {
		out.notes.add("double-wrapped", "")
	}
	if w.steps > 0 {
		if err := out.check(w.final, nil); err != nil {
			return err
		}
	}
	return read(w.final)
}

// record says whether the object is one of the IndexedDB.
func (sh *shape) record() bool {
	if sh.members != 3 || sh.dataAt < 0 || sh.kinds["name"] != '"' {
		return false
	}
	at := sh.kinds["timestamp"]
	return at == '"' || slices.Contains([]byte("0123456789"), at)
}

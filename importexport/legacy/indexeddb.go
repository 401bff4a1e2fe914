package legacy

import (
	"context"
	"slices"
	"strconv"
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

// What the members of a dump's tree are: they lead to the stores, to the rows of one,
// or say something about it.
var (
	dumpLeads = names(databaseName, "data", "stores", "objectStores", "tables", "databases", "database")
	dumpRows  = names("rows", "records", "data", "values", "entries", "items")
	dumpHeads = names("name", "tableName", "storeName", "version", "timestamp", "exportedAt", "formatName", "formatVersion",
		"databaseName", "databaseVersion", "dbName", "database", "schema", "rowCount", "inbound", "keyPath", "autoIncrement",
		"indexes", "origin", "url", "date")
)

// maxLeads is how deep the stores may stand in a dump.
const maxLeads = 6

func names(list ...string) map[string]bool {
	set := map[string]bool{}
	for _, name := range list {
		set[name] = true
	}
	return set
}

// store is what gives a record of the store of this name, which is next in the scanner.
func (out *output) store(name string) func(layer, *scanner, *input) error {
	switch name {
	case "collections":
		return out.record
	case "backups":
		return out.backup
	}
	return nil
}

// database gives what a tree of databases and stores holds.
func (out *output) database(l layer, in *input, depth int) error {
	s, err := l(nil)
	if err != nil {
		return err
	}
	defer s.Close()
	kind, err := s.peek()
	switch {
	case err != nil:
		return s.cut()
	case kind == '[':
		return out.records(l, s, in, func(l layer, s *scanner, in *input) error { return out.listed(l, s, in, depth) })
	}
	return s.object(func(i int, name string, kind byte) error {
		at, deep := l.member(i), kind == '{' || kind == '['
		switch give := out.store(name); {
		case give != nil && deep:
			return out.under(name, func() error { return out.passed(s, out.rows(at, in, give)) })
		case dumpLeads[name] && deep && depth < maxLeads:
			return out.under(name, func() error { return out.passed(s, out.database(at, in, depth+1)) })
		case dumpHeads[name]:
			return s.skip()
		}
		return out.foreign(s, name)
	})
}

// listed gives an element of a list in a dump: a database, a store, or a record.
func (out *output) listed(l layer, s *scanner, in *input, depth int) error {
	sh, err := probe(l)
	if err != nil {
		return err
	}
	for _, name := range []string{"tableName", "storeName", "name"} {
		if give := out.store(sh.text(name)); give != nil {
			return out.passed(s, out.rows(l, in, give))
		}
	}
	if sh.tree() && depth < maxLeads {
		return out.passed(s, out.database(l, in, depth+1))
	}
	return out.record(l, s, in)
}

// tree says whether the object leads to stores.
func (sh *shape) tree() bool {
	if sh.text("formatName") == "dexie" {
		return true
	}
	for name := range dumpLeads {
		if kind := sh.kinds[name]; name != "data" && (kind == '{' || kind == '[') {
			return true
		}
	}
	for _, name := range []string{"name", "databaseName", "dbName", "database"} {
		if sh.text(name) == databaseName {
			return true
		}
	}
	return false
}

// rows gives the records of a store: a list, an object that has the list as a member,
// or one of records by their names.
func (out *output) rows(l layer, in *input, give func(layer, *scanner, *input) error) error {
	s, err := l(nil)
	if err != nil {
		return err
	}
	defer s.Close()
	kind, err := s.peek()
	switch {
	case err != nil:
		return s.cut()
	case kind == '[':
		return out.records(l, s, in, give)
	}
	return s.object(func(i int, name string, kind byte) error {
		at := l.member(i)
		if kind == '{' && classifyKey(name).Known {
			if sh, err := probe(at); err == nil && sh.dataAt < 0 {
				return out.documented(at, s, in, name, kind, noHeader)
			}
		}
		switch {
		case dumpRows[name] && kind == '[':
			return out.under(name, func() error { return out.records(at, s, in, give) })
		case kind == '{':
			return out.under(name, func() error { return out.apart(func() error { return give(at, s, in) }) })
		case dumpHeads[name]:
			return s.skip()
		}
		return out.documented(at, s, in, name, kind, noHeader)
	})
}

// records has give give each element of the array in l, which is next in s. An element
// may be a pair of a key and a record. One that is damaged leaves the others as they are.
func (out *output) records(l layer, s *scanner, in *input, give func(layer, *scanner, *input) error) error {
	return s.array(func(i int, kind byte) error {
		return out.under(strconv.Itoa(i), func() error {
			at, kind, err := l.element(i).row(kind)
			if fatal(err) {
				return err
			}
			if kind != '{' {
				return out.notRecord(s)
			}
			return out.apart(func() error { return give(at, s, in) })
		})
	})
}

// row returns the layer of the record in an element of this kind, and the record's kind:
// the element itself, the second of a pair, or the value of {key, value}.
func (l layer) row(kind byte) (at layer, _ byte, err error) {
	switch kind {
	case '{':
		value, err := l.valueOf()
		if value < 0 {
			return l, kind, err
		}
		at = l.member(value)
	case '[':
		at = l.element(1)
	default:
		return l, kind, nil
	}
	kind, err = at.kind()
	return at, kind, err
}

// valueOf returns which member of an object {key, value} is the value; -1 if the object
// is none.
func (l layer) valueOf() (at int, err error) {
	s, err := l(nil)
	if err != nil {
		return -1, err
	}
	defer s.Close()
	at, others := -1, false
	if _, err := s.peek(); err != nil {
		return -1, err
	}
	err = s.object(func(i int, name string, kind byte) error {
		switch {
		case name == "value" && kind == '{':
			at = i
		case name != "key" && name != "primaryKey":
			others = true
			return errEnough
		}
		return s.skip()
	})
	if others {
		at = -1
	}
	return at, err
}

// notRecord sets aside what stands in the place of a record.
func (out *output) notRecord(s *scanner) error {
	raw, err := s.keep(nil, maxElement)
	if err != nil {
		return err
	}
	raw, names := withoutSecrets(raw)
	for _, name := range names {
		out.warn("secret-skipped", "", name)
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
		out.warn("secret-skipped", "", name)
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

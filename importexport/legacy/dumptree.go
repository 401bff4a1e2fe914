package legacy

import "strconv"

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
	return through(l, func(s *scanner, kind byte) error {
		if kind == '[' {
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
	return through(l, func(s *scanner, kind byte) error {
		if kind == '[' {
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

package legacy

import "strconv"

// maxLeads is how deep the stores may stand in a dump.
const maxLeads = 6

// A giveRecord gives the record that a layer is.
type giveRecord func(layer, *input) error

// store is what gives a record of the store of this name.
func (out *output) store(name string) giveRecord {
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
			return out.records(s, in, func(l layer, in *input) error { return out.listed(l, in, depth) })
		}
		return s.object(func(i int, name string, kind byte) error {
			at, deep := s.here(l.member(i)), kind == '{' || kind == '['
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
func (out *output) listed(l layer, in *input, depth int) error {
	sh, err := probe(l)
	if err != nil {
		return err
	}
	for _, name := range []string{"tableName", "storeName", "name"} {
		if give := out.store(sh.text(name)); give != nil {
			return out.rows(l, in, give)
		}
	}
	if leadsToStores(sh) && depth < maxLeads {
		return out.database(l, in, depth+1)
	}
	return out.record(l, in)
}

// rows gives the records of a store: a list, an object that has the list as a member,
// or one of records by their names.
func (out *output) rows(l layer, in *input, give giveRecord) error {
	return through(l, func(s *scanner, kind byte) error {
		if kind == '[' {
			return out.records(s, in, give)
		}
		return s.object(func(i int, name string, kind byte) error {
			at := s.here(l.member(i))
			if kind == '{' && classifyKey(name).Known {
				if sh, err := probe(at); err == nil && sh.dataAt < 0 {
					return out.documented(at, s, in, name, kind, noHeader)
				}
			}
			switch {
			case dumpRows[name] && kind == '[':
				return out.under(name, func() error { return out.records(s, in, give) })
			case kind == '{':
				return out.under(name, func() error { return out.given(at, s, in, give) })
			case dumpHeads[name]:
				return s.skip()
			}
			return out.documented(at, s, in, name, kind, noHeader)
		})
	})
}

// records has give give each element of the array that is next in s. An element may be a
// pair of a key and a record. One that is damaged leaves the others as they are.
func (out *output) records(s *scanner, in *input, give giveRecord) error {
	return s.array(func(i int, kind byte) error {
		return out.under(strconv.Itoa(i), func() error {
			here := s.here(nil)
			at, kind, err := enterRow(here, kind)
			if fatal(err) {
				return err
			}
			if kind != '{' {
				return out.passed(s, out.notRecord(here))
			}
			return out.given(at, s, in, give)
		})
	})
}

// given has give give the record of l, which stands in the value that is next in s.
func (out *output) given(l layer, s *scanner, in *input, give giveRecord) error {
	err := out.apart(func() error { return out.lost(give(l, in)) })
	if err != nil {
		return err
	}
	return s.skip()
}

// row returns the layer of the record in an element of this kind, and the record's kind:
// the element itself, the second of a pair, or the value of {key, value}.
func enterRow(l layer, kind byte) (at layer, _ byte, err error) {
	switch kind {
	case '{':
		at, err = l.valueOf()
	case '[':
		at, err = secondElement(l)
	}
	if at == nil {
		return l, kind, err
	}
	kind, err = at.kind()
	return at, kind, err
}

// second returns the layer of the second element of an array; nil without one.
func secondElement(l layer) (at layer, err error) {
	err = through(l, func(s *scanner, _ byte) error {
		return s.array(func(i int, _ byte) error {
			if i == 1 {
				at = s.here(l.element(i))
				return errEnough
			}
			return s.skip()
		})
	})
	return at, err
}

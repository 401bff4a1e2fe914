package decode

import (
	"strconv"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/source"
)

// maxLeads is how deep the stores may stand in a dump.
const maxLeads = 6

// A giveRecord gives the record that a layer is.
type giveRecord func(rawjson.Layer, *input) error

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
func (out *output) database(l rawjson.Layer, in *input, depth int) error {
	return rawjson.Through(l, func(s *rawjson.Scanner, kind byte) error {
		if kind == '[' {
			return out.records(s, in, func(l rawjson.Layer, in *input) error { return out.listed(l, in, depth) })
		}
		return s.Object(func(i int, name string, kind byte) error {
			at, deep := s.Here(l.Member(i)), kind == '{' || kind == '['
			switch give := out.store(name); {
			case give != nil && deep:
				return out.under(name, func() error { return out.passed(s, out.rows(at, in, give)) })
			case source.DumpLeads[name] && deep && depth < maxLeads:
				return out.under(name, func() error { return out.passed(s, out.database(at, in, depth+1)) })
			case source.DumpHeads[name]:
				return s.Skip()
			}
			return out.foreign(s, name)
		})
	})
}

// listed gives an element of a list in a dump: a database, a store, or a record.
func (out *output) listed(l rawjson.Layer, in *input, depth int) error {
	sh, err := rawjson.Probe(l)
	if err != nil {
		return err
	}
	for _, name := range []string{"tableName", "storeName", "name"} {
		if give := out.store(sh.Text(name)); give != nil {
			return out.rows(l, in, give)
		}
	}
	if source.LeadsToStores(sh) && depth < maxLeads {
		return out.database(l, in, depth+1)
	}
	return out.record(l, in)
}

// rows gives the records of a store: a list, an object that has the list as a member,
// or one of records by their names.
func (out *output) rows(l rawjson.Layer, in *input, give giveRecord) error {
	return rawjson.Through(l, func(s *rawjson.Scanner, kind byte) error {
		if kind == '[' {
			return out.records(s, in, give)
		}
		return s.Object(func(i int, name string, kind byte) error {
			at := s.Here(l.Member(i))
			if kind == '{' && names.ClassifyKey(name).Known {
				if sh, err := rawjson.Probe(at); err == nil && sh.DataAt < 0 {
					return out.documented(at, s, in, name, kind, noHeader)
				}
			}
			switch {
			case source.DumpRows[name] && kind == '[':
				return out.under(name, func() error { return out.records(s, in, give) })
			case kind == '{':
				return out.under(name, func() error { return out.given(at, s, in, give) })
			case source.DumpHeads[name]:
				return s.Skip()
			}
			return out.documented(at, s, in, name, kind, noHeader)
		})
	})
}

// records has give give each element of the array that is next in s. An element may be a
// pair of a key and a record. One that is damaged leaves the others as they are.
func (out *output) records(s *rawjson.Scanner, in *input, give giveRecord) error {
	return s.Array(func(i int, kind byte) error {
		return out.under(strconv.Itoa(i), func() error {
			here := s.Here(nil)
			at, kind, err := enterRow(here, kind)
			if rawjson.Fatal(err) {
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
func (out *output) given(l rawjson.Layer, s *rawjson.Scanner, in *input, give giveRecord) error {
	err := out.apart(func() error { return out.cutShort(give(l, in)) })
	if err != nil {
		return err
	}
	return s.Skip()
}

// row returns the layer of the record in an element of this kind, and the record's kind:
// the element itself, the second of a pair, or the value of {key, value}.
func enterRow(l rawjson.Layer, kind byte) (at rawjson.Layer, _ byte, err error) {
	switch kind {
	case '{':
		at, err = l.ValueOf()
	case '[':
		at, err = secondElement(l)
	}
	if at == nil {
		return l, kind, err
	}
	kind, err = at.Kind()
	return at, kind, err
}

// second returns the layer of the second element of an array; nil without one.
func secondElement(l rawjson.Layer) (at rawjson.Layer, err error) {
	err = rawjson.Through(l, func(s *rawjson.Scanner, _ byte) error {
		return s.Array(func(i int, _ byte) error {
			if i == 1 {
				at = s.Here(l.Element(i))
				return rawjson.ErrEnough
			}
			return s.Skip()
		})
	})
	return at, err
}

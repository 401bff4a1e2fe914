package decode

import (
	"context"
	"strconv"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/source"
)

// saved are the keys of localStorage under which the application kept its state, and
// the rank of each.
var saved = map[string]record.Rank{
	"taskerino-v3-state":         record.RankState,
	"taskerino-migration-backup": record.RankBackup,
	"taskerino-v2-state":         record.RankMigrationCopy,
	"taskerino-critical-save":    record.RankRescue,
	"taskerino-emergency-save":   record.RankRescue,
}

// A giver takes a named value of a dump: its layer, and the scanner in which it is next.
type giver func(at rawjson.Layer, s *rawjson.Scanner, name string, kind byte) error

// storage gives the keys of a dump of localStorage: an object, or a list of pairs of a
// key and its value.
func (out *output) storage(l rawjson.Layer, in *input) error {
	return out.named(l, func(at rawjson.Layer, s *rawjson.Scanner, name string, kind byte) error {
		if rank, ok := saved[name]; ok {
			return out.savedAs(at, s, in, name, rank)
		}
		return out.local(at, s, name, kind)
	})
}

// named has give give the members of an object, or the values of a list of pairs.
func (out *output) named(l rawjson.Layer, give giver) error {
	return rawjson.Through(l, func(s *rawjson.Scanner, kind byte) error {
		switch kind {
		case '{':
			return s.Object(func(i int, name string, kind byte) error { return give(s.Here(l.Member(i)), s, name, kind) })
		case '[':
			return s.Array(func(i int, kind byte) error { return out.namedElement(s.Here(l.Element(i)), s, i, kind, give) })
		}
		return out.notRecord(l)
	})
}

// namedElement gives the value of element i of a list of pairs, which is next in s.
func (out *output) namedElement(l rawjson.Layer, s *rawjson.Scanner, i int, kind byte, give giver) error {
	return out.under(strconv.Itoa(i), func() error {
		switch kind {
		case '[':
			return out.pair(l, s, give)
		case '{':
			return out.keyValue(l, s, give)
		}
		return out.passed(s, out.notRecord(l))
	})
}

// pair gives the value of [key, value], which is next in s.
func (out *output) pair(l rawjson.Layer, s *rawjson.Scanner, give giver) error {
	name := ""
	return s.Array(func(i int, kind byte) (err error) {
		switch {
		case i == 0 && kind == '"':
			name, err = s.Scalar()
			return err
		case i == 1 && name != "":
			return give(s.Here(l.Element(i)), s, name, kind)
		}
		return out.under(strconv.Itoa(i), func() error { return out.passed(s, out.notRecord(s.Here(l.Element(i)))) })
	})
}

// keyValue gives the value of {key, value}, which is next in s. The key may be called
// name.
func (out *output) keyValue(l rawjson.Layer, s *rawjson.Scanner, give giver) error {
	sh, err := rawjson.Probe(l)
	if err != nil {
		return err
	}
	name := source.PairName(sh)
	if name == "" {
		return out.passed(s, out.notRecord(l))
	}
	return s.Object(func(i int, member string, kind byte) error {
		switch member {
		case "value":
			return give(s.Here(l.Member(i)), s, name, kind)
		case "key", "name":
			return s.Skip()
		}
		return out.foreign(s, member)
	})
}

// savedAs gives the state under a key of a dump. What is none is set aside by itself.
func (out *output) savedAs(l rawjson.Layer, s *rawjson.Scanner, in *input, name string, rank record.Rank) error {
	w, err := rawjson.Unwrap(l, true)
	if err != nil {
		return err
	}
	kind, err := w.Final.Kind()
	if err != nil {
		return err
	}
	if kind != '{' {
		return out.noState(s, name)
	}
	err = out.apart(func() error {
		out.file.Rank = rank
		if w.Steps > 0 {
			if err := out.check(w.Final, nil); err != nil {
				return err
			}
		}
		return out.under(name, func() error { return out.state(w.Final, in) })
	})
	if err := out.cutShort(err); err != nil {
		return err
	}
	return s.Skip()
}

// noState takes what stands under the key of a state and is none. An empty value is
// kept as the value that it is.
func (out *output) noState(s *rawjson.Scanner, name string) error {
	raw, err := s.Keep(nil, rawjson.MaxElement)
	if err != nil {
		return err
	}
	pointer := out.base + "/" + record.PointerPart(name)
	switch string(raw) {
	case `""`, "null", `"null"`, `"[]"`, "[]":
		return out.keyed(raw, name, pointer)
	}
	return out.stray(record.Stray{Collection: "other", Pointer: pointer, Raw: raw, Reason: "no state of the application's"})
}

// local gives another key of a dump.
func (out *output) local(at rawjson.Layer, s *rawjson.Scanner, name string, kind byte) error {
	if names.IsArray(name) {
		return out.section(at, s, name, kind)
	}
	return out.keptAs(s, name)
}

// decodeBrowser reads a dump of what the application kept in a browser: an object whose
// members are the localStorage and the IndexedDB, or a list of origins that have these.
func decodeBrowser(ctx context.Context, in *input, out *output) error {
	l, err := out.places(ctx, in)
	if l == nil || err != nil {
		return err
	}
	return out.cutShort(out.browser(ctx, l, in, false))
}

func (out *output) browser(ctx context.Context, l rawjson.Layer, in *input, origin bool) error {
	return out.named(l, func(at rawjson.Layer, s *rawjson.Scanner, name string, kind byte) error {
		var err error
		switch {
		case name == "localStorage" || name == "sessionStorage":
			if kind == '"' {
				at = at.Text()
			}
			err = out.beside(name, record.RankState, func() error { return out.storage(at, in) })
		case name == "indexedDB" && (kind == '{' || kind == '['):
			err = out.beside(name, record.RankExport, func() error {
				return out.ofDatabase(&together{ctx: ctx, most: record.RankExport}, func() error { return out.cutShort(out.database(at, in, 0)) })
			})
		case name == "origins" && kind == '[' && !origin:
			return out.under(name, func() error {
				return out.records(s, in, func(l rawjson.Layer, in *input) error { return out.browser(ctx, l, in, true) })
			})
		case source.DumpHeads[name], name == "cookies":
			return s.Skip()
		default:
			return out.foreign(s, name)
		}
		return out.passed(s, err)
	})
}

// beside gives what stands in a part of a dump that has a rank of its own.
func (out *output) beside(name string, rank record.Rank, read func() error) error {
	return out.apart(func() error {
		out.file.Rank = rank
		return out.under(name, read)
	})
}

// passed goes on behind a value that was read through its layer, with this error.
func (out *output) passed(s *rawjson.Scanner, err error) error {
	if err := out.cutShort(err); err != nil {
		return err
	}
	return s.Skip()
}

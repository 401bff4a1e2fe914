package decode

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
)

// decodeRecord reads a record of the application's IndexedDB: {name, data,
// timestamp}, where data is the value, its text, or that compressed.
func decodeRecord(ctx context.Context, in *input, out *output) error {
	l, err := out.places(ctx, in)
	if l == nil || err != nil {
		return err
	}
	h, err := readRowHead(l)
	if err != nil {
		return out.failed(err)
	}
	out.file.Key = h.Text("name")
	if c := names.ClassifyJSON(out.file.Key + ".json"); c.Form == names.FormCopy {
		out.file.Key = c.Key
	}
	rows := &together{ctx: ctx, most: cmp.Or(out.file.Rank, record.RankExport)}
	err = out.collect(rows, func() error { return out.cutShort(out.record(l, in)) })
	out.leave(rows)
	return err
}

// decodeDatabase reads a dump of the application's IndexedDB: the records of the
// store "collections" in a list, or its stores "collections" and "backups" in any of
// the trees that dump tools make of a database, Dexie's export among them.
func decodeDatabase(ctx context.Context, in *input, out *output) error {
	out.file.Rank = record.RankExport
	l, err := out.places(ctx, in)
	if l == nil || err != nil {
		return err
	}
	return out.cutShort(out.ofDatabase(&together{ctx: ctx, most: record.RankExport}, func() error { return out.cutShort(out.database(l, in, 0)) }))
}

// places looks through the text of in, and makes it one that is read here and there; nil
// if there is nothing in it. So each value in a dump is read a number of times that does
// not grow with what stands before it.
func (out *output) places(ctx context.Context, in *input) (rawjson.Layer, error) {
	l := in.layer(ctx)
	if ok, err := out.sound(l); !ok || err != nil {
		return nil, err
	}
	p, err := in.placed(ctx, l)
	if err != nil {
		return nil, out.failed(err)
	}
	return p, nil
}

// notRecord sets aside what stands in the place of a record.
func (out *output) notRecord(l rawjson.Layer) error {
	return rawjson.Through(l, func(s *rawjson.Scanner, _ byte) error {
		raw, err := s.Keep(nil, rawjson.MaxElement)
		if err != nil {
			return err
		}
		return out.stray(record.Stray{Collection: "other", Pointer: out.base, Raw: raw, Reason: "a record is expected"})
	})
}

// rowMembers are those of a record of the store of the collections, and what tools that dump
// it put beside them.
var rowMembers = names.Set("name", "data", "timestamp", "id", "key")

// record gives the record of the store of the collections that l is.
func (out *output) record(l rawjson.Layer, in *input) error {
	h, err := readRowHead(l)
	if err != nil {
		return err
	}
	if h.Kinds["name"] != '"' || h.value == nil {
		return out.notRecord(l)
	}
	for _, name := range slices.Sorted(maps.Keys(h.Kinds)) {
		if !rowMembers[name] {
			out.warn("unknown-field", h.Text("name"), out.base+"/"+record.PointerPart(name))
			out.keep("a record that holds more than its value")
		}
	}
	return errors.Join(out.under("data", func() error { return out.row(in, h.Text("name"), h.time(), h.value, h.to) }), h.Err)
}

// backup gives the record of the store of the backups that l is: all collections, in a
// member or beside the id.
func (out *output) backup(l rawjson.Layer, in *input) error {
	h, err := readRowHead(l)
	if err != nil {
		return err
	}
	out.file.Rank = record.RankBundle
	at := max(h.time(), names.NameTime(h.Text("id")))
	if at > 0 {
		out.time = in.time(at)
	}
	return out.ofDatabase(&together{ctx: out.dump.ctx, most: record.RankBundle, time: at}, func() error {
		return out.inside(l, in, func(name string) bool {
			return slices.Contains([]string{"id", "timestamp", "version", "createdAt", "size", "name", "type"}, name)
		})
	})
}

// inside gives the collections of a backup. They stand in it, or in a member of it,
// which may be a text.
func (out *output) inside(l rawjson.Layer, in *input, header func(string) bool) error {
	return rawjson.Through(l, func(s *rawjson.Scanner, _ byte) error {
		return s.Object(func(i int, name string, kind byte) error {
			at := s.Here(l.Member(i))
			if name != "collections" && (name != "data" || kind == '[') {
				return out.documented(at, s, in, name, kind, header)
			}
			return out.passed(s, out.under(name, func() error { return out.packedDocument(at, in, header) }))
		})
	})
}

// packedDocument gives what a document holds that may be written into a text.
func (out *output) packedDocument(l rawjson.Layer, in *input, header func(string) bool) error {
	return out.unpacked(l, true, func(inner rawjson.Layer) error {
		if kind, err := l.Kind(); err == nil && kind == '"' {
			if inner, err = in.unpacked(out.dump.ctx, inner); err != nil {
				return err
			}
		}
		return out.document(inner, in, header)
	})
}

// unpacked has read read a value without what is around it.
func (out *output) unpacked(l rawjson.Layer, array bool, read func(rawjson.Layer) error) error {
	w, err := rawjson.Unwrap(l, array)
	if err != nil {
		return err
	}
	if w.Doubled {
		out.notes.Add("double-wrapped", "")
	}
	if w.Steps > 0 {
		if err := out.check(w.Final, nil); err != nil {
			return err
		}
	}
	return read(w.Final)
}

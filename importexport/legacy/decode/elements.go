package decode

import (
	"bytes"
	"slices"
	"strconv"

	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"

	"github.com/go-json-experiment/json/jsontext"
)

// largeRecord is the size from which a record is given away with the buffer it was
// read into, instead of a copy.
const largeRecord = 1 << 20

// elements gives the elements of the array that is next in s.
func (out *output) elements(s *rawjson.Scanner, key, pointer string) error {
	var scratch []byte
	return s.Array(func(i int, _ byte) (err error) {
		scratch, err = s.Keep(scratch[:0], rawjson.MaxElement)
		if err != nil {
			return err
		}
		raw := scratch
		if len(raw) < largeRecord {
			raw = bytes.Clone(raw)
		} else {
			scratch = nil
		}
		return out.entity(raw, key, pointer+"/"+strconv.Itoa(i), i, "")
	})
}

// entity gives one element of a collection: a record if it is an object.
func (out *output) entity(raw jsontext.Value, key, pointer string, seq int, name string) error {
	reason := "not an object"
	if err := rawjson.Valid(raw); err != nil {
		reason = "not valid JSON"
		if rawjson.TooDeep(raw) {
			reason = "nested too deep to be read"
			out.notes.Add("deep-nesting", pointer)
		}
		out.cut = true
		out.keep(reason)
	} else if raw[0] == '{' {
		id, _ := rawjson.IDOf(raw) // that it is a number, the codec tells
		if id == "" {
			id = name
			out.noteOddID(raw, pointer)
		}
		return out.candidate(record.Candidate{Collection: key, ID: id, Raw: raw, Pointer: pointer, Seq: seq,
			Whole: !out.damaged && !out.single, Doubtful: out.doubtful, Spread: out.spread})
	}
	return out.stray(record.Stray{Collection: key, Pointer: pointer, Seq: seq, Raw: raw, Reason: reason})
}

// noteOddID tells of a record whose id says something and is neither text nor number: the
// store holds the record under another id, and the file is kept for this one.
func (out *output) noteOddID(raw jsontext.Value, pointer string) {
	list, _ := rawjson.Members(raw)
	odd := func(m rawjson.Member) bool {
		return m.Name == "id" && string(m.Value) != "null" && string(m.Value) != `""`
	}
	if slices.ContainsFunc(list, odd) {
		out.warn("type-coerced", "", pointer+"/id is no text; the record is kept under another")
		out.keep("an id that is no text")
	}
}

// explode gives the entities of an object in place of an array: one entity, a
// map from ids to entities, or an array that was spread into an object.
func (out *output) explode(l rawjson.Layer, s *rawjson.Scanner, key, pointer string) error {
	sh, err := rawjson.Probe(l)
	if err != nil {
		return err
	}
	others := sh.Members - sh.Indexed
	_, id := sh.Scalars["id"]
	_, version := sh.Scalars["version"]
	spread := sh.Indexed > 0 && others == count(id, version)
	switch {
	case sh.Members == 0 && sh.Err != nil:
		return sh.Err
	case sh.Members == 0:
		return s.Skip()
	case spread && id:
		out.spread = true
		out.notes.Add("array-spread", pointer)
	case spread, !id && sh.Objects == sh.Members:
		out.notes.Add("type-coerced", pointer+": an object where an array is expected")
	default:
		raw, err := s.Keep(nil, rawjson.MaxElement)
		if err != nil {
			return err
		}
		if !id {
			return out.stray(record.Stray{Collection: key, Pointer: pointer, Raw: raw, Reason: "an array is expected"})
		}
		out.single = true
		out.notes.Add("type-coerced", pointer+": one object where an array is expected")
		return out.entity(raw, key, pointer, 0, "")
	}
	return s.Object(func(i int, name string, kind byte) error {
		if kind != '{' {
			return s.Skip()
		}
		raw, err := s.Keep(nil, rawjson.MaxElement)
		if err != nil {
			return err
		}
		at := pointer + "/" + record.PointerPart(name)
		if spread {
			name = ""
		}
		return out.entity(raw, key, at, i, name)
	})
}

func count(conditions ...bool) (n int) {
	for _, c := range conditions {
		if c {
			n++
		}
	}
	return n
}

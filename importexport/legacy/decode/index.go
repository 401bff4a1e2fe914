package decode

import (
	"context"
	"path"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/redact"

	"github.com/go-json-experiment/json/jsontext"
)

// sessionIndex is the key of the list of the chunked sessions.
const sessionIndex = "session-index"

// decodeIndex reads a list of the entities that the application knew of. Each
// entry is a hint that a record should be there. Indexes for searching hold nothing
// that the records do not hold, and are passed over.
func decodeIndex(ctx context.Context, in *input, out *output) error {
	collection, rank := in.class.Key, record.RankEntity
	switch {
	case in.class.Key == sessionIndex:
		collection, rank = "sessions", record.RankChunked
	case names.Collections[in.class.Key] == "" || path.Base(in.file.Path) != "index.json":
		collection = ""
	}
	if collection == "" || in.class.Variant != "" {
		out.file.Status = record.StatusIgnored
		return nil
	}
	l := in.layer(ctx)
	if ok, err := out.sound(l); !ok || err != nil {
		return err
	}
	err := out.wrapped(l, in, true, func(final rawjson.Layer) error {
		return out.hints(final, record.Hint{Collection: collection, Rank: rank})
	})
	if out.reason == "" {
		out.file.Status = record.StatusIgnored
	}
	return err
}

// hints gives a hint like h for each element of the array that l is.
func (out *output) hints(l rawjson.Layer, h record.Hint) error {
	s, err := l(nil)
	if err != nil {
		return err
	}
	defer s.Close()
	c, err := s.Peek()
	if err != nil || c != '[' {
		return rawjson.ErrMalformed
	}
	return s.Array(func(i int, _ byte) error {
		raw, err := s.Keep(nil, maxIndexEntry)
		if err == nil {
			err = rawjson.Valid(raw)
		}
		if err != nil {
			return err
		}
		return out.entry(raw, h)
	})
}

// maxIndexEntry is the size in bytes of the largest entry of an index.
const maxIndexEntry = 1 << 20

// entry gives the hint that one entry of an index is: an id, or an object with
// some members of the entity.
func (out *output) entry(raw jsontext.Value, h record.Hint) error {
	h.ID, h.File, h.Time = rawjson.IDText(raw), out.file.Path, out.time
	if raw[0] == '{' {
		h.ID, _ = rawjson.IDOf(raw)
		h.Raw = raw
	}
	if h.ID == "" {
		out.notes.Add("stray-element", "an entry without an id")
		return nil
	}
	return out.hint(h)
}

// hint gives a hint to the sink.
func (out *output) hint(h record.Hint) error {
	h.ID = record.KeptID(h.Collection, h.ID)
	var places []string
	h.Raw, places = redact.RecordWithoutSecrets(h.Raw)
	for _, place := range places {
		out.warn("secret-skipped", h.ID, place)
	}
	if err := out.sink.Hint(h); err != nil {
		return rawjson.SinkError{Err: err}
	}
	return nil
}

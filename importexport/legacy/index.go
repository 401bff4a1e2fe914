package legacy

import (
	"context"
	"path"

	"github.com/go-json-experiment/json/jsontext"
)

// sessionIndex is the key of the list of the chunked sessions.
const sessionIndex = "session-index"

// decodeIndex reads a list of the entities that the application knew of. Each
// entry is a hint that a record should be there. Indexes for searching hold nothing
// that the records do not hold, and are passed over.
func decodeIndex(ctx context.Context, in *input, out *output) error {
	collection, rank := in.class.Key, RankEntity
	switch {
	case in.class.Key == sessionIndex:
		collection, rank = "sessions", RankChunked
	case collections[in.class.Key] == "" || path.Base(in.file.Path) != "index.json":
		collection = ""
	}
	if collection == "" || in.class.Variant != "" {
		out.file.Status = StatusIgnored
		return nil
	}
	l := in.layer(ctx)
	if ok, err := out.sound(l); !ok || err != nil {
		return err
	}
	err := out.wrapped(l, in, true, func(final layer) error {
		return out.hints(final, Hint{Collection: collection, Rank: rank})
	})
	if out.reason == "" {
		out.file.Status = StatusIgnored
	}
	return err
}

// hints gives a hint like h for each element of the array that l is.
func (out *output) hints(l layer, h Hint) error {
	s, err := l(nil)
	if err != nil {
		return err
	}
	defer s.Close()
	c, err := s.peek()
	if err != nil || c != '[' {
		return errMalformed
	}
	return s.array(func(i int, _ byte) error {
		raw, err := s.keep(nil, maxIndexEntry)
		if err == nil {
			err = valid(raw)
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
func (out *output) entry(raw jsontext.Value, h Hint) error {
	h.ID, h.File, h.Time = idText(raw), out.file.Path, out.time
	if raw[0] == '{' {
		h.ID, _ = idOf(raw)
		h.Raw = raw
	}
	if h.ID == "" {
		out.notes.add("stray-element", "an entry without an id")
		return nil
	}
	return out.hint(h)
}

// hint gives a hint to the sink.
func (out *output) hint(h Hint) error {
	h.ID = keptID(h.Collection, h.ID)
	var places []string
	h.Raw, places = recordWithoutSecrets(h.Raw)
	for _, place := range places {
		out.warn("secret-skipped", h.ID, place)
	}
	if err := out.sink.Hint(h); err != nil {
		return sinkError{err}
	}
	return nil
}

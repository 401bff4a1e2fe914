package merge

import (
	"taskstore/importexport/legacy/rawjson"

	"github.com/go-json-experiment/json/jsontext"
)

// SameRecord compares what was read back with what was read from the source. A
// record that came without an id, or with one that is neither text nor number, has the
// one that the import gave it.
func SameRecord(back jsontext.Value, m *Merged) bool {
	raw := m.Raw
	if m.sum != (rawjson.Sum{}) { // of Raw: the source was summed when it was read
		if sum, err := rawjson.Hash(back); err == nil && sum == m.sum {
			return true
		}
	}
	if len(raw) == 0 || rawjson.Equal(back, raw) {
		return true
	}
	given, ok := rawjson.Members(raw)
	if !ok || rawjson.IDText(rawjson.Last(given, "id")) != "" {
		return false
	}
	return rawjson.Equal(withoutID(back), withoutID(raw))
}

func withoutID(raw jsontext.Value) jsontext.Value {
	list, _ := rawjson.Members(raw)
	out := []byte{'{'}
	for _, m := range list {
		if m.Name == "id" {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, m.Raw...), ':'), m.Value...)
	}
	return append(out, '}')
}

package record

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"taskstore/importexport/legacy/rawjson"
	"taskstore/schema"

	"github.com/go-json-experiment/json/jsontext"
)

const Day = int64(24 * time.Hour / time.Millisecond)

// QuoteID writes an id as JSON, half of a surrogate pair in it as it was.
func QuoteID(id string) jsontext.Value {
	if !schema.Storable(id) {
		return jsontext.Value(schema.Spelled(id))
	}
	return rawjson.QuoteText(id)
}

// Sentinels stand for values that the application's sanitizer could not write.
var Sentinels = [...]string{`"[Circular]"`, `"[MaxDepth]"`, `"[Unknown]"`, `"[Function]"`}

// Lost says that v is no value: absent, null or a sentinel. Where nothing is known
// to have been sanitized, text such as "[Unknown]" may be the user's own.
func Lost(v jsontext.Value) bool { return len(v) == 0 || string(v) == "null" || Sentinel(v) }

func Sentinel(v jsontext.Value) bool { return slices.Contains(Sentinels[:], string(v)) }

// ItemKey identifies an item: by its id, or by its content when it has none.
func ItemKey(v jsontext.Value) string {
	if list, ok := rawjson.Members(v); ok {
		if id := rawjson.IDText(rawjson.Last(list, "id")); id != "" {
			return "id:" + id
		}
	}
	return ValueKey(v)
}

func ValueKey(v jsontext.Value) string {
	sum, err := rawjson.Hash(v)
	if err != nil {
		return string(v)
	}
	return "sum:" + string(sum[:])
}

// Entities are the collections whose records have ids of their own.
var Entities = map[string]bool{
	"sessions": true, "notes": true, "tasks": true, "topics": true,
	"companies": true, "contacts": true, "attachments": true,
}

// What became of a candidate.
const (
	DispLive      = "live"      // the live record came from it
	DispRecovered = "recovered" // the record in the trash came from it
	DispRevision  = "revision"  // kept as a version of its record
	DispDuplicate = "duplicate" // says nothing that another candidate of its id does not say
)

// MaxWarnings is how many warnings of one code a file lists; further ones are counted.
const MaxWarnings = 1000

// Latest returns the latest of these members as epoch milliseconds; 0 when none
// of them holds a time.
func Latest(list []rawjson.Member, names ...string) (t int64) {
	for _, name := range names {
		if v := rawjson.Last(list, name); v != nil {
			t = max(t, Epoch(v))
		}
	}
	return t
}

var timeLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05", "2006-01-02T15:04", time.DateOnly}

// Epoch reads a JSON value as a time in epoch milliseconds; 0 when it is none.
func Epoch(v jsontext.Value) int64 {
	if len(v) == 0 || v[0] != '"' {
		f, err := strconv.ParseFloat(string(v), 64)
		if err != nil || f < 1e11 || f > 1e14 {
			return 0
		}
		return int64(f)
	}
	text := strings.TrimSpace(string(v[1 : len(v)-1]))
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UnixMilli()
		}
	}
	return 0
}

// Prefer returns 1 if the first is the better one, else -1.
func Prefer(first bool) int {
	if first {
		return 1
	}
	return -1
}

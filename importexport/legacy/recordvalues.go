package legacy

import (
	"slices"
	"strconv"
	"strings"
	"taskstore/schema"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

const day = int64(24 * time.Hour / time.Millisecond)

// quoteID writes an id as JSON, half of a surrogate pair in it as it was.
func quoteID(id string) jsontext.Value {
	if !schema.Storable(id) {
		return jsontext.Value(schema.Spelled(id))
	}
	return quoteText(id)
}

// sentinels stand for values that the application's sanitizer could not write.
var sentinels = [...]string{`"[Circular]"`, `"[MaxDepth]"`, `"[Unknown]"`, `"[Function]"`}

// lost says that v is no value: absent, null or a sentinel. Where nothing is known
// to have been sanitized, text such as "[Unknown]" may be the user's own.
func lost(v jsontext.Value) bool { return len(v) == 0 || string(v) == "null" || sentinel(v) }

func sentinel(v jsontext.Value) bool { return slices.Contains(sentinels[:], string(v)) }

// itemKey identifies an item: by its id, or by its content when it has none.
func itemKey(v jsontext.Value) string {
	if list, ok := members(v); ok {
		if id := idText(last(list, "id")); id != "" {
			return "id:" + id
		}
	}
	return valueKey(v)
}

func valueKey(v jsontext.Value) string {
	sum, err := Hash(v)
	if err != nil {
		return string(v)
	}
	return "sum:" + string(sum[:])
}

// entities are the collections whose records have ids of their own.
var entities = map[string]bool{
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

// maxWarnings is how many warnings of one code a file lists; further ones are counted.
const maxWarnings = 1000

// latest returns the latest of these members as epoch milliseconds; 0 when none
// of them holds a time.
func latest(list []member, names ...string) (t int64) {
	for _, name := range names {
		if v := last(list, name); v != nil {
			t = max(t, epoch(v))
		}
	}
	return t
}

var timeLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05", "2006-01-02T15:04", time.DateOnly}

// epoch reads a JSON value as a time in epoch milliseconds; 0 when it is none.
func epoch(v jsontext.Value) int64 {
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

// prefer returns 1 if the first is the better one, else -1.
func prefer(first bool) int {
	if first {
		return 1
	}
	return -1
}

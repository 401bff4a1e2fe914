// Package schema says what an entity is: its Go type, how it is written as the
// legacy app's JSON, and how it is laid out in tables.
//
// One struct and one [Table] describe an entity. Columns are the struct's `db`
// tags, JSON members its `json` tags, and every list inside it is one [Child].
// Package repo derives everything else from these descriptions.
package schema

import (
	"fmt"
	"strings"
	"time"
)

// TimeLayout is the form of every [Time]: UTC, fixed width, milliseconds. It
// sorts as text and is what JavaScript's Date.toISOString writes.
const TimeLayout = "2006-01-02T15:04:05.000Z"

// Time is a moment as text in TimeLayout; "" is unknown. It stays text until
// somebody asks for the time, because scanning text is much cheaper.
type Time string

// TimeOf gives t in UTC, cut to milliseconds. The zero time gives "".
func TimeOf(t time.Time) Time {
	if t.IsZero() {
		return ""
	}
	return Time(t.UTC().Format(TimeLayout))
}

// ParseTime reads an RFC 3339 text with any offset, in its strict form: with a
// zone, T and Z in either case, a space for the T, digits beyond milliseconds cut
// off. It reports false for anything else: a time without a zone, hour 24, a leap
// second (second 60), and years outside 0001 to 9999.
func ParseTime(s string) (Time, bool) {
	if len(s) <= len("2006-01-02T15:04:05") || s[13] != ':' || strings.IndexByte(s, ',') >= 0 {
		return "", false
	}
	if c := s[10]; c == ' ' || c == 't' || s[len(s)-1] == 'z' {
		s = s[:10] + "T" + strings.ToUpper(s[11:])
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return "", false
	}
	return timeInRange(t)
}

func timeInRange(t time.Time) (Time, bool) {
	if t = t.UTC(); t.Year() < 1 || t.Year() > 9999 {
		return "", false
	}
	return Time(t.Format(TimeLayout)), true
}

// Time parses t. An unknown time is the zero time.Time and no error.
func (t Time) Time() (time.Time, error) {
	if t == "" {
		return time.Time{}, nil
	}
	return time.Parse(TimeLayout, string(t))
}

// JSON is the text of one JSON value, without white space between its tokens
// and otherwise as it was written; "" says that the member is absent.
type JSON string

// Document is the JSON text of a large part of an entity that is kept in a side
// table and read only when asked for. nil is not loaded, and a save leaves what
// is stored; an empty Document that is not nil is absent, and a save removes it.
type Document []byte

// Absent is the Document that a save removes.
var Absent = Document{}

// Rest keeps what the typed fields of an object cannot say.
type Rest struct {
	// Extra is a JSON object of the members that the type does not know,
	// verbatim and in their order, duplicates included. "" is none.
	Extra JSON `db:"extra"`
	// Odd is a JSON object from the name of a known member to the texts of its
	// values as they were written, in an array of strings: more than one for a
	// duplicate key, none for a required member that was missing. It is there
	// only where encoding the typed field would not give an equal JSON value,
	// and is void once the field no longer holds what those texts decode to.
	Odd JSON `db:"odd"`
}

// Head is what every entity has. The store sets all of it except ID and, for a
// new entity, TrashedAt and TrashReason.
type Head struct {
	// PK is the integer key of the row. It never changes and is never reused
	// while anything refers to it.
	PK int64 `db:"pk"`
	// ID is the entity's name, opaque, unique within its kind. Save gives a new
	// entity without one a UUID version 7.
	ID string `db:"id" json:"id"`
	// Rev counts the states of the entity, from 1; 0 is not saved yet.
	Rev int64 `db:"rev"`
	// SavedAt is when this state was written to the store.
	SavedAt Time `db:"saved_at"`
	// TrashedAt is when the entity went to the trash; "" is live.
	TrashedAt Time `db:"trashed_at"`
	// TrashReason is why: one of the Trash constants.
	TrashReason string `db:"trash_reason,null"`
	Rest
	// Lists says how many rows each child table holds for this entity and a sum
	// over their checksums, as it was when the entity was read. A save compares
	// it, so that a list that somebody else changed is not overwritten.
	Lists JSON
	// Stored is the id that the entity had when it was read or saved, "" for one that was
	// not: an entity that was given another id since is not saved over the one of that.
	Stored string
}

// Why an entity is in the trash.
const (
	TrashDeleted   = "deleted"   // a user deleted it
	TrashRecovered = "recovered" // an import found it only where deleted things stand
	TrashMissing   = "missing"   // an index named it, its content was nowhere
)

// Brief is what a list shows of an entity: no children but tags, no JSON.
type Brief struct {
	Kind        string   `json:"kind"`
	PK          int64    `json:"-"`
	ID          string   `json:"id"`
	Title       string   `json:"title"`
	Status      string   `json:"status"`
	Date        Time     `json:"date"`
	Updated     Time     `json:"updated"`
	Rev         int64    `json:"rev"`
	TrashedAt   Time     `json:"trashed_at,omitempty"`
	TrashReason string   `json:"trash_reason,omitempty"`
	Tags        []string `json:"tags"`
}

// InvalidError says which field of which entity is wrong, for the person who
// can correct it.
type InvalidError struct {
	Kind, ID, Field, Problem string
}

func (e *InvalidError) Error() string {
	switch {
	case e.Field == "":
		return fmt.Sprintf("%s %q: %s", e.Kind, e.ID, e.Problem)
	case e.ID == "":
		return fmt.Sprintf("%s: %s: %s", e.Kind, e.Field, e.Problem)
	}
	return fmt.Sprintf("%s %q: %s: %s", e.Kind, e.ID, e.Field, e.Problem)
}

// Warning is a note about legacy JSON that was kept but is not as its type says.
type Warning struct {
	Code   string // see the Warn constants
	Path   string // JSON pointer inside the entity
	Detail string
}

// Codes of Warning.
const (
	WarnNullRequired  = "null-required"  // null or absent where the app's type requires a value
	WarnTypeCoerced   = "type-coerced"   // a value of another type; the typed field holds a reading of it
	WarnUnknownEnum   = "unknown-enum"   // a value outside the known set
	WarnUnknownField  = "unknown-field"  // a member that the type does not know
	WarnBigInteger    = "big-integer"    // a number that a float64 cannot hold to the digit
	WarnLoneSurrogate = "lone-surrogate" // half of a UTF-16 pair
	WarnDeepNesting   = "deep-nesting"   // more than 1,000 levels
)

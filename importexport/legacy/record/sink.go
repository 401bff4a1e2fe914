package record

import "github.com/go-json-experiment/json/jsontext"

// Sink takes what Scan finds. Scan calls it from one goroutine, in a fixed order:
// what came out of a file first, then the file itself. An error ends the scan and
// is returned by it.
type Sink interface {
	// Candidate takes a record. Raw is the sink's to keep.
	Candidate(Candidate) error
	// Stray takes a value that stands where a record should and is none.
	Stray(Stray) error
	// Hint takes what an index or a log says about an id.
	Hint(Hint) error
	// Quarantine asks to keep the bytes of a whole file; Source.Kept gives them.
	// It is called at most once for a file, before File.
	Quarantine(path, reason string) error
	// File closes a file: every file of the source is given once.
	File(File) error
}

// Stray is a value in place of a record: no object, or no valid JSON.
type Stray struct {
	Collection string
	File       string // relative to the source, with slashes
	Pointer    string
	Seq        int
	// Raw is the text as it was found, valid UTF-8 but perhaps not valid JSON.
	Raw    jsontext.Value
	Reason string
}

// Hint is what an index or a log says about an id without holding its record.
type Hint struct {
	Collection, ID string
	File           string
	// Rank is that of the records the hint is about: an index of per-entity
	// files has RankEntity, the index of chunked sessions RankChunked.
	Rank Rank
	Time int64 // epoch milliseconds; 0 unknown
	// Deleted says that the id was deleted at Time; otherwise it should exist.
	Deleted bool
	Raw     jsontext.Value // the entry of the index; nil when it is only the id
}

package record

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Rank says from what kind of source a candidate comes. Of two candidates of one
// tier with equal recency the higher rank wins. The zero Rank is no rank.
type Rank int

// The ranks, lowest first.
const (
	RankBundle        Rank = iota + 1 // a file below backups/
	RankMigrationCopy                 // a rollback point or the copy a migration script made
	RankBackup                        // a backup beside its collection file
	RankStaged                        // .tmp file, unfinished transaction, uncommitted log entry
	RankState                         // a dump of the localStorage state
	RankZip                           // a member of an exported zip
	RankExport                        // a single-file JSON export
	RankRescue                        // a critical or emergency save
	RankRoot                          // sessions.json in the root of the directory
	RankCollection                    // db/<collection>.json
	RankEntity                        // a file per entity
	RankChunked                       // a session kept in chunks
	RankWAL                           // committed log entry newer than its file
)

// Live says whether the legacy application itself read sources of this rank as
// its current data.
func (r Rank) Live() bool { return r >= RankRoot }

var rankNames = map[Rank]string{
	RankBundle: "bundle", RankMigrationCopy: "migration-copy", RankBackup: "backup",
	RankStaged: "staged", RankState: "state", RankZip: "zip", RankExport: "export",
	RankRescue: "rescue", RankRoot: "root", RankCollection: "collection",
	RankEntity: "entity", RankChunked: "chunked", RankWAL: "wal",
}

// String names the rank as reports print it; "" for the zero Rank.
func (r Rank) String() string { return rankNames[r] }

// Candidate is one record as one source has it. Several candidates may carry the
// same id; the merge decides between them.
type Candidate struct {
	// Collection is "sessions", "notes", "tasks", "topics", "companies",
	// "contacts", "attachments", "settings", or "other" for an opaque key.
	Collection string
	// ID is the entity's id as text, "" when the record has none; for settings
	// and other it is the collection key.
	ID string
	// Raw is the record without white space between its tokens, otherwise
	// verbatim: duplicate keys, escapes and number text are as they were read.
	// It is valid UTF-8. An attachment known only by its content has no Raw.
	Raw jsontext.Value
	// File is the path relative to the source, with slashes.
	File string
	// Pointer is the JSON pointer of the record inside the decoded value, "/3".
	Pointer string
	// Seq is the position in the file, from 0.
	Seq  int
	Rank Rank
	// Time is the container's time in epoch milliseconds: the wrapper's
	// timestamp, the one in the file's name, exportedAt, else the modification
	// time; 0 is unknown.
	Time int64
	// Content says where an attachment's bytes are; nil without any.
	Content *Content
	// Damaged is set when the record was salvaged from a damaged file.
	Damaged bool
	// Doubtful is set when the damage may lie inside the record (a compressed
	// stream whose checksum is wrong): an equally recent sound one is preferred.
	Doubtful bool
	// Whole is set when the container is a list of the whole collection, so that
	// an id it lacks is absent on purpose.
	Whole bool
	// Spread is set for an element of an array that was saved in the place of one
	// entity: its relationships are added to the winner's, whichever wins.
	Spread bool
	// Part is set when Raw is a part of a record only, as an older copy of it has it:
	// it becomes a version, and neither wins against a whole record nor completes one.
	Part bool
	// Composed is set when Raw was put together from what is known of a content,
	// since the application kept no record of it. It stands only where no source
	// has one, and otherwise fills in what that lacks; it is never a version.
	Composed bool
	// Updated is a time of the entity itself that Raw does not hold, in epoch
	// milliseconds (the updatedAt of chunk metadata); 0 without one.
	Updated int64
	// Code is the warning that a record which loses gets; "" is conflict-version.
	Code string
}

// Content says where the bytes of an attachment are. Source.OpenContent reads it.
type Content struct {
	Path   string // absolute, of the file; of a zip, if Member is set
	Member string // the member of the zip, by the name that the scan gave it; of a log, where its line begins
	Inline string // the text itself, where there is no file
	Form   string // one of the forms below
}

// The forms of a Content.
const (
	ContentDat  = "dat"  // base64 text as the application was given it, perhaps a data URI
	ContentFile = "file" // the bytes themselves
	ContentText = "text" // such base64 text as a JSON string, perhaps wrapped and compressed
	ContentRow  = "row"  // such a string, or its wrapper, at a place of a text that the scan has opened
	ContentLine = "line" // such a string in a line of the write-ahead log
)

// Warning is one finding: a code, the id of the record it is about (may be
// empty) and what was seen, with a JSON pointer or path where that helps.
type Warning struct{ Code, ID, Detail string }

// The states of a File.
const (
	StatusOK          = "ok"
	StatusRecovered   = "recovered"   // read whole in spite of damage
	StatusPartial     = "partial"     // some of it could not be read
	StatusQuarantined = "quarantined" // nothing could be read
	StatusIgnored     = "ignored"     // known, and holds nothing to import
	StatusUnsupported = "unsupported" // a known form that is not read
	StatusUnreadable  = "unreadable"  // the file system would not give it
)

// File is one file of the source and what became of it.
//
// Key, Rank and Time are the collection key, the rank and the container time
// that the file's candidates carry; Key is "" for a file of several collections.
type File struct {
	Path    string // relative to the source, with slashes
	Format  string
	Status  string
	Key     string
	Rank    Rank
	Time    int64
	Bytes   int64
	SHA256  string // 64 hex digits; "" when the file could not be read
	ModTime time.Time
	// Records counts the candidates and stray values that came out of the file.
	Records  int
	Warnings []Warning
	// More counts, by their code, the warnings that are not among Warnings: of each code
	// only the first are listed. What is decided of a file must count both.
	More map[string]int
}

package merge

import (
	"context"

	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/internal/sqlitedb"

	"github.com/go-json-experiment/json/jsontext"
)

// Collections are the collections a stage may hold, in the order in which they
// are imported: what others refer to comes first.
var Collections = []string{"companies", "contacts", "topics", "attachments", "notes", "tasks", "sessions", "settings", "other"}

// Why a merged record is in the trash.
const (
	TrashRecovered = "recovered" // stands only where the application no longer looked
	TrashMissing   = "missing"   // an index names it, no source holds it
	TrashDeleted   = "deleted"   // a log or a person deleted it
)

// Merged is what all sources together say about one id.
type Merged struct {
	Collection, ID string
	// Raw is the record to store, verbatim where nothing had to be completed. It is
	// nil for an attachment that is known only by its content.
	Raw jsontext.Value
	// Trash is "" for a live record, else the reason why it goes to the trash.
	Trash string
	// Write says that the store does not hold exactly this yet. Without it, Raw and
	// Trash are what the store holds.
	Write bool
	// Kept says that Raw follows the record the store holds, perhaps completed by
	// the source: the Rank and Time of its Present stay as they are. Otherwise they
	// become the Winner's.
	Kept bool
	// Kind is the type of the topic that the record was, "" for any other record.
	Kind string
	// Winner is the candidate that Raw follows, without its Raw. For a record that
	// is only missing, and where the store's own state is kept, it is the best of
	// the source's, or empty.
	Winner record.Candidate
	// Sum is that of the Winner as it stood in the source; zero without a text.
	Sum rawjson.Sum
	sum rawjson.Sum // that of Raw, where it is known; else zero
	// Versions are the candidates that lost and differ, the best first, except
	// those that the store keeps already.
	Versions []Version
	// Contents say where the bytes of an attachment may be found, the best first.
	Contents []record.Content
	// Duplicates counts the candidates that are equal to another one of the id.
	Duplicates int
	// Warnings are the findings of the merge. They are in the stage's report too.
	Warnings []record.Warning
}

// Version is a candidate that lost.
type Version struct {
	record.Candidate // without its Raw; see Load
	Sum              rawjson.Sum
	// Code says why it is kept: conflict-version, wal-uncommitted, ...
	Code string
	load func(context.Context) (jsontext.Value, error)
}

// Load reads the version's text from the stage.
func (v Version) Load(ctx context.Context) (raw jsontext.Value, err error) {
	defer sqlitedb.Wrap(&err, "read a version of %s %q", v.Collection, v.ID)
	return v.load(ctx)
}

// Present is a record as the target store holds it.
type Present struct {
	Raw   jsontext.Value
	Trash string // "" live, else why it is in the trash
	// Rank and Time are those of the candidate it was imported from. Rank 0 means
	// that it was written in the store since: the merge then completes nothing in
	// it, and replaces it only by what is newer by its own times.
	Rank record.Rank
	Time int64
	// Follows is the hash of that candidate; zero if it is not known, or items of the
	// record were changed since. The record must hold all that the candidate holds.
	Follows rawjson.Sum
}

// Target is the store that a merge is for. A record the store holds is one more
// candidate of its id: equal content changes nothing, older content never replaces
// newer, and content that is kept already is not kept again.
type Target interface {
	// Current returns the record of an id, in the trash or not; false without one.
	Current(ctx context.Context, collection, id string) (Present, bool, error)
	// HasVersion says whether the history of an id holds content of this Sum.
	HasVersion(ctx context.Context, collection, id string, sum rawjson.Sum) (bool, error)
}

// empty is a Target that holds nothing.
type empty struct{}

func (empty) Current(context.Context, string, string) (Present, bool, error) {
	return Present{}, false, nil
}

func (empty) HasVersion(context.Context, string, string, rawjson.Sum) (bool, error) {
	return false, nil
}

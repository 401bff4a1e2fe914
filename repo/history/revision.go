// Package history keeps states of records: it writes a revision with its checksum and
// the contents that it needs, lists what was kept, goes back to any state, and ends
// revisions that are too old. It is the only writer of the tables revisions,
// revision_blobs and tombstones: whoever overwrites a record hands it the old state. A
// revision is never changed; one that is damaged is told of and hides no other.
package history

import (
	"context"

	"taskstore/schema"
)

// Revision is a state of an entity that is no longer the present one: it was
// overwritten, deleted, or lost the merge of an import.
type Revision struct {
	PK     int64       `db:"pk" json:"-"`
	Kind   string      `db:"kind" json:"kind"`
	ID     string      `db:"id" json:"id"`
	Rev    int64       `db:"rev" json:"rev"`       // the revision that this state was; 0 if it never was in the store
	Part   string      `db:"part" json:"part"`     // "" the entity, else the child table whose row it was
	Change string      `db:"change" json:"change"` // update, delete, restore, replace, merge, ...
	Origin string      `db:"origin" json:"origin"` // program, import, foreign, ...
	At     schema.Time `db:"at" json:"at"`         // when it ended
	Source string      `db:"source" json:"source"` // of an import: file and place
	SHA256 string      `db:"sha256" json:"sha256"` // of an import: hash of the record's canonical JSON
	// SavedAt is when the state was written, TrashedAt since when it was in the
	// trash; "" is unknown.
	SavedAt   schema.Time `db:"-" json:"saved_at"`
	TrashedAt schema.Time `db:"-" json:"trashed_at"`
	// State is the JSON of the state. In the app's shape, saved contents stand
	// as {"_blob", "_form"}; a state that a foreign tool overwrote (Row) has
	// the columns of its table instead.
	State schema.JSON `db:"-" json:"state"`
	Row   bool        `db:"is_row" json:"row"`
	// Damaged is that the state differs from its checksum; State may then be anything,
	// or "".
	Damaged bool `db:"-" json:"damaged,omitempty"`
}

// ends tells whether the revision is a state that a later one took the place of:
// not an item, not a version that never was in the store.
func (r *Revision) ends() bool {
	return r.Rev > 0 && (r.Part == "" || r.Row) && r.Change != ChangeMerge
}

// changeMerge is the change of a version that lost the merge of an import.
const ChangeMerge = "merge"

// Origins of a change.
const (
	OriginProgram = "program"
	OriginImport  = "import"
	OriginRestore = "restore"
	OriginForeign = "foreign"
)

type originKey struct{}

// WithOrigin returns a context whose writes are recorded with this origin
// instead of OriginProgram.
func WithOrigin(ctx context.Context, origin string) context.Context {
	return context.WithValue(ctx, originKey{}, origin)
}

func OriginOf(ctx context.Context) string {
	if o, ok := ctx.Value(originKey{}).(string); ok {
		return o
	}
	return OriginProgram
}

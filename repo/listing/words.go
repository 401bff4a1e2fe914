package listing

import (
	"context"

	"taskstore/internal/sqlitedb"
)

// Words are what the words of a query's text leave of the records of a kind: found by who
// knows the search index, which this package does not. The zero value leaves all.
type Words struct {
	// SQL is a condition over the key e.pk of a record, with its arguments; "" leaves all.
	SQL  string
	Args []any
	// InOrder says that the records are to be gone through in the query's order though it asks
	// for a time: what SQL leaves is of that time.
	InOrder bool
	Few     bool  // SQL is a list of few records, which are read and sorted
	Listed  int64 // how many records are in its list; 0 is none
	// Texts is there where so many texts match that most records have one: a page is then made
	// by a look at one record after the other, and SQL, which is true of the same records, is
	// used only where too few have one.
	Texts   Texts
	Nothing bool // no record can match

	// For Explain: what the index is asked for, and how.
	Match string
	How   string
}

// Texts looks into the texts of one record.
type Texts interface {
	// Has tells whether one of them matches.
	Has(ctx context.Context, x *sqlitedb.Tx, kind string, pk int64) (bool, error)
}

// Package check holds every table of a store against every other, and the files beside
// the database too: pages, foreign keys, checksums, the search index, references,
// contents and backups. A check changes nothing. Repairs keep what they find before they
// change it. What can only come from a backup is said, and left to package recovery.
package check

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"taskstore/backup"
	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// Areas of a check.
const (
	AreaDB      = "db"      // the pages of the SQLite file, and what tables, indexes, triggers and views it has
	AreaFK      = "fk"      // rows that belong to a row that is not there
	AreaRows    = "rows"    // checksums of rows and of lists
	AreaFTS     = "fts"     // the search index
	AreaRefs    = "refs"    // links and contents that point nowhere
	AreaBlobs   = "blobs"   // the contents themselves
	AreaBackups = "backups" // the backups in the store's directory
)

// Areas are the areas that Check knows, in the order in which it looks at them.
func Areas() []string {
	return []string{AreaDB, AreaFK, AreaRows, AreaFTS, AreaRefs, AreaBlobs, AreaBackups}
}

// Severity of a Problem.
type Severity string

// The severities. Only an error means that something is damaged.
const (
	SeverityError   Severity = "error"   // damaged or lost
	SeverityWarning Severity = "warning" // should be looked at
	SeverityNote    Severity = "note"    // as it should be, and worth knowing
)

// Problem is one finding of a check.
type Problem struct {
	Area     string   `json:"area"`
	Severity Severity `json:"severity"`
	Kind     string   `json:"kind"`
	ID       string   `json:"id"`
	Table    string   `json:"table"`
	PK       int64    `json:"pk"`
	Detail   string   `json:"detail"`
	Fix      string   `json:"fix"`

	missing string // the content that has no file
}

// CheckOptions says what a check looks at. The zero value looks at everything.
type Options struct {
	// Quick looks at samples, in about the time that it takes to open the store: it finds
	// that something is damaged throughout, and is no proof that nothing is damaged. In each
	// area it looks at
	//   - db: what tables, indexes, triggers and views there are, as a full check does, and the pages of
	//     the tables that have at most 1000 rows, without indexes
	//   - fk: all, as a full check does
	//   - rows: all settings; the 128 newest records of each kind and 128 others, which are drawn
	//     anew each time, with all their lists; as many kept states; how many records were written by another tool
	//   - fts: whether there is an index, how much is not indexed yet, and whether as many records
	//     of each kind are in it as they should be; not FTS5's own tables, nor the list of words
	//   - refs: all but the contents that kept states need
	//   - blobs: whether each content has its file, and what was found when it was last read, but not its bytes
	//   - backups: whether each has its files, in their size
	Quick bool
	// Only names the areas; nil is all.
	Only []string
	// Progress, if set, is told how many of an area's rows or files are done.
	Progress func(area string, done, total int64)
}

// CheckReport is what a check found.
type Report struct {
	// OK is that there are neither errors nor warnings.
	OK       bool             `json:"ok"`
	Problems []Problem        `json:"problems"`
	Checked  map[string]int64 `json:"checked"` // rows, pages or files by area
}

// Damaged tells whether the check found an error.
func (r *Report) Damaged() bool {
	return slices.ContainsFunc(r.Problems, func(p Problem) bool { return p.Severity == SeverityError })
}

// Check looks for damage, on one snapshot, and changes nothing. What it finds is
// in the report; an error says that it could not look. On a store opened with
// Untouched not a byte of the files changes.
//
// Parts of it run at once, as many as there are processors and at most four. It keeps
// in memory, besides a few megabytes for each of them, the keys of all records and a
// count for each list that is not empty: less than a hundred bytes for a list.
func (s *Checks) Check(ctx context.Context, opt Options) (rep Report, err error) {
	defer sqlitedb.Wrap(&err, "check the store in %s", s.dir)
	for _, a := range opt.Only {
		if !slices.Contains(Areas(), a) {
			return rep, &schema.InvalidError{Kind: "check", Field: "area", Problem: fmt.Sprintf("%q is none of %s", a, strings.Join(Areas(), ", "))}
		}
	}
	workers := min(runtime.GOMAXPROCS(0), maxWorkers)
	further := apart
	if opt.Quick {
		further = 0
	}
	switch size := s.db.FileSize(); {
	case size < tiny:
		workers, further = 1, 0
	case size < small:
		workers, further = 1, min(further, 1)
	}
	err = s.db.Same(ctx, workers+further, func(ctx context.Context, txs []*sqlitedb.Tx) error {
		p := &plan{s: s, opt: opt, txs: txs[:min(workers, len(txs))], bare: txs[0], own: txs[0]}
		if len(txs) > workers {
			p.bare = txs[workers]
		}
		if len(txs) > workers+1 {
			p.own = txs[workers+1]
		}
		if err := p.make(ctx); err != nil {
			return err
		}
		rep.Problems, err = p.run(ctx)
		rep.Checked = p.tally.counts()
		return err
	})
	if err == nil {
		rep.Problems, err = s.stillMissing(ctx, rep.Problems)
	}
	rep.OK = !slices.ContainsFunc(rep.Problems, func(p Problem) bool { return p.Severity != SeverityNote })
	return rep, err
}

// What a person can do about a problem: a command.
const (
	FixRestore = "storectl backup restore latest"
	FixSchema  = "storectl repair schema"
	FixRows    = "storectl repair rows"

	fixRefs  = "storectl repair refs"
	fixBlobs = "storectl repair blobs"
	fixSeal  = "nothing: the next program that writes gives it a checksum"
)

// fixLost is the command for what is lost: a backup has it if there is a good one, and
// otherwise the rest is made usable.
func (c *checker) fixLost(ctx context.Context, otherwise string) string {
	if c.s == nil || c.s.backups == nil {
		return otherwise
	}
	if b, err := c.s.backups.Get(ctx, backup.Latest); err != nil || !b.Good() {
		return otherwise
	}
	return FixRestore
}

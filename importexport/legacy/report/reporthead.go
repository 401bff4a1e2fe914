package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"taskstore/importexport/ledger"
	"taskstore/internal/sqlitedb"
)

// What a Report is of.
const (
	ActionScan   = "scan"    // of a source, without a store
	ActionDryRun = "dry-run" // of an import
	ActionImport = "import"
	ActionVerify = "verify" // of a source, against the import of it
)

// The states of an import.
const (
	StateFinished   = "finished"
	StateUnfinished = "unfinished" // it was interrupted, or is at work
)

func Empty() Report {
	r := Report{Collections: map[string]Counts{}, Warnings: map[string]int{}, Orphans: []Orphan{}, Lost: []LostSession{},
		Unproved: []Unproved{}, NotLookedAt: []string{}}
	for _, kind := range Kinds {
		r.Collections[kind] = Counts{}
	}
	return r
}

// Stored reads the report that an import has stored. That of an import which has
// not finished says so, and nothing else.
func Stored(run ledger.Run) (r Report, err error) {
	defer sqlitedb.Wrap(&err, "read the report of import %d", run.PK)
	r = Empty()
	if run.FinishedAt == "" {
		r.Run, r.Source, r.Action, r.State = fmt.Sprint(run.PK), run.Source, ActionImport, StateUnfinished
		r.Unproved = []Unproved{{Reason: fmt.Sprintf("the import began at %s and has not finished", run.StartedAt)}}
		return r, nil
	}
	if err := json.Unmarshal([]byte(run.Report), &r); err != nil {
		return r, err
	}
	r.Action, r.State = ActionImport, StateFinished // a report of an earlier version does not say it
	for _, text := range run.Files {
		if err := json.Unmarshal([]byte(text), &r.Files); err != nil {
			return r, err
		}
	}
	return r, nil
}

// stored says whether the report is of an import, or of a comparison with one.
func (r Report) stored() bool { return r.Action != ActionScan && r.Action != ActionDryRun }

// would gives the words for what was done, or those for what an import would do.
func (r Report) would(done, would string) string {
	if r.stored() {
		return done
	}
	return would
}

func (r Report) writeHead(b *bytes.Buffer) {
	b.WriteString(r.title() + "\n" + r.verdict() + "\n")
	if r.calm() && r.State != StateUnfinished && len(r.NotLookedAt) == 0 {
		b.WriteString("Nothing needs attention.\n")
	}
}

// title says what the report is of.
func (r Report) title() string {
	switch {
	case r.Action == ActionScan:
		return "Scan of " + r.Source
	case r.Action == ActionDryRun:
		return "What an import of " + r.Source + " would do"
	case r.Action == ActionVerify && r.Run == "":
		return "Verification of " + r.Source + ", which was not imported in this state"
	case r.Action == ActionVerify && r.State == StateUnfinished:
		return "Verification of " + r.Source + " against import " + r.Run + ", which is unfinished"
	case r.Action == ActionVerify:
		return "Verification of " + r.Source + " against import " + r.Run
	case r.State == StateUnfinished:
		return "Import " + r.Run + " of " + r.Source + ": unfinished"
	}
	return "Import " + r.Run + " of " + r.Source
}

// verdict says in a line whether all of the source is proven to be in the store.
func (r Report) verdict() string {
	switch {
	case r.Verified:
		return "verified: every record that was read is accounted for"
	case r.Action == ActionScan:
		return "not verified: a scan only reads; storectl legacy import brings the source into a store"
	case r.Action == ActionDryRun:
		return "not verified: nothing was stored; this is what an import would do"
	case r.Action == ActionImport && r.State == StateUnfinished:
		return "not verified: the import was interrupted; storectl legacy import SOURCE --resume goes on where it stopped"
	case r.Lacks():
		return "not verified: not everything that was read is in the store; see below"
	case r.State == StateUnfinished:
		return "not verified: the import was interrupted; all that was read is in the store so far"
	case len(r.NotLookedAt) > 0:
		return "not verified as a whole: not looked at: " + strings.Join(r.NotLookedAt, ", ") + "; every record of " + strings.Join(r.lookedAt(), ", ") +
			" is accounted for"
	}
	return "not verified: not all of the source could be read; see below. Every record that was read is accounted for"
}

func (r Report) lookedAt() []string {
	return slices.DeleteFunc(slices.Clone(Kinds), func(kind string) bool { return slices.Contains(r.NotLookedAt, kind) })
}

// Lacks says that the store lacks something that was read from the source.
func (r Report) Lacks() bool { return r.Warnings["unaccounted"] > 0 }

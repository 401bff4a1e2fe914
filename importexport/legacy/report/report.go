package report

import (
	"encoding/json"

	"taskstore/importexport/legacy/record"
	"taskstore/schema"
)

// Report is what an import says about itself, or a scan or verification. It is the
// content of `legacy import --json`.
type Report struct {
	Run    string `json:"run"`
	Source string `json:"source"`
	// Action is one of the actions below. State is that of the import which is
	// reported, or compared with: StateFinished, StateUnfinished, or "" without one.
	Action string `json:"action"`
	State  string `json:"state"`
	// Verified says that all of the source is proven to be in the store. If it is not,
	// Unproved says of what, and why.
	Verified bool       `json:"verified"`
	Unproved []Unproved `json:"unproved"`
	// NotLookedAt are the kinds that were left out; empty when none was.
	NotLookedAt []string `json:"not_looked_at"`
	// Collections holds a line for each kind, also one without records. The opaque
	// keys are counted with the settings.
	Collections map[string]Counts `json:"collections"`
	Attachments AttachmentCounts  `json:"attachments"`
	// Orphans are contents that no record of the store refers to; Lost are the sessions
	// that some of them are named after, and that no source holds.
	Orphans  []Orphan       `json:"orphans"`
	Lost     []LostSession  `json:"lost_sessions"`
	Files    Files          `json:"files"`
	Warnings map[string]int `json:"warnings"` // by code
	TookMS   int64          `json:"took_ms"`

	notable []File // of Files, while the report is printed
}

// Counts says what became of the records of one kind. Found is the sum of all but
// Missing, which counts ids that no source holds a record of.
type Counts struct {
	Found       int64 `json:"found"`
	Live        int64 `json:"live"`
	Recovered   int64 `json:"recovered"`
	Versions    int64 `json:"versions"`
	Duplicates  int64 `json:"duplicates"`
	Quarantined int64 `json:"quarantined"`
	Missing     int64 `json:"missing"`
}

// AttachmentCounts says what became of the contents of attachments. The import
// counts them, since the stage has not read them.
type AttachmentCounts struct {
	Found       int64 `json:"found"`
	Blobs       int64 `json:"blobs"`
	Missing     int64 `json:"missing"`
	Undecodable int64 `json:"undecodable"`
}

// File is one file of the source. Status is ok, recovered, partial,
// quarantined, ignored, or unreadable: then nothing of it is kept.
type File struct {
	Path     string          `json:"path"`
	Format   string          `json:"format"`
	Status   string          `json:"status"`
	Records  int             `json:"records"`
	Bytes    int64           `json:"bytes"`
	SHA256   string          `json:"sha256"`
	Warnings []WarningReport `json:"warnings"`
	// More counts, by their code, the findings that are not listed in Warnings.
	More map[string]int `json:"more,omitempty"`
}

// WarningReport is one finding about a file.
type WarningReport struct {
	Code   string `json:"code"`
	ID     string `json:"id"`
	Detail string `json:"detail"`
}

// Kinds are the kinds of the report, in the order in which it prints them.
var Kinds = []string{"sessions", "notes", "tasks", "topics", "companies", "contacts", "attachments", "settings"}

// JSON is the report as the store keeps it, but for its files, which are many.
func (r Report) JSON() (schema.JSON, error) {
	r.Files = Files{}
	text, err := json.Marshal(r)
	return schema.JSON(text), err
}

// Add counts n records of one disposition; "" is one that has none yet.
func (c *Counts) Add(what string, n int64) {
	switch what {
	case record.DispLive:
		c.Live += n
	case record.DispRecovered:
		c.Recovered += n
	case record.DispRevision:
		c.Versions += n
	case record.DispDuplicate:
		c.Duplicates += n
	case "quarantined":
		c.Quarantined += n
	case "missing":
		c.Missing += n
		return
	}
	c.Found += n
}

// Findings says whether somebody should look at the report: a file or record was
// recovered, read in part, not read or in quarantine, or something is missing. Notes such as
// conflict-version alone are no findings.
func (r Report) Findings() bool {
	if r.Attachments.Missing > 0 || r.Attachments.Undecodable > 0 || r.Warnings["restored-from-backup"]+r.Warnings["other-source"] > 0 {
		return true
	}
	for _, c := range r.Collections {
		if c.Recovered > 0 || c.Quarantined > 0 || c.Missing > 0 {
			return true
		}
	}
	for f := range r.Files.Notable() {
		if f.finding() {
			return true
		}
	}
	return false
}

func (f File) finding() bool {
	return f.Status == record.StatusPartial || f.Status == record.StatusRecovered || f.Status == record.StatusQuarantined || f.Status == record.StatusUnreadable
}

// Unproved is a part of a source that is not proven to be in the store.
type Unproved struct {
	Path   string `json:"path"` // file or directory, relative to the source; "" is no single one
	ID     string `json:"id"`   // of the record; "" is the whole file
	Reason string `json:"reason"`
}

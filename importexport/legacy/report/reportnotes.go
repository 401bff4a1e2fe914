package report

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"
)

// meaning says for the codes of warnings what a person should know of them.
var meaning = map[string]string{
	"array-spread":         "a list had been saved in the place of one record; it was taken apart",
	"bom":                  "files began with a byte order mark",
	"big-integer":          "numbers larger than a program counts exactly; kept digit by digit",
	"ca-hash-mismatch":     "contents had a wrong hash for a name; kept under the right one",
	"checksum-mismatch":    "the text is not the one that the checksum was made of: edited by hand, perhaps",
	"conflict-version":     "other states of a record, older as a rule; they are in its history",
	"dangling-ref":         "links to records, or to videos, that are nowhere; kept as they are",
	"deep-nesting":         "values nested very deep; kept as they are",
	"double-wrapped":       "files that had been wrapped twice",
	"duplicate-id":         "ids that stood twice in one file; the newer is the record, the other is in its history",
	"empty-file":           "files with nothing in them",
	"gzip-error":           "damage inside compressed files",
	"id-differs":           "files named after another id than the record in them has; both are kept",
	"malformed":            "files whose text is not valid",
	"not-json":             "files that should hold JSON and do not",
	"odd-path":             "members of a zip in a place where no export has them; read all the same",
	"too-large":            "members of a zip, or values, larger than they can be by right; not read",
	"trailing-data":        "files in which more follows after their end",
	"unreadable":           "files that the system would not give",
	"unsafe-path":          "links, and members of a zip, that lead elsewhere; not read, a zip is in the quarantine",
	"invalid-utf8":         "bytes that are no text; the file is in the quarantine too",
	"lone-surrogate":       "halves of characters; kept as they are",
	"missing-blob":         "attachments whose bytes are nowhere in the source",
	"missing-entity":       "an index names records that no file holds",
	"null-required":        "members that should be there are missing or null; kept so",
	"orphan-blob":          "contents without a record; kept as attachments",
	"other-source":         "app-data directories inside of this one; they were not read",
	"orphan-meta":          "descriptions of attachments beside which no content lies",
	"purged":               "records that were removed from the store since; they were not brought back; import --bring-back does",
	"restored-from-backup": "records that only a copy still had",
	"secret-skipped":       "secrets such as API keys and passwords; they are never stored",
	"stray-element":        "values in the place of records; they are in the quarantine",
	"truncated":            "files that end in the middle",
	"type-coerced":         "members of another type than they should be; kept so, and read where that is clear",
	"typed-topic":          "topics that are companies or people; imported as those",
	"unaccounted":          "records that the store does not hold",
	"undecodable-base64":   "contents that are no base64; the text is kept",
	"unindexed":            "records that an index did not name",
	"unknown-collection":   "values under keys that are not known; kept with the settings",
	"unknown-enum":         "words that are not known where a few are expected; kept",
	"unknown-field":        "members that are not known; kept with their records",
	"unknown-file":         "files that are not the app's",
	"unknown-version":      "files of a version that is not known; read as the known one",
	"unsupported":          "files of a form that is not read; they are in the quarantine",
	"wal-applied":          "entries of the log that were newer than their files",
	"wal-rolled-back":      "entries of the log that had been taken back",
	"wal-torn-line":        "lines of the log that could not be read",
	"wal-uncommitted":      "entries of the log that were never confirmed",
}

// writeNotes counts the warnings by code, each with what it means.
func (r Report) writeNotes(b *bytes.Buffer) {
	if len(r.Warnings) == 0 {
		return
	}
	b.WriteString("\nRemarks, with how often each was made:\n")
	for _, code := range slices.Sorted(maps.Keys(r.Warnings)) {
		fmt.Fprintf(b, "  %s %s", code, humanize.Comma(int64(r.Warnings[code])))
		if text := meaning[code]; text != "" {
			b.WriteString(": " + text)
		}
		b.WriteByte('\n')
	}
}

// told gives the findings of one code, each with its file; if a detail is given, only
// those that end with it.
func (r Report) told(code, detail string) (out []string) {
	for _, f := range r.notable {
		for _, w := range f.Warnings {
			if w.Code != code || !strings.HasSuffix(w.Detail, detail) {
				continue
			}
			line := f.Path
			if w.ID != "" {
				line += " " + w.ID
			}
			out = append(out, strings.TrimSuffix(line+": "+w.Detail, ": "))
		}
		if n := f.More[code]; n > 0 && detail == "" {
			out = append(out, fmt.Sprintf("%s: %s more of %s", f.Path, humanize.Comma(int64(n)), code))
		}
	}
	return out
}

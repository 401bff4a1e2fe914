package decode

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
)

func scanned(t *testing.T, path string) *sourcetest.Records {
	return sourcetest.ScannedBy(t, path, Scan)
}

// TestScanOfData compares what the forms that are read give with the content that
// the application saved.
func TestScanOfData(t *testing.T) {
	t.Parallel()
	dir := sourcetest.DevData(t)
	var want struct {
		Collections map[string][]json.RawMessage
		Settings    json.RawMessage
		Attachments []json.RawMessage
	}
	text, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	for root, tc := range map[string]struct {
		rank     record.Rank
		all      int
		other    int
		settings bool
		meta     bool
	}{
		"gen1-raw":        {record.RankCollection, 286, 0, true, true},
		"gen2-wrapped":    {record.RankCollection, 501, 2, true, true},
		"gen2-wrapped-v2": {record.RankCollection, 496, 1, true, true},
		"export-v1.json":  {record.RankExport, 227, 0, false, false},
	} {
		t.Run(root, func(t *testing.T) {
			r := scanned(t, filepath.Join(dir, root))
			got := map[string]string{}
			n := map[string]int{}
			for _, c := range r.Candidates {
				n[c.Collection]++
				if c.Rank == tc.rank {
					got[c.Collection+"/"+c.ID] = string(c.Raw)
				}
				if c.Collection == "attachments" && c.Content == nil {
					t.Errorf("%s has no content", c.ID)
				}
			}
			for name, list := range want.Collections {
				for _, raw := range list {
					id, _ := rawjson.IDOf(sourcetest.Compacted(t, raw))
					sameJSON(t, name+"/"+id, raw, got[name+"/"+id])
				}
			}
			if tc.settings {
				sameJSON(t, "settings", want.Settings, got["settings/settings"])
			}
			if tc.meta && n["attachments"] != len(want.Attachments) {
				t.Errorf("%d attachments, want %d", n["attachments"], len(want.Attachments))
			}
			if len(r.Candidates) != tc.all || n["other"] != tc.other || len(r.Strays) != 0 {
				t.Errorf("%d records, %d strays: %v", len(r.Candidates), len(r.Strays), n)
			}
		})
	}
}

func sameJSON(t *testing.T, what string, want []byte, got string) {
	t.Helper()
	if got == "" {
		t.Errorf("%s is missing", what)
		return
	}
	var a, b any
	if err := errors.Join(json.Unmarshal(want, &a), json.Unmarshal([]byte(got), &b)); err != nil {
		t.Errorf("%s: %v", what, err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("%s differs", what)
	}
}

// TestScanOfFaultyData looks at the damaged directories: what is found, by file.
func TestScanOfFaultyData(t *testing.T) {
	t.Parallel()
	dir, seen := filepath.Join(sourcetest.DevData(t), "faulty"), map[string]*sourcetest.Records{}
	for path, want := range map[string]string{
		"01-truncated-main-good-backup/db/notes.json":                             "partial 3 truncated",
		"01-truncated-main-good-backup/db/notes.backup.json":                      "ok 6 ",
		"02-truncated-raw-timestamped-backups/db/tasks.json":                      "partial 5 truncated",
		"02-truncated-raw-timestamped-backups/db/tasks.1761500000000.backup.json": "ok 7 ",
		"03-gzip-flipped-byte/db/sessions.json":                                   "recovered 5 gzip-error",
		"03-gzip-flipped-byte/db/topics.json":                                     "recovered 3 gzip-error",
		"04-checksum-mismatch/db/tasks.json":                                      "ok 8 checksum-mismatch",
		"04-checksum-mismatch/db/companies.json":                                  "ok 3 ",
		"04-checksum-mismatch/db/contacts.json":                                   "ok 3 ",
		"12-invalid-utf8/db/notes.json":                                           "recovered 7 invalid-utf8",
		"13-bom-crlf/db/notes.json":                                               "ok 7 bom",
		"13-bom-crlf/db/tasks.json":                                               "ok 8 bom",
		"13-bom-crlf/db/contacts.json":                                            "ok 3 ",
		"14-deep-nesting/db/sessions.json":                                        "ok 4 ",
		"15-huge-transcription/db/sessions.json":                                  "ok 1 ",
		"22-zip-import-double-wrap/db/sessions.json":                              "ok 5 double-wrapped",
		"22-zip-import-double-wrap/db/topics.json":                                "ok 3 double-wrapped",
		"23-empty-and-nul-files/db/sessions.json":                                 "quarantined 0 empty-file",
		"23-empty-and-nul-files/db/tasks.json":                                    "quarantined 0 empty-file",
		"23-empty-and-nul-files/db/topics.json":                                   "quarantined 0 empty-file",
		"23-empty-and-nul-files/db/companies.json":                                "ok 0 ",
		"24-proto-keys/db/notes.json":                                             "ok 9 ",
		"25-big-integers/db/tasks.json":                                           "ok 8 ",
		"26-lone-surrogates/db/notes.json":                                        "ok 7 ",
		"28-empty-main-full-backup/db/sessions.json":                              "ok 0 ",
		"28-empty-main-full-backup/db/sessions.backup.json":                       "ok 5 ",
		"31-duplicate-and-missing-ids/db/tasks.json":                              "ok 13 ",
		"31-duplicate-and-missing-ids/db/notes.json":                              "ok 7 type-coerced",
		"31-duplicate-and-missing-ids/db/topics.json":                             "ok 1 type-coerced",
		"31-duplicate-and-missing-ids/db/contacts.json":                           "ok 3 type-coerced",
		"33-relationship-variants/db/tasks.json.backup-1761299999999":             "ok 8 ",
		"34-export-oddities/export-v2.json":                                       "ok 15 unknown-collection unknown-version",
		"34-export-oddities/export-partial.json":                                  "ok 4 ",
		"34-export-oddities/export-html.json":                                     "quarantined 0 not-json",
		"34-export-oddities/export-jsonl.json":                                    "quarantined 0 trailing-data",
		"34-export-oddities/export-single-session.json":                           "ok 1 ",
		"19-attachment-halves/attachments/1740898182995-7vzk0dq0b.meta.json":      "ok 1 orphan-meta",
		"19-attachment-halves/attachments/1740900180385-ejyce4ftf.meta.json":      "ok 1 ",
		"19-attachment-halves/attachments/1740900036513-0bbej9fed.meta.json":      "partial 1 truncated",
		"19-attachment-halves/attachments/1740898009704-6p2nfc9m5.dat":            "ok 1 orphan-blob",
		"19-attachment-halves/videos/session-x-1.mp4":                             "ok 0 ",
		"27-tx-temp-leftover/db/tx-temp-1761700000123/notes.json":                 "ok 8 ",
	} {
		variant, file, _ := strings.Cut(path, "/")
		r := seen[variant]
		if r == nil {
			r = scanned(t, filepath.Join(dir, variant))
			seen[variant] = r
		}
		f := r.Files[file]
		if got := fmt.Sprint(f.Status, " ", f.Records, " ", r.Codes(file)); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

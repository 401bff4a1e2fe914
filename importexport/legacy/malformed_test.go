package legacy_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf16"

	"taskstore/importexport/ledger"
	"taskstore/internal/testdb"
	"taskstore/repo"
)

// malformedNotes is a file of notes in each form that holds several, which the damage is
// done to.
var malformedNotes = map[string]string{
	"db/notes.json": "{\n  \"version\": 1,\n  \"timestamp\": 1761600000000,\n  \"compressed\": false,\n  \"data\": " +
		inString(`[{"id":"a","content":"x"},{"id":"b","content":"y"}]`) + "\n}",
	"backups/backup-1761600000000.json": `{"version": 1, "timestamp": 1761600000000, "collections": {"notes": [{"id":"a","content":"x"},{"id":"b","content":"y"}]}}`,
	"taskerino-export.json":             `{"notes": [{"id":"a","content":"x"},{"id":"b","content":"y"}], "version": "1.0.0", "exportedAt": "2025-10-29T00:00:00.000Z"}`,
}

// TestImportMalformed: a text that is no JSON is a finding and kept in quarantine, also where
// every record of it could be read.
func TestImportMalformed(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ what, old, now string }{
		{"no comma between members", `, "`, ` "`},
		{"no comma between members", ",\n  \"data\"", "\n  \"data\""},
		{"a comma too many", `, "`, `,, "`},
		{"a comma at the beginning", "{", "{,"},
		{"a comma at the end", "}$", ",}"},
		{"a member doubled", "  \"data\"", "  \"data\": \"[]\"\n  \"data\""},
		{"no comma between elements", "},{", "} {"},
		{"a comma too many between elements", "},{", "},,{"},
		{"a comma behind the last element", "}]", "},]"},
		{"a bracket between elements", "},{", "},:{"},
		{"a control character in a name", `"version"`, "\"ver\nsion\""},
		{"a control character in a string", `"[`, "\"[\n"},
		{"an unknown escape in a name", `"version"`, `"v\ersion"`},
		{"a literal that is none", `"version": 1`, `"version": tru`},
		{"zeros", `1761600000000, "`, "1761600000000\x00\x00\x00 \""},
		{"zeros", `"compressed": false,`, "\"compressed\": fals\x00\x00"},
	} {
		for name, whole := range malformedNotes {
			text := strings.Replace(whole, tc.old, tc.now, 1)
			if cut, ok := strings.CutSuffix(tc.old, "$"); ok {
				text = strings.TrimSuffix(whole, cut) + tc.now
			}
			if text == whole {
				continue
			}
			for encoding, text := range map[string]string{"": text, " in UTF-16": wide(text)} {
				t.Run(tc.what+" in "+name+encoding, func(t *testing.T) {
					t.Parallel()
					dir := t.TempDir()
					put(t, dir, name, text)
					s := testdb.Open(t)
					r := importing(t, s, dir)
					if !r.Findings() || r.Warnings["malformed"] == 0 {
						t.Errorf("no finding: %v of %+v", r.Warnings, r.Files)
					}
					wantQuarantined(t, s, text)
				})
			}
		}
	}
}

// wantQuarantined wants a text in quarantine.
func wantQuarantined(t *testing.T, s *repo.Store, text string) {
	t.Helper()
	list, err := ledger.Of(s).Quarantine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range list {
		if readBlob(t, s, q.Blob) == text {
			return
		}
	}
	t.Errorf("quarantine does not hold %q", text)
}

// wide is a text in UTF-16 with its mark.
func wide(text string) string {
	var out bytes.Buffer
	for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
		out.Write([]byte{byte(u), byte(u >> 8)})
	}
	return out.String()
}

package legacy_test

import (
	"bytes"
	"fmt"
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

// malformation is a damage that leaves every record readable; $ stands for the end of the text.
type malformation struct{ what, old, now string }

var malformations = []malformation{
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
}

func (m malformation) in(text string) string {
	if cut, ok := strings.CutSuffix(m.old, "$"); ok {
		return strings.TrimSuffix(text, cut) + m.now
	}
	return strings.Replace(text, m.old, m.now, 1)
}

// TestImportMalformed: a text that is no JSON is a finding and kept in quarantine, also where
// every record of it could be read.
func TestImportMalformed(t *testing.T) {
	t.Parallel()
	for name, whole := range malformedNotes {
		for encoding, encode := range map[string]func(string) string{"as it is": strings.Clone, "UTF-16": wide} {
			t.Run(name+" "+encoding, func(t *testing.T) {
				t.Parallel()
				s := testdb.Open(t)
				for i, tc := range malformations {
					if text := tc.in(whole); text != whole {
						own := strings.NewReplacer(`"a"`, fmt.Sprintf(`"a%d"`, i), `\"a\"`, fmt.Sprintf(`\"a%d\"`, i), `"b"`, fmt.Sprintf(`"b%d"`, i), `\"b\"`, fmt.Sprintf(`\"b%d\"`, i))
						wantMalformed(t, s, tc.what, name, encode(own.Replace(text)))
					}
				}
			})
		}
	}
}

// wantMalformed imports a file, whose records no other has, and wants the finding and the text.
func wantMalformed(t *testing.T, s *repo.Store, what, name, text string) {
	t.Helper()
	dir := t.TempDir()
	put(t, dir, name, text)
	r := importing(t, s, dir)
	if !r.Findings() || r.Warnings["malformed"] == 0 {
		t.Errorf("%s: no finding: %v of %+v", what, r.Warnings, r.Files)
	}
	wantQuarantined(t, s, text)
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

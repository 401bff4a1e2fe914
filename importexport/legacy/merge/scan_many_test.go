package merge

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"taskstore/importexport/legacy/decode"
	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
)

// TestManyFindings: however many findings a file has, what is decided of it follows from
// all of them, and each is counted; only the lists are cut.
func TestManyFindings(t *testing.T) {
	t.Parallel()
	const strays = record.MaxWarnings + 500
	list := `[` + strings.Repeat(`1,`, strays) + `{"id":"a","title":"t"}]`
	packed, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(sourcetest.Zipped(list), rawjson.GzipPrefix))
	sourcetest.Must(t, err)
	packed[len(packed)-7] ^= 0xff // the checksum at the end of the stream
	damaged := rawjson.GzipPrefix + base64.StdEncoding.EncodeToString(packed)
	var backup []string
	for i := range record.MaxWarnings + 2 {
		backup = append(backup, fmt.Sprintf(`{"id":"only-%d","title":"t"}`, i))
	}
	out, r := imported(t, sourcetest.Tree(t, map[string]string{
		"db/notes.json":        sourcetest.Wrapped("", sourcetest.Quoted(damaged)),
		"db/notes.backup.json": "[" + strings.Join(backup, ",") + "]",
		"db/tasks.json":        `[{"id":"task","title":"t"}]`,
	}), nil)
	if got := out["notes/only-0"]; got.Trash != "" || got.Raw == nil {
		t.Errorf("a record that only the backup has: %q in the trash, %s", got.Trash, got.Raw)
	}
	if !out["notes/a"].Winner.Doubtful {
		t.Error("a record out of a damaged stream is not doubtful")
	}
	for code, want := range map[string]int{"stray-element": strays, "gzip-error": 1, "restored-from-backup": len(backup)} {
		if got := r.Warnings[code]; got != want {
			t.Errorf("%s: counted %d, want %d", code, got, want)
		}
	}
	for f := range r.Files.All() {
		n := 0
		for _, w := range f.Warnings {
			if w.Code == "stray-element" {
				n++
			}
		}
		if f.Path == "db/notes.json" && (n != record.MaxWarnings || f.Status != record.StatusRecovered) {
			t.Errorf("%s: %s, %d are listed", f.Path, f.Status, n)
		}
	}
	var text bytes.Buffer
	sourcetest.Must(t, r.WriteText(&text, true))
	for _, want := range []string{"1002 records from db/notes.backup.json", "db/notes.json: 500 more of stray-element"} {
		if !strings.Contains(strings.ReplaceAll(text.String(), ",", ""), want) {
			t.Errorf("%q is not in\n%s", want, text.String())
		}
	}
}

// TestNumberAsID: that an id is a number is one finding, whoever sees it.
func TestNumberAsID(t *testing.T) {
	t.Parallel()
	r := sourcetest.ScannedBy(t, sourcetest.Tree(t, map[string]string{"db/notes.json": `[{"id":12345}]`}), decode.Scan)
	if got := r.Codes("db/notes.json"); got != "" || r.Candidates[0].ID != "12345" {
		t.Errorf("the scan tells %q of %q; the import tells it of the record", got, r.Candidates[0].ID)
	}
}

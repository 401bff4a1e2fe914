package testdb_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/schema"
)

// TestChecksum: values that the app's own function gives.
func TestChecksum(t *testing.T) {
	for text, want := range map[string]string{"": "0", "a": "2p", "hello": "1n1e4y", "zzzzzzzz": "-vl6f40", "🙂 ok": "l5dp9z"} {
		if got := testdb.LegacyChecksum([]byte(text)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// TestWriteLegacy: what is written is read back by the rules of the format.
func TestWriteLegacy(t *testing.T) {
	note := testdb.Entity[schema.Note](testdb.Seeded(1, 20), "n")
	l := testdb.Legacy{
		Collections: map[string][][]byte{"notes": {note, []byte(`{"id":"b","content":"\ud83d"}`)}},
		Keys:        map[string]string{"settings": `{"ui":{}}`},
		Before:      map[string][][]byte{"notes": {note}},
		Attachments: []testdb.LegacyFile{{ID: "a", Meta: `{"id":"a"}`, Text: "aGk="}},
	}
	want := "[" + string(note) + `,{"id":"b","content":"\ud83d"}]`
	for _, form := range []testdb.LegacyForm{testdb.LegacyRaw, testdb.LegacyMain, testdb.LegacyV2} {
		dir := t.TempDir()
		testdb.WriteLegacy(t, dir, form, l)
		raw, err := os.ReadFile(filepath.Join(dir, "db", "notes.json"))
		if err != nil {
			t.Fatal(err)
		}
		if form != testdb.LegacyRaw {
			raw = unwrap(t, raw)
		}
		testdb.WantJSON(t, "notes", raw, []byte(want))
		backups, err := filepath.Glob(filepath.Join(dir, "db", "notes*.backup.json"))
		if err != nil || len(backups) != 1 {
			t.Errorf("backups: %v, %v", backups, err)
		}
		if text, err := os.ReadFile(filepath.Join(dir, "attachments", "a.dat")); err != nil || string(text) != "aGk=" {
			t.Errorf("attachment: %q, %v", text, err)
		}
	}
	dir := t.TempDir()
	testdb.WriteLegacy(t, dir, testdb.LegacyExport, l)
	files, err := filepath.Glob(filepath.Join(dir, "taskerino-export-*.json"))
	if err != nil || len(files) != 1 {
		t.Fatalf("export: %v, %v", files, err)
	}
}

func unwrap(t *testing.T, raw []byte) []byte {
	t.Helper()
	var w struct {
		Checksum, Data string
		Compressed     bool
	}
	if err := json.Unmarshal(raw, &w); err != nil {
		t.Fatal(err)
	}
	packed, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(w.Data, "GZIP_V1:"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	inner, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if got := testdb.LegacyChecksum(inner); got != w.Checksum || !w.Compressed {
		t.Errorf("checksum %s, is %s", w.Checksum, got)
	}
	return inner
}

// TestCanon: what is equal as JSON and what is not.
func TestCanon(t *testing.T) {
	for _, c := range []struct {
		a, b  string
		equal bool
	}{
		{`{"a":1,"b":2}`, ` { "b" : 2 , "a" : 1 } `, true},
		{`{"a":1,"a":2}`, `{"a":2,"a":1}`, false},
		{`{"a":1,"a":2}`, `{"a":2}`, false},
		{`1.0`, `1`, false},
		{`9007199254740993`, `9007199254740992`, false},
		{`"é\/"`, `"\u00e9/"`, true},
		{`"\ud83d\ude42"`, `"🙂"`, true},
		{`"\ud83d"`, `"\ufffd"`, false},
		{`[1,2]`, `[2,1]`, false},
		{`null`, `"null"`, false},
	} {
		a, errA := testdb.Canon([]byte(c.a))
		b, errB := testdb.Canon([]byte(c.b))
		if errA != nil || errB != nil || (a == b) != c.equal {
			t.Errorf("%s and %s: %s and %s (%v, %v)", c.a, c.b, a, b, errA, errB)
		}
	}
	for _, bad := range []string{``, `{`, `{"a"}`, `[1,]`, `"\x"`, `01x`, `{} 1`, `tru`, "\"\n\""} {
		if got, err := testdb.Canon([]byte(bad)); err == nil {
			t.Errorf("%q is read as %s", bad, got)
		}
	}
}

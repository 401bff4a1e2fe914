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
)

// TestChecksum: values that the app's own function gives.
func TestChecksum(t *testing.T) {
	for text, want := range map[string]string{"": "0", "a": "2p", "hello": "1n1e4y", "zzzzzzzz": "-vl6f40", "🙂 ok": "l5dp9z"} {
		if got := testdb.LegacyChecksum([]byte(text)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// TestWriteLegacyDir: what is written is read back by the rules of the format.
func TestWriteLegacyDir(t *testing.T) {
	content := testdb.SeededLegacy(1, testdb.LegacySize{Notes: 3, Attachments: 1, Odd: 20})
	older := content.Older()
	var want []byte
	for i := range 3 {
		want = append(append(want, ','), content.Entity("notes", i)...)
	}
	want = append(append([]byte("["), want[1:]...), ']')
	for _, form := range []testdb.DirForm{testdb.DirRaw, testdb.DirWrapped, testdb.DirWrappedV2, testdb.DirChunked} {
		dir := t.TempDir()
		testdb.WriteLegacyDir(t, dir, testdb.LegacyOptions{Form: form, Content: &content, Older: &older})
		raw := read(t, dir, "db/notes.json")
		if form != testdb.DirRaw {
			raw = unwrap(t, raw)
		}
		testdb.WantJSON(t, "notes", raw, want)
		backups, err := filepath.Glob(filepath.Join(dir, "db", "notes*.backup.json"))
		if err != nil || len(backups) != 1 {
			t.Errorf("backups: %v, %v", backups, err)
		}
		if a := content.Attachments[0]; string(read(t, dir, "attachments/"+a.ID+".dat")) != a.Text {
			t.Error("another attachment was written")
		}
	}
	dir := t.TempDir()
	testdb.WriteLegacyDir(t, dir, testdb.LegacyOptions{Form: testdb.DirExport, Content: &content})
	if files, err := filepath.Glob(filepath.Join(dir, "taskerino-export-*.json")); err != nil || len(files) != 1 {
		t.Fatalf("export: %v, %v", files, err)
	}
}

// TestWriteLegacyEntities: a file for each entity, each with the sum of its text,
// spelled in both ways, and what is told of them is what is in them.
func TestWriteLegacyEntities(t *testing.T) {
	dir, told := t.TempDir(), 0
	testdb.WriteLegacyDir(t, dir, testdb.LegacyOptions{Form: testdb.DirEntity, Size: testdb.SmallLegacy, Wrote: func(r testdb.LegacyRecord) {
		told++
		raw := read(t, dir, r.File)
		if strings.HasSuffix(r.File, ".gz") {
			z, err := gzip.NewReader(bytes.NewReader(raw))
			if err != nil {
				t.Fatal(err)
			}
			if raw, err = io.ReadAll(z); err != nil {
				t.Fatal(err)
			}
		}
		testdb.WantJSON(t, r.File, raw, r.Raw)
		if !strings.Contains(r.File, r.ID) {
			t.Errorf("%s is of %s", r.File, r.ID)
		}
	}})
	sums, err := filepath.Glob(filepath.Join(dir, "db", "*", "*.checksum"))
	if err != nil || len(sums) != told || told != 21 {
		t.Errorf("%d entities, %d checksums (%v)", told, len(sums), err)
	}
	for _, name := range []string{"compan[i]e-*.json", "company-*.json.gz", "index.json"} {
		if files, err := filepath.Glob(filepath.Join(dir, "db", "companies", name)); err != nil || len(files) != 1 {
			t.Errorf("%s: %v (%v)", name, files, err)
		}
	}
}

// TestWriteLegacyLog: a line for each write, and those of transactions around it.
func TestWriteLegacyLog(t *testing.T) {
	dir := t.TempDir()
	testdb.WriteLegacyDir(t, dir, testdb.LegacyOptions{Form: testdb.DirLog, Size: testdb.SmallLegacy})
	writes := 0
	for line := range bytes.Lines(read(t, dir, "db/wal.log")) {
		var entry struct {
			Operation, Collection, Checksum string
			Data                            json.RawMessage
		}
		if err := json.Unmarshal(line, &entry); err != nil {
			t.Fatal(err)
		}
		if entry.Operation == "write" {
			writes++
			if entry.Checksum != testdb.LegacyChecksum(entry.Data) || entry.Collection == "" {
				t.Errorf("%.200s", line)
			}
		}
	}
	if writes != 6 {
		t.Errorf("%d writes, want 6", writes)
	}
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return text
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

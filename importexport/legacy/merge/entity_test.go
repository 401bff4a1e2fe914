package merge

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"taskstore/importexport/legacy/decode"
	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
)

// seen is what a scan gave: the records, then the findings by file.
func seen(r *sourcetest.Records) string {
	var b strings.Builder
	for _, c := range r.Candidates {
		fmt.Fprintf(&b, "%s/%s %s\n", c.Collection, c.ID, c.Raw)
	}
	for _, h := range r.Hints {
		fmt.Fprintf(&b, "hint %s/%s %v %s\n", h.Collection, h.ID, h.Rank, h.Raw)
	}
	for _, s := range r.Strays {
		fmt.Fprintf(&b, "stray %s\n", s.Raw)
	}
	return b.String()
}

func TestEntityFiles(t *testing.T) {
	t.Parallel()
	const note = `{"id":"a","content":"é"}`
	packed := sourcetest.Gzipped(t, note)
	for name, tc := range map[string]struct {
		file, text, sum string
		want, codes     string
	}{
		"plain":             {"notes/note-a.json", note, "", "notes/a " + note, ""},
		"checksum":          {"notes/note-a.json", note, sourcetest.Sha(note), "notes/a " + note, ""},
		"checksum and line": {"notes/note-a.json", note, strings.ToUpper(sourcetest.Sha(note)) + "\r\n", "notes/a " + note, ""},
		"wrong checksum":    {"notes/note-a.json", note, sourcetest.Sha("x"), "notes/a " + note, "checksum-mismatch"},
		"no checksum in it": {"notes/note-a.json", note, "zz", "notes/a " + note, ""},
		"gzip":              {"notes/note-a.json.gz", packed, sourcetest.Sha(note), "notes/a " + note, ""},
		"checksum, spaced":  {"notes/note-a.json", note, " " + strings.ToUpper(sourcetest.Sha(note)) + "\n", "notes/a " + note, ""},
		"gzip, of the text": {"notes/note-a.json.gz", packed, sourcetest.Sha(note), "notes/a " + note, ""},
		"gzip mismatch":     {"notes/note-a.json.gz", packed, sourcetest.Sha(packed), "notes/a " + note, "checksum-mismatch"},
		"gzip cut":          {"notes/note-a.json.gz", packed[:len(packed)-9], "", "notes/a " + note, "gzip-error"},
		"no gzip":           {"notes/note-a.json.gz", note, "", "", "gzip-error"},
		"other name":        {"notes/note-b.json", note, "", "notes/a " + note, "id-differs"},
		"no id":             {"notes/note-b.json", `{"content":1}`, "", `notes/b {"content":1}`, ""},
		"quirk":             {"companies/companie-c_1.json", `{"id":"c_1"}`, "", `companies/c_1 {"id":"c_1"}`, ""},
		"upper case":        {"companies/Company-c_1.json", `{"id":"c_1"}`, "", `companies/c_1 {"id":"c_1"}`, ""},
		"not JSON":          {"notes/note-a.json", "<html>", sourcetest.Sha("<html>"), "", "not-json"},
		"empty":             {"notes/note-a.json", "", sourcetest.Sha("x"), "", "empty-file"},
		"a string":          {"notes/note-a.json", `"x"`, "", `stray "x"`, "stray-element"},
		"cut":               {"notes/note-a.json", `{"id":"a","content":"x","tags":["b`, "", `notes/a {"id":"a","content":"x"}`, "truncated"},
		"an array":          {"notes/note-a.json", "[" + note + "]", "", "notes/a " + note, ""},
		"spread": {"tasks/task-b.json", `{"0":{"id":"a"},"1":{"id":"b"},"id":"b"}`, "",
			"tasks/a {\"id\":\"a\"}\ntasks/b {\"id\":\"b\"}", "array-spread"},
		"spread, version": {"tasks/task-b.json", `{"0":{"id":"a"},"id":"b","version":2}`, "", `tasks/a {"id":"a"}`, "array-spread"},
		"numbered names":  {"tasks/task-b.json", `{"0":{"id":"a"},"id":"b","title":"t"}`, "", `tasks/b {"0":{"id":"a"},"id":"b","title":"t"}`, ""},
		"replayed":        {"db/topics/topic-a.json.json", `{"id":"a"}`, "", `topics/a {"id":"a"}`, ""},
		"replayed gzip":   {"db/topics/topic-a.json.gz.json", `{"id":"a"}`, "", `topics/a {"id":"a"}`, ""},
		"replayed other":  {"db/x.json", `{"id":"a"}`, "", "", "unsupported"},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"db/" + tc.file: tc.text}
			if tc.sum != "" {
				files["db/"+tc.file+".checksum"] = tc.sum
			}
			r := sourcetest.ScannedBy(t, sourcetest.Tree(t, files), decode.Scan)
			if got := strings.TrimSpace(seen(r)); got != tc.want {
				t.Errorf("%s\nwant %s", got, tc.want)
			}
			if got := r.Codes("db/" + tc.file); got != tc.codes {
				t.Errorf("codes %q, want %q", got, tc.codes)
			}
			if tc.want == "" && r.Kept["db/"+tc.file] == "" {
				t.Error("the file is not kept")
			}
			for _, c := range r.Candidates {
				if c.Spread != (tc.codes == "array-spread") || c.Whole || c.Doubtful != (tc.codes == "checksum-mismatch" || tc.codes == "gzip-error") {
					t.Errorf("%+v", c)
				}
			}
		})
	}
}

// TestLargeEntity: a file that is not held in memory gives the same.
func TestLargeEntity(t *testing.T) {
	t.Parallel()
	big := `{"id":"a","content":"` + strings.Repeat("x", decode.MaxHeld) + `"}`
	r := sourcetest.ScannedBy(t, sourcetest.Tree(t, map[string]string{
		"db/notes/note-a.json": big, "db/notes/note-a.json.gz": sourcetest.Gzipped(t, big), "db/notes/note-a.json.gz.checksum": sourcetest.Sha(big)}), decode.Scan)
	for _, c := range r.Candidates {
		if string(c.Raw) != big {
			t.Errorf("%s differs", c.File)
		}
	}
	if len(r.Candidates) != 2 || r.Codes("db/notes/note-a.json.gz") != "" {
		t.Error(len(r.Candidates), r.Codes("db/notes/note-a.json.gz"))
	}
}

func TestPlainBeforeGzip(t *testing.T) {
	t.Parallel()
	dir := sourcetest.Tree(t, map[string]string{"db/notes/note-a.json": `{"id":"a","content":"plain"}`,
		"db/notes/note-a.json.gz": sourcetest.Gzipped(t, `{"id":"a","content":"packed"}`)})
	for _, name := range []string{"note-a.json", "note-a.json.gz"} {
		sourcetest.Must(t, os.Chtimes(filepath.Join(dir, "db/notes", name), time.Time{}, time.Unix(1760000000, 0)))
	}
	out, _ := imported(t, dir, nil)
	if m := out["notes/a"]; !strings.Contains(string(m.Raw), "plain") || len(m.Versions) != 1 {
		t.Errorf("%s %d", m.Raw, len(m.Versions))
	}
}

func TestIndexes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ file, text, want, codes string }{
		"notes":      {"notes/index.json", `[{"id":"a","title":"t"},{"id":5}]`, "hint notes/a entity {\"id\":\"a\",\"title\":\"t\"}\nhint notes/5 entity {\"id\":5}", ""},
		"sessions":   {"session-index.json", `["a","b"]`, "hint sessions/a chunked null\nhint sessions/b chunked null", ""},
		"no id":      {"notes/index.json", `[{"title":"t"},null]`, "", "stray-element"},
		"no array":   {"session-index.json", `{"a":1}`, "", "malformed"},
		"cut":        {"session-index.json", `["a","b`, "hint sessions/a chunked null", "truncated"},
		"searching":  {"notes/indexes/date.json", `{"index":{},"metadata":{}}`, "", ""},
		"searching2": {"sessions/indexes/metadata.json", `[{"id":"a"}]`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := sourcetest.ScannedBy(t, sourcetest.Tree(t, map[string]string{"db/" + tc.file: tc.text, "db/notes.json": "[]"}), decode.Scan)
			if got := strings.TrimSpace(seen(r)); got != tc.want {
				t.Errorf("%s\nwant %s", got, tc.want)
			}
			f := r.Files["db/"+tc.file]
			if got := r.Codes("db/" + tc.file); got != tc.codes || tc.codes == "" && f.Status != record.StatusIgnored {
				t.Errorf("codes %q, status %s", got, f.Status)
			}
		})
	}
}

func TestMissingAndUnindexed(t *testing.T) {
	t.Parallel()
	out, r := imported(t, sourcetest.Tree(t, map[string]string{
		"db/notes/index.json":                   `[{"id":"a","title":"A"},{"id":"gone","title":"G"}]`,
		"db/notes/note-a.json":                  `{"id":"a"}`,
		"db/notes/note-b.json":                  `{"id":"b"}`,
		"db/notes/note-c.json.checksum":         sourcetest.Sha("x"),
		"db/companies/companie-d.json.checksum": sourcetest.Sha("x"),
		"db/companies/company-d.json":           `{"id":"d"}`,
	}), nil)
	if m := out["notes/gone"]; m.Trash != TrashMissing || string(m.Raw) != `{"id":"gone","title":"G"}` {
		t.Errorf("%q %s", m.Trash, m.Raw)
	}
	if out["notes/b"].Trash != "" || r.Warnings["unindexed"] != 2 || r.Warnings["missing-entity"] != 2 {
		t.Errorf("%q %v", out["notes/b"].Trash, r.Warnings)
	}
}

func FuzzEntityFile(f *testing.F) {
	f.Add([]byte(`{"0":{"id":"a"},"id":"b"}`), false)
	f.Add([]byte(sourcetest.Gzipped(f, `{"id":"a"}`)), true)
	f.Add([]byte{0x1f, 0x8b, 8, 0}, true)
	f.Fuzz(func(t *testing.T, text []byte, packed bool) {
		name := "db/notes/note-a.json"
		if packed {
			name += names.GzSuffix
		}
		checkScan(t, sourcetest.Tree(t, map[string]string{name: string(text), name + names.SumSuffix: string(text[:min(len(text), 64)]), "db/notes.json": "[]"}))
	})
}

// checkScan scans a directory and checks what holds of every scan.
func checkScan(t *testing.T, dir string) {
	t.Helper()
	r := sourcetest.ScannedBy(t, dir, decode.Scan)
	for _, c := range r.Candidates {
		if rawjson.Valid(c.Raw) != nil && c.Content == nil {
			t.Errorf("%s%s is no JSON: %q", c.File, c.Pointer, c.Raw)
		}
	}
	for path, file := range r.Files {
		if file.Status == record.StatusQuarantined && r.Kept[path] == "" {
			t.Errorf("%s is not kept", path)
		}
	}
}

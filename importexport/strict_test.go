package importexport_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"taskstore/importexport"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

func fileOf(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "f")
	fatal(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// TestImportRefuses: a file of which something would be lost is refused with its place,
// and nothing of it is written.
func TestImportRefuses(t *testing.T) {
	long := strings.Repeat("y", 70000)
	s := testdb.Open(t)
	for text, want := range map[string]string{
		"":                                    "given: found nothing: it is empty",
		"\xef\xbb\xbf":                        "given: found nothing",
		" \n\n":                               "given: found nothing but white space",
		"[]":                                  "line 1, byte 1: found JSON without records: an empty list",
		`[{"id":"n"}]`:                        "line 1, byte 1: found a list of JSON",
		"7":                                   "line 1, byte 1: found a number",
		"{\"notes\":[{\"id\":\"n\xc3\"}]}":    "line 1, byte 19: found the byte 0xC3, which is no UTF-8 there; expected text in UTF-8",
		"\xff\xfe{\x00\n\x00\x00\xd8}\x00":    "line 2, byte 7: found half of a character, which is no UTF-16 there",
		"\xfe\xff\x00{\xdc\x00":               "line 1, byte 5: found half of a character",
		"\xff\xfe{\x00}":                      "line 1, byte 5: found half of a character",
		"\xff\xfe{\x00\x3d\xd8":               "line 1, byte 5: found half of a character",
		"hello":                               `line 1, byte 1: found "h"`,
		"{}":                                  "found an object with no members",
		`{"a":1}`:                             `found an object with "a"`,
		`{"Notes":[{"id":"n"}]}`:              `found an object with "Notes"`,
		`{"id":"n","content":"x"}`:            "found a record without its _kind",
		`{"notes":[]}`:                        "found no record at all",
		`{"notes":{"id":"n"}}`:                `found an object with "notes"`,
		`{"notes":[{"id":"n"}],"tasks":7}`:    `byte 23: found a number as the member "tasks"; expected a list of records`,
		`{"notes":[{"id":"n"}],"x":[1]}`:      `byte 23: found the member "x", which no export has`,
		`{"notes":[{"id":"n"}],"Tasks":[{}]}`: `found the member "Tasks"`,
		`{"notes":[{"id":"n"}],"notes":[{"id":"m"}]}`:                            `byte 23: found the member "notes" a second time`,
		"{\"notes\":[{\"id\":\"n\"}]}\n x":                                       `line 2, byte 25: found "x" after the end of the document`,
		`{"notes":[{"id":"n"}]},`:                                                `found "," after the end of the document`,
		`{"notes":[{"id":"n"}]}{"notes":[]}`:                                     "found an object after the end of the document",
		`{"notes":[{"id":"n"}],"version":"9.9.9"}`:                               `the version "9.9.9", which is newer than this program; expected "1.0.0"`,
		`{"notes":[{"id":"n"}],"version":1}`:                                     `the version 1; expected "1.0.0"`,
		`{"notes":[{"id":"n"}],"format":"taskstore-json/9"}`:                     `the format "taskstore-json/9", which is newer than this program`,
		`{"notes":[{"id":"n"}],"format":"other"}`:                                `the format "other"; expected "taskstore-json/1"`,
		`{"notes":["x"]}`:                                                        "byte 11: found a string; expected an object: a record",
		`{"notes":[{"id":"n"}`:                                                   "byte 21: found the end of the file; expected the rest of what begins in line 1",
		`{"notes":[{"id":n}]}`:                                                   "line 1, byte 18",
		"{\"_kind\":\"note\",\"id\":\"n\"}\n{\"id\":\"m\"}":                      "line 2, byte 27: found a record without its _kind",
		"{\"_kind\":\"note\",\"id\":\"n\"}\n{\"_kind\":\"x\"}":                   `line 2, byte 27: found a record of the kind "x"`,
		"{\"_kind\":\"note\",\"id\":\"n\"} x":                                    `line 1, byte 27: found "x"`,
		"{\"_kind\":\"note\",\"id\":\"n\"}\n\n{\"_kind\":\"note\",\"id\":\"n\"}": "line 3, byte 28: found note/n again, which stands in line 1, byte 1 too",
		"{\"_kind\":\"setting\",\"_key\":\"k\"}":                                 "found a setting without _key or _value",
		`{"id":"n","content":"` + long + `","_kind":"note"` + "\n":               "found the end of the file",
		`{"id":"n","content":"` + long:                                           "expected the end of the string that line 1, byte 21 begins",
		`{"id":"n","content":"` + long + "\n" + `","_kind":"note"}`:              "byte 70022: found the end of the line",
		`{"_kind":"note","id":"n","content":"` + long + `","x":y}`:               "byte 70043",
		`{"_kind":"attachment","id":"a","_file":{"sha256":"00","base64":"%"}}`:   "found a _file whose bytes are no base64",
		`{"_kind":"attachment","id":"a","_file":7}`:                              "found a _file that cannot be read",
		`{"topics":[{"id":"a","_file":{"sha256":"00","base64":"AA=="}}]}`:        "byte 12: found a _file in a record of the kind topic",
		`{"_kind":"note","id":"n","_trash":7}`:                                   "found a _trash that cannot be read",
	} {
		_, err := importexport.Import(t.Context(), s, fileOf(t, text), importexport.ImportOptions{Name: "given"})
		form, ok := errors.AsType[*importexport.FormError](err)
		if !ok || !errors.Is(err, importexport.ErrForm) || form.Found == "" || form.Expected == "" {
			t.Fatalf("%.80q: %v", text, err)
		}
		if said := err.Error(); !strings.HasPrefix(said, "import: given: ") || !strings.Contains(said, want) || strings.Contains(said, "jsontext") {
			t.Errorf("%.80q: %q, want %q", text, said, want)
		}
		if n, err := s.Notes.Count(t.Context(), repo.Query{}); err != nil || n > 0 {
			t.Errorf("%.80q: %d notes, %v", text, n, err)
		}
	}
}

// TestImportRefusesTwice: no rule for conflicts takes one of two states of a record, and
// drops the other without a word.
func TestImportRefusesTwice(t *testing.T) {
	file := fileOf(t, "{\"_kind\":\"note\",\"id\":\"n\",\"content\":\"a\"}\n{\"_kind\":\"note\",\"id\":\"n\",\"content\":\"b\"}\n")
	s := testdb.Open(t)
	for _, way := range importexport.Conflicts() {
		_, err := importexport.Import(t.Context(), s, file, importexport.ImportOptions{OnConflict: way})
		if !errors.Is(err, importexport.ErrForm) || !strings.Contains(err.Error(), "line 2, byte 41: found note/n again, which stands in line 1, byte 1 too") {
			t.Errorf("%s: %v", way, err)
		}
	}
}

// TestImportTakes: what looks odd and loses nothing is read.
func TestImportTakes(t *testing.T) {
	utf16 := func(text string) string {
		out := "\xff\xfe"
		for _, c := range []byte(text) {
			out += string([]byte{c, 0})
		}
		return out
	}
	for text, want := range map[string]int{
		`{"format":"taskstore-json/1","notes":[]}`:           0,
		`{"notes":[],"version":"1.0.0","aiSettings":{}}`:     0,
		`{"notes":[{"id":"n"}]}` + "\n \r\n":                 1,
		`{"notes":[{"id":"n"}],"x":[],"y":{ },"tasks":null}`: 1,
		`{"notes":[{"id":"n"}],"format":"taskstore-json/1"}`: 1,
		"\xef\xbb\xbf" + `{"notes":[{"id":"n"}]}`:            1,
		utf16(`{"notes":[{"id":"n"},{"id":"m"}]}`):           2,
		`{"id":"n","content":"` + strings.Repeat("z", 1<<20) + `","_kind":"note"}` + "\n" + `{"_kind":"note","id":"m"}`: 2,
		"{\n \"_kind\": \"note\",\n \"id\": \"n\"\n}\n":                                                                 1,
		`{"topics":[],"attachments":[],"id":"n","_kind":"note"}`:                                                        1,
		`{"_kind":"note","id":"n` + strings.Repeat("i", 20000) + `"}`:                                                   1,
		`{"_kind":"note","` + strings.Repeat("i", 20000) + `":7}`:                                                       1,
	} {
		s := testdb.Open(t)
		if _, err := importexport.Import(t.Context(), s, fileOf(t, text), importexport.ImportOptions{}); err != nil {
			t.Errorf("%.80q: %v", text, err)
		}
		if n, err := s.Notes.Count(t.Context(), repo.Query{}); err != nil || n != want {
			t.Errorf("%.80q: %d notes, want %d, %v", text, n, want, err)
		}
	}
}

// TestImportOddKeys: keys of settings that differ in what no text can hold stay two.
func TestImportOddKeys(t *testing.T) {
	s, text := testdb.Open(t), ""
	keys := map[string]string{`a\ud800`: `"a\ud800"`, `a\udfff`: `"a\udfff"`, `a\u0000`: `"a\u0000"`, `a\ufffd`: "a\ufffd", `\u0061`: "a"}
	for key := range keys {
		text += `{"_kind":"setting","_key":"` + key + `","_value":"` + fmt.Sprintf("%x", key) + "\"}\n"
	}
	_, err := importexport.Import(t.Context(), s, fileOf(t, text), importexport.ImportOptions{})
	fatal(t, err)
	for key, kept := range keys {
		if v, err := s.Settings.Get(t.Context(), kept); err != nil || v.Value != schema.JSON(fmt.Sprintf("\"%x\"", key)) {
			t.Errorf("%q is kept as %s, %v", key, v.Value, err)
		}
	}
	for _, key := range []string{`7`, `null`, `["a"]`} {
		_, err := importexport.Import(t.Context(), s, fileOf(t, `{"_kind":"setting","_key":`+key+`,"_value":1}`), importexport.ImportOptions{})
		if !errors.Is(err, importexport.ErrForm) {
			t.Errorf("the key %s: %v", key, err)
		}
	}
}

// TestImportKeepsCause: a file that cannot be read is no file of another form.
func TestImportKeepsCause(t *testing.T) {
	_, err := importexport.Import(t.Context(), testdb.Open(t), filepath.Join(t.TempDir(), "nowhere"), importexport.ImportOptions{})
	if !errors.Is(err, os.ErrNotExist) || errors.Is(err, importexport.ErrForm) {
		t.Error(err)
	}
	_, err = importexport.Import(t.Context(), testdb.Open(t), t.TempDir(), importexport.ImportOptions{})
	if !errors.Is(err, importexport.ErrForm) || !strings.Contains(err.Error(), "found a directory") {
		t.Error(err)
	}
}

var largeTrip = flag.Int("trip.size", 2, "the size of the largest texts and contents that are exported and imported as NDJSON, in MB")

// TestRoundTrips: what a format exports, an import of it brings back, with records and
// contents of every size. In NDJSON a record of each size is the first of a file.
func TestRoundTrips(t *testing.T) {
	small := []int{0, 1, 3000, 16<<10 - 1, 16 << 10, 16<<10 + 1, 64 << 10}
	for _, form := range []importexport.Format{importexport.FormatJSON, importexport.FormatLegacy, importexport.FormatArchive} {
		roundTrip(t, form, small)
		roundTrip(t, form, []int{2 << 20})
	}
	for _, size := range append(small, *largeTrip<<20) {
		roundTrip(t, importexport.FormatNDJSON, []int{size})
	}
}

func roundTrip(t *testing.T, form importexport.Format, sizes []int) {
	t.Run(fmt.Sprint(form, sizes), func(t *testing.T) {
		t.Parallel()
		from, to := testdb.Open(t), testdb.Open(t)
		for _, size := range sizes {
			sized(t, from, size, form != importexport.FormatLegacy)
		}
		var out bytes.Buffer
		_, err := importexport.Export(t.Context(), from, &out, form, "2026-11-01T10:00:00.000Z", importexport.Options{Trash: form != importexport.FormatLegacy})
		fatal(t, err)
		file := fileOf(t, out.String())
		_, err = importexport.Import(t.Context(), to, file, importexport.ImportOptions{})
		fatal(t, err)
		for _, with := range []string{to.Dir(), file} {
			_, err = importexport.Diff(t.Context(), from.Dir(), with, func(d importexport.Difference) error {
				t.Errorf("%.300v", d)
				return nil
			})
			fatal(t, err)
		}
	})
}

// sized saves a session, the first record of an NDJSON, with texts and a content of a
// size; a note with a text; and attachments, where the form has them. Of the largest texts
// only the note has one.
func sized(t *testing.T, s *repo.Store, size int, attachments bool) {
	t.Helper()
	named := func(name string) schema.Head { return schema.Head{ID: fmt.Sprint(name, size)} }
	text := strings.Repeat("\\\"\n\u2014\U0001F600", size/10+1)[:size/10*10] // no words, which are dear to index
	data := bytes.Repeat([]byte{0xfb, 0xff, 0, 1}, size/4+1)[:size]
	base := schema.Content{Blob: "", Form: schema.FormFile}.Rebuild(data)
	short := text[:min(len(text), 64<<10/10*10)]
	fatal(t, s.Sessions.Save(t.Context(), &schema.Session{Head: named("s"), Name: short, StartTime: "2026-11-01T10:00:00.000Z",
		Screenshots: []schema.Screenshot{{UserComment: short, Base64: schema.Content{Text: "data:image/png;base64," + base}}}}))
	fatal(t, s.Notes.Save(t.Context(), &schema.Note{Head: named("n"), Content: text, Timestamp: "2026-11-01T10:00:00.000Z", LastUpdated: "2026-11-01T10:00:00.000Z"}))
	if !attachments {
		return
	}
	info, err := s.Contents.Put(t.Context(), bytes.NewReader(data), "")
	fatal(t, err)
	when := schema.FileInfo{CreatedAt: "2026-11-01T10:00:00.000Z"}
	fatal(t, s.Attachments.Save(t.Context(), &schema.Attachment{Head: named("file"), FileInfo: when, File: schema.Content{Blob: info.SHA256, Form: schema.FormFile}}))
	for id, text := range map[string]string{"bare": base, "loose": strings.TrimRight(base, "=") + "\n", "raw": text + "%", "percent": "data:text/plain," + base, "odd": "data:,%" + text} {
		when.Base64 = schema.Content{Text: text}
		fatal(t, s.Attachments.Save(t.Context(), &schema.Attachment{Head: named(id), FileInfo: when}))
	}
	fatal(t, s.Attachments.Delete(t.Context(), fmt.Sprint("raw", size)))
}

package decode

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/redact"
	"taskstore/importexport/legacy/source"

	"github.com/google/go-cmp/cmp"
)

// redacted writes a text without its secrets; the text itself when there are none.
func redacted(t testing.TB, text string) string {
	t.Helper()
	plan, err := redact.LookFor(iotest.OneByteReader(strings.NewReader(text)))
	sourcetest.Must(t, err)
	if !plan.Hit() {
		return text
	}
	var b bytes.Buffer
	sourcetest.Must(t, plan.Write(&b, strings.NewReader(text)))
	return b.String()
}

func TestRedact(t *testing.T) {
	t.Parallel()
	const settings = `{"ui":{"a":"\"b\""},"apiKey":"sk-1"}`
	inner := strings.Replace(settings, "sk-1", "****", 1)
	for _, tc := range []struct{ in, want string }{
		{`{"openai-api-key": "sk-\"123", "a":"b"}`, `{"openai-api-key": "********", "a":"b"}`},
		{`{"x":"{\"apiKey\":\"sk-1\",\"b\":\"c\"}","claude-api-key":"sk-2"}`, `{"x":"{\"apiKey\":\"****\",\"b\":\"c\"}","claude-api-key":"****"}`},
		{`{"s":"a\\","claude-api-key":"sk-2"}`, `{"s":"a\\","claude-api-key":"****"}`},
		{`{"key":"kept","tokens":["kept"],"apiKey":5}`, `{"key":"kept","tokens":["kept"],"apiKey":5}`},
		{`{"id":"1","collection":"openai-api-key","data":"sk-1"}` + "\n" + `{"collection":"draft","data":"kept"}`,
			`{"id":"1","collection":"openai-api-key","data":"****"}` + "\n" + `{"collection":"draft","data":"kept"}`},
		{`[{"name":"claude-api-key","data":"sk-1","timestamp":1},{"name":"notes","data":"kept"}]`, `[{"name":"claude-api-key","data":"****","timestamp":1},{"name":"notes","data":"kept"}]`},
		{`[["claude-api-key","sk-1"],["theme", "kept"],["a","openai-api-key","kept"]]`, `[["claude-api-key","****"],["theme", "kept"],["a","openai-api-key","kept"]]`},
		{`{"dump":"[[\"claude-api-key\", \"sk-1\"],[\"theme\",\"kept\"]]"}`, `{"dump":"[[\"claude-api-key\", \"****\"],[\"theme\",\"kept\"]]"}`},
		{`[{"key":"claude-api-key","value":"sk-1"},{"key":"theme","value":"kept"}]`, `[{"key":"claude-api-key","value":"****"},{"key":"theme","value":"kept"}]`},
		{`no json "apiKey":"cut`, `no json "apiKey":"***`},
		{`["GZIP","GZ\"IP_V1:","GZIP_V1:","GZIP_V`, `["GZIP","GZ\"IP_V1:","GZIP_V1:","GZIP_V`},
		{`{"data":` + sourcetest.Quoted(sourcetest.Zipped(sourcetest.Two)) + `,"b":1}`, `{"data":` + sourcetest.Quoted(sourcetest.Zipped(sourcetest.Two)) + `,"b":1}`},
		{`{"data":` + sourcetest.Quoted(sourcetest.Zipped(settings)) + `,"b":` + sourcetest.Quoted(sourcetest.Zipped(sourcetest.Two)) + `}`, `{"data":` + sourcetest.Quoted(inner) + `,"b":` + sourcetest.Quoted(sourcetest.Zipped(sourcetest.Two)) + `}`},
		{`{"data":` + sourcetest.Quoted(sourcetest.Zipped(sourcetest.Quoted(sourcetest.Zipped(settings)))) + `}`, `{"data":` + sourcetest.Quoted(sourcetest.Quoted(inner)) + `}`},
		{`{"x":` + sourcetest.Quoted(`{"data":`+sourcetest.Quoted(sourcetest.Zipped(settings))+`,"c":"d"}`) + `,"apiKey":"sk-2"}`, `{"x":` + sourcetest.Quoted(`{"data":`+sourcetest.Quoted(inner)+`,"c":"d"}`) + `,"apiKey":"****"}`},
		{`{"data":"GZIP_V1:bm90aGluZw==","apiKey":"sk-2"}`, `{"data":"GZIP_V1:bm90aGluZw==","apiKey":"****"}`},
	} {
		if d := cmp.Diff(tc.want, redacted(t, tc.in)); d != "" {
			t.Errorf("%s: -want +got\n%s", tc.in, d)
		}
	}
	if got := redacted(t, `{"data":"`+sourcetest.Zipped(settings)); !strings.Contains(got, "****") || strings.Contains(got, "sk-1") {
		t.Errorf("cut: %s", got)
	}
}

// FuzzRedact: a text without secrets is kept as it is, and a secret never.
func FuzzRedact(f *testing.F) {
	for _, s := range sourcetest.Seeds() {
		f.Add(s)
	}
	f.Add(`{"apiKey":"x","a":"GZIP_V1:H4sI","b":"{\"k\":\"\\\"\"}"}`)
	f.Fuzz(func(t *testing.T, text string) {
		plan, err := redact.LookFor(strings.NewReader(text))
		sourcetest.Must(t, err)
		var b bytes.Buffer
		sourcetest.Must(t, redact.Redaction{}.Write(&b, strings.NewReader(text)))
		if got := b.String(); !plan.Hit() && got != text {
			t.Fatalf("%q, want %q", got, text)
		}
		redacted(t, `{"x":`+sourcetest.Quoted(strings.ToValidUTF8(text, "?"))+`,"apiKey":"sk-1"}`)
	})
}

// TestKeptZip: a zip that goes into quarantine is kept byte for byte, unless a secret
// stands in one of its members.
func TestKeptZip(t *testing.T) {
	t.Parallel()
	clean := []string{"notes.json", sourcetest.Two, "../evil.json", "{}"}
	keys := []string{"notes.json", sourcetest.Wrapped("", sourcetest.Quoted(sourcetest.Zipped(sourcetest.Two))), "../evil.json", `{"apiKey":"sk-1"}`,
		"settings.json", sourcetest.Wrapped("", sourcetest.Quoted(sourcetest.Zipped(`{"openai-api-key":"sk-2","ui":{}}`))), "openai-api-key.json", `"sk-3"`}
	whole := sourcetest.ZipOf(t, nil, keys...)
	for name, tc := range map[string]struct {
		text []byte
		want []string // nil: as it is
	}{
		"without secrets": {text: sourcetest.ZipOf(t, nil, clean...)},
		"cut, without":    {text: cutBeforeList(sourcetest.ZipOf(t, nil, clean...))},
		"with":            {text: whole, want: []string{"notes.json", keys[1], "../evil.json", `{"apiKey":"****"}`, "settings.json", sourcetest.Wrapped("", sourcetest.Quoted(`{"openai-api-key":"****","ui":{}}`)), "openai-api-key.json", ""}},
		"cut, with":       {text: cutBeforeList(whole), want: []string{"notes.json", keys[1], "../evil.json", `{"apiKey":"****"}`, "settings.json", sourcetest.Wrapped("", sourcetest.Quoted(`{"openai-api-key":"****","ui":{}}`)), "openai-api-key.json", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			src, err := source.Open(t.Context(), sourcetest.ZipFile(t, tc.text), source.Options{})
			sourcetest.Must(t, err)
			defer src.Close()
			in, hit, err := src.Kept("export.zip")
			sourcetest.Must(t, err)
			got := sourcetest.ReadAll(t, in)
			if tc.want == nil {
				if hit || got != string(tc.text) {
					t.Errorf("%d bytes instead of %d", len(got), len(tc.text))
				}
				return
			}
			if d := cmp.Diff(tc.want, membersOf(t, got)); d != "" || !hit {
				t.Error(d, hit)
			}
		})
	}
}

func cutBeforeList(text []byte) []byte { return text[:bytes.Index(text, source.MarkList)] }

// membersOf gives the names and the texts of a zip's members.
func membersOf(t *testing.T, text string) (list []string) {
	t.Helper()
	z, err := zip.NewReader(strings.NewReader(text), int64(len(text)))
	if z == nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		in, err := f.Open()
		sourcetest.Must(t, err)
		list = append(list, f.Name, sourcetest.ReadAll(t, in))
	}
	return list
}

// TestCutZip: the members of a zip whose end is gone are read by their own headers.
func TestCutZip(t *testing.T) {
	t.Parallel()
	long := "[" + strings.Repeat(`{"id":"x","n":1},`, 3) + `{"id":"y"}]`
	for name, method := range map[string]uint16{"stored": zip.Store, "deflated": zip.Deflate} {
		for _, sized := range []bool{true, false} {
			text := zipSized(t, method, sized, "notes.json", sourcetest.Two, "dir/", "", "tasks.json", long)
			for what, tc := range map[string]struct {
				cut           int
				records       int
				status, tasks string
			}{
				"the list":         {bytes.Index(text, source.MarkList), 6, record.StatusPartial, record.StatusOK},
				"inside the list":  {bytes.Index(text, source.MarkList) + 5, 6, record.StatusPartial, record.StatusOK},
				"the end record":   {len(text) - 22, 6, record.StatusPartial, record.StatusOK},
				"the last member":  {bytes.LastIndex(text, source.MarkMember) + 44 + 15, -1, record.StatusPartial, record.StatusPartial},
				"the first header": {20, 0, record.StatusQuarantined, ""},
			} {
				t.Run(fmt.Sprintf("%s, sized %t, %s", name, sized, what), func(t *testing.T) {
					r := scanned(t, sourcetest.ZipFile(t, text[:tc.cut]))
					f := r.Files["export.zip"]
					if f.Status != tc.status || tc.records >= 0 && len(r.Candidates) != tc.records || tc.records < 0 && len(r.Candidates) < 2 {
						t.Errorf("%s, %d records, %v", f.Status, len(r.Candidates), f.Warnings)
					}
					if got := r.Files["export.zip!/tasks.json"].Status; tc.tasks == record.StatusOK && got != record.StatusOK || tc.tasks == record.StatusPartial && got == record.StatusOK {
						t.Errorf("tasks are %s: %v", got, r.Files["export.zip!/tasks.json"].Warnings)
					}
					if r.Kept["export.zip"] == "" {
						t.Error("it is not in quarantine")
					}
				})
			}
		}
	}
}

// zipSized is ZipOf, with or without the sizes in the headers of the members.
func zipSized(t *testing.T, method uint16, sized bool, members ...string) []byte {
	t.Helper()
	change := func(h *zip.FileHeader) {
		if h.Method = method; strings.HasSuffix(h.Name, "/") {
			h.Method = zip.Store
		}
	}
	text := sourcetest.ZipOf(t, change, members...)
	if !sized {
		return text
	}
	z, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	sourcetest.Must(t, err)
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range z.File {
		h := f.FileHeader
		h.Flags &^= 8
		to, err := w.CreateRaw(&h)
		sourcetest.Must(t, err)
		raw, err := f.OpenRaw()
		sourcetest.Must(t, err)
		_, err = io.Copy(to, raw)
		sourcetest.Must(t, err)
	}
	sourcetest.Must(t, w.Close())
	return b.Bytes()
}

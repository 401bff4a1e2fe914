package decode

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"

	"github.com/google/go-cmp/cmp"
)

func TestCollectionForms(t *testing.T) {
	t.Parallel()
	sum := sourcetest.SumOf(sourcetest.Two, 99)
	deep := sourcetest.Two
	for range rawjson.MaxWrap {
		deep = sourcetest.Wrapped(sourcetest.SumOf(deep, 99), sourcetest.Quoted(sourcetest.Zipped(deep)))
	}
	full := sourcetest.Zipped(sourcetest.Two)
	for name, tc := range map[string]struct {
		text, ids, status, codes string
		damaged                  bool
	}{
		"raw":                {text: sourcetest.Two, ids: "a b"},
		"pretty, CRLF, BOM":  {text: "\ufeff[\r\n {\"id\" : \"a\",\r\n \"n\":1}, {\"id\":\"b\"} ]\r\n", ids: "a b", codes: "bom"},
		"gzip":               {text: sourcetest.Wrapped(sum, sourcetest.Quoted(full)), ids: "a b"},
		"text":               {text: sourcetest.Wrapped(sum, sourcetest.Quoted(sourcetest.Two)), ids: "a b"},
		"text, legit pretty": {text: sourcetest.Wrapped(sourcetest.SumOf("[\n  {\n    \"id\": \"a\",\n    \"n\": 1\n  },\n  {\n    \"id\": \"b\"\n  }\n]", 99), sourcetest.Quoted(sourcetest.Two)), ids: "a b"},
		"value":              {text: sourcetest.Wrapped(sum, sourcetest.Two), ids: "a b"},
		"value, wrong sum":   {text: sourcetest.Wrapped("zzz", sourcetest.Two), ids: "a b", codes: "checksum-mismatch"},
		"minimal":            {text: `{"version":1,"timestamp":5,"data":` + sourcetest.Two + `}`, ids: "a b"},
		"no time, no sum":    {text: `{"version":1,"data":` + sourcetest.Two + `}`, ids: "a b"},
		"sorted members":     {text: `{"checksum":"` + sum + `","compressed":true,"data":` + sourcetest.Quoted(full) + `,"timestamp":1761600000000,"version":1}`, ids: "a b"},
		"bare gzip string":   {text: sourcetest.Quoted(full), ids: "a b"},
		"bare text":          {text: sourcetest.Quoted(sourcetest.Two), ids: "a b"},
		"double":             {text: sourcetest.Wrapped(sourcetest.SumOf(sourcetest.Quoted(full), 99), sourcetest.Quoted(sourcetest.Zipped(sourcetest.Quoted(full)))), ids: "a b", codes: "double-wrapped"},
		"eight times":        {text: deep, ids: "a b", codes: "double-wrapped"},
		"nine times":         {text: sourcetest.Wrapped("", sourcetest.Quoted(sourcetest.Zipped(deep))), status: record.StatusQuarantined, codes: "double-wrapped"},
		"map":                {text: `{"a":{"n":1},"b":{"id":"b"}}`, ids: "a b", codes: "type-coerced"},
		"numbered":           {text: `{"0":{"id":"a"},"1":{"id":"b"}}`, ids: "a b", codes: "type-coerced"},
		"spread":             {text: `{"0":{"id":"a"},"1":{"id":"b"},"id":"x"}`, ids: "a b", codes: "array-spread"},
		"single":             {text: `{"id":"a","x":{"y":1}}`, ids: "a", codes: "type-coerced"},
		"null":               {text: "null"},
		"none":               {text: "[]"},
		"number as id":       {text: `[{"id":12345},{"id":""},{}]`, ids: "12345  "},
		"duplicate members":  {text: `[{"id":"x","id":"a"}]`, ids: "a"},
		"strays":             {text: `[1,{"id":"a"},"x",null,[{}]]`, ids: "a", codes: "stray-element stray-element stray-element stray-element"},
		"inner damage":       {text: `[{"id":"a"},{"id":bad},{"id":"b"}]`, ids: "a b", status: record.StatusPartial, codes: "stray-element"},
		"cut":                {text: sourcetest.Two[:20], ids: "a", status: record.StatusPartial, codes: "truncated", damaged: true},
		"cut in the base64":  {text: sourcetest.Wrapped(sum, sourcetest.Quoted(full))[:150], status: record.StatusQuarantined, codes: "truncated"},
		"stream cut":         {text: sourcetest.Wrapped(sum, sourcetest.Quoted(full[:len(full)-8])), ids: "a b", status: record.StatusRecovered, codes: "gzip-error", damaged: true},
		"stray base64":       {text: sourcetest.Wrapped(sum, sourcetest.Quoted(full[:20]+"*"+full[20:])), ids: "a b", status: record.StatusRecovered, codes: "undecodable-base64"},
		"empty":              {text: "", status: record.StatusQuarantined, codes: "empty-file"},
		"white space":        {text: " \n", status: record.StatusQuarantined, codes: "empty-file"},
		"zeros":              {text: strings.Repeat("\x00", 4096), status: record.StatusQuarantined, codes: "empty-file"},
		"page":               {text: "<html>", status: record.StatusQuarantined, codes: "not-json"},
		"bad bytes":          {text: "[{\"id\":\"a\",\"x\":\"\xff\xc3\"}]", ids: "a", status: record.StatusRecovered, codes: "invalid-utf8"},
		"two in a wrapper":   {text: `{"version":1,"timestamp":1,"compressed":false,"data":"[{\"id\":\"a\"}] [{\"id\":\"b\"}]"}`, ids: "a", status: record.StatusPartial, codes: "trailing-data"},
		"more in a wrapper":  {text: `{"version":1,"timestamp":1,"data":` + sourcetest.Two + `,"by":"hand"}`, ids: "a b", status: record.StatusRecovered, codes: "unknown-field"},
		"two values":         {text: `{"version":1,"timestamp":1,"data":[{"id":"a"}],"data":[{"id":"b"}]}`, ids: "a", status: record.StatusRecovered, codes: "unknown-field"},
		"a record as such":   {text: `{"id":"a","version":1,"timestamp":1,"data":[{"id":"b"}]}`, ids: "a", codes: "type-coerced"},
		"a map of records":   {text: `{"a":{"version":1},"a":{"version":2}}`, ids: "a a", codes: "type-coerced"},
		"no first member":    {text: "{\"id\x00\x00\",\"name\":1}", status: record.StatusQuarantined, codes: "malformed"},
		"no comma":           {text: `{"version":1,"timestamp":1 "data":` + sourcetest.Two + `}`, ids: "a b", status: record.StatusRecovered, codes: "malformed"},
		"two commas":         {text: `[{"id":"a"},,{"id":"b"}]`, ids: "a b", status: record.StatusRecovered, codes: "malformed"},
		"comma at the end":   {text: `[{"id":"a"},{"id":"b"},]`, ids: "a b", status: record.StatusRecovered, codes: "malformed"},
		"line in a name":     {text: "{\"version\":1,\"\ntime\":2,\"timestamp\":1,\"data\":" + sourcetest.Two + "}", ids: "a b", status: record.StatusRecovered, codes: "malformed"},
		"two documents":      {text: `[{"id":"a"}] {"b":1}`, ids: "a", status: record.StatusPartial, codes: "trailing-data"},
		"deep":               {text: `[{"id":"a","x":` + strings.Repeat("[", 9990) + strings.Repeat("]", 9990) + `}]`, ids: "a"},
		"too deep":           {text: `[{"id":"a","x":` + strings.Repeat("[", 10001) + strings.Repeat("]", 10001) + `}]`, status: record.StatusPartial, codes: "stray-element deep-nesting"},
		"plain text":         {text: sourcetest.Wrapped("", sourcetest.Quoted("hello")), codes: "stray-element"},
	} {
		t.Run(name, func(t *testing.T) {
			r := scanned(t, sourcetest.Tree(t, map[string]string{"db/tasks.json": tc.text}))
			var ids []string
			for _, c := range r.Candidates {
				ids = append(ids, c.ID)
				if c.Damaged != tc.damaged || c.Rank != record.RankCollection || c.Collection != "tasks" {
					t.Errorf("%+v", c)
				}
			}
			f := r.Files["db/tasks.json"]
			if tc.status == "" {
				tc.status = record.StatusOK
			}
			if got := strings.Join(ids, " "); got != tc.ids || f.Status != tc.status || r.Codes(f.Path) != tc.codes {
				t.Errorf("ids %q, status %s, warnings %v", got, f.Status, f.Warnings)
			}
			if kept := r.Kept[f.Path] != ""; kept != (f.Status != record.StatusOK) {
				t.Errorf("status %s, in quarantine: %v", f.Status, kept)
			}
			if f.Records != len(r.Candidates)+len(r.Strays) {
				t.Errorf("%d records", f.Records)
			}
		})
	}
}

func TestRawIsVerbatim(t *testing.T) {
	t.Parallel()
	const odd = `{"id":"a","__proto__":{"x":1},"s":"\ud83d \u0041\/","n":[-0,1E400,9007199254740993],"d":1,"d":2}`
	r := scanned(t, sourcetest.Tree(t, map[string]string{"db/notes.json": "[ " + strings.ReplaceAll(odd, ",\"", " ,\n \"") + " ]"}))
	if len(r.Candidates) != 1 || string(r.Candidates[0].Raw) != odd {
		t.Errorf("%v", r.Candidates)
	}
	if c := r.Candidates[0]; c.Pointer != "/0" || c.File != "db/notes.json" {
		t.Errorf("%+v", c)
	}
}

func TestValues(t *testing.T) {
	t.Parallel()
	r := scanned(t, sourcetest.Tree(t, map[string]string{
		"db/settings.json":           sourcetest.Wrapped("", sourcetest.Quoted(sourcetest.Zipped(`{"ui": {"a":1},"aiSettings":{"apiKey":"sk-1","x":1}}`))),
		"db/settings.backup.json":    `{"ui":{"a":1},"userProfile":{"name":"cu`,
		"db/capture-draft-text.json": sourcetest.Wrapped("", sourcetest.Quoted(sourcetest.Zipped(`"my \"draft\""`))),
		"db/active-session-id.json":  sourcetest.Wrapped("", sourcetest.Quoted("{no json")),
		"db/mine.json":               `{"version":3,"data":[1]}`,
		"db/openai-api-key.json":     `"sk-1"`,
		"db/null.json":               "null",
	}))
	got := map[string]string{}
	for _, c := range r.Candidates {
		got[c.File+" "+c.Collection+" "+c.ID] = string(c.Raw)
	}
	want := map[string]string{
		"db/settings.json settings settings":                  `{"ui":{"a":1},"aiSettings":{"x":1}}`,
		"db/settings.backup.json settings settings":           `{"ui":{"a":1}}`,
		"db/capture-draft-text.json other capture-draft-text": `"my \"draft\""`,
		"db/active-session-id.json other active-session-id":   `"{no json"`,
		"db/mine.json other mine":                             `{"version":3,"data":[1]}`,
		"db/null.json other null":                             `null`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for p, codes := range map[string]string{"db/settings.json": "secret-skipped", "db/openai-api-key.json": "secret-skipped",
		"db/mine.json": "unknown-collection", "db/settings.backup.json": "truncated"} {
		if r.Codes(p) != codes {
			t.Errorf("%s: %s", p, r.Codes(p))
		}
	}
	if r.Kept["db/openai-api-key.json"] != "" {
		t.Error("a secret goes to quarantine")
	}
}

func TestExport(t *testing.T) {
	t.Parallel()
	const doc = `{"notes":[{"id":"n"}],"tasks":null,"sessions":{},"topics":%s,"aiSettings":{"x":1},"projects":[1],
		"exportedAt":"2025-10-01T00:00:00.000Z","version":"%s","openai-api-key":"sk-1"}`
	r := scanned(t, sourcetest.Tree(t, map[string]string{
		"a.json": fmt.Sprintf(doc, sourcetest.Quoted(sourcetest.Zipped(sourcetest.Two)), "1.0.0"),
		"b.json": fmt.Sprintf(doc, "[]", "2.0.0"),
		"c.json": fmt.Sprintf(doc, sourcetest.Two, "1.0.0")[:60],
		"d.json": `{"id":"s","startTime":"x","screenshots":[]}`,
		"e.json": `{"name":"a package"}`,
		"f.json": `<html>`,
	}))
	var got []string
	for _, c := range r.Candidates {
		got = append(got, fmt.Sprint(c.File, " ", c.Collection, " ", c.ID, " ", c.Pointer, " ", c.Rank))
	}
	want := []string{"a.json notes n /notes/0 export", "a.json topics a /topics/0 export", "a.json topics b /topics/1 export",
		"a.json settings aiSettings /aiSettings export", "a.json other projects /projects export",
		"b.json notes n /notes/0 export", "b.json settings aiSettings /aiSettings export", "b.json other projects /projects export",
		"c.json notes n /notes/0 export", "d.json sessions s  export"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if at := r.Candidates[0].Time; at != 1759276800000 {
		t.Errorf("time %d", at)
	}
	for p, want := range map[string]string{"a.json": record.StatusOK, "b.json": record.StatusOK, "c.json": record.StatusPartial,
		"d.json": record.StatusOK, "e.json": record.StatusIgnored, "f.json": record.StatusQuarantined} {
		if r.Files[p].Status != want {
			t.Errorf("%s: %+v", p, r.Files[p])
		}
	}
	if got := r.Codes("b.json"); got != "unknown-collection secret-skipped unknown-version" {
		t.Error(got)
	}
}

func TestAttachments(t *testing.T) {
	t.Parallel()
	meta := func(id, more string) string { return `{"id":"` + id + `","type":"image"` + more + `}` }
	dir := sourcetest.Tree(t, map[string]string{
		"attachments/ok.meta.json": meta("ok", ""), "attachments/ok.dat": "aGk=",
		"attachments/orphan.dat":      "aGk=",
		"attachments/bare.meta.json":  meta("bare", ""),
		"attachments/empty.meta.json": meta("empty", ""), "attachments/empty.dat": "",
		"attachments/cut.meta.json": `{"id":"cut","type":"im`, "attachments/cut.dat": "aGk=",
		"attachments/v.meta.json":  meta("v", `,"path":"/Users/x/videos/s.mp4"`),
		"attachments/v2.meta.json": meta("v2", `,"path":"v"`),
		"attachments/ms.meta.json": meta("ms", `,"path":"video-1761234567890"`), "videos/session-x-1761234567890.mp4": "x",
		"attachments/ms2.meta.json": meta("ms2", `,"path":"video-1761234567899"`), "attachments/attachment-1761234567899-x.meta.json": meta("attachment-1761234567899-x", `,"path":"/Users/x/videos/s.mp4"`),
		"attachments/ms3.meta.json":  meta("ms3", `,"path":"video-1761234567777"`),
		"attachments/loop.meta.json": meta("loop", `,"path":"loop"`),
		"attachments/evil.meta.json": meta("evil", `,"path":"../../../../etc/passwd"`),
		"attachments/stem.meta.json": meta("stem", ""), "attachments/images/stem.png": "x",
		"attachments/link.meta.json": `{"id":"link","type":"link"}`,
		"attachments/notes.txt":      "x",
		"videos/s.mp4":               "x", "videos/alone.mp4": "x", "videos/used.mp4": "x",
		"db/sessions.json": `[{"id":"s","video":{"path":"C:\\x\\used.mp4"}}]`,
	})
	r := scanned(t, dir)
	got := map[string]string{}
	for _, c := range r.Candidates {
		if c.Collection != "attachments" {
			continue
		}
		at := ""
		if c.Content != nil {
			at, _ = filepath.Rel(dir, c.Content.Path)
			at = c.Content.Form + " " + filepath.ToSlash(at)
		}
		got[c.ID] = strings.TrimSpace(at + " " + r.Codes(c.File))
	}
	want := map[string]string{
		"ok": "dat attachments/ok.dat", "orphan": "dat attachments/orphan.dat orphan-blob", "bare": "orphan-meta",
		"empty": "orphan-meta", "cut": "dat attachments/cut.dat truncated", "v": "file videos/s.mp4", "v2": "file videos/s.mp4",
		"ms": "file videos/session-x-1761234567890.mp4", "ms2": "file videos/s.mp4", "attachment-1761234567899-x": "file videos/s.mp4", "ms3": "orphan-meta",
		"loop": "orphan-meta", "evil": "orphan-meta", "stem": "file attachments/images/stem.png", "link": "",
		"alone": "file videos/alone.mp4 orphan-blob", "used": "file videos/used.mp4",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if r.Files["attachments/notes.txt"].Status != record.StatusIgnored {
		t.Error("notes.txt")
	}
}

func TestDamagedMeta(t *testing.T) {
	t.Parallel()
	r := scanned(t, sourcetest.Tree(t, map[string]string{
		"attachments/a.meta.json": `[1]`, "attachments/a.dat": "aGk=",
		"attachments/b.meta.json": `{"id":"c"}`, "attachments/b.dat": "aGk=",
		"attachments/d.meta.json": ``, "attachments/d.dat": "aGk=",
	}))
	got := map[string]string{}
	for _, c := range r.Candidates {
		f := r.Files[c.File]
		got[c.ID] = fmt.Sprint(string(c.Raw), " ", f.Status, " ", r.Codes(f.Path))
	}
	want := map[string]string{"a": " partial malformed", "c": `{"id":"c"} ok id-differs`, "d": " partial empty-file"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestMisnamedSettings: a file that is called as the settings are and holds records is
// read for what it holds.
func TestMisnamedSettings(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"version":1,"timestamp":1,"data":[{"id":"s","startTime":"2025-01-01T00:00:00Z","screenshots":[]}]}`: "sessions/s",
		`{"notes":[{"id":"n"}],"exportedAt":"2025-01-01T00:00:00Z","version":"1.0.0"}`:                        "notes/n",
		`{"aiSettings":{"a":1},"ui":{"b":2}}`:                                                                 "settings/settings",
	} {
		r := scanned(t, filepath.Join(sourcetest.Tree(t, map[string]string{"settings.json": text}), "settings.json"))
		if len(r.Candidates) != 1 || r.Candidates[0].Collection+"/"+r.Candidates[0].ID != want {
			t.Errorf("%s: %+v", text, r.Candidates)
		}
	}
	r := scanned(t, sourcetest.Tree(t, map[string]string{"db/settings.json": `[{"x":1}]`, "db/notes.json": "[]"}))
	if len(r.Candidates) != 0 || len(r.Strays) != 1 {
		t.Errorf("a list as settings: %+v, %+v", r.Candidates, r.Strays)
	}
}

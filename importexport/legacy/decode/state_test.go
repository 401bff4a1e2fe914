package decode

import (
	"strings"
	"testing"

	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/source"

	"github.com/google/go-cmp/cmp"
)

func TestState(t *testing.T) {
	t.Parallel()
	const state = `{"notes":[{"id":"n"}],"sessions":[],"activeSessionId":null,"aiSettings":{"x":1,"apiKey":"sk-1"},"ui":{"a":1},` +
		`"nedConversation":{"messages":[{"notes":[{"id":"stale"}]}]},"currentZone":"capture","claude-api-key":"sk-2"}`
	rest := map[string]string{
		"notes/n state": `{"id":"n"}`, "settings/settings state": `{"aiSettings":{"x":1},"ui":{"a":1}}`,
		"other/nedConversation state": `{"messages":[{"notes":[{"id":"stale"}]}]}`, "other/currentZone state": `"capture"`,
	}
	for name, tc := range map[string]struct {
		text, status, codes string
		want, strays        map[string]string
	}{
		"the state itself": {text: state, want: rest, codes: "secret-skipped secret-skipped"},
		"a dump": {text: `{"taskerino-v3-state":` + sourcetest.Quoted(state) + `,"openai-api-key":"sk-3","ned-memories":` + sourcetest.Quoted(`[{"id":"m"}]`) + `,"sidebar-width":"300"}`,
			want:  with(rest, "other/ned-memories state", sourcetest.Quoted(`[{"id":"m"}]`), "other/sidebar-width state", `"300"`),
			codes: "secret-skipped secret-skipped secret-skipped"},
		"values instead of texts": {text: `{"taskerino-v3-state":` + state + `}`, want: rest, codes: "secret-skipped secret-skipped"},
		"rescue copies": {text: `{"taskerino-critical-save":` + sourcetest.Quoted(`{"sessions":[{"id":"s","n":2}],"activeSessionId":"s","timestamp":1761600000000}`) +
			`,"taskerino-emergency-save":` + sourcetest.Quoted(`{"sessions":[{"id":"e"}],"activeSessionId":null}`) +
			`,"taskerino-v2-state":` + sourcetest.Quoted(`{"notes":[{"id":"old"}]}`) + `,"taskerino-migration-backup":` + sourcetest.Quoted(`{"notes":[{"id":"copy"}]}`) + `,"taskerino-migration-date":"1761600000000"}`,
			want: map[string]string{"sessions/s rescue": `{"id":"s","n":2}`, "settings/settings rescue": `{"activeSessionId":"s"}`, "sessions/e rescue": `{"id":"e"}`,
				"notes/old migration-copy": `{"id":"old"}`, "notes/copy backup": `{"id":"copy"}`, "other/taskerino-migration-date state": `"1761600000000"`}},
		"a rescue copy by itself": {text: `{"sessions":[{"id":"s"}],"activeSessionId":"s","timestamp":1761600000000}`,
			want: map[string]string{"sessions/s rescue": `{"id":"s"}`, "settings/settings rescue": `{"activeSessionId":"s"}`}},
		"a secret in a text": {text: `{"taskerino_last":"x","taskerino:session-templates":` + sourcetest.Quoted(`{"apiKey":"sk-1","a":1}`) + `}`, codes: "secret-skipped",
			want: map[string]string{"other/taskerino_last state": `"x"`, "other/taskerino:session-templates state": sourcetest.Quoted(`{"a":1}`)}},
		"no JSON under the key": {text: `{"taskerino-v3-state":"gone","x":1}`, want: map[string]string{"other/x state": "1"}, codes: "stray-element",
			strays: map[string]string{"/taskerino-v3-state": `"gone"`}},
		"broken JSON with a secret": {text: `{"taskerino-v3-state":` + sourcetest.Quoted(`{{"apiKey":"sk-1"`) + `,"taskerino-v2-state":"[object Object]","taskerino-critical-save":""}`,
			want: map[string]string{"other/taskerino-critical-save state": `""`}, codes: "stray-element truncated malformed", status: record.StatusPartial,
			strays: map[string]string{"/taskerino-v2-state": `"[object Object]"`}},
		"pairs": {text: `[["theme","dark"],["taskerino-v3-state",` + sourcetest.Quoted(state) + `],["claude-api-key","sk-4"],5,["alone"],["a","b","more"]]`,
			want: with(rest, "other/theme state", `"dark"`, "other/a state", `"b"`), codes: "secret-skipped secret-skipped secret-skipped stray-element stray-element",
			strays: map[string]string{"/3": "5", "/5/2": `"more"`}},
		"keys and values": {text: `[{"key":"theme","value":"dark"},{"name":"taskerino-v3-state","value":` + sourcetest.Quoted(state) + `},{"key":"claude-api-key","value":"sk-4"}]`,
			want: with(rest, "other/theme state", `"dark"`), codes: "secret-skipped secret-skipped secret-skipped"},
		"written as a text": {text: sourcetest.Quoted(`{"taskerino-v3-state":` + sourcetest.Quoted(state) + `}`), want: rest, codes: "secret-skipped secret-skipped"},
		"of a browser": {text: `{"localStorage":{"taskerino-v3-state":` + sourcetest.Quoted(state) + `,"theme":"dark"},"sessionStorage":"{\"tab\":\"1\"}","cookies":[],"date":1,` +
			`"indexedDB":{"taskerino-db":{"collections":[{"name":"notes","data":"[{\"id\":\"d\"}]","timestamp":1}]}}}`,
			want:  with(rest, "other/theme state", `"dark"`, "other/tab state", `"1"`, "notes/d export", `{"id":"d"}`),
			codes: "secret-skipped secret-skipped"},
		"of origins": {text: `{"cookies":[],"origins":[{"origin":"tauri://localhost","localStorage":[{"name":"taskerino-v3-state","value":` + sourcetest.Quoted(state) + `}],` +
			`"indexedDB":[{"name":"taskerino-db","version":1,"stores":[{"name":"collections","keyPath":"name","records":[{"value":{"name":"notes","data":[{"id":"d"}],"timestamp":1}}]}]}]}]}`,
			want:  with(rest, "notes/d export", `{"id":"d"}`),
			codes: "secret-skipped secret-skipped"},
		"cut inside": {text: `{"taskerino-v3-state":` + sourcetest.Quoted(`{"notes":[{"id":"a"},{"id":"b`) + `,"x":1}`, status: record.StatusPartial, codes: "truncated",
			want: map[string]string{"notes/a state": `{"id":"a"}`, "other/x state": "1"}},
		"unknown": {text: `{"notes":[],"ui":{},"projects":[1]}`, codes: "unknown-collection",
			want: map[string]string{"settings/settings state": `{"ui":{}}`, "other/projects state": "[1]"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := scanned(t, sourcetest.Tree(t, map[string]string{"dump.json": tc.text})+"/dump.json")
			if d := cmp.Diff(tc.want, sourcetest.Given(r)); d != "" {
				t.Error(d)
			}
			strays := map[string]string{}
			for _, s := range r.Strays {
				strays[s.Pointer] = string(s.Raw)
			}
			if d := cmp.Diff(with(nil, pairsOf(tc.strays)...), strays); d != "" {
				t.Error(d)
			}
			if tc.status == "" {
				tc.status = record.StatusOK
			}
			if f := r.Files["dump.json"]; f.Status != tc.status || r.Codes("dump.json") != tc.codes {
				t.Errorf("%s %v", f.Status, f.Warnings)
			}
		})
	}
}

func pairsOf(m map[string]string) (list []string) {
	for k, v := range m {
		list = append(list, k, v)
	}
	return list
}

func with(m map[string]string, more ...string) map[string]string {
	out := map[string]string{}
	for k, v := range m {
		out[k] = v
	}
	for i := 0; i < len(more); i += 2 {
		out[more[i]] = more[i+1]
	}
	return out
}

func TestIndexedRecords(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text string
		want map[string]string
	}{
		"value":      {`{"name":"notes","data":[{"id":"n"}],"timestamp":1761600000000}`, map[string]string{"notes/n export": `{"id":"n"}`}},
		"text":       {`{"name":"notes","data":"[{\"id\":\"n\"}]","timestamp":1761600000000}`, map[string]string{"notes/n export": `{"id":"n"}`}},
		"compressed": {`{"name":"notes","data":` + sourcetest.Quoted(sourcetest.Zipped(`[{"id":"n"}]`)) + `,"timestamp":1761600000000}`, map[string]string{"notes/n export": `{"id":"n"}`}},
		"settings":   {`{"name":"settings","data":` + sourcetest.Quoted(sourcetest.Zipped(`{"ui":{}}`)) + `,"timestamp":1761600000000}`, map[string]string{"settings/settings export": `{"ui":{}}`}},
		"other":      {`{"name":"mine","data":{"a":1},"timestamp":1761600000000}`, map[string]string{"other/mine export": `{"a":1}`}},
		"secret":     {`{"name":"openai-api-key","data":"sk-1","timestamp":1761600000000}`, map[string]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			r := scanned(t, sourcetest.Tree(t, map[string]string{"x.json": tc.text})+"/x.json")
			if d := cmp.Diff(tc.want, sourcetest.Given(r)); d != "" {
				t.Error(d)
			}
			for _, c := range r.Candidates {
				if c.Time != 1761600000000 {
					t.Errorf("time %d", c.Time)
				}
			}
		})
	}
}

func TestBundle(t *testing.T) {
	t.Parallel()
	const doc = `{"version":1,"timestamp":1761600000000,"collections":{"notes":[{"id":"n"}],"sessions":` + `"[\n {\"id\": \"s\"}\n]"` +
		`,"tasks":TASKS,"settings":"{\"ui\":{}}","migration-status":{"a":1},"session-index":["s"],"capture-draft-text":"{draft","openai-api-key":"sk-1",` +
		`"sessions-backup-enrichment-migration-2025-10-15T10-00-00-000Z":{"timestamp":"2025-10-15T10-00-00-000Z","sessions":[{"id":"old"}],"count":1},"projects":[2]}}`
	text := strings.Replace(doc, "TASKS", sourcetest.Quoted(sourcetest.Zipped(sourcetest.Two)), 1)
	want := map[string]string{"notes/n bundle": `{"id":"n"}`, "sessions/s bundle": `{"id":"s"}`, "sessions/old bundle": `{"id":"old"}`, "tasks/a bundle": `{"id":"a","n":1}`,
		"tasks/b bundle": `{"id":"b"}`, "settings/settings bundle": `{"ui":{}}`, "other/migration-status bundle": `{"a":1}`, "other/capture-draft-text bundle": `"{draft"`, "other/projects bundle": "[2]"}
	for path, single := range map[string]bool{"backups/backup-1761600000000.json": false, "backup-1761600000000.json": true, "any.json": true} {
		dir := sourcetest.Tree(t, map[string]string{path: text})
		if single {
			dir += "/" + path
		}
		r := scanned(t, dir)
		if d := cmp.Diff(want, sourcetest.Given(r)); d != "" {
			t.Errorf("%s: %s", path, d)
		}
		if f := r.Files[path]; f.Status != record.StatusOK || r.Codes(path) != "secret-skipped unknown-collection" {
			t.Errorf("%s %v", f.Status, f.Warnings)
		}
		for _, c := range r.Candidates {
			at := int64(1761600000000)
			if c.ID == "old" {
				at = 1760522400000
			}
			if c.Time != at || !strings.HasPrefix(c.Pointer, "/collections/") {
				t.Errorf("%s: time %d, pointer %s", c.ID, c.Time, c.Pointer)
			}
		}
	}
	r := scanned(t, sourcetest.Tree(t, map[string]string{"backups/backup-1.json": text[:130]}))
	if f := r.Files["backups/backup-1.json"]; f.Status != record.StatusPartial || len(r.Candidates) == 0 {
		t.Errorf("cut: %s, %d records", f.Status, len(r.Candidates))
	}
}

func FuzzDocuments(f *testing.F) {
	for _, s := range []string{`{"taskerino-v3-state":"{\"notes\":[{\"id\":1}]}"}`, `{"version":1,"timestamp":1,"collections":{"notes":"[{}]"}}`,
		`{"name":"notes","data":"GZIP_V1:","timestamp":1}`, `{"sessions":[],"activeSessionId":1}`, `{"notes":[],"ui":{"a":"{\"apiKey\":\"x\"}"}}`,
		`{"formatName":"dexie","data":{"databaseName":"taskerino-db","data":[{"tableName":"collections","rows":[["notes",{"name":"notes","data":[{}],"timestamp":1}]]}]}}`,
		`{"origins":[{"localStorage":[{"name":"taskerino-v3-state","value":"{}"}],"indexedDB":{"stores":{"backups":{"1":{"data":{"notes":[{}]}}}}}}]}`,
		`[["taskerino-v3-state","{}"],["ned-memories","[]"]]`} {
		f.Add([]byte(s))
	}
	defer func(n int) { rawjson.MaxElement = n }(rawjson.MaxElement)
	rawjson.MaxElement = 1 << 20
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, decode := range []decoder{decodeBundle, decodeState, decodeRecord, decodeExport, decodeDatabase, decodeBrowser, decodeLoose} {
			r := &sourcetest.Records{}
			in := &input{src: &source.Source{}, file: &source.File{Path: "f"}, notes: &rawjson.Notes{}}
			in.text = textLayer(text, in.notes)
			in.scan = &scan{src: in.src, sink: r}
			out := newOutput(in.scan, in)
			if err := decode(t.Context(), in, out); err != nil {
				t.Fatalf("damage ends the scan: %v", err)
			}
			for _, c := range r.Candidates {
				if len(c.Raw) == 0 || rawjson.Valid(c.Raw) != nil {
					t.Fatalf("not a record: %q", c.Raw)
				}
			}
		}
	})
}

package merge

import (
	"fmt"
	"strings"
	"testing"

	"taskstore/importexport/legacy/decode"
	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/record"
)

func at(ms int64, data string) string {
	return fmt.Sprintf(`{"version":1,"timestamp":%d,"data":%s}`, ms, data)
}

func TestReassembly(t *testing.T) {
	t.Parallel()
	const head = `{"id":"s","name":"n","startTime":"2025-01-01T00:00:00.000Z"`
	for name, tc := range map[string]struct {
		files map[string]string
		want  string
		parts []string // the versions that hold a part
		codes string   // of the import
	}{
		"metadata": {files: map[string]string{"metadata.json": sourcetest.Meta}, want: head + `,"screenshots":[]}`},
		"all parts": {files: map[string]string{"metadata.json": sourcetest.Meta, "summary.json": `{"a":1}`, "audio-insights.json": `{"b":1}`,
			"canvas-spec.json": `{"c":1}`, "transcription.json": `"text"`, "context-items.json": `[{"id":"i"}]`,
			"audio-segments/chunk-000.json": `{"sessionId":"s","chunkIndex":0,"segments":[{"id":"g"}]}`},
			want: head + `,"summary":{"a":1},"audioInsights":{"b":1},"canvasSpec":{"c":1},"fullTranscription":"text","contextItems":[{"id":"i"}],"screenshots":[],"audioSegments":[{"id":"g"}]}`},
		"numeric order": {files: map[string]string{"metadata.json": sourcetest.Meta, "screenshots/chunk-1000.json": `{"screenshots":[{"id":"c"}]}`,
			"screenshots/chunk-999.json": `{"screenshots":[{"id":"b"}]}`, "screenshots/chunk-001.json": `{"screenshots":[{"id":"a"}]}`},
			want: head + `,"screenshots":[{"id":"a"},{"id":"b"},{"id":"c"}]}`},
		"same item twice": {files: map[string]string{"metadata.json": sourcetest.Meta, "screenshots/chunk-000.json": `{"screenshots":[{"id":"a","v":1},{"id":"b"}]}`,
			"screenshots/chunk-001.json": `{"screenshots":[{"id":"b"},{"id":"a","v":2}]}`},
			want:  head + `,"screenshots":[{"id":"a","v":2},{"id":"b"}]}`,
			parts: []string{`{"id":"s","screenshots":[{"id":"a","v":1}]}`}},
		"items in metadata": {files: map[string]string{"metadata.json": `{"id":"s","screenshots":[{"id":"x"},{"id":"a"}],"summary":{"old":1}}`,
			"screenshots/chunk-000.json": `{"screenshots":[{"id":"a"}]}`, "summary.json": `{"new":1}`},
			want:  `{"id":"s","screenshots":[{"id":"a"},{"id":"x"}],"summary":{"new":1}}`,
			parts: []string{`{"id":"s","summary":{"old":1}}`}},
		"no metadata":  {files: map[string]string{"summary.json": `{"a":1}`}, want: `{"id":"s","summary":{"a":1},"screenshots":[]}`},
		"falsy parts":  {files: map[string]string{"metadata.json": sourcetest.Meta, "summary.json": `null`, "transcription.json": `""`}, want: head + `,"screenshots":[]}`},
		"video chunks": {files: map[string]string{"metadata.json": `{"id":"s","video":{"id":"v"}}`, "video-chunks/chunk-000.json": `{"chunks":[{"id":"k"}]}`}, want: `{"id":"s","video":{"id":"v","chunks":[{"id":"k"}]},"screenshots":[]}`},
		"compressed twin": {files: map[string]string{"metadata.json": sourcetest.Meta,
			"screenshots/chunk-000.json":            at(1000, `{"screenshots":[{"id":"a"}]}`),
			"screenshots/chunk-000.compressed.json": at(1001, sourcetest.Quoted(sourcetest.Zipped(sourcetest.Quoted(sourcetest.Zipped(`{"screenshots":[{"id":"a"}]}`)))))},
			want: head + `,"screenshots":[{"id":"a"}]}`},
		"newer twin": {files: map[string]string{"metadata.json": sourcetest.Meta, "summary.json": at(1000, `{"a":1}`),
			"summary.compressed.json": at(2000, sourcetest.Quoted(sourcetest.Zipped(sourcetest.Quoted(sourcetest.Zipped(`{"a":2}`)))))},
			want: head + `,"summary":{"a":2},"screenshots":[]}`, parts: []string{`{"id":"s","summary":{"a":1}}`}},
		"plain text twin": {files: map[string]string{"metadata.json": sourcetest.Meta, "transcription.compressed.json": at(1, sourcetest.Quoted(sourcetest.Zipped(sourcetest.Quoted(sourcetest.Zipped("\"he said\" [1]")))))},
			want: head + `,"fullTranscription":"\"he said\" [1]","screenshots":[]}`},
		"plain text twin, raw": {files: map[string]string{"metadata.json": sourcetest.Meta, "transcription.compressed.json": sourcetest.Quoted(sourcetest.Zipped("said"))},
			want: head + `,"fullTranscription":"said","screenshots":[]}`},
		"backup that differs": {files: map[string]string{"metadata.json": sourcetest.Meta, "summary.json": `{"a":2}`, "summary.1700000000000.backup.json": `{"a":1}`,
			"summary.1700000000001.backup.json": `{"a":2}`, "metadata.1700000000000.backup.json": strings.Replace(sourcetest.Meta, "01-02T", "01-01T", 1)},
			want: head + `,"summary":{"a":2},"screenshots":[]}`, parts: []string{`{"id":"s","summary":{"a":1}}`}},
		"backup of what is missing": {files: map[string]string{"metadata.json": sourcetest.Meta, "summary.1700000000000.backup.json": `{"a":1}`, "summary.1700000000001.backup.json": `{"a":2}`},
			want: head + `,"summary":{"a":2},"screenshots":[]}`, parts: []string{`{"id":"s","summary":{"a":1}}`}, codes: "restored-from-backup"},
		"damaged chunk": {files: map[string]string{"metadata.json": sourcetest.Meta, "screenshots/chunk-000.json": `{"sessionId":"s","screenshots":[{"id":"a"},{"id":"b"},{"id":"c`},
			want: head + `,"screenshots":[{"id":"a"},{"id":"b"}]}`, codes: "truncated"},
		"damaged chunk with backup": {files: map[string]string{"metadata.json": sourcetest.Meta, "screenshots/chunk-000.json": `{"screenshots":[{"id":"a","v":2},{"id":"b"},{"id":"c`,
			"screenshots/chunk-000.backup.json": `{"screenshots":[{"id":"z"},{"id":"a","v":1}]}`},
			want:  head + `,"screenshots":[{"id":"z"},{"id":"a","v":2},{"id":"b"}]}`,
			parts: []string{`{"id":"s","screenshots":[{"id":"a","v":1}]}`}, codes: "restored-from-backup truncated"},
		"damaged transcription": {files: map[string]string{"metadata.json": sourcetest.Meta, "transcription.json": `"abcdefghijk\n\u12`},
			want: head + `,"fullTranscription":"abcdefghijk\n","screenshots":[]}`, codes: "truncated"},
		"an object for a text": {files: map[string]string{"metadata.json": sourcetest.Meta, "transcription.json": at(1000, `{"text":"said"}`), "context-items.json": `{"id":"i"}`},
			want: head + `,"fullTranscription":{"text":"said"},"contextItems":{"id":"i"},"screenshots":[]}`},
		"a text for a chunk": {files: map[string]string{"metadata.json": sourcetest.Meta, "screenshots/chunk-000.json": `"[Circular]"`}, want: head + `,"screenshots":[]}`, codes: "stray-element"},
		"more in a chunk": {files: map[string]string{"metadata.json": sourcetest.Meta, "screenshots/chunk-000.json": `{"screenshots":[{"id":"a"}],"extra":1}`},
			want: head + `,"screenshots":[{"id":"a"}]}`, codes: "unknown-field"},
		"a map of items": {files: map[string]string{"metadata.json": sourcetest.Meta, "screenshots/chunk-000.json": `{"screenshots":{"0":{"id":"a"},"1":{"id":"b"}}}`},
			want: head + `,"screenshots":[{"id":"a"},{"id":"b"}]}`},
		"a text for the items": {files: map[string]string{"metadata.json": sourcetest.Meta, "screenshots/chunk-000.json": `{"screenshots":"[{}]"}`},
			want: head + `,"screenshots":[]}`, codes: "unknown-field"},
		"items twice": {files: map[string]string{"metadata.json": sourcetest.Meta, "screenshots/chunk-000.json": `{"screenshots":[{"id":"a"}],"screenshots":[{"id":"b"}]}`},
			want: head + `,"screenshots":[{"id":"b"}]}`, codes: "unknown-field"},
		"more in a backup of a chunk": {files: map[string]string{"metadata.json": sourcetest.Meta, "screenshots/chunk-000.json": `{"screenshots":[{"id":"a"}]}`,
			"screenshots/chunk-000.1700000000000.backup.json": `{"screenshots":[{"id":"a"}],"extra":1}`},
			want: head + `,"screenshots":[{"id":"a"}]}`, parts: []string{`{"id":"s","screenshots":[{"id":"a"}]}`}, codes: "unknown-field"},
		"no list of items in metadata": {files: map[string]string{"metadata.json": `{"id":"s","screenshots":{"a":1}}`, "screenshots/chunk-000.json": `{"screenshots":[{"id":"a"}]}`},
			want: `{"id":"s","screenshots":[{"id":"a"}]}`, parts: []string{`{"id":"s","screenshots":{"a":1}}`}},
		"members twice in metadata": {files: map[string]string{"metadata.json": `{"id":"s","summary":{"a":1},"summary":{"a":2},"screenshots":[{"id":"a"}],"screenshots":[{"id":"b"}]}`, "summary.json": `{"a":3}`,
			"screenshots/chunk-000.json": `{"screenshots":[{"id":"b","v":2}]}`},
			want:  `{"id":"s","summary":{"a":3},"screenshots":[{"id":"b","v":2}]}`,
			parts: []string{`{"id":"s","summary":{"a":1},"summary":{"a":2}}`, `{"id":"s","screenshots":[{"id":"a"}],"screenshots":[{"id":"b"}]}`}},
		"video chunk twice": {files: map[string]string{"metadata.json": `{"id":"s","video":{"id":"v","chunks":[{"id":"k","v":0},{"id":"m"}]}}`,
			"video-chunks/chunk-000.json": `{"chunks":[{"id":"k","v":1}]}`, "video-chunks/chunk-001.json": `{"chunks":[{"id":"k","v":2}]}`},
			want:  `{"id":"s","video":{"id":"v","chunks":[{"id":"k","v":2},{"id":"m"}]},"screenshots":[]}`,
			parts: []string{`{"id":"s","video":{"chunks":[{"id":"k","v":1},{"id":"k","v":0}]}}`}},
		"no video": {files: map[string]string{"metadata.json": `{"id":"s","video":"lost"}`, "video-chunks/chunk-000.json": `{"chunks":[{"id":"k"}]}`},
			want: `{"id":"s","video":{"chunks":[{"id":"k"}]},"screenshots":[]}`, parts: []string{`{"id":"s","video":"lost"}`}},
		"no list of video chunks": {files: map[string]string{"metadata.json": `{"id":"s","video":{"chunks":{"a":1}}}`, "video-chunks/chunk-000.json": `{"chunks":[{"id":"k"}]}`},
			want: `{"id":"s","video":{"chunks":[{"id":"k"}]},"screenshots":[]}`, parts: []string{`{"id":"s","video":{"chunks":{"a":1}}}`}},
		"odd id": {files: map[string]string{"metadata.json": `{"id":{"odd":1},"name":"x"}`}, want: `{"id":"s","name":"x","screenshots":[]}`, codes: "type-coerced"},
		"staged": {files: map[string]string{"metadata.json": sourcetest.Meta, "db/tx-temp-1761700000000/sessions/s/summary.json": `{"a":3}`, "summary.json": `{"a":2}`},
			want: head + `,"summary":{"a":2},"screenshots":[]}`, parts: []string{`{"id":"s","summary":{"a":3}}`}},
		"other id": {files: map[string]string{"metadata.json": `{"id":"s","name":"x"}`, "db/sessions/other/metadata.json": `{"id":"t"}`},
			want: `{"id":"s","name":"x","screenshots":[]}`, codes: "id-differs"},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"db/session-index.json": `["s"]`}
			for k, v := range tc.files {
				files[k] = v
			}
			dir := sourcetest.Parted(t, files)
			checkScan(t, dir)
			out, r := imported(t, dir, nil)
			m := out["sessions/s"]
			if string(m.Raw) != tc.want || m.Trash != "" {
				t.Errorf("trash %q\n%s\nwant\n%s", m.Trash, m.Raw, tc.want)
			}
			var parts []string
			for _, v := range m.Versions {
				raw, err := v.Load(t.Context())
				sourcetest.Must(t, err)
				parts = append(parts, string(raw))
			}
			if strings.Join(parts, "\n") != strings.Join(tc.parts, "\n") {
				t.Errorf("versions %s\nwant %s", parts, tc.parts)
			}
			for code := range strings.FieldsSeq(tc.codes) {
				if r.Warnings[code] == 0 {
					t.Errorf("no %s: %v", code, r.Warnings)
				}
			}
			if tc.codes == "" && (r.Findings() || r.Warnings["restored-from-backup"]+r.Warnings["double-wrapped"] > 0) {
				t.Errorf("findings: %v", r.Warnings)
			}
		})
	}
}

// TestSessionOfCopies: a directory with only backups or leftovers is of a session
// that was deleted, or never saved.
func TestSessionOfCopies(t *testing.T) {
	t.Parallel()
	out, _ := imported(t, sourcetest.Parted(t, map[string]string{
		"db/sessions/live/metadata.json":                      `{"id":"live"}`,
		"metadata.1700000000000.backup.json":                  sourcetest.Meta,
		"db/tx-temp-1761700000000/sessions/tx/metadata.json":  `{"id":"tx"}`,
		"db/tx-temp-1761700000000/sessions/cut/metadata.json": `{"id":"c`,
		"db/rollback-points/rollback-17/sessions.json":        `[{"id":"rolled"}]`,
		"db/rollback-points/rollback-17/metadata.json":        `{"id":"rollback-17","createdAt":17}`,
	}), nil)
	if out["sessions/live"].Trash != "" || out["sessions/s"].Trash != TrashRecovered || out["sessions/tx"].Trash != TrashRecovered {
		t.Errorf("%q %q %q", out["sessions/live"].Trash, out["sessions/s"].Trash, out["sessions/tx"].Trash)
	}
	if m := out["sessions/rolled"]; m.Trash != TrashRecovered || m.Winner.Rank != record.RankMigrationCopy {
		t.Errorf("%q %v", m.Trash, m.Winner.Rank)
	}
	if _, ok := out["sessions/cut"]; ok {
		t.Error("a session without a sound part")
	}
}

// TestChunkedBesideOlder: what chunking lost comes back from an older form, and a
// version that holds one part takes nothing away and gives nothing.
func TestChunkedBesideOlder(t *testing.T) {
	t.Parallel()
	out, _ := imported(t, sourcetest.Parted(t, map[string]string{
		"db/session-index.json":              `["s"]`,
		"db/sessions.json":                   at(1, `[{"id":"s","name":"old","audioKeyMoments":[{"id":"k"}],"video":{"chapters":[1]},"screenshots":[{"id":"z"}]}]`),
		"metadata.json":                      `{"id":"s","name":"new","updatedAt":"2025-01-02T00:00:00.000Z","video":{"id":"v"}}`,
		"metadata.1700000000000.backup.json": `{"id":"s","name":"new","stale":true,"updatedAt":"2025-01-01T00:00:00.000Z"}`,
	}), nil)
	want := `{"id":"s","name":"new","video":{"id":"v","chapters":[1]},"screenshots":[{"id":"z"}],"audioKeyMoments":[{"id":"k"}]}`
	if m := out["sessions/s"]; string(m.Raw) != want || len(m.Versions) != 2 {
		t.Errorf("%s\nwant\n%s\n%d versions", m.Raw, want, len(m.Versions))
	}
}

func FuzzSessionPart(f *testing.F) {
	f.Add("metadata.json", sourcetest.Meta)
	f.Add("screenshots/chunk-000.json", `{"screenshots":[{"id":"a"},null,3,{"id":"b`)
	f.Add("transcription.compressed.json", sourcetest.Quoted(sourcetest.Zipped("said")))
	f.Add("context-items.json", at(1, `"[{\"id\":1}]"`))
	f.Fuzz(func(t *testing.T, name, text string) {
		if _, _, ok := decode.PartOf("sessions/s/" + name); !ok || len(name) > 60 {
			return
		}
		checkScan(t, sourcetest.Tree(t, map[string]string{"db/notes.json": "[]", "db/sessions/s/metadata.backup.json": sourcetest.Meta, "db/sessions/s/" + name: text}))
	})
}

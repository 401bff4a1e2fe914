package decode

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/source"

	"github.com/google/go-cmp/cmp"
)

const savedAt = 1761600000000

// databaseKeys are keys of all kinds with their values.
func databaseKeys() map[string]string {
	content := []byte("content of an attachment")
	sum := sha256.Sum256(content)
	hash := hex.EncodeToString(sum[:])
	ca := "attachments-ca/" + hash[:2] + "/" + hash
	return map[string]string{
		"sessions/s/metadata":              `{"id":"s","name":"n","startTime":"2025-01-01T00:00:00.000Z"}`,
		"sessions/s/screenshots/chunk-000": `{"sessionId":"s","chunkIndex":0,"screenshots":[{"id":"a"},{"id":"b"}]}`,
		"sessions/s/screenshots/chunk-001": `{"sessionId":"s","chunkIndex":1,"screenshots":[{"id":"c"}]}`,
		"sessions/s/transcription":         `"said"`,
		"sessions/s/summary.compressed":    sourcetest.Quoted(sourcetest.Zipped(sourcetest.Quoted(sourcetest.Zipped(`{"narrative":"x"}`)))),
		"sessions/s/enrichment-checkpoint": `{"sessionId":"s","totalCost":1}`,
		"sessions/alone/audio-insights":    `{"narrative":"y"}`,
		"session-index":                    `["s"]`,
		"sessions":                         `[{"id":"old"}]`,
		ca + "/data":                       sourcetest.Quoted("data:text/plain;base64," + base64.StdEncoding.EncodeToString(content)),
		ca + "/metadata":                   `{"hash":"` + hash + `","mimeType":"image/png","size":24,"type":"image","references":[{"sessionId":"s","attachmentId":"a1","addedAt":1}],"refCount":1}`,
		"attachments-ca/ff/" + strings.Repeat("f", 64) + "/metadata": `{"hash":"` + strings.Repeat("f", 64) + `","references":[{"attachmentId":"gone"}]}`,
		"ca-attachment-index":                                           `["` + hash + `"]`,
		"rollback-points/rollback-17/sessions":                          `[{"id":"rolled"}]`,
		"rollback-points/rollback-17/metadata":                          `{"id":"rollback-17","createdAt":17}`,
		"sessions-backup-enrichment-migration-2025-10-15T10-00-00-000Z": `{"timestamp":"2025-10-15T10-00-00-000Z","sessions":[{"id":"copied"}],"count":1}`,
		"tasks/task-t":            `{"id":"t","title":"x"}`,
		"companies/companie-c":    `{"id":"c","name":"x"}`,
		"tasks/index":             `[{"id":"t"}]`,
		"notes":                   `[{"id":"n","attachments":[{"id":"a1","name":"mine.png"}]}]`,
		"attachments":             `[{"id":"d","name":"x","base64":"AAAA"}]`,
		"enrichment_checkpoint_s": `{"id":"e","partialResults":{"audio":{"partialTranscription":"said"}}}`,
		"capture-draft-text":      `"a draft"`,
		"settings":                `{"ui":{}}`,
		"indexes/notes":           `{"index":{}}`,
		"projects":                `[{"id":"p"}]`,
		"openai-api-key":          `"sk-1"`,
	}
}

// asFiles is a data directory with these keys.
func asFiles(t *testing.T, keys map[string]string) string {
	files := map[string]string{}
	for key, value := range keys {
		if !strings.HasPrefix(key, "tasks/") && !strings.HasPrefix(key, "companies/") {
			value = fmt.Sprintf(`{"version":1,"timestamp":%d,"data":%s}`, savedAt, value)
		}
		files["db/"+key+".json"] = value
	}
	return sourcetest.Tree(t, files)
}

// asRows is a list of rows of the IndexedDB; pack says how the values are written.
func asRows(keys map[string]string, pack func(string) string) string {
	return "[" + strings.Join(rowsOf(keys, pack), ",\n") + "]"
}

func rowsOf(keys map[string]string, pack func(string) string) (list []string) {
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		list = append(list, fmt.Sprintf(`{"name":%q,"data":%s,"timestamp":%d}`, key, pack(keys[key]), savedAt))
	}
	return list
}

func plainRow(value string) string { return value }
func asText(value string) string   { return sourcetest.Quoted(value) }
func squeezed(value string) string { return sourcetest.Quoted(sourcetest.Zipped(value)) }

// said lists what a source gives, as "collection/id" → text, with the attachments'
// contents behind their texts and the files' names left out.
func said(t *testing.T, path string) (map[string]string, *sourcetest.Records) {
	t.Helper()
	src, err := source.Open(t.Context(), path, source.Options{})
	sourcetest.Must(t, err)
	defer src.Close()
	r := &sourcetest.Records{}
	sourcetest.Must(t, Scan(t.Context(), src, r))
	got := map[string]string{}
	for _, c := range r.Candidates {
		text := string(c.Raw)
		if c.Content != nil {
			in, err := src.OpenContent(t.Context(), *c.Content)
			sourcetest.Must(t, err)
			content, err := io.ReadAll(in)
			sourcetest.Must(t, err)
			sourcetest.Must(t, in.Close())
			text += " " + string(content)
		}
		if old := got[c.Collection+"/"+c.ID]; old != "" {
			text = old + "\n" + text
		}
		got[c.Collection+"/"+c.ID] = text
	}
	return got, r
}

// TestDumpIsItsFiles: a row of a dump is what the file of its key would be.
func TestDumpIsItsFiles(t *testing.T) {
	t.Parallel()
	keys := databaseKeys()
	want, _ := said(t, asFiles(t, keys))
	rows := asRows(keys, plainRow)
	object := func(each string) string {
		var list []string
		for i, key := range slices.Sorted(maps.Keys(keys)) {
			list = append(list, fmt.Sprintf(each, key, rowsOf(keys, plainRow)[i]))
		}
		return strings.Join(list, ",")
	}
	utf := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(rows)) {
		utf = append(utf, byte(u), byte(u>>8))
	}
	for name, files := range map[string]map[string]string{
		"values":       {"dump.json": rows},
		"texts":        {"dump.json": asRows(keys, asText)},
		"compressed":   {"dump.json": asRows(keys, squeezed)},
		"both stores":  {"dump.json": `{"backups":[],"collections":` + rows + `}`},
		"by the name":  {"dump.json": `{"taskerino-db":{"collections":` + rows + `}}`},
		"rows by name": {"dump.json": `{"collections":{` + object("%q:%s") + `},"backups":[]}`},
		"keys":         {"dump.json": `[` + object(`{"key":%q,"value":%s}`) + `]`},
		"pairs":        {"dump.json": `[` + object(`[%q,%s]`) + `]`},
		"Dexie": {"dump.json": `{"formatName":"dexie","formatVersion":1,"data":{"databaseName":"taskerino-db","databaseVersion":1,"tables":[{"name":"collections","schema":"name","rowCount":3}],` +
			`"data":[{"tableName":"collections","inbound":true,"rows":` + rows + `}]}}`},
		"of a browser":      {"dump.json": `{"localStorage":{},"indexedDB":{"taskerino-db":{"collections":` + rows + `}}}`},
		"in a text":         {"dump.json": sourcetest.Quoted(`{"taskerino-db":{"collections":` + rows + `}}`)},
		"UTF-16":            {"dump.json": string(utf)},
		"with a mark":       {"dump.json": "\ufeff" + rows},
		"bytes of no UTF-8": {"dump.json": `{"collections":[{"name":"x` + "\xff" + `","data":1,"timestamp":1},` + rows[1:] + `}`},
		"a zip":             {"dump.zip": string(sourcetest.ZipOf(t, nil, "dump.json", rows, "export-metadata.json", "{}"))},
		"a file each":       eachRow(keys),
	} {
		t.Run(name, func(t *testing.T) {
			dir := sourcetest.Tree(t, files)
			if len(files) == 1 {
				for file := range files {
					dir += "/" + file
				}
			}
			got, r := said(t, dir)
			delete(got, "other/x\ufffd")
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
			for _, c := range r.Candidates {
				if c.Rank.Live() {
					t.Errorf("%s/%s ranks as %s", c.Collection, c.ID, c.Rank)
				}
			}
		})
	}
	t.Run("backups", func(t *testing.T) {
		var list []string
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			list = append(list, fmt.Sprintf("%q:%s", key, keys[key]))
		}
		got, r := said(t, sourcetest.Tree(t, map[string]string{"dump.json": `{"collections":[],"backups":[{"id":"b","timestamp":5,"collections":{` + strings.Join(list, ",") + `}}]}`})+"/dump.json")
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		for _, c := range r.Candidates {
			if c.Rank != record.RankBundle {
				t.Errorf("%s/%s ranks as %s", c.Collection, c.ID, c.Rank)
			}
		}
	})
}

// eachRow is a directory with a file for each row.
func eachRow(keys map[string]string) map[string]string {
	files := map[string]string{}
	for i, row := range rowsOf(keys, asText) {
		files[fmt.Sprintf("row-%d.json", i)] = row
	}
	return files
}

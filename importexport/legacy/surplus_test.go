package legacy_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"strings"
	"testing"

	"taskstore/internal/testdb"
)

// TestImportSurplus: what stands where the application writes nothing, and no record has room
// for it, stays in quarantine with its file.
func TestImportSurplus(t *testing.T) {
	t.Parallel()
	const content, wrapped = "some bytes", `{"version":1,"timestamp":1761600000000,"compressed":false,"data":`
	hash, twin := sha(content), gzipped(t, `{"sessionId":"s","screenshots":[]}`)
	for what, files := range map[string][2]string{
		"a member of a wrapper":               {"db/notes.json", wrapped + `[{"id":"n"}],"by":"hand"}`},
		"a second value in a wrapper":         {"db/notes.json", wrapped + `[{"id":"n"}],"data":[{"id":"m"}]}`},
		"records beside null in a wrapper":    {"db/notes.json", wrapped + `null,"rest":[{"id":"n"}]}`},
		"a member of the wrapper of a part":   {"db/sessions/s/screenshots/chunk-000.compressed.json", wrapped + `"GZIP_V1:` + twin + `","by":"hand"}`},
		"a member of a chunk":                 {"db/sessions/s/screenshots/chunk-000.json", `{"screenshots":[{"id":"x"}],"by":"hand"}`},
		"a member of a backup of a chunk":     {"db/sessions/s/screenshots/chunk-000.1761600000000.backup.json", `{"screenshots":[{"id":"x"}],"by":"hand"}`},
		"a text for the items of a chunk":     {"db/sessions/s/screenshots/chunk-000.json", `{"screenshots":"[{}]"}`},
		"a chunk of another session":          {"db/sessions/s/screenshots/chunk-000.json", `{"sessionId":"other","screenshots":[{"id":"x"}]}`},
		"an odd id of a session":              {"db/sessions/s/metadata.json", `{"id":{"by":"hand"},"name":"s"}`},
		"a member of a log entry":             {"db/wal.log", `{"id":"1","timestamp":1761600000000,"operation":"write","collection":"notes","data":[{"id":"n"}],"by":"hand"}` + "\n"},
		"a second value in a log entry":       {"db/wal.log", `{"id":"1","timestamp":1761600000000,"operation":"write","collection":"notes","data":[{"id":"m"}],"data":[{"id":"n"}]}` + "\n"},
		"what a log entry deletes":            {"db/wal.log", `{"id":"1","timestamp":1761600000000,"operation":"delete","collection":"notes","data":[{"id":"m"}]}` + "\n"},
		"an object for the name of a key":     {"db/wal.log", `{"id":"1","timestamp":1761600000000,"operation":"write","collection":"notes","transactionId":{"by":"hand"},"data":[{"id":"n"}]}` + "\n"},
		"a member of a row":                   {"dump.json", `{"collections":[{"name":"notes","data":[{"id":"n"}],"timestamp":1761600000000,"by":"hand"}]}`},
		"a text for the references":           {"db/attachments-ca/" + hash[:2] + "/" + hash + "/metadata.json", `{"hash":"` + hash + `","references":"[{}]"}`},
		"a member of a content's description": {"attachments/" + hash[:2] + "/" + hash + ".meta.json", `{"hash":"` + hash + `","mimeType":"text/plain","by":"hand"}`},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			put(t, dir, "db/tasks.json", `[{"id":"t"}]`)
			if strings.HasPrefix(files[0], "attachments") {
				put(t, dir, "db/attachments.json", `[{"id":"a","hash":"`+hash+`"}]`)
				put(t, dir, "attachments/"+hash[:2]+"/"+hash+".dat", base64.StdEncoding.EncodeToString([]byte(content)))
			}
			put(t, dir, files[0], files[1])
			s := testdb.Open(t)
			if r := importing(t, s, dir); !r.Findings() {
				t.Errorf("no finding: %v of %+v", r.Warnings, r.Files)
			}
			wantQuarantined(t, s, files[1])
		})
	}
}

// gzipped is the base64 of a text that was compressed.
func gzipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// TestImportTwins: records at one place, behind members of one name, are told apart.
func TestImportTwins(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "backups/backup-1761600000000.json", `{"version":1,"timestamp":1761600000000,"collections":{"tasks":[{"id":"a"}],"tasks":[{"id":"b"}]}}`)
	put(t, dir, "taskerino-export-1761600000000.json", `{"version":"1.0.0","exportedAt":"2025-10-29T00:00:00.000Z","topics":[{"id":"a"}],"topics":[{"id":"a","name":"n"},{"id":"b"}]}`)
	put(t, dir, "db/notes.json", `{"a":{"content":"1"},"a":{"content":"2"},"b":{"id":"b"}}`)
	s := testdb.Open(t)
	r := importing(t, s, dir)
	wantLive(t, s, "tasks", map[string][]byte{"a": []byte(`{"id":"a"}`), "b": []byte(`{"id":"b"}`)})
	if c := r.Collections["topics"]; c.Found != 3 || c.Live != 2 || c.Versions+c.Duplicates != 1 {
		t.Errorf("topics: %+v", c)
	}
	if c := r.Collections["notes"]; c.Found != 3 || c.Live != 2 || c.Versions != 1 {
		t.Errorf("notes: %+v", c)
	}
	wantDone(t, s, dir)
}

// TestImportSharedContent: of an attachment that several sessions refer to, each reference
// is in its record.
func TestImportSharedContent(t *testing.T) {
	t.Parallel()
	const content = "some bytes"
	hash := sha(content)
	dir, at := t.TempDir(), "db/attachments-ca/"+hash[:2]+"/"+hash+"/"
	put(t, dir, at+"data.json", `"`+base64.StdEncoding.EncodeToString([]byte(content))+`"`)
	put(t, dir, at+"metadata.json", `{"hash":"`+hash+`","references":{"0":{"sessionId":"one","attachmentId":"a"},"1":{"sessionId":"two","attachmentId":"a"},"2":{"attachmentId":"b"}}}`)
	s := testdb.Open(t)
	importing(t, s, dir)
	raw, _, err := of(t, s)["attachments"].get(t.Context(), "a")
	if err != nil || !strings.Contains(string(raw), `[{"sessionId":"one","attachmentId":"a"},{"sessionId":"two","attachmentId":"a"}]`) {
		t.Errorf("%s (%v)", raw, err)
	}
	if raw, _, err = of(t, s)["attachments"].get(t.Context(), "b"); err != nil || strings.Contains(string(raw), "references") {
		t.Errorf("%s (%v)", raw, err)
	}
	wantDone(t, s, dir)
}

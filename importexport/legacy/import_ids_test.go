package legacy_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// oddIDs are ids, as JSON, that are different records although the texts that Go or
// SQLite would make of them are not, and a plain one.
var oddIDs = []string{`"n\ud83d"`, `"n\ud83e"`, `"n\ufffd"`, `"n\\ud83d"`, `"a\u0000b"`, `"a\u0000c"`, `"a"`, "\"n\xff\"", "\"n\xfe\"", `"plain"`}

// said is what an export says for one of the ids.
func said(raw string) string {
	return strings.NewReplacer("\xff", `\udcff`, "\xfe", `\udcfe`).Replace(raw)
}

// oddSources write the records of a collection in each form that the app had.
var oddSources = map[string]func(t *testing.T, dir, collection string, raws []string){
	"a collection": func(t *testing.T, dir, collection string, raws []string) {
		put(t, dir, "db/"+collection+".json", "["+strings.Join(raws, ",")+"]")
	},
	"a wrapped text": func(t *testing.T, dir, collection string, raws []string) {
		put(t, dir, "db/"+collection+".json", `{"version":1,"timestamp":1761700000000,"compressed":false,"data":`+inString("["+strings.Join(raws, ",")+"]")+"}")
	},
	"a compressed text": func(t *testing.T, dir, collection string, raws []string) {
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		w.Write([]byte("[" + strings.Join(raws, ",") + "]"))
		w.Close()
		put(t, dir, "db/"+collection+".json", `{"version":1,"timestamp":1761700000000,"compressed":true,"data":"GZIP_V1:`+base64.StdEncoding.EncodeToString(packed.Bytes())+`"}`)
	},
	"an object of ids": func(t *testing.T, dir, collection string, raws []string) {
		var list []string
		for i, raw := range raws {
			list = append(list, oddIDs[i]+":"+strings.Replace(raw, `"id":`+oddIDs[i]+",", "", 1))
		}
		put(t, dir, "db/"+collection+".json", "{"+strings.Join(list, ",")+"}")
	},
	"files of their own": func(t *testing.T, dir, collection string, raws []string) {
		for i, raw := range raws {
			put(t, dir, fmt.Sprintf("db/%s/%s-x%d.json", collection, strings.TrimSuffix(collection, "s"), i), raw)
		}
	},
	"the log": func(t *testing.T, dir, collection string, raws []string) {
		log := ""
		for i, raw := range raws {
			log += fmt.Sprintf(`{"id":"%d","timestamp":%d,"operation":"write","collection":"%s/%s-`, i, 1761700000000+i, collection, strings.TrimSuffix(collection, "s")) +
				strings.TrimPrefix(oddIDs[i], `"`) + `,"data":` + raw + "}\n"
		}
		put(t, dir, "db/wal.log", log)
	},
	"the log of the collection": func(t *testing.T, dir, collection string, raws []string) {
		put(t, dir, "db/wal.log", `{"id":"1","timestamp":1761700000001,"operation":"write","collection":"`+collection+`","data":[`+strings.Join(raws, ",")+"]}\n")
	},
	"an export": func(t *testing.T, dir, collection string, raws []string) {
		put(t, dir, "taskerino-export-1761700000000.json", `{"`+collection+`":[`+strings.Join(raws, ",")+`],"version":"1.0.0","exportedAt":"2025-10-29T00:00:00.000Z","appVersion":"0.5.1"}`)
	},
	"a dump": func(t *testing.T, dir, collection string, raws []string) {
		put(t, dir, "state.json", `{"taskerino-v3-state":`+inString(`{"`+collection+`":[`+strings.Join(raws, ",")+`],"ui":{}}`)+"}")
	},
}

// inString writes a text as a JSON string. Half of a pair is in it as it is in the
// strings of a runtime, and its bytes are as they were.
func inString(text string) string {
	text = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text)
	return `"` + strings.NewReplacer(`\\\\ud83d`, `\\\\ud83d`, `\\ud83d`, `\ud83d`).Replace(text) + `"`
}

// TestImportOddIDs: ids that no text can hold are as many records as there are ids,
// and each is exported under its own; the others are not disturbed.
func TestImportOddIDs(t *testing.T) {
	t.Parallel()
	for form, write := range oddSources {
		for _, collection := range []string{"notes", "sessions", "attachments"} {
			if collection == "attachments" && (form == "the log" || form == "files of their own") {
				continue // they are not kept one by one there
			}
			t.Run(form+" of "+collection, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				var raws []string
				want := map[string]string{}
				for i, id := range oddIDs {
					raws = append(raws, fmt.Sprintf(`{"id":%s,"name":"record %d","tags":[%s],"x":"\ud83d"}`, id, i, id))
					want[said(id)] = fmt.Sprintf(`{"id":%s,"name":"record %d","tags":[%s],"x":"\ud83d"}`, said(id), i, said(id))
				}
				write(t, dir, collection, raws)
				s := testdb.Open(t)
				importing(t, s, dir)
				wantRecords(t, s, collection, want, form == "an object of ids")
				wantDone(t, s, dir)
			})
		}
	}
}

// wantRecords wants exactly these records, live or in the trash, by the ids that they
// are exported with.
func wantRecords(t *testing.T, s *repo.Store, collection string, want map[string]string, ofMap bool) {
	t.Helper()
	c := of(t, s)[collection]
	found := map[string]int{}
	for _, trash := range []bool{false, true} {
		ids, err := c.ids(t.Context(), trash)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			raw, _, err := c.get(t.Context(), id)
			if err != nil || !schema.Storable(id) {
				t.Errorf("%q: %v", id, err)
				continue
			}
			var v struct{ ID json.RawMessage }
			json.Unmarshal(raw, &v)
			for key, text := range want {
				if sameJSON([]byte(key), v.ID) || ofMap && strings.Contains(string(raw), strings.Split(text, ",")[1]) {
					found[key]++
					if !ofMap {
						testdb.WantJSON(t, id, raw, []byte(text))
					}
				}
			}
		}
		if len(ids) > len(want) {
			t.Errorf("%d records, want %d: %q", len(ids), len(want), ids)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if found[key] != 1 {
			t.Errorf("%s is there %d times", key, found[key])
		}
	}
}

// TestImportOddReferences: what refers to such an id finds its record, and what is
// filed under one does.
func TestImportOddReferences(t *testing.T) {
	t.Parallel()
	for _, id := range oddIDs {
		dir := t.TempDir()
		put(t, dir, "db/notes.json", `[{"id":`+id+`,"content":"n","timestamp":"2025-10-29T00:00:00.000Z"}]`)
		put(t, dir, "db/attachments.json", `[{"id":`+id+`,"name":"a","type":"link"}]`)
		put(t, dir, "db/tasks.json", `[{"id":"t","title":"t","noteId":`+id+`,"relationships":[{"id":"r","type":"task-session","sourceType":"task","sourceId":"t","targetType":"session","targetId":`+id+`},
			{"id":"f","type":"TASK_FILE","sourceType":"TASK","sourceId":"t","targetType":"FILE","targetId":`+id+`}]}]`)
		put(t, dir, "db/sessions.json", `[{"id":`+id+`,"name":"s","extractedNoteIds":[`+id+`],"screenshots":[{"id":"x","sessionId":`+id+`,"attachmentId":`+id+`}]}]`)
		s := testdb.Open(t)
		r := importing(t, s, dir)
		if r.Warnings["dangling-ref"] != 0 || r.Warnings["missing-blob"] != 0 {
			t.Errorf("%q: %v", id, r.Warnings)
		}
		if n := testdb.Shell(t, s, "SELECT count(*) FROM session_screenshots AS v JOIN attachments AS a ON a.id = v.attachment_id JOIN sessions AS s ON s.id = v.session_id"); strings.TrimSpace(n) != "1" {
			t.Errorf("%q: %s screenshots have their attachment", id, n)
		}
		wantDone(t, s, dir)
	}
}

// TestImportOddChunks: sessions in chunks whose ids are no names of directories.
func TestImportOddChunks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	want := map[string]string{}
	for i, id := range oddIDs {
		at := fmt.Sprintf("db/sessions/s%d/", i)
		raw := fmt.Sprintf(`{"id":%s,"name":"session %d"`, id, i)
		put(t, dir, at+"metadata.json", raw+`,"chunks":{},"storageVersion":1}`)
		put(t, dir, at+"screenshots/chunk-000.json", `{"sessionId":`+id+`,"chunkIndex":0,"screenshots":[{"id":`+id+`,"sessionId":`+id+`}]}`)
		put(t, dir, at+"screenshots/chunk-001.json", `{"sessionId":`+id+`,"chunkIndex":1,"screenshots":[{"id":"b\ud83d"},{"id":"b\ud83e"}]}`)
		want[said(id)] = said(raw + `,"screenshots":[{"id":` + id + `,"sessionId":` + id + `},{"id":"b\ud83d"},{"id":"b\ud83e"}]}`)
	}
	put(t, dir, "db/session-index.json", "["+strings.Join(oddIDs, ",")+"]")
	s := testdb.Open(t)
	r := importing(t, s, dir)
	if r.Warnings["missing-entity"] != 0 || r.Warnings["unindexed"] != 0 {
		t.Errorf("the index does not name them: %v", r.Warnings)
	}
	wantRecords(t, s, "sessions", want, false)
	wantDone(t, s, dir)
}

// TestImportOddLogKeys: a log names sessions in chunks by such ids, and deletes a note.
func TestImportOddLogKeys(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	log, want := "", map[string]string{}
	for i, id := range oddIDs {
		raw := fmt.Sprintf(`{"id":%s,"name":"session %d"}`, id, i)
		log += fmt.Sprintf(`{"id":"%d","timestamp":%d,"operation":"write","collection":"sessions/%s/metadata","data":%s}`+"\n", i, 1761700000000+i, strings.Trim(id, `"`), raw)
		want[said(id)] = strings.TrimSuffix(said(raw), "}") + `,"screenshots":[]}`
	}
	put(t, dir, "db/notes.json", `[{"id":"n\ud83d","content":"gone"},{"id":"n\ud83e","content":"here"}]`)
	log += `{"id":"d","timestamp":1961700000000,"operation":"delete","collection":"notes/note-n\ud83d"}` + "\n"
	put(t, dir, "db/wal.log", log)
	s := testdb.Open(t)
	importing(t, s, dir)
	wantRecords(t, s, "sessions", want, false)
	if got := testdb.Shell(t, s, "SELECT group_concat(content, ' ') FROM notes WHERE trashed_at IS NULL"); strings.TrimSpace(got) != "here" {
		t.Errorf("the notes are %q", got)
	}
	wantDone(t, s, dir)
}

// TestImportOddKeys: values under such keys are as many as there are keys.
func TestImportOddKeys(t *testing.T) {
	t.Parallel()
	dir, log := t.TempDir(), ""
	for i, key := range oddIDs {
		log += fmt.Sprintf(`{"id":"%d","timestamp":%d,"operation":"write","collection":%s,"data":%d}`+"\n", i, 1761700000000+i, key, i)
	}
	put(t, dir, "db/wal.log", log)
	s := testdb.Open(t)
	importing(t, s, dir)
	all, err := s.Settings.All(t.Context())
	if err != nil || len(all) != len(oddIDs) {
		t.Errorf("%d settings, want %d: %v (%v)", len(all), len(oddIDs), all, err)
	}
	if v, err := s.Settings.Get(t.Context(), `"n\ud83e"`); err != nil || v.Value != "1" {
		t.Errorf("the second value is %q (%v)", v.Value, err)
	}
	wantDone(t, s, dir)
}

// TestImportOddAttachments: contents by such ids, of records, of references and of files.
func TestImportOddAttachments(t *testing.T) {
	t.Parallel()
	dir, hash := t.TempDir(), hexSum("one")
	want := map[string]string{}
	for i, id := range oddIDs {
		raw := fmt.Sprintf(`{"id":%s,"name":"record %d","type":"image"}`, id, i)
		put(t, dir, fmt.Sprintf("attachments/x%d.meta.json", i), raw)
		put(t, dir, fmt.Sprintf("attachments/x%d.dat", i), "b25l")
		want[said(id)] = said(raw)
	}
	at := "db/attachments-ca/" + hash[:2] + "/" + hash + "/"
	put(t, dir, at+"data.json", `"b25l"`)
	put(t, dir, at+"metadata.json", `{"hash":"`+hash+`","type":"image","references":[{"attachmentId":"c\ud83d"},{"attachmentId":"c\ud83e"}]}`)
	for _, id := range []string{`"c\ud83d"`, `"c\ud83e"`} {
		want[id] = `{"id":` + id + `,"type":"image","name":"attachment-` + hash[:8] + `.bin","hash":"` + hash + `"}`
	}
	if runtime.GOOS == "linux" { // others refuse such names
		put(t, dir, "attachments/bad\xff.dat", "b25l")
		put(t, dir, "attachments/bad\xfe.dat", "b25l")
		want[`"bad\\xff"`] = `{"id":"bad\\xff","type":"file","name":"bad\\xff"}`
		want[`"bad\\xfe"`] = `{"id":"bad\\xfe","type":"file","name":"bad\\xfe"}`
	}
	s := testdb.Open(t)
	importing(t, s, dir)
	wantRecords(t, s, "attachments", want, false)
	if got := testdb.Shell(t, s, "SELECT count(*) FROM attachments WHERE file_blob = '"+hash+"' OR base64_blob = '"+hash+"'"); strings.TrimSpace(got) != fmt.Sprint(len(want)) {
		t.Errorf("%s attachments have their content, want %d", got, len(want))
	}
	wantDone(t, s, dir)
}

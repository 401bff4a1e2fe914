package merge

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/report"

	"github.com/google/go-cmp/cmp"
)

const helloHash = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" // of hello

// partsTree is a data directory with something of each form.
func partsTree(t *testing.T) string {
	t.Helper()
	task, gz := `{"id":"t2","title":"two","done":false,"priority":"low"}`, sourcetest.Gzipped(t, `{"id":"t1","title":"one"}`)
	return sourcetest.Tree(t, map[string]string{
		"db/notes.json":                                    at(checkpoint, `[{"id":"n","content":"c","summary":"s"}]`),
		"db/notes.1761600000000.backup.json":               at(checkpoint-9, `[{"id":"n","content":"c","summary":"older"}]`),
		"db/sessions/s/metadata.json":                      at(checkpoint, `{"id":"s","name":"S","chunks":{},"storageVersion":1}`),
		"db/sessions/s/screenshots/chunk-000.json":         at(checkpoint, `{"sessionId":"s","chunkIndex":0,"screenshots":[{"id":"p","sessionId":"s"}]}`),
		"db/sessions/s/summary.json":                       at(checkpoint, `{"narrative":"x"}`),
		"db/tasks/task-t1.json.gz":                         gz,
		"db/tasks/task-t1.json.gz.checksum":                sourcetest.Sha(`{"id":"t1","title":"one"}`),
		"db/tasks/task-t2.json":                            task,
		"db/tasks/index.json":                              `[{"id":"t1"},{"id":"t2"}]`,
		"db/attachments-ca/2c/" + helloHash + "/data.json": at(checkpoint, `"aGVsbG8="`),
		"db/attachments-ca/2c/" + helloHash + "/metadata.json": at(checkpoint, `{"hash":"`+helloHash+
			`","mimeType":"text/plain","size":5,"references":[{"sessionId":"s","attachmentId":"a","addedAt":1}],"refCount":1}`),
		"db/rollback-points/rollback-1761000000000/metadata.json": `{"id":"rollback-1761000000000"}`,
		"db/rollback-points/rollback-1761000000000/sessions.json": `[{"id":"s","name":"before"},{"id":"gone"}]`,
		"db/tx-temp-1761000000000/topics.json":                    at(checkpoint, `[{"id":"p","name":"staged"}]`),
		"db/db/companies/company-c.json.json":                     `{"id":"c","name":"replayed"}`,
		"db/wal.log":                                              write(1, "contacts", `[{"id":"k","name":"logged"}]`),
		"backups/backup-1760000000000.json":                       `{"version":1,"timestamp":1760000000000,"collections":{"notes":[{"id":"b"}]}}`,
		"backups/pre-companies-contacts-migration-x/notes.json":   `[{"id":"pre"}]`,
		"attachments/x.dat":                                       "aGVsbG8=",
		"attachments/x.meta.json":                                 `{"id":"x","name":"x.txt","mimeType":"text/plain","size":5}`,
	})
}

// TestParts: a part of a data directory is read as it is read in the whole, also when it
// was copied out of its place.
func TestParts(t *testing.T) {
	t.Parallel()
	dir := partsTree(t)
	const hashed = "db/attachments-ca/2c/" + helloHash
	for _, tc := range []struct{ part, form, want string }{
		{"", "", "attachments/a attachments/x companies/c contacts/k notes/b notes/n notes/pre other/rollback-points/rollback-1761000000000/metadata sessions/gone sessions/s tasks/t1 tasks/t2 topics/p"},
		{"db", names.FormChunk, "attachments/a companies/c contacts/k notes/n other/rollback-points/rollback-1761000000000/metadata sessions/gone sessions/s tasks/t1 tasks/t2 topics/p"},
		{"db/sessions", names.FormChunk, "sessions/s"},
		{"db/sessions/s", names.FormChunk, "sessions/s"},
		{"db/sessions/s/screenshots", names.FormChunk, "sessions/s"},
		{"db/sessions/s/screenshots/chunk-000.json", names.FormChunk, "sessions/s"},
		{"db/sessions/s/metadata.json", names.FormChunk, "sessions/s"},
		{"db/sessions/s/summary.json", names.FormChunk, "sessions/s"},
		{"db/tasks", names.FormEntity, "tasks/t1 tasks/t2"},
		{"db/tasks/task-t1.json.gz", names.FormEntity, "tasks/t1"},
		{"db/tasks/task-t2.json", names.FormEntity, "tasks/t2"},
		{"db/attachments-ca", names.FormCAData, "attachments/a"},
		{"db/attachments-ca/2c", names.FormCAData, "attachments/a"},
		{hashed, names.FormCAData, "attachments/a"},
		{hashed + "/metadata.json", names.FormCAMeta, "attachments/a"},
		{hashed + "/data.json", names.FormCAData, "attachments/" + helloHash},
		{"db/rollback-points", names.FormCollection, "other/rollback-points/rollback-1761000000000/metadata sessions/gone sessions/s"},
		{"db/rollback-points/rollback-1761000000000", names.FormCollection, "other/rollback-points/rollback-1761000000000/metadata sessions/gone sessions/s"},
		{"db/rollback-points/rollback-1761000000000/sessions.json", names.FormCollection, "sessions/gone sessions/s"},
		{"db/tx-temp-1761000000000", names.FormCollection, "topics/p"},
		{"db/db", names.FormEntity, "companies/c"},
		{"db/wal.log", names.FormWAL, "contacts/k"},
		{"db/notes.json", names.FormCollection, "notes/n"},
		{"db/notes.1761600000000.backup.json", names.FormCollection, "notes/n"},
		{"backups", names.FormBundle, "notes/b notes/pre"},
		{"backups/backup-1760000000000.json", names.FormBundle, "notes/b"},
		{"backups/pre-companies-contacts-migration-x", names.FormCollection, "notes/pre"},
		{"attachments", names.FormDat, "attachments/x"},
		{"attachments/x.dat", names.FormDat, "attachments/x"},
		{"attachments/x.meta.json", names.FormMeta, "attachments/x"},
	} {
		out, r := imported(t, filepath.Join(dir, filepath.FromSlash(tc.part)), nil)
		if got := idsOf(out); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.part, got, tc.want)
		}
		if tc.form != "" && !slices.ContainsFunc(slices.Collect(r.Files.All()), func(f report.File) bool { return strings.HasPrefix(f.Format, tc.form) }) {
			t.Errorf("%s: no file is a %s: %v", tc.part, tc.form, r.Files)
		}
	}
	for part, name := range map[string]string{"db": "copy", "db/sessions": "my sessions", "db/sessions/s": "s", "db/tasks": "my tasks", "db/attachments-ca": "ca",
		"db/attachments-ca/2c": "old", "attachments": "files"} {
		want, _ := imported(t, filepath.Join(dir, part), nil)
		moved := filepath.Join(t.TempDir(), name)
		sourcetest.Must(t, os.CopyFS(moved, os.DirFS(filepath.Join(dir, part))))
		got, _ := imported(t, moved, nil)
		if d := cmp.Diff(stands(want), stands(got)); d != "" {
			t.Errorf("%s copied to %s: %s", part, name, d)
		}
	}
}

func idsOf(out outcome) string {
	var ids []string
	for id := range out {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

// TestNotParts: the name of a directory alone makes no part of the data directory of it.
func TestNotParts(t *testing.T) {
	t.Parallel()
	for place, want := range map[string]string{"notes/notes.json": "notes/n", "db/sessions/export.json": "notes/n", "tasks/all my notes.json": "notes/n", "backups/old.json": "notes/n"} {
		dir := sourcetest.Tree(t, map[string]string{place: `[{"id":"n","content":"c","summary":"s"}]`})
		out, _ := imported(t, filepath.Join(dir, filepath.Dir(place)), nil)
		if got := idsOf(out); got != want {
			t.Errorf("%s: %s", place, got)
		}
	}
}

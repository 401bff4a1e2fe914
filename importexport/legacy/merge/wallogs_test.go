package merge

import (
	"archive/zip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"taskstore/importexport/legacy/decode"
	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/source"

	"github.com/google/go-cmp/cmp"
)

// packedTree makes a zip of a directory, below a name as a person's zip has it.
func packedTree(t testing.TB, dir string) string {
	t.Helper()
	var members []string
	sourcetest.Must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		members = append(members, "com.taskerino.desktop/"+filepath.ToSlash(rel), string(text))
		return err
	}))
	return sourcetest.ZipFile(t, sourcetest.ZipOf(t, func(h *zip.FileHeader) {
		info, err := os.Stat(filepath.Join(dir, strings.TrimPrefix(h.Name, "com.taskerino.desktop/")))
		sourcetest.Must(t, err)
		h.Modified = info.ModTime()
	}, members...))
}

// stands lists what an import makes of each record, and how many versions it has.
func stands(out outcome) map[string]string {
	got := map[string]string{}
	for id, m := range out {
		got[id] = string(m.Raw) + " " + m.Trash
	}
	return got
}

// TestZippedLog: the log of a directory counts in the same way when all of it is in a zip.
func TestZippedLog(t *testing.T) {
	t.Parallel()
	dir := sourcetest.Tree(t, map[string]string{
		"db/tasks.json":                  at(checkpoint-5, `[{"id":"a","title":"file"},{"id":"kept","title":"k"}]`),
		"db/notes.json":                  at(checkpoint+50, `[{"id":"n","summary":"file"}]`),
		"db/sessions/s/metadata.json":    at(checkpoint-5, `{"id":"s","name":"file"}`),
		"db/sessions/s/summary.json":     at(checkpoint-5, `{"by":"file"}`),
		"db/wal.checkpoint":              "1761700000000",
		"db/db/topics/topic-p.json.json": `{"id":"p","name":"replayed"}`,
		"db/wal.log": write(1, "tasks", `[{"id":"a","title":"log"},{"id":"kept","title":"k"}]`) + write(2, "notes", `[{"id":"n","summary":"log"}]`) +
			write(3, "sessions/s/metadata", `{"id":"s","name":"log"}`) + write(4, "sessions/only/metadata", `{"id":"only"}`) +
			write(5, "capture-draft-text", `"draft"`) + write(6, "openai-api-key", `"sk-1"`) +
			tx("start", "t", 7) + entryLine(8, "write", "companies", `[{"id":"c","name":"never"}]`, "t") +
			write(9, "contacts", `[{"id":"k","name":"x"}]`) + entryLine(10, "delete", "contacts", "", "") + `{"torn`,
		"attachments/x.dat": "aGVsbG8=",
	})
	want, _ := imported(t, dir, nil)
	got, r := imported(t, packedTree(t, dir), nil)
	if d := cmp.Diff(stands(want), stands(got)); d != "" {
		t.Error(d)
	}
	if name := string(got["sessions/s"].Raw); !strings.Contains(name, `"name":"log"`) {
		t.Error(name)
	}
	if r.Warnings["wal-torn-line"] != 1 || r.Warnings["wal-uncommitted"] == 0 || r.Warnings["secret-skipped"] == 0 || r.Warnings["unsupported"] != 0 {
		t.Error(r.Warnings)
	}
}

// TestZippedLogBeside: in a zip that lies beside other files a log says what is newer, but
// what it never made to count stays a version.
func TestZippedLogBeside(t *testing.T) {
	t.Parallel()
	dir := sourcetest.Tree(t, map[string]string{
		"db/tasks.json": at(checkpoint-5, `[{"id":"a","title":"file"},{"id":"b","title":"file"}]`),
		"db/wal.log": write(1, "tasks", `[{"id":"a","title":"log"},{"id":"b","title":"file"}]`) +
			tx("start", "t", 7) + entryLine(8, "write", "tasks", `[{"id":"b","title":"never"},{"id":"new"}]`, "t"),
	})
	text, err := os.ReadFile(packedTree(t, dir))
	sourcetest.Must(t, err)
	out, _ := imported(t, sourcetest.Tree(t, map[string]string{"old.zip": string(text), "notes.json": `[{"id":"n"}]`}), nil)
	got := []string{titles(t, out["tasks/a"]), titles(t, out["tasks/b"]), out["tasks/new"].Trash}
	if d := cmp.Diff([]string{"log file", "file never(wal-uncommitted)", TrashRecovered}, got); d != "" {
		t.Error(d)
	}
}

// TestZippedLogContent: a content that only the log of a zip holds is found again.
func TestZippedLogContent(t *testing.T) {
	t.Parallel()
	const hash = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" // of hello
	dir := sourcetest.Tree(t, map[string]string{"db/tasks.json": "[]", "db/wal.log": write(1, "tasks", "[]") +
		write(2, "attachments-ca/2c/"+hash+"/data", `"aGVsbG8="`) + write(3, "attachments-ca/2c/"+hash+"/metadata",
		`{"hash":"`+hash+`","mimeType":"text/plain","size":5,"references":[{"sessionId":"s","attachmentId":"a","addedAt":1}],"refCount":1}`)})
	path := packedTree(t, dir)
	got := sourcetest.ScannedBy(t, path, decode.Scan)
	if len(got.Candidates) != 1 || got.Candidates[0].Content == nil {
		t.Fatal(got.Candidates)
	}
	src, err := source.Open(t.Context(), path, source.Options{})
	sourcetest.Must(t, err)
	defer src.Close()
	in, err := src.OpenContent(t.Context(), *got.Candidates[0].Content)
	sourcetest.Must(t, err)
	defer in.Close()
	text, err := io.ReadAll(in)
	sourcetest.Must(t, err)
	if string(text) != "aGVsbG8=" {
		t.Errorf("%s", text)
	}
}

// TestZippedLogData: the directories with a log that the application's own code made are
// read from a zip as they are from the disk.
func TestZippedLogData(t *testing.T) {
	t.Parallel()
	for _, root := range []string{"faulty/16-wal-mixed", "faulty/17-wal-after-crash-real"} {
		dir := filepath.Join(sourcetest.DevData(t), root)
		want, _ := imported(t, dir, nil)
		got, _ := imported(t, packedTree(t, dir), nil)
		if d := cmp.Diff(stands(want), stands(got)); d != "" {
			t.Errorf("%s: %s", root, d)
		}
	}
}

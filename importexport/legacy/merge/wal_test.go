package merge

import (
	"fmt"
	"strings"
	"testing"

	"taskstore/importexport/legacy/decode"
	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/rawjson"
)

const checkpoint = 1761700000000

// entryLine is an entry of a log, ms after the checkpoint.
func entryLine(ms int, op, key, data, tx string) string {
	s := fmt.Sprintf(`{"id":"%d","timestamp":%d,"operation":%q,"collection":%q`, ms, checkpoint+ms, op, key)
	if data != "" {
		s += `,"data":` + data
	}
	if tx != "" {
		s += fmt.Sprintf(`,"transactionId":%q`, tx)
	}
	return s + "}\n"
}

// summed gives an entry a checksum.
func summed(line, sum string) string {
	return strings.TrimSuffix(line, "}\n") + fmt.Sprintf(`,"checksum":%q}`, sum) + "\n"
}

func write(ms int, key, data string) string { return entryLine(ms, "write", key, data, "") }

func tx(op, id string, ms int) string { return entryLine(ms, "transaction-"+op, "", "", id) }

// state tells, for tasks/a: its title, or what became of it; then the titles of
// its versions.
func titles(t *testing.T, m Merged) string {
	t.Helper()
	list, _ := rawjson.Members(m.Raw)
	text := rawjson.TextOf(rawjson.Last(list, "title"))
	if m.Trash != "" {
		text += "(" + m.Trash + ")"
	}
	for _, v := range m.Versions {
		raw, err := v.Load(t.Context())
		sourcetest.Must(t, err)
		list, _ := rawjson.Members(raw)
		text += " " + rawjson.TextOf(rawjson.Last(list, "title"))
		if v.Code != "conflict-version" {
			text += "(" + v.Code + ")"
		}
	}
	return text
}

func TestLogRules(t *testing.T) {
	t.Parallel()
	task := func(title string) string { return fmt.Sprintf(`[{"id":"a","title":%q}]`, title) }
	file := func(ms int64, title string) string { return at(checkpoint+ms, task(title)) }
	for name, tc := range map[string]struct{ file, log, want, codes string }{
		"newer":                   {file(-5, "F"), write(1, "tasks", task("W")), "W F", "wal-applied"},
		"file is newer":           {file(5, "F"), write(1, "tasks", task("W")), "F W", ""},
		"before the checkpoint":   {file(-5, "F"), write(-1, "tasks", task("W")), "F W", ""},
		"at the checkpoint":       {file(-5, "F"), write(0, "tasks", task("W")), "F W", ""},
		"at it, file missing":     {"", write(0, "tasks", task("W")), "W", "wal-applied"},
		"before it, file missing": {"", write(-9, "tasks", task("W")), "W", "wal-applied"},
		"file is no JSON":         {"<", write(-9, "tasks", task("W")), "W", "wal-applied not-json"},
		"raw file, copied":        {task("F"), write(1, "tasks", task("W")), "W F", "wal-applied"},
		"last one counts":         {file(-5, "F"), write(2, "tasks", task("V")) + write(1, "tasks", task("W")), "V F W", "wal-applied"},
		"same time, later line":   {file(-5, "F"), write(1, "tasks", task("V")) + write(1, "tasks", task("W")), "W F V", "wal-applied"},
		"nothing new":             {file(5, "F"), strings.Repeat(write(1, "tasks", task("F")), 50), "F", ""},
		"committed": {file(-5, "F"), tx("start", "t", 1) + entryLine(2, "write", "tasks", task("T"), "t") + tx("commit", "t", 3),
			"T F", "wal-applied"},
		"commit after a save": {file(-5, "F"), entryLine(2, "write", "tasks", task("T"), "t") + write(3, "tasks", task("S")) + tx("commit", "t", 4),
			"T F S", "wal-applied"},
		"save after the commit": {file(-5, "F"), entryLine(2, "write", "tasks", task("T"), "t") + tx("commit", "t", 4) + write(5, "tasks", task("S")),
			"S F T", "wal-applied"},
		"commit decides": {file(-50, "F"), entryLine(-9, "write", "tasks", task("T"), "t") + tx("commit", "t", 4), "T F", "wal-applied"},
		"uncommitted":    {file(-5, "F"), tx("start", "t", 1) + entryLine(2, "write", "tasks", task("T"), "t"), "F T(wal-uncommitted)", "wal-uncommitted"},
		"rolled back": {file(-5, "F"), entryLine(2, "write", "tasks", task("T"), "t") + tx("commit", "t", 3) + tx("rollback", "t", 4),
			"F T(wal-rolled-back)", "wal-rolled-back"},
		"torn": {file(-5, "F"), write(1, "tasks", task("W")) + entryLine(2, "write", "tasks", task("T"), "")[:100],
			"W F", "wal-torn-line wal-applied"},
		"torn behind a record": {file(-5, "F"), entryLine(2, "write", "tasks", `[{"id":"a","title":"T"},{"id":"b","title":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}]`, "")[:150],
			"F T(wal-torn-line)", "wal-torn-line"},
		"rubbish":               {file(-5, "F"), "\x00\x00\x00\n<html>\n{}\n[]\n1\n" + write(1, "tasks", task("W")), "W F", "wal-torn-line wal-applied"},
		"CRLF":                  {file(-5, "F"), "\ufeff" + strings.ReplaceAll(write(1, "tasks", task("W"))+"\n", "\n", "\r\n"), "W F", "wal-applied bom"},
		"path":                  {"", write(1, "db/tasks/task-a.json", `{"id":"a","title":"P"}`), "P", "wal-applied"},
		"path, gzip":            {"", write(1, "db/tasks/task-a.json.gz", `{"id":"a","title":"P"}`), "P", "wal-applied"},
		"deleted":               {file(-5, "F"), write(1, "tasks", task("W")) + entryLine(2, "delete", "tasks", "", ""), "F(deleted) W", ""},
		"old delete":            {file(5, "F"), entryLine(2, "delete", "tasks", "", ""), "F", ""},
		"path deleted":          {file(-5, "F"), entryLine(2, "delete", "db/tasks/task-a.json", "", ""), "F(deleted)", ""},
		"other deleted":         {file(-5, "F"), entryLine(2, "delete", "db/tasks/task-b.json", "", ""), "F", ""},
		"checksum":              {file(-5, "F"), summed(write(1, "tasks", task("W")), sourcetest.SumOf(task("W"), 1000)), "W F", "wal-applied"},
		"checksum of an entity": {"", summed(write(1, "db/tasks/task-a.json", `{"id":"a","title":"P"}`), sourcetest.Sha(`{"id":"a","title":"P"}`)), "P", "wal-applied"},
		"wrong checksum":        {file(-5, "F"), summed(write(1, "tasks", task("W")), "1"), "W F", "wal-applied checksum-mismatch"},
		"wrong SHA-256":         {"", summed(write(1, "db/tasks/task-a.json", `{"id":"a","title":"P"}`), sourcetest.Sha("")), "P", "wal-applied checksum-mismatch"},
		"unwritable key":        {file(-5, "F"), write(2, "../../evil", `{"id":"x"}`) + write(3, "", "1"), "F", "wal-torn-line wal-applied"},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"db/wal.log": tc.log, "db/wal.checkpoint": fmt.Sprint(checkpoint) + "\r\n", "db/topics.json": at(1, "[]")}
			if tc.file != "" {
				files["db/tasks.json"] = tc.file
			}
			dir := sourcetest.Tree(t, files)
			checkScan(t, dir)
			out, r := imported(t, dir, nil)
			if got := titles(t, out["tasks/a"]); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
			for code := range strings.FieldsSeq(tc.codes) {
				if r.Warnings[code] == 0 {
					t.Errorf("no %s: %v", code, r.Warnings)
				}
			}
			for _, code := range []string{"wal-applied", "wal-uncommitted", "wal-rolled-back", "wal-torn-line", "trailing-data", "checksum-mismatch"} {
				if !strings.Contains(tc.codes, code) && r.Warnings[code] > 0 {
					t.Errorf("%s: %v", code, r.Warnings)
				}
			}
		})
	}
}

// TestLogOfLinks: each transaction began again from the collection's file, so that
// links are gathered from all of them.
func TestLogOfLinks(t *testing.T) {
	t.Parallel()
	one := `[{"id":"a","relationships":[{"id":"r1"}]},{"id":"b"}]`
	two := `[{"id":"a"},{"id":"b","relationships":[{"id":"r2"}]}]`
	out, _ := imported(t, sourcetest.Tree(t, map[string]string{
		"db/tasks.json": at(checkpoint, `[{"id":"a"},{"id":"b"}]`),
		"db/wal.log": entryLine(1, "write", "tasks", one, "t") + tx("commit", "t", 2) +
			entryLine(3, "write", "tasks", two, "u") + tx("commit", "u", 4),
	}), nil)
	if a, b := string(out["tasks/a"].Raw), string(out["tasks/b"].Raw); !strings.Contains(a, "r1") || !strings.Contains(b, "r2") {
		t.Error(a, b)
	}
}

// TestLogOfParts: the log's parts of chunked sessions take part in putting them
// together.
func TestLogOfParts(t *testing.T) {
	t.Parallel()
	out, r := imported(t, sourcetest.Tree(t, map[string]string{
		"db/wal.checkpoint":              fmt.Sprint(checkpoint),
		"db/session-index.json":          at(checkpoint, `["s","only","gone"]`),
		"db/sessions/s/metadata.json":    at(checkpoint-9, `{"id":"s","name":"file"}`),
		"db/sessions/s/summary.json":     at(checkpoint+9, `{"by":"file"}`),
		"db/sessions/s/canvas-spec.json": "",
		"db/wal.log": write(1, "sessions/s/metadata", `{"id":"s","name":"log"}`) +
			write(2, "sessions/s/summary", `{"by":"log"}`) +
			write(3, "sessions/s/canvas-spec", `{"theme":1}`) +
			write(4, "sessions/only/metadata", `{"id":"only"}`) +
			write(5, "sessions/gone/metadata", `{"id":"gone"}`) +
			entryLine(6, "delete", "sessions/gone/metadata", "", ""),
	}), nil)
	if got := string(out["sessions/s"].Raw); got != `{"id":"s","name":"log","summary":{"by":"file"},"canvasSpec":{"theme":1},"screenshots":[]}` {
		t.Error(got)
	}
	if n := len(out["sessions/s"].Versions); n != 2 {
		t.Errorf("%d versions", n)
	}
	if m := out["sessions/only"]; m.Trash != "" || m.Winner.File != "db/wal.log" {
		t.Errorf("%q %s", m.Trash, m.Winner.File)
	}
	if m := out["sessions/gone"]; m.Trash != TrashDeleted {
		t.Errorf("%q", m.Trash)
	}
	if r.Warnings["wal-applied"] == 0 {
		t.Error(r.Warnings)
	}
}

// TestLogOfValues: settings and other keys come out of the log too, secrets do not.
func TestLogOfValues(t *testing.T) {
	t.Parallel()
	out, r := imported(t, sourcetest.Tree(t, map[string]string{
		"db/settings.json": at(checkpoint-9, `{"userProfile":{"name":"old"},"ui":{"a":1}}`),
		"db/wal.log": write(1, "settings", `{"userProfile":{"name":"new"}}`) + write(2, "capture-draft-text", `"draft"`) +
			write(3, "openai-api-key", `"sk-1"`) + write(4, "session-index", `["x"]`),
	}), nil)
	if got := string(out["settings/settings"].Raw); got != `{"userProfile":{"name":"new"},"ui":{"a":1}}` {
		t.Error(got)
	}
	if got := string(out["other/capture-draft-text"].Raw); got != `"draft"` {
		t.Error(got)
	}
	if r.Warnings["secret-skipped"] != 1 || len(out) != 2 {
		t.Error(r.Warnings, len(out))
	}
}

func TestMillisText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"": 0, "17": 17, " 17x": 17, "x17": 0, "\ufeff17\r\n": 17, "1.5": 1, `"18"`: 18, "-4": 0} {
		if got := decode.MillisText(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

func FuzzLog(f *testing.F) {
	f.Add([]byte(write(1, "tasks", `[{"id":"a"}]`)+tx("start", "t", 2)), []byte("17"))
	f.Add([]byte(entryLine(1, "write", "sessions/s/metadata", `{"id":"s"}`, "t")+tx("commit", "t", 2)+"{\"id\":"), []byte(""))
	f.Add([]byte(write(1, "db/tasks/task-a.json", `{"0":{"id":"a"},"id":"a"}`)+entryLine(2, "delete", "tasks", "", "")), []byte("x"))
	f.Fuzz(func(t *testing.T, log, checkpoint []byte) {
		checkScan(t, sourcetest.Tree(t, map[string]string{"db/wal.log": string(log), "db/wal.checkpoint": string(checkpoint), "db/tasks.json": "[]"}))
	})
}

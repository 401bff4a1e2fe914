package merge

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/record"

	"github.com/go-json-experiment/json/jsontext"
)

const early, late = "2025-03-01T00:00:00.000Z", "2025-04-01T00:00:00.000Z"

// one returns the candidate of a file that holds a single record.
func one(collection, file string, rank record.Rank, at int64, raw string) []record.Candidate {
	list := in(collection, file, rank, at, raw)
	list[0].Pointer = ""
	return list
}

func index(collection, file string, rank record.Rank, ids ...string) (list []record.Hint) {
	for _, id := range ids {
		list = append(list, record.Hint{Collection: collection, ID: id, File: file, Rank: rank,
			Raw: jsontext.Value(fmt.Sprintf(`{"id":%q,"title":"known"}`, id))})
	}
	return list
}

func TestEntityFileMissing(t *testing.T) { // 05
	out := mergeAll(t, staged(t, content{
		candidates: slices.Concat(
			one("notes", "db/notes/note-a.json", record.RankEntity, 0, note("a", "a", early)),
			one("topics", "db/topics/topic-t0.json", record.RankEntity, 0, topic("t0", "x")),
			one("topics", "db/topics/topic-t2.json", record.RankEntity, 0, topic("t2", "z")),
			in("topics", "db/topics.json", record.RankCollection, testTime, topic("t0", "x"), topic("t1", "y"), topic("t2", "z"))),
		hints: slices.Concat(
			index("notes", "db/notes/index.json", record.RankEntity, "a", "gone"),
			index("topics", "db/topics/index.json", record.RankEntity, "t0", "t1", "t2")),
	}), nil)
	sourcetest.Same(t, "state", out.state(), map[string]string{
		"notes/a": "", "notes/gone": TrashMissing, "topics/t0": "", "topics/t1": "", "topics/t2": ""})
	sourcetest.Same(t, "stub", string(out["notes/gone"].Raw), `{"id":"gone","title":"known"}`)
	if !out.codes()["missing-entity"] {
		t.Error("missing-entity is not reported")
	}
}

func TestSupersededForms(t *testing.T) {
	t.Parallel()
	mono := in("notes", "db/notes.json", record.RankCollection, 0,
		note("a", "a", early), note("b", "b", early), note("c", "c", early), note("d", "d", early))
	entity := func(ids ...string) (list []record.Candidate) {
		for _, id := range ids {
			list = append(list, one("notes", "db/notes/note-"+id+".json", record.RankEntity, 0, note(id, id, early))...)
		}
		return list
	}
	for _, c := range []struct {
		name    string
		content content
		d       string
	}{
		{"probably deleted", content{candidates: slices.Concat(mono, entity("a", "b", "c"))}, TrashRecovered},
		{"only begun to migrate", content{candidates: slices.Concat(mono, entity("a", "b"))}, ""},
		{"the index lists it", content{candidates: slices.Concat(mono, entity("a", "b", "c")),
			hints: index("notes", "db/notes/index.json", record.RankEntity, "d")}, ""},
		{"the newer form is damaged", content{candidates: slices.Concat(mono,
			marked(entity("a", "b", "c"), func(c *record.Candidate) { c.Damaged = true }))}, ""},
		{"the collection file is newer", content{candidates: slices.Concat(
			marked(slices.Clone(mono), func(c *record.Candidate) { c.Time = testTime }),
			marked(entity("a", "b", "c"), func(c *record.Candidate) { c.Time = testTime - 1 }))}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := mergeAll(t, staged(t, c.content), nil)
			sourcetest.Same(t, "d", out["notes/d"].Trash, c.d)
			sourcetest.Same(t, "a", out["notes/a"].Trash, "")
		})
	}
}

func TestAcrossGenerations(t *testing.T) { // 07
	mono := `{"id":"s","name":"mono","startTime":"2025-01-01T00:00:00.000Z","audioKeyMoments":[{"id":"km-1"}],` +
		`"video":{"id":"v","chapters":[{"title":"kept"}]},"extractedTaskIds":["t1"],"screenshots":[{"id":"x"},{"id":"old"}],"mine":{"deep":[1]}}`
	chunked := `{"id":"s","name":"chunked","startTime":"2025-01-01T00:00:00.000Z","endTime":null,"relationships":"[Circular]",` +
		`"video":{"id":"v","chapters":null},"extractedTaskIds":[],"screenshots":[{"id":"x","flagged":true}]}`
	entity := `{"id":"s","name":"entity","startTime":"2025-01-01T00:00:00.000Z","relationships":[{"id":"r"}]}`
	out := mergeAll(t, staged(t, content{candidates: slices.Concat(
		in("sessions", "db/sessions.json", record.RankCollection, testTime-1000, mono, topic("other", "o")),
		one("sessions", "db/sessions/session-s.json", record.RankEntity, testTime-500, entity),
		marked(one("sessions", "db/sessions/s/metadata.json", record.RankChunked, testTime, chunked),
			func(c *record.Candidate) { c.Updated = testTime }),
		in("notes", "db/notes.json", record.RankCollection, testTime, note("0", "NEW", late), note("1", "OLD", early)),
		one("notes", "db/notes/note-0.json", record.RankEntity, testTime, note("0", "old", early)),
		one("notes", "db/notes/note-1.json", record.RankEntity, testTime, note("1", "new", late)))}), nil)
	sourcetest.Same(t, "state", out.state(), map[string]string{"sessions/s": "", "sessions/other": "", "notes/0": "", "notes/1": ""})
	sourcetest.Same(t, "session", string(out["sessions/s"].Raw), `{"id":"s","name":"chunked","startTime":"2025-01-01T00:00:00.000Z","endTime":null,`+
		`"relationships":[{"id":"r"}],"video":{"id":"v","chapters":[{"title":"kept"}]},"extractedTaskIds":["t1"],`+
		`"screenshots":[{"id":"x","flagged":true},{"id":"old"}],"audioKeyMoments":[{"id":"km-1"}],"mine":{"deep":[1]}}`)
	want := []string{entity, mono}
	slices.Sort(want)
	sourcetest.Same(t, "versions", out.versions(t, "sessions/s"), want)
	sourcetest.Same(t, "note 0", string(out["notes/0"].Raw), note("0", "NEW", late))
	sourcetest.Same(t, "note 1", string(out["notes/1"].Raw), note("1", "new", late))
	for _, code := range []string{"duplicate-id", "conflict-version"} {
		if !out.codes()[code] {
			t.Errorf("%s is not reported", code)
		}
	}
}

func TestLog(t *testing.T) { // 16
	wal := func(rank record.Rank, at int64, line int, collection string, raws ...string) []record.Candidate {
		list := in(collection, "db/wal.log", rank, at, raws...)
		return marked(list, func(c *record.Candidate) { c.Pointer, c.Whole = fmt.Sprintf("/%d/data%s", line, c.Pointer), true })
	}
	out := mergeAll(t, staged(t, content{candidates: slices.Concat(
		in("tasks", "db/tasks.json", record.RankCollection, testTime-1000, task("a", "file"), task("b", "b")),
		wal(record.RankBackup, testTime-500, 0, "tasks", task("a", "before the checkpoint"), task("b", "b")),
		wal(record.RankWAL, testTime+100, 1, "tasks", task("a", "WAL NEWER"), task("b", "b")),
		in("notes", "db/notes.json", record.RankCollection, testTime+5000, note("n", "file", early)),
		wal(record.RankBackup, testTime+200, 2, "notes", note("n", "WAL STALE", early)),
		wal(record.RankWAL, testTime+300, 4, "contacts", topic("c", "c")),
		in("companies", "db/companies.json", record.RankCollection, testTime-1000, topic("k", "file")),
		wal(record.RankStaged, testTime+400, 5, "companies", topic("k", "edited"), topic("only", "only")))}), nil)
	sourcetest.Same(t, "state", out.state(), map[string]string{"tasks/a": "", "tasks/b": "", "notes/n": "", "contacts/c": "",
		"companies/k": "", "companies/only": TrashRecovered})
	sourcetest.Same(t, "task", string(out["tasks/a"].Raw), task("a", "WAL NEWER"))
	sourcetest.Same(t, "versions", out.versions(t, "tasks/a"), []string{task("a", "before the checkpoint"), task("a", "file")})
	sourcetest.Same(t, "note", string(out["notes/n"].Raw), note("n", "file", early))
	sourcetest.Same(t, "company", string(out["companies/k"].Raw), topic("k", "file"))
	for _, code := range []string{"wal-applied", "wal-uncommitted"} {
		if !out.codes()[code] {
			t.Errorf("%s is not reported", code)
		}
	}
}

func TestLogDeletes(t *testing.T) {
	t.Parallel()
	deletion := record.Hint{Collection: "tasks", File: "db/wal.log", Rank: record.RankWAL, Deleted: true, Time: testTime + 1}
	out := mergeAll(t, staged(t, content{
		candidates: slices.Concat(in("tasks", "db/tasks.json", record.RankCollection, testTime, task("a", "a")),
			in("tasks", "db/tasks2.json", record.RankCollection, testTime+2, task("b", "b"))),
		hints: []record.Hint{deletion},
	}), nil)
	sourcetest.Same(t, "state", out.state(), map[string]string{"tasks/a": TrashDeleted, "tasks/b": ""})
}

func TestArraySpread(t *testing.T) { // 18
	with := func(ids ...string) string {
		for i, id := range ids {
			ids[i] = fmt.Sprintf(`{"id":%q}`, id)
		}
		return `,"relationships":[` + strings.Join(ids, ",") + "]"
	}
	spread := func(file string, at int64, raws ...string) []record.Candidate {
		return marked(in("tasks", file, record.RankEntity, at, raws...), func(c *record.Candidate) { c.Spread = true })
	}
	for _, at := range []int64{0, testTime - 100, testTime + 100} { // whichever wins
		out := mergeAll(t, staged(t, content{candidates: slices.Concat(
			in("tasks", "db/tasks.json", record.RankCollection, testTime, task("0", "t", with("r0")), task("1", "t", with())),
			spread("db/tasks/task-0.json", at, task("0", "t", with("r0", "r1")), task("1", "t", with())),
			spread("db/tasks/task-1.json", at, task("0", "t", with("r0")), task("1", "t", with("r2"))))}), nil)
		sourcetest.Same(t, "state", out.state(), map[string]string{"tasks/0": "", "tasks/1": ""})
		sourcetest.Same(t, "task 0", string(out["tasks/0"].Raw), task("0", "t", with("r0", "r1")))
		sourcetest.Same(t, "task 1", string(out["tasks/1"].Raw), task("1", "t", with("r2")))
	}
}

func TestTypedTopics(t *testing.T) { // 29
	company := topic("c", "Inc", `,"type":"company","website":"w"`)
	person := topic("p", "Ann", `,"type":"person"`)
	out := mergeAll(t, staged(t, content{candidates: in("topics", "db/topics.json", record.RankCollection, testTime,
		company, person, topic("o", "x", `,"type":"other"`), topic("n", "y"))}), nil)
	sourcetest.Same(t, "state", out.state(), map[string]string{"companies/c": "", "contacts/p": "", "topics/o": "", "topics/n": ""})
	sourcetest.Same(t, "company", string(out["companies/c"].Raw), company)
	sourcetest.Same(t, "kind", out["contacts/p"].Kind, "person")
}

func TestSettingsRace(t *testing.T) { // 30
	newest := `{"aiSettings":{"systemInstructions":"new"},"learnings":{},"nedSettings":null}`
	older := `{"aiSettings":{"systemInstructions":"old"},"ui":{"a":1},"searchHistory":[],"nedSettings":{"x":1}}`
	settings := func(id, file string, rank record.Rank, at int64, raw string) []record.Candidate {
		return marked(one("settings", file, rank, at, raw), func(c *record.Candidate) { c.ID = id })
	}
	all := content{candidates: slices.Concat(
		settings("settings", "db/settings.json", record.RankCollection, testTime, newest),
		settings("settings", "db/settings.1.backup.json", record.RankBackup, testTime-10, older),
		settings("aiSettings", "db/aiSettings.json", record.RankCollection, testTime-5, `{"systemInstructions":"other"}`))}
	out := mergeAll(t, staged(t, all), nil)
	sourcetest.Same(t, "state", out.state(), map[string]string{"settings/settings": "", "settings/aiSettings": ""})
	sourcetest.Same(t, "settings", string(out["settings/settings"].Raw),
		`{"aiSettings":{"systemInstructions":"new"},"learnings":{},"nedSettings":null,"ui":{"a":1},"searchHistory":[]}`)
	sourcetest.Same(t, "versions", out.versions(t, "settings/settings"), []string{older})

	all.candidates[0].Raw = jsontext.Value(`{"learnings":{}}`)
	all.candidates[1].Raw = jsontext.Value(`{"ui":{}}`)
	out = mergeAll(t, staged(t, all), nil)
	sourcetest.Same(t, "lacking aiSettings", string(out["settings/settings"].Raw), `{"learnings":{},"ui":{},"aiSettings":{"systemInstructions":"other"}}`)
}

func TestOpaqueKeys(t *testing.T) {
	t.Parallel()
	key := func(c *record.Candidate) { c.ID = "capture-draft-text" }
	out := mergeAll(t, staged(t, content{candidates: slices.Concat(
		marked(one("other", "db/capture-draft-text.json", record.RankCollection, testTime, `"new"`), key),
		marked(one("other", "db/capture-draft-text.backup.json", record.RankBackup, testTime-1, `"old"`), key))}), nil)
	sourcetest.Same(t, "text", string(out["other/capture-draft-text"].Raw), `"new"`)
	sourcetest.Same(t, "versions", out.versions(t, "other/capture-draft-text"), []string{`"old"`})
}

func TestDuplicateAndMissingIDs(t *testing.T) { // 31
	array := []string{
		task("a", "first copy"),
		task("a", "second copy", `,"completedAt":"2025-05-01T00:00:00.000Z","done":true`),
		`{"title":"no id"}`, `{"id":12345,"title":"number"}`, `{"id":"","title":"empty"}`, `{"id":"../../etc/passwd"}`,
		`{"title":"no id"}`, `{"id":null,"title":"null"}`,
	}
	c := content{candidates: in("tasks", "db/tasks.json", record.RankCollection, testTime, array...)}
	out := mergeAll(t, staged(t, c), nil)
	synthetic := 0
	for id := range out {
		if strings.HasPrefix(id, "tasks/legacy-tasks-") {
			synthetic++
		}
	}
	if len(out) != 7 || synthetic != 4 {
		t.Errorf("%v: %d records, %d with an id made up", out.state(), len(out), synthetic)
	}
	sourcetest.Same(t, "number", string(out["tasks/12345"].Raw), array[3])
	sourcetest.Same(t, "winner", string(out["tasks/a"].Raw), array[1])
	sourcetest.Same(t, "versions", out.versions(t, "tasks/a"), []string{array[0]})
	if !out.codes()["duplicate-id"] {
		t.Error("duplicate-id is not reported")
	}
	id := "tasks/legacy-tasks-634901b07098bc10"
	if _, ok := out[id]; !ok {
		t.Errorf("%s is not there", id)
	}
	if _, ok := out[id+"-2"]; !ok {
		t.Errorf("the twin of %s is not there", id)
	}

	// The same records in a backup are no new twins.
	c.candidates = slices.Concat(c.candidates, in("tasks", "db/tasks.backup.json", record.RankBackup, testTime-1, array...))
	sourcetest.Same(t, "with a backup", mergeAll(t, staged(t, c), nil).state(), out.state())
}

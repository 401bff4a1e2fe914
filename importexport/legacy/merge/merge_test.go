package merge

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/record"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"
)

// testNow is the clock of the merges in tests; testTime a container's time.
var testNow = time.Date(2025, 11, 5, 0, 0, 0, 0, time.UTC)

const testTime = int64(1_761_700_000_000)

// content is what a test stages.
type content struct {
	candidates []record.Candidate
	files      []record.File
	hints      []record.Hint
	strays     []record.Stray
}

// in returns candidates of one file, each a JSON text.
func in(collection, file string, rank record.Rank, at int64, raws ...string) []record.Candidate {
	var out []record.Candidate
	for i, raw := range raws {
		out = append(out, record.Candidate{Collection: collection, Raw: jsontext.Value(raw), File: file,
			Pointer: fmt.Sprintf("/%d", i), Seq: i, Rank: rank, Time: at})
	}
	return out
}

// marked returns the candidates after change was made to each.
func marked(list []record.Candidate, change func(*record.Candidate)) []record.Candidate {
	for i := range list {
		change(&list[i])
	}
	return list
}

// staged returns a stage that holds the content.
func staged(t testing.TB, c content) *Stage {
	t.Helper()
	s, err := NewStage(context.Background(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	fillStage(t, s, c)
	return s
}

func fillStage(t rapid.TB, s *Stage, c content) {
	t.Helper()
	l, err := s.Load(context.Background())
	sourcetest.Must(t, err)
	seen := map[string]bool{}
	for _, f := range c.files {
		seen[f.Path] = true
		sourcetest.Must(t, l.File(f))
	}
	for _, x := range c.candidates {
		sourcetest.Must(t, l.Candidate(x))
		if !seen[x.File] {
			seen[x.File] = true
			sourcetest.Must(t, l.File(record.File{Path: x.File, Status: record.StatusOK, Key: x.Collection, Rank: x.Rank}))
		}
	}
	for _, h := range c.hints {
		sourcetest.Must(t, l.Hint(h))
	}
	for _, v := range c.strays {
		sourcetest.Must(t, l.Stray(v))
	}
	sourcetest.Must(t, l.Finish(testNow))
	sourcetest.Must(t, l.Close())
}

// outcome is a merge as tests look at it: "collection/id" to what became of it.
type outcome map[string]Merged

func mergeAll(t rapid.TB, s *Stage, target Target) outcome {
	t.Helper()
	out := outcome{}
	for _, collection := range Collections {
		for m, err := range s.Merge(context.Background(), collection, target) {
			sourcetest.Must(t, err)
			if _, twice := out[collection+"/"+m.ID]; twice {
				t.Errorf("%s %q is merged twice", collection, m.ID)
			}
			out[collection+"/"+m.ID] = m
		}
	}
	if list, err := s.Unaccounted(context.Background()); err != nil || len(list) > 0 {
		t.Errorf("unaccounted for: %v, error %v", list, err)
	}
	return out
}

// state returns the ids by where they went: "" live, else the reason.
func (o outcome) state() map[string]string {
	state := map[string]string{}
	for id, m := range o {
		state[id] = m.Trash
	}
	return state
}

// codes returns the codes of all findings, without the notes on lost versions.
func (o outcome) codes() map[string]bool {
	codes := map[string]bool{}
	for _, m := range o {
		for _, w := range m.Warnings {
			codes[w.Code] = true
		}
	}
	return codes
}

// versions returns the texts of an id's versions, sorted.
func (o outcome) versions(t rapid.TB, id string) []string {
	t.Helper()
	var out []string
	for _, v := range o[id].Versions {
		raw, err := v.Load(context.Background())
		sourcetest.Must(t, err)
		out = append(out, string(raw))
	}
	slices.Sort(out)
	return out
}

func note(id, text, at string) string {
	return fmt.Sprintf(`{"id":%q,"summary":%q,"lastUpdated":%q}`, id, text, at)
}

func task(id, title string, more ...string) string {
	return fmt.Sprintf(`{"id":%q,"title":%q,"createdAt":"2025-01-01T00:00:00.000Z"%s}`, id, title, strings.Join(more, ""))
}

func topic(id, name string, more ...string) string {
	return fmt.Sprintf(`{"id":%q,"name":%q%s}`, id, name, strings.Join(more, ""))
}

const oldTime, newTime = "2025-01-01T00:00:00.000Z", "2025-02-01T00:00:00.000Z"

func damaged(c *record.Candidate) { c.Damaged = true }

// fileCases are the fates of collection files and their backups.
var fileCases = []struct {
	name     string
	content  content
	state    map[string]string
	raw      map[string]string
	versions map[string][]string
	codes    []string
}{{
	name: "01 cut file, good backup", // what the prefix holds is newer, the rest comes from the backup
	content: content{
		files: []record.File{{Path: "db/notes.json", Key: "notes", Rank: record.RankCollection, Status: record.StatusPartial}},
		candidates: slices.Concat(
			marked(in("notes", "db/notes.json", record.RankCollection, testTime, note("a", "same", oldTime), note("b", "new", newTime)), damaged),
			in("notes", "db/notes.backup.json", record.RankBackup, testTime-1, note("a", "same", oldTime), note("b", "old", oldTime), note("c", "c", oldTime))),
	},
	state:    map[string]string{"notes/a": "", "notes/b": "", "notes/c": ""},
	raw:      map[string]string{"notes/b": note("b", "new", newTime)},
	versions: map[string][]string{"notes/b": {note("b", "old", oldTime)}},
	codes:    []string{"restored-from-backup", "conflict-version"},
}, {
	name: "01 cut file, newer in the backup", // by recency, whichever file it is
	content: content{
		files: []record.File{{Path: "db/notes.json", Key: "notes", Rank: record.RankCollection, Status: record.StatusPartial}},
		candidates: slices.Concat(
			marked(in("notes", "db/notes.json", record.RankCollection, testTime, note("a", "old", oldTime)), damaged),
			in("notes", "db/notes.backup.json", record.RankBackup, testTime-1, note("a", "new", newTime))),
	},
	state: map[string]string{"notes/a": ""},
	raw:   map[string]string{"notes/a": note("a", "new", newTime)},
}, {
	name: "02 cut file, two backups",
	content: content{
		files: []record.File{{Path: "db/tasks.json", Key: "tasks", Rank: record.RankCollection, Status: record.StatusPartial}},
		candidates: slices.Concat(
			marked(in("tasks", "db/tasks.json", record.RankCollection, 0, task("0", "t"), task("1", "t")), damaged),
			in("tasks", "db/tasks.1000.backup.json", record.RankBackup, testTime-1000, task("0", "t"), task("2", "older")),
			in("tasks", "db/tasks.2000.backup.json", record.RankBackup, testTime-500, task("0", "t"), task("2", "newer"), task("3", "t"))),
	},
	state:    map[string]string{"tasks/0": "", "tasks/1": "", "tasks/2": "", "tasks/3": ""},
	raw:      map[string]string{"tasks/2": task("2", "newer")},
	versions: map[string][]string{"tasks/0": nil, "tasks/2": {task("2", "older")}},
	codes:    []string{"restored-from-backup", "conflict-version"},
}, {
	name: "04 edited by hand, checksum wrong",
	content: content{candidates: slices.Concat(
		in("tasks", "db/tasks.json", record.RankCollection, testTime, task("a", "EDITED BY HAND")),
		in("tasks", "db/tasks.backup.json", record.RankBackup, testTime, task("a", "original")))},
	state:    map[string]string{"tasks/a": ""},
	raw:      map[string]string{"tasks/a": task("a", "EDITED BY HAND")},
	versions: map[string][]string{"tasks/a": {task("a", "original")}},
	codes:    []string{"conflict-version"},
}, {
	name: "10 null for required", // kept where nothing better is known
	content: content{candidates: slices.Concat(
		in("notes", "db/notes.json", record.RankCollection, testTime, `{"id":"a","content":null,"lastUpdated":null,"tags":null}`))},
	state: map[string]string{"notes/a": ""},
	raw:   map[string]string{"notes/a": `{"id":"a","content":null,"lastUpdated":null,"tags":null}`},
}, {
	name: "27 unfinished transaction",
	content: content{candidates: slices.Concat(
		in("notes", "db/notes.json", record.RankCollection, testTime-1000, note("a", "live", oldTime)),
		in("notes", "db/tx-temp-1/notes.json", record.RankStaged, testTime, note("a", "edited", newTime), note("n", "only there", newTime)))},
	state:    map[string]string{"notes/a": "", "notes/n": TrashRecovered},
	raw:      map[string]string{"notes/a": note("a", "live", oldTime)},
	versions: map[string][]string{"notes/a": {note("a", "edited", newTime)}},
	codes:    []string{"conflict-version"},
}, {
	name: "28 empty file, full backup",
	content: content{
		files: []record.File{{Path: "db/sessions.json", Key: "sessions", Rank: record.RankCollection, Status: record.StatusOK}},
		candidates: slices.Concat(
			in("sessions", "db/sessions.backup.json", record.RankBackup, testTime, topic("s", "s")),
			in("tasks", "db/tasks.json", record.RankCollection, testTime, task("a", "a")),
			in("tasks", "db/tasks.backup.json", record.RankBackup, testTime, task("a", "a"), task("b", "b"))),
	},
	state: map[string]string{"sessions/s": "", "tasks/a": "", "tasks/b": TrashRecovered},
	codes: []string{"restored-from-backup"},
}, {
	name: "doubtful text", // a damaged stream may hold wrong letters
	content: content{
		files: []record.File{{Path: "db/tasks.json", Key: "tasks", Rank: record.RankCollection, Status: record.StatusPartial}},
		candidates: slices.Concat(
			marked(in("tasks", "db/tasks.json", record.RankCollection, testTime, task("a", "gxrbled")), func(c *record.Candidate) { c.Damaged, c.Doubtful = true, true }),
			in("tasks", "db/tasks.backup.json", record.RankBackup, testTime-1, task("a", "garbled"))),
	},
	state:    map[string]string{"tasks/a": ""},
	raw:      map[string]string{"tasks/a": task("a", "garbled")},
	versions: map[string][]string{"tasks/a": {task("a", "gxrbled")}},
}}

func TestFilesAndBackups(t *testing.T) {
	t.Parallel()
	for _, c := range fileCases {
		t.Run(c.name, func(t *testing.T) {
			out := mergeAll(t, staged(t, c.content), nil)
			sourcetest.Same(t, "state", out.state(), c.state)
			for id, want := range c.raw {
				sourcetest.Same(t, id, string(out[id].Raw), want)
			}
			for id, want := range c.versions {
				sourcetest.Same(t, "versions of "+id, out.versions(t, id), want)
			}
			for _, code := range c.codes {
				if !out.codes()[code] {
					t.Errorf("%s is not reported", code)
				}
			}
			if c.codes != nil && len(out.codes()) != len(c.codes) {
				t.Errorf("codes %v, want %v", out.codes(), c.codes)
			}
		})
	}
}

package merge

import (
	"context"
	"slices"
	"testing"

	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"
)

// memory is a store as the merge sees it.
type memory struct {
	now      map[string]Present
	versions map[string]map[rawjson.Sum]bool
	writes   int
}

func newMemory() *memory {
	return &memory{now: map[string]Present{}, versions: map[string]map[rawjson.Sum]bool{}}
}

func (m *memory) Current(_ context.Context, collection, id string) (Present, bool, error) {
	p, ok := m.now[collection+"/"+id]
	return p, ok, nil
}

func (m *memory) HasVersion(_ context.Context, collection, id string, sum rawjson.Sum) (bool, error) {
	return m.versions[collection+"/"+id][sum], nil
}

func (m *memory) keep(t rapid.TB, key string, raw jsontext.Value) {
	t.Helper()
	sum, err := rawjson.Hash(raw)
	sourcetest.Must(t, err)
	if m.versions[key] == nil {
		m.versions[key] = map[rawjson.Sum]bool{}
	}
	if m.versions[key][sum] {
		t.Errorf("%s: %s is kept twice", key, raw)
	}
	m.versions[key][sum] = true
}

// apply does what an import does with a merge.
func (m *memory) apply(t rapid.TB, out outcome) {
	t.Helper()
	for key, r := range out {
		if r.Write {
			m.writes++
			p := Present{Raw: r.Raw, Trash: r.Trash, Rank: r.Winner.Rank, Time: r.Winner.Time}
			old, ok := m.now[key]
			if r.Kept {
				p.Rank, p.Time = old.Rank, old.Time
			}
			if ok && !rawjson.Equal(old.Raw, r.Raw) {
				sum, err := rawjson.Hash(old.Raw)
				sourcetest.Must(t, err)
				if !m.versions[key][sum] {
					m.keep(t, key, old.Raw)
				}
			}
			m.now[key] = p
		}
		for _, v := range r.Versions {
			m.writes++
			raw, err := v.Load(context.Background())
			sourcetest.Must(t, err)
			m.keep(t, key, raw)
		}
	}
}

// put is an edit in the store.
func (m *memory) put(t testing.TB, key, raw string) {
	t.Helper()
	m.keep(t, key, m.now[key].Raw)
	m.now[key] = Present{Raw: jsontext.Value(raw), Time: testNow.UnixMilli()}
}

// load imports the candidates and returns how many writes that took.
func (m *memory) load(t testing.TB, candidates []record.Candidate) int {
	t.Helper()
	before := m.writes
	m.apply(t, mergeAll(t, staged(t, content{candidates: candidates}), m))
	return m.writes - before
}

func (m *memory) is(t testing.TB, key, raw, trash string) {
	t.Helper()
	if p := m.now[key]; string(p.Raw) != raw || p.Trash != trash {
		t.Errorf("%s is %s, trash %q; want %s, %q", key, p.Raw, p.Trash, raw, trash)
	}
}

func tasksAt(at int64, raws ...string) []record.Candidate {
	return in("tasks", "db/tasks.json", record.RankCollection, at, raws...)
}

func TestImportTwice(t *testing.T) {
	t.Parallel()
	m := newMemory()
	c := slices.Concat(tasksAt(testTime, task("a", "new"), task("b", "b")),
		in("tasks", "db/tasks.backup.json", record.RankBackup, testTime-1, task("a", "old"), task("c", "c")))
	if n := m.load(t, c); n != 4 {
		t.Errorf("%d writes", n)
	}
	if n := m.load(t, c); n != 0 {
		t.Errorf("the second import made %d writes", n)
	}
	m.is(t, "tasks/c", task("c", "c"), TrashRecovered)
}

func TestOlderImportLater(t *testing.T) {
	t.Parallel()
	m := newMemory()
	m.load(t, tasksAt(testTime, task("a", "new")))
	older := in("tasks", "export.json", record.RankExport, testTime-1000, task("a", "old"))
	if n := m.load(t, older); n != 1 {
		t.Errorf("%d writes, want the version alone", n)
	}
	m.is(t, "tasks/a", task("a", "new"), "")
	if n := m.load(t, older); n != 0 {
		t.Errorf("the second import made %d writes", n)
	}
	m.load(t, tasksAt(testTime+1000, task("a", "newer")))
	m.is(t, "tasks/a", task("a", "newer"), "")
}

func TestImportAfterEdit(t *testing.T) {
	t.Parallel()
	m := newMemory()
	c := tasksAt(testTime, task("a", "imported", `,"dueDate":"x"`))
	m.load(t, c)
	m.put(t, "tasks/a", task("a", "edited here"))
	if n := m.load(t, c); n != 0 {
		t.Errorf("importing the same again made %d writes", n)
	}
	m.is(t, "tasks/a", task("a", "edited here"), "")
	m.load(t, tasksAt(testTime, task("a", "edited there", `,"updatedAt":"2026-01-01T00:00:00.000Z"`)))
	m.is(t, "tasks/a", task("a", "edited there", `,"updatedAt":"2026-01-01T00:00:00.000Z"`), "")
}

func TestImportAndTrash(t *testing.T) {
	t.Parallel()
	m := newMemory()
	m.load(t, slices.Concat(tasksAt(testTime, task("x", "x")),
		in("tasks", "db/tasks.backup.json", record.RankBackup, testTime, task("a", "a"))))
	m.is(t, "tasks/a", task("a", "a"), TrashRecovered)
	m.load(t, tasksAt(testTime+1, task("a", "a"), task("x", "x")))
	m.is(t, "tasks/a", task("a", "a"), "")

	p := m.now["tasks/x"]
	p.Trash = TrashDeleted
	m.now["tasks/x"] = p
	m.load(t, tasksAt(testTime+2, task("x", "changed"), task("a", "a")))
	m.is(t, "tasks/x", task("x", "changed"), TrashDeleted)
}

func TestChunkedThenOlderForm(t *testing.T) {
	t.Parallel()
	chunked := one("sessions", "db/sessions/s/metadata.json", record.RankChunked, testTime, `{"id":"s","startTime":"2025-01-01T00:00:00.000Z","extractedTaskIds":[]}`)
	mono := one("sessions", "db/sessions.json", record.RankCollection, testTime-1000, `{"id":"s","startTime":"2025-01-01T00:00:00.000Z","extractedTaskIds":["t"],"audioKeyMoments":[{"id":"k"}]}`)
	want := `{"id":"s","startTime":"2025-01-01T00:00:00.000Z","extractedTaskIds":["t"],"audioKeyMoments":[{"id":"k"}]}`
	for _, order := range [][][]record.Candidate{{chunked, mono}, {mono, chunked}, {slices.Concat(mono, chunked)}} {
		m := newMemory()
		for _, c := range order {
			m.load(t, c)
		}
		m.is(t, "sessions/s", want, "")
		for _, c := range order {
			if n := m.load(t, c); n != 0 {
				t.Errorf("importing again made %d writes", n)
			}
		}
	}
}

func TestOverwrittenContentIsKeptOnce(t *testing.T) {
	t.Parallel()
	m := newMemory()
	m.load(t, tasksAt(testTime, task("a", "old")))
	c := slices.Concat(tasksAt(testTime+1000, task("a", "new")),
		in("tasks", "db/tasks.backup.json", record.RankBackup, testTime, task("a", "old")))
	if n := m.load(t, c); n != 1 { // the store itself keeps what it overwrites
		t.Errorf("%d writes", n)
	}
	m.is(t, "tasks/a", task("a", "new"), "")
}

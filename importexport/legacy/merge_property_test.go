package legacy

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// source is a kind of file that a property test draws records from.
type source struct {
	file string
	rank Rank
	at   int64
}

var sources = []source{
	{"db/wal.log", RankWAL, testTime + 50}, {"db/wal.log", RankStaged, testTime + 60},
	{"db/tasks/task-a.json", RankEntity, 0}, {"db/tasks.json", RankCollection, testTime},
	{"db/tasks.backup.json", RankBackup, testTime - 10}, {"db/tasks.1.backup.json", RankBackup, testTime - 20},
	{"backups/backup-1.json", RankBundle, testTime - 30}, {"export.json", RankExport, testTime + 1000},
	{"chunks", RankChunked, testTime + 5}, {"sessions.json", RankRoot, testTime - 5},
}

// drawRecord draws the text of a record; ids are few, so that candidates meet.
func drawRecord(t *rapid.T) string {
	list := []member{}
	add := func(name, value string) {
		list = append(list, member{name, jsontext.Value(`"` + name + `"`), jsontext.Value(value)})
	}
	if id := rapid.SampledFrom([]string{`"a"`, `"b"`, `7`, `""`, "", `"c"`, `"\ud83d"`}).Draw(t, "id"); id != "" {
		add("id", id)
	}
	values := []string{`1`, `null`, `"x"`, `"[Circular]"`, `{"k":[1]}`, `9007199254740993`, `"\udc00"`}
	for _, name := range []string{"title", "extra", "title"} {
		if rapid.Bool().Draw(t, name) {
			add(name, rapid.SampledFrom(values).Draw(t, "value"))
		}
	}
	lists := []string{`[]`, `[{"id":"1"}]`, `[{"id":"2"},{"id":"1","x":0}]`, `[{"y":1},"z"]`}
	for _, name := range []string{"relationships", "subtasks", "screenshots"} {
		if rapid.Bool().Draw(t, name) {
			add(name, rapid.SampledFrom(lists).Draw(t, "list"))
		}
	}
	if at := rapid.SampledFrom([]string{"", early, late}).Draw(t, "at"); at != "" {
		add("updatedAt", `"`+at+`"`)
	}
	return string(joinMembers(list))
}

func drawContent(t *rapid.T) content {
	var c content
	kinds := []string{"tasks", "sessions"}
	for i, s := range rapid.SliceOfN(rapid.SampledFrom(sources), 1, 5).Draw(t, "sources") {
		kind := rapid.SampledFrom(kinds).Draw(t, "kind")
		var raws []string
		for range rapid.IntRange(1, 4).Draw(t, "records") {
			raws = append(raws, drawRecord(t))
		}
		list := in(kind, s.file, s.rank, s.at, raws...)
		flags := rapid.IntRange(0, 7).Draw(t, "flags")
		marked(list, func(x *Candidate) {
			x.Pointer = fmt.Sprintf("/%d%s", i, x.Pointer)
			x.Damaged, x.Spread, x.Doubtful = flags&1 != 0, flags&6 == 6 && s.rank == RankEntity, flags == 3
		})
		c.candidates = append(c.candidates, list...)
	}
	if rapid.Bool().Draw(t, "partial") {
		c.files = append(c.files, File{Path: "db/tasks.json", Key: "tasks", Rank: RankCollection, Status: StatusPartial})
	}
	return c
}

// lists cuts candidates by the list they stand in, whose order is the source's.
func lists(candidates []Candidate) (out [][]Candidate) {
	for i, c := range candidates {
		if i == 0 || listOf(c) != listOf(candidates[i-1]) {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], c)
	}
	return out
}

// mergedContent stages and merges in a directory of its own.
func mergedContent(t *rapid.T, dir string, c content, target Target, look func(*Stage, outcome)) {
	sub, err := os.MkdirTemp(dir, "")
	must(t, err)
	s, err := NewStage(context.Background(), sub)
	must(t, err)
	defer s.Close()
	fillStage(t, s, c)
	look(s, mergeAll(t, s, target))
}

func TestNothingLostInventedOrDoubled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		c := drawContent(t)
		store := newMemory()
		var first map[string]string
		mergedContent(t, dir, c, store, func(s *Stage, out outcome) {
			accounted(t, s, out, len(c.candidates))
			first = printed(t, out)
			store.apply(t, out)
		})
		before := store.writes
		shuffled := content{files: c.files, candidates: slices.Concat(rapid.Permutation(lists(c.candidates)).Draw(t, "order")...)}
		mergedContent(t, dir, shuffled, nil, func(s *Stage, out outcome) {
			if diff := cmp.Diff(first, printed(t, out)); diff != "" {
				t.Fatalf("another order, another result:\n%s", diff)
			}
		})
		mergedContent(t, dir, c, store, func(s *Stage, out outcome) {
			store.apply(t, out)
			if n := store.writes - before; n != 0 {
				t.Fatalf("importing the same again made %d writes", n)
			}
		})
	})
}

// printed renders a merge for comparison.
func printed(t rapid.TB, out outcome) map[string]string {
	text := map[string]string{}
	for key, m := range out {
		text[key] = fmt.Sprintf("%s %s %s%s %d %v %v", m.Raw, m.Trash, m.Winner.File, m.Winner.Pointer, m.Duplicates, out.versions(t, key), m.Warnings)
	}
	return text
}

// accounted checks that every candidate is in exactly one place, with its content,
// and that every content comes from a candidate.
func accounted(t *rapid.T, s *Stage, out outcome, n int) {
	seen := map[string]map[string][]Accounted{}
	for _, collection := range Collections {
		for a, err := range s.Accounts(context.Background(), collection) {
			must(t, err)
			n--
			key := collection + "/" + a.ID
			if seen[key] == nil {
				seen[key] = map[string][]Accounted{}
			}
			seen[key][a.Disposition] = append(seen[key][a.Disposition], a)
		}
	}
	if n != 0 {
		t.Fatalf("%d candidates are not listed", n)
	}
	if got, want := slices.Sorted(maps.Keys(out)), slices.Sorted(maps.Keys(seen)); !slices.Equal(got, want) {
		t.Fatalf("merged %q, staged %q", got, want)
	}
	for key, by := range seen {
		m := out[key]
		sums := map[Sum]bool{}
		for _, v := range m.Versions {
			if sums[v.Sum] {
				t.Fatalf("%s keeps %s twice", key, v.Sum)
			}
			sums[v.Sum] = true
		}
		if len(by[DispLive])+len(by[DispRecovered]) != 1 || (m.Trash == "") != (len(by[DispLive]) == 1) {
			t.Fatalf("%s, trash %q: %v", key, m.Trash, by)
		}
		if len(by[DispRevision]) != len(m.Versions) || len(by[DispDuplicate]) < m.Duplicates {
			t.Fatalf("%s: %d revisions, %d versions", key, len(by[DispRevision]), len(m.Versions))
		}
		sum, err := Hash(m.Raw)
		must(t, err)
		winner := slices.Concat(by[DispLive], by[DispRecovered])[0]
		sums[sum], sums[winner.Sum] = true, true
		for _, a := range slices.Concat(by[DispRevision], by[DispDuplicate]) {
			if !sums[a.Sum] {
				t.Fatalf("%s: %s%s is nowhere", key, a.File, a.Pointer)
			}
		}
		traced(t, m, slices.Concat(by[DispLive], by[DispRecovered], by[DispRevision], by[DispDuplicate]))
	}
}

// traced checks that each value and item of a merged record stands in a candidate,
// and that the winner's members are all there.
func traced(t *rapid.T, m Merged, from []Accounted) {
	known := map[string]bool{}
	for _, a := range from {
		raw, err := a.Load(context.Background())
		must(t, err)
		list, _ := members(raw)
		for _, x := range list {
			known[x.name+" "+string(x.value)] = true
			items, _ := elements(x.value)
			for _, item := range items {
				known[x.name+" "+string(item)] = true
			}
		}
	}
	list, _ := members(m.Raw)
	for _, x := range list {
		items, ok := elements(x.value)
		if !ok || known[x.name+" "+string(x.value)] {
			items = []jsontext.Value{x.value}
		}
		for _, item := range items {
			if !known[x.name+" "+string(item)] {
				t.Fatalf("%s %s of %s was invented", x.name, item, m.Raw)
			}
		}
	}
	raw, err := from[0].Load(context.Background())
	must(t, err)
	won, _ := members(raw)
	for i, x := range won {
		if lost(x.value) || i > len(list) {
			continue
		}
		if items, ok := elements(x.value); ok && len(items) == 0 {
			continue
		}
		if !Equal(list[i].value, x.value) && !itemLists[x.name] {
			t.Fatalf("%s of the winner %s is not in %s", x.name, raw, m.Raw)
		}
	}
}

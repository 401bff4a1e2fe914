package merge

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawnFile is a kind of file that a property test draws records from.
type drawnFile struct {
	file string
	rank record.Rank
	at   int64
}

var sources = []drawnFile{
	{"db/wal.log", record.RankWAL, testTime + 50}, {"db/wal.log", record.RankStaged, testTime + 60},
	{"db/tasks/task-a.json", record.RankEntity, 0}, {"db/tasks.json", record.RankCollection, testTime},
	{"db/tasks.backup.json", record.RankBackup, testTime - 10}, {"db/tasks.1.backup.json", record.RankBackup, testTime - 20},
	{"backups/backup-1.json", record.RankBundle, testTime - 30}, {"export.json", record.RankExport, testTime + 1000},
	{"chunks", record.RankChunked, testTime + 5}, {"sessions.json", record.RankRoot, testTime - 5},
}

// drawRecord draws the text of a record; ids are few, so that candidates meet.
func drawRecord(t *rapid.T) string {
	list := []rawjson.Member{}
	add := func(name, value string) {
		list = append(list, rawjson.Member{Name: name, Raw: jsontext.Value(`"` + name + `"`), Value: jsontext.Value(value)})
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
	return string(rawjson.JoinMembers(list))
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
		marked(list, func(x *record.Candidate) {
			x.Pointer = fmt.Sprintf("/%d%s", i, x.Pointer)
			x.Damaged, x.Spread, x.Doubtful = flags&1 != 0, flags&6 == 6 && s.rank == record.RankEntity, flags == 3
		})
		c.candidates = append(c.candidates, list...)
	}
	if rapid.Bool().Draw(t, "partial") {
		c.files = append(c.files, record.File{Path: "db/tasks.json", Key: "tasks", Rank: record.RankCollection, Status: record.StatusPartial})
	}
	return c
}

// lists cuts candidates by the list they stand in, whose order is the source's.
func lists(candidates []record.Candidate) (out [][]record.Candidate) {
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
	sourcetest.Must(t, err)
	s, err := NewStage(context.Background(), sub)
	sourcetest.Must(t, err)
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
			sourcetest.Must(t, err)
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
		sums := map[rawjson.Sum]bool{}
		for _, v := range m.Versions {
			if sums[v.Sum] {
				t.Fatalf("%s keeps %s twice", key, v.Sum)
			}
			sums[v.Sum] = true
		}
		if len(by[record.DispLive])+len(by[record.DispRecovered]) != 1 || (m.Trash == "") != (len(by[record.DispLive]) == 1) {
			t.Fatalf("%s, trash %q: %v", key, m.Trash, by)
		}
		if len(by[record.DispRevision]) != len(m.Versions) || len(by[record.DispDuplicate]) < m.Duplicates {
			t.Fatalf("%s: %d revisions, %d versions", key, len(by[record.DispRevision]), len(m.Versions))
		}
		sum, err := rawjson.Hash(m.Raw)
		sourcetest.Must(t, err)
		winner := slices.Concat(by[record.DispLive], by[record.DispRecovered])[0]
		sums[sum], sums[winner.Sum] = true, true
		for _, a := range slices.Concat(by[record.DispRevision], by[record.DispDuplicate]) {
			if !sums[a.Sum] {
				t.Fatalf("%s: %s%s is nowhere", key, a.File, a.Pointer)
			}
		}
		traced(t, m, slices.Concat(by[record.DispLive], by[record.DispRecovered], by[record.DispRevision], by[record.DispDuplicate]))
	}
}

// traced checks that each value and item of a merged record stands in a candidate,
// and that the winner's members are all there.
func traced(t *rapid.T, m Merged, from []Accounted) {
	known := map[string]bool{}
	for _, a := range from {
		raw, err := a.Load(context.Background())
		sourcetest.Must(t, err)
		list, _ := rawjson.Members(raw)
		for _, x := range list {
			known[x.Name+" "+string(x.Value)] = true
			items, _ := rawjson.Elements(x.Value)
			for _, item := range items {
				known[x.Name+" "+string(item)] = true
			}
		}
	}
	list, _ := rawjson.Members(m.Raw)
	for _, x := range list {
		items, ok := rawjson.Elements(x.Value)
		if !ok || known[x.Name+" "+string(x.Value)] {
			items = []jsontext.Value{x.Value}
		}
		for _, item := range items {
			if !known[x.Name+" "+string(item)] {
				t.Fatalf("%s %s of %s was invented", x.Name, item, m.Raw)
			}
		}
	}
	raw, err := from[0].Load(context.Background())
	sourcetest.Must(t, err)
	won, _ := rawjson.Members(raw)
	for i, x := range won {
		if record.Lost(x.Value) || i > len(list) {
			continue
		}
		if items, ok := rawjson.Elements(x.Value); ok && len(items) == 0 {
			continue
		}
		if !rawjson.Equal(list[i].Value, x.Value) && !itemLists[x.Name] {
			t.Fatalf("%s of the winner %s is not in %s", x.Name, raw, m.Raw)
		}
	}
}

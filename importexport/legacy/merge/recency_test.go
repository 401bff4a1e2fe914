package merge

import (
	"slices"
	"testing"
	"time"

	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"

	"github.com/go-json-experiment/json/jsontext"
)

func TestAgeOf(t *testing.T) {
	t.Parallel()
	at := func(text string) int64 {
		v, err := time.Parse(time.RFC3339, text)
		sourcetest.Must(t, err)
		return v.UnixMilli()
	}
	for _, c := range []struct {
		collection, raw string
		at, version     int64
	}{
		{"notes", `{"timestamp":"2025-05-01T00:00:00Z","lastUpdated":"2025-04-01T00:00:00Z"}`, at("2025-04-01T00:00:00Z"), -1},
		{"notes", `{"timestamp":"2025-05-01T00:00:00Z","lastUpdated":null}`, 0, -1},
		{"topics", `{"lastUpdated":"no time"}`, 0, -1},
		{"contacts", `{"lastUpdated":1740000000000}`, 1740000000000, -1},
		{"tasks", `{"createdAt":"2025-05-01T00:00:00Z","completedAt":"2025-06-01T00:00:00Z","version":3}`, at("2025-06-01T00:00:00Z"), 3},
		{"tasks", `{"createdAt":"2025-05-01","version":"3"}`, at("2025-05-01T00:00:00Z"), -1},
		{"sessions", `{"updatedAt":"2025-05-01T00:00:00Z","endTime":"2025-06-01T00:00:00Z"}`, at("2025-05-01T00:00:00Z"), -1},
		{"sessions", `{"startTime":"2025-05-01T00:00:00Z","summary":{"lastUpdated":"2025-06-01T00:00:00Z"}}`, at("2025-06-01T00:00:00Z"), -1},
		{"sessions", `{"startTime":"2025-05-01T00:00:00Z","enrichmentStatus":{"completedAt":"2025-07-01T00:00:00Z"}}`, at("2025-07-01T00:00:00Z"), -1},
		{"sessions", `{"startTime":"2025-05-01T00:00:00Z","screenshots":[{"timestamp":"2025-05-02T00:00:00Z"},{"timestamp":"2025-05-01T00:00:00Z"}]}`, at("2025-05-02T00:00:00Z"), -1},
		{"other", `{"lastUpdated":"2025-05-01T00:00:00Z"}`, 0, -1},
		{"notes", `"text"`, 0, -1},
	} {
		sourcetest.Same(t, c.raw, ageOf(c.collection, jsontext.Value(c.raw)), age{At: c.at, Version: c.version})
	}
}

func TestBetter(t *testing.T) {
	t.Parallel()
	with := func(change func(*row)) *row {
		r := &row{age: age{At: 100, Version: -1}, Container: 100}
		r.Rank, r.File = record.RankCollection, "f"
		change(r)
		return r
	}
	plain := with(func(*row) {})
	for _, c := range []struct {
		name string
		a, b *row // a is better
	}{
		{"the entity's time first", with(func(r *row) { r.At, r.Container, r.Rank = 101, 1, record.RankBundle }), plain},
		{"the container's where the entity has none", with(func(r *row) { r.At, r.Container = 0, 101 }), plain},
		{"version on equal times", with(func(r *row) { r.Version, r.Container = 2, 1 }), with(func(r *row) { r.Version = 1 })},
		{"no version against one", with(func(r *row) { r.Rank = record.RankEntity }), with(func(r *row) { r.Version = 9 })},
		{"container on equal times", with(func(r *row) { r.Container, r.Rank = 101, record.RankRoot }), plain},
		{"rank on unknown containers", with(func(r *row) { r.Rank, r.Container = record.RankEntity, 0 }), plain},
		{"rank on equal times", with(func(r *row) { r.Rank = record.RankWAL }), with(func(r *row) { r.Rank = record.RankChunked })},
		{"undamaged before rank", plain, with(func(r *row) { r.Rank, r.Damaged = record.RankWAL, true })},
		{"not doubtful before container", plain, with(func(r *row) { r.Container, r.Doubtful = 200, true })},
		{"later position", with(func(r *row) { r.Seq = 1 }), plain},
	} {
		t.Run(c.name, func(t *testing.T) {
			if better(c.a, c.b) <= 0 || better(c.b, c.a) >= 0 {
				t.Errorf("better is %d, the other way %d", better(c.a, c.b), better(c.b, c.a))
			}
		})
	}
	order := []record.Rank{record.RankWAL, record.RankChunked, record.RankEntity, record.RankCollection, record.RankRoot, record.RankRescue, record.RankExport, record.RankZip, record.RankState, record.RankStaged, record.RankBackup, record.RankMigrationCopy, record.RankBundle}
	if !slices.IsSortedFunc(order, func(a, b record.Rank) int { return int(b - a) }) {
		t.Error("the ranks are out of order")
	}
}

func TestClocks(t *testing.T) {
	t.Parallel()
	wrapped, future := testTime, testNow.Add(48*time.Hour).UnixMilli()
	copied := testNow.UnixMilli() // what copying the directory sets
	for _, c := range []struct {
		name  string
		files map[string]int64 // modification times
		times map[string]int64 // what candidates carry
		want  map[string]int64
	}{
		{"copied without a log", map[string]int64{"raw": copied, "w": copied}, map[string]int64{"raw": copied, "w": wrapped}, map[string]int64{"raw": 0, "w": wrapped}},
		{"plausible", map[string]int64{"raw": wrapped - 5, "w": copied}, map[string]int64{"raw": wrapped - 5, "w": wrapped}, map[string]int64{"raw": wrapped - 5, "w": wrapped}},
		{"later than the log", map[string]int64{"raw": wrapped, "w": copied, "db/wal.log": copied},
			map[string]int64{"raw": wrapped, "w": wrapped, "db/wal.log": wrapped - 2*record.Day}, map[string]int64{"raw": 0, "w": wrapped, "db/wal.log": wrapped - 2*record.Day}},
		{"only modification times", map[string]int64{"raw": copied}, map[string]int64{"raw": copied}, map[string]int64{"raw": 0}},
		{"unknown takes the file's", map[string]int64{"raw": wrapped - 5, "w": copied}, map[string]int64{"raw": 0, "w": wrapped}, map[string]int64{"raw": wrapped - 5, "w": wrapped}},
		{"clock ahead", map[string]int64{"w": wrapped - 7}, map[string]int64{"w": future}, map[string]int64{"w": wrapped - 7}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var all content
			for file, at := range c.times {
				all.candidates = append(all.candidates, in("tasks", file, record.RankCollection, at, task(file, "t"))...)
				all.files = append(all.files, record.File{Path: file, Status: record.StatusOK, ModTime: time.UnixMilli(c.files[file])})
			}
			for key, m := range mergeAll(t, staged(t, all), nil) {
				sourcetest.Same(t, key, m.Winner.Time, c.want[m.ID])
			}
		})
	}
}

func TestIDText(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{`"x"`: "x", `12345`: "12345", `-7`: "-7", `9007199254740993`: "9007199254740993",
		`12345.0`: "12345", `1e3`: "1000", `true`: "", `null`: "", `{}`: "", `""`: "", ``: "", `"\ud83d\ude80"`: "🚀"} {
		if got := rawjson.IDText(jsontext.Value(raw)); got != want {
			t.Errorf("idText(%s) = %q, want %q", raw, got, want)
		}
	}
}

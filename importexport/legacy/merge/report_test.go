package merge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/report"
)

func sampleReport(t *testing.T) report.Report {
	s := staged(t, content{
		files: []record.File{
			{Path: "db/tasks.json", Format: "raw", Status: record.StatusPartial, Key: "tasks", Rank: record.RankCollection, Bytes: 2048, Records: 2,
				Warnings: []record.Warning{{Code: "truncated", ID: "", Detail: "ends inside element 2"}}},
			{Path: "db/odd.bin", Status: record.StatusUnsupported, Warnings: []record.Warning{{Code: "unsupported", ID: "", Detail: ""}}},
		},
		candidates: slices.Concat(in("tasks", "db/tasks.json", record.RankCollection, testTime, task("a", "a"), task("b", "b")),
			in("tasks", "db/tasks.backup.json", record.RankBackup, testTime-1, task("a", "a"), task("b", "old"), task("c", "c")),
			in("notes", "db/notes.json", record.RankCollection, testTime, note("n", "n", early)),
			in("notes", "db/notes.backup.json", record.RankBackup, testTime, note("m", "m", early))),
		hints:  index("topics", "db/topics/index.json", record.RankEntity, "gone"),
		strays: []record.Stray{{Collection: "tasks", File: "db/tasks.json", Pointer: "/2", Raw: []byte(`"text"`), Reason: "no object"}},
	})
	mergeAll(t, s, nil)
	mergeAll(t, s, nil) // merging again replaces what was written
	r, err := s.Report(t.Context())
	sourcetest.Must(t, err)
	r.Files, err = s.AllFiles(t.Context())
	sourcetest.Must(t, err)
	return r
}

func TestReport(t *testing.T) {
	t.Parallel()
	r := sampleReport(t)
	sourcetest.Same(t, "tasks", r.Collections["tasks"], report.Counts{Found: 6, Live: 3, Versions: 1, Duplicates: 1, Quarantined: 1})
	sourcetest.Same(t, "notes", r.Collections["notes"], report.Counts{Found: 2, Live: 1, Recovered: 1})
	sourcetest.Same(t, "topics", r.Collections["topics"], report.Counts{Missing: 1})
	sourcetest.Same(t, "sessions", r.Collections["sessions"], report.Counts{})
	sourcetest.Same(t, "warnings", r.Warnings, map[string]int{"truncated": 1, "unsupported": 1, "conflict-version": 1, "restored-from-backup": 1, "missing-entity": 1})
	for f := range r.Files.All() {
		if f.Path == "db/odd.bin" && f.Status != record.StatusQuarantined {
			t.Errorf("a file that is not read is %q", f.Status)
		}
	}
	text, err := json.Marshal(r)
	sourcetest.Must(t, err)
	for _, want := range []string{`"collections":{"attachments":{"found":0,`, `"took_ms":0`, `"warnings":[{"code":"truncated","id":"","detail":"ends inside element 2"}]`, `"warnings":[]`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is not in %s", want, text)
		}
	}
}

func TestReportForAPerson(t *testing.T) {
	t.Parallel()
	r := sampleReport(t)
	r.Source, r.Run = "/home/me/app", "1"
	var b bytes.Buffer
	sourcetest.Must(t, r.WriteText(&b, false))
	places := []string{"not verified", "Recovered to the trash", "1 note: storectl list notes --trash", "Restored from backups", "1 record from db/tasks.backup.json",
		"quarantine", "db/odd.bin (0 B): unsupported", "Read in part", "db/tasks.json (2.0 KiB, 2 records read): truncated, ends inside element 2",
		"values that are no records", "1 task", "Missing", "1 topic", "What to do:", "undelete", "quarantine list", "found", "Remarks", "truncated 1"}
	rest := b.String()
	for _, want := range places {
		i := strings.Index(rest, want)
		if i < 0 {
			t.Fatalf("%q is missing or out of place in\n%s", want, b.String())
		}
		rest = rest[i:]
	}
}

func TestFindings(t *testing.T) {
	t.Parallel()
	files := func(statuses ...string) (r report.Report) {
		for _, status := range statuses {
			r.Files.Add(report.File{Status: status})
		}
		return r
	}
	for _, c := range []struct {
		name string
		r    report.Report
		want bool
	}{
		{"nothing", report.Report{}, false},
		{"notes alone", report.Report{Warnings: map[string]int{"bom": 1, "unknown-enum": 2, "type-coerced": 1, "conflict-version": 5}}, false},
		{"versions alone", report.Report{Collections: map[string]report.Counts{"tasks": {Found: 3, Live: 1, Versions: 1, Duplicates: 1}}}, false},
		{"ok and ignored", files(record.StatusOK, record.StatusIgnored), false},
		{"partial", files(record.StatusPartial), true},
		{"recovered file", files(record.StatusRecovered), true},
		{"quarantined", files(record.StatusQuarantined), true},
		{"recovered record", report.Report{Collections: map[string]report.Counts{"tasks": {Recovered: 1}}}, true},
		{"stray", report.Report{Collections: map[string]report.Counts{"tasks": {Quarantined: 1}}}, true},
		{"missing record", report.Report{Collections: map[string]report.Counts{"tasks": {Missing: 1}}}, true},
		{"restored", report.Report{Warnings: map[string]int{"restored-from-backup": 1}}, true},
		{"missing content", report.Report{Attachments: report.AttachmentCounts{Missing: 1}}, true},
		{"undecodable content", report.Report{Attachments: report.AttachmentCounts{Undecodable: 1}}, true},
	} {
		if got := c.r.Findings(); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestLoadEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s, err := NewStage(t.Context(), t.TempDir())
	sourcetest.Must(t, err)
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	l, err := s.Load(ctx)
	sourcetest.Must(t, err)
	cancel()
	if err := l.Candidate(tasksAt(1, task("a", "a"))[0]); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	sourcetest.Must(t, l.Close())
}

func TestUnaccounted(t *testing.T) {
	t.Parallel()
	s := staged(t, content{candidates: slices.Concat(tasksAt(testTime, task("a", "a"), task("b", "b")),
		in("notes", "db/notes.json", record.RankCollection, testTime, note("n", "n", early)))})
	for _, err := range s.Merge(t.Context(), "tasks", nil) {
		sourcetest.Must(t, err)
		break // an import that ends early has accounted for what it was given
	}
	for collection, want := range map[string]int{"tasks": 1, "notes": 1} {
		if list, err := s.Unaccounted(t.Context(), collection); err != nil || len(list) != want {
			t.Errorf("%s: %v, error %v, want %d", collection, list, err, want)
		}
	}
}

func TestBigTextsComeBack(t *testing.T) {
	t.Parallel()
	long := note("n", strings.Repeat("long ", 50_000), early)
	s := staged(t, content{
		candidates: slices.Concat(in("notes", "db/notes.json", record.RankCollection, testTime, long),
			marked(in("notes", "db/notes.backup.json", record.RankBackup, testTime, note("n", strings.Repeat("older ", 50_000), early)), func(c *record.Candidate) {
				c.Content = &record.Content{Form: record.ContentDat, Inline: "aGk="}
			})),
		strays: []record.Stray{{Collection: "notes", File: "db/notes.json", Raw: []byte(long)}},
	})
	out := mergeAll(t, s, nil)
	sourcetest.Same(t, "record", string(out["notes/n"].Raw), long)
	sourcetest.Same(t, "version", len(out.versions(t, "notes/n")[0]), len(long)+50_000)
	sourcetest.Same(t, "content", out["notes/n"].Contents, []record.Content{{Form: record.ContentDat, Inline: "aGk="}})
	for v, err := range s.Strays(t.Context()) {
		sourcetest.Must(t, err)
		sourcetest.Same(t, "stray", string(v.Raw), long)
	}
}

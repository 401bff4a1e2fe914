package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"taskstore/internal/shell"

	"github.com/google/go-cmp/cmp"
)

var allDamages = flag.Bool("damages.all", false, "follow the hints out of every kind of damage")

// hurt damages a store in a directory.
type hurt func(t *testing.T, dir string)

// damageKind is one kind of damage.
type damageKind struct {
	name string
	do   hurt
	// lossy: something is lost that no backup of the store gives back without more.
	lossy bool
	often bool // it is among those that always run
}

// TestFollowHints damages a store in every way, does nothing but what check prints as the
// command for each finding, and wants a clean store in a few rounds, with all its records.
func TestFollowHints(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the commands are typed into a POSIX shell")
	}
	whole := wholeStore(t)
	want := recordsOf(t, whole)
	kinds := slices.Concat(damagedTables, damagedObjects, damagedRows, damagedDerived, damagedFiles)
	if len(kinds) < 55 {
		t.Errorf("only %d kinds of damage", len(kinds))
	}
	for _, d := range kinds {
		if !d.often && !*allDamages {
			continue
		}
		t.Run(strings.ReplaceAll(d.name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "store")
			if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
				t.Fatal(err)
			}
			d.do(t, dir)
			story := followHints(t, dir)
			if t.Failed() {
				t.Fatal(story)
			}
			if got := recordsOf(t, dir); !d.lossy && got != want {
				t.Errorf("records are lost or changed:\n%s\n%.3000s", story, cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")))
			}
		})
	}
}

// wholeStore is a store with something in every table, and two backups.
func wholeStore(t *testing.T) string {
	dir := filepath.Join(t.TempDir(), "whole")
	unpackStore(t, filepath.Join("testdata", "versions", "schema6.tar.zst"), dir)
	withFile := `{"id":"note-f","content":"a file","summary":"s","attachments":[{"id":"a","name":"x","base64":"data:text/plain;base64,aGVsbG8="}]}`
	for _, args := range [][]string{{"migrate", "up"}, {"put", "note"}, {"delete", "note", "note-f"}, {"search", "words"}, {"backup", "create"}, {"backup", "create"}, {"check", "--only", "db,fk,rows,refs,blobs,backups"}} {
		if got := storectl(t, nil, withFile, append([]string{"--store", dir}, args...)...); got.code != 0 {
			t.Fatalf("%v: exit %d %s%s", args, got.code, got.stdout, got.stderr)
		}
	}
	return dir
}

// recordsOf is every record of a store, without revisions and times of saving.
func recordsOf(t *testing.T, dir string) string {
	got := storectl(t, nil, "", "--store", dir, "export", "--format", "ndjson", "-f", "-")
	if got.code != 0 && got.code != exitFindings { // contents may be lost
		t.Errorf("export: exit %d %s", got.code, got.stderr)
		return ""
	}
	var lines []string
	for line := range strings.Lines(got.stdout) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		delete(record, "_rev")
		text, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(text))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// followHints does what check prints until it finds nothing, and tells the story.
func followHints(t *testing.T, dir string) string {
	t.Helper()
	var story strings.Builder
	for round := range 6 {
		fixes, code := asCheckSays(t, dir, &story)
		if code == 0 {
			if round == 0 {
				t.Error("check found nothing")
			}
			return story.String()
		}
		if len(fixes) == 0 {
			t.Errorf("no command is printed, and check ends with %d", code)
			return story.String()
		}
		for _, fix := range fixes {
			out, code := shellOut(t, fix+" --yes")
			fmt.Fprintf(&story, "%s\n  exit %d %.600s\n", fix, code, out)
			if strings.Contains(out, "goroutine ") {
				t.Errorf("a stack trace: %s", out)
			}
		}
	}
	t.Error("the hints do not come to an end")
	return story.String()
}

// asCheckSays gives the commands that check prints, each once.
func asCheckSays(t *testing.T, dir string, story *strings.Builder) (fixes []string, code int) {
	t.Helper()
	out, code := shellOut(t, "storectl --store "+shell.Quote(dir)+" check --json")
	var report struct {
		Problems []struct{ Severity, Area, Detail, Fix string }
		Error    struct{ Message, Hint string }
	}
	at := strings.Index(out, "{")
	if at < 0 || json.NewDecoder(strings.NewReader(out[at:])).Decode(&report) != nil {
		t.Errorf("check: exit %d, %s", code, out)
		return nil, code
	}
	add := func(fix string) {
		if !slices.Contains(fixes, fix) {
			fixes = append(fixes, fix)
		}
	}
	for _, p := range report.Problems {
		fmt.Fprintf(story, "check: %s %s: %.300s\n  -> %s\n", p.Severity, p.Area, p.Detail, p.Fix)
		if p.Severity == "note" {
			continue
		}
		if !strings.HasPrefix(p.Fix, "storectl ") {
			t.Errorf("no command: %q", p.Fix)
		}
		add(p.Fix)
	}
	if report.Error.Message != "" {
		fmt.Fprintf(story, "check fails: %s\n  -> %s\n", report.Error.Message, report.Error.Hint)
		add(report.Error.Hint)
	}
	return fixes, code
}

func shellOut(t *testing.T, line string) (string, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", line+" 2>&1")
	var out bytes.Buffer
	cmd.Stdout = &out
	_ = cmd.Run() // its exit code says it
	return out.String(), cmd.ProcessState.ExitCode()
}

// TestRevisionsComeBack: revisions that are damaged or gone come back from the newest good
// backup, each as it was, and what no backup has is noted as lost.
func TestRevisionsComeBack(t *testing.T) {
	dir := wholeStore(t)
	const all = "SELECT pk, kind, id, rev, change, origin, body, sum, damaged FROM revisions ORDER BY pk"
	want := ask(t, dir, "query", all, "-o", "csv")
	onDisk("UPDATE revisions SET body = 'flipped' WHERE pk = 2", "DELETE FROM revisions WHERE pk IN (3, 4)")(t, dir)
	ask(t, dir, "repair", "rows", "--yes")
	if got := ask(t, dir, "query", all, "-o", "csv"); !bytes.Equal(got, want) {
		t.Errorf("the history is\n%.2000s\nwant\n%.2000s", got, want)
	}
	ask(t, dir, "check", "--only", "db,fk,rows,refs")
	if err := os.RemoveAll(filepath.Join(dir, "backups")); err != nil {
		t.Fatal(err)
	}
	onDisk("UPDATE revisions SET body = 'flipped' WHERE pk = 2", "DELETE FROM revisions WHERE pk IN (3, 4)")(t, dir)
	ask(t, dir, "repair", "rows", "--yes")
	ask(t, dir, "check", "--only", "db,fk,rows,refs")
	got := ask(t, dir, "query", "SELECT (SELECT sum(lost) FROM revision_counts) AS lost, (SELECT count(*) FROM revisions WHERE damaged IS NOT NULL) AS damaged", "-o", "csv")
	if !strings.Contains(string(got), "\n2,1") {
		t.Errorf("lost and damaged are %s", got)
	}
}

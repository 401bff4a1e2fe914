package legacy_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"taskstore/importexport/ledger"
	"taskstore/importexport/legacy"
	"taskstore/importexport/legacy/report"
	"taskstore/internal/testdb"
	"taskstore/repo"
)

// TestImportOnlyUnproved: an import of some kinds does not speak of the others.
func TestImportOnlyUnproved(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := files(t, map[string]string{"db/notes.json": bothNotes, "db/tasks.json": `[{"id":"t1","title":"a"}]`})
	s := testdb.Open(t)
	r, err := legacy.Import(ctx, s, dir, legacy.Options{Only: []string{"notes"}})
	if err != nil {
		t.Fatal(err)
	}
	run, err := ledger.Of(s).Run(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := legacy.StoredReport(run)
	if err != nil || run.Verified {
		t.Errorf("run verified %t, %v", run.Verified, err)
	}
	for _, r := range []legacy.Report{r, stored} {
		wantUnproved(t, r, "", "not looked at: sessions, tasks, topics, companies, contacts, attachments, settings")
		wantText(t, r, "not verified as a whole: not looked at: sessions, tasks", "every record of notes is accounted for")
		if r.Findings() || r.Warnings["unaccounted"] > 0 || len(r.NotLookedAt) != 7 {
			t.Errorf("findings %t, %v, %v", r.Findings(), r.Warnings, r.NotLookedAt)
		}
	}
	wantUnproved(t, verify(t, s, dir), "db/tasks.json", "")
	all, err := legacy.Import(ctx, s, dir, legacy.Options{Only: []string{"settings", "attachments", "contacts", "companies", "topics", "tasks", "notes", "sessions"}})
	if err != nil || len(all.NotLookedAt) > 0 {
		t.Errorf("not looked at: %v, %v", all.NotLookedAt, err)
	}
	wantVerified(t, all)
}

// interrupted imports a source up to a step, and stops.
func interrupted(t testing.TB, s *repo.Store, dir string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	_, err := legacy.Import(ctx, s, dir, legacy.Options{Progress: func(what string, _, _ int64) {
		if strings.HasPrefix(what, "store ") {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("import of %s: %v", dir, err)
	}
}

// TestResume goes on with the unfinished import of this source, of whatever others there are.
func TestResume(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	first := files(t, map[string]string{"db/notes.json": bothNotes})
	second := files(t, map[string]string{"db/notes.json": bothNotes, "db/tasks.json": `[{"id":"t1","title":"a"}]`})
	third := files(t, map[string]string{"db/tasks.json": `[{"id":"t3","title":"c"}]`})
	s := testdb.Open(t)
	resume := legacy.Options{Resume: true}
	if _, err := legacy.Import(ctx, s, first, resume); !errors.Is(err, legacy.ErrNotInterrupted) {
		t.Errorf("nothing was interrupted: %v", err)
	}
	interrupted(t, s, first)
	interrupted(t, s, second)
	before := dump(t, s)
	if _, err := legacy.Import(ctx, s, third, resume); !errors.Is(err, legacy.ErrNotInterrupted) || !strings.Contains(err.Error(), first) {
		t.Errorf("another source was interrupted: %v", err)
	}
	wantSame(t, "after that", dump(t, s), before)
	for i, dir := range []string{first, second} {
		r, err := legacy.Import(ctx, s, dir, resume)
		if err != nil {
			t.Fatal(err)
		}
		wantVerified(t, r)
		if want := []string{"1", "2"}[i]; r.Run != want {
			t.Errorf("run %s, want %s", r.Run, want)
		}
		if _, err := legacy.Import(ctx, s, dir, resume); !errors.Is(err, legacy.ErrNotInterrupted) {
			t.Errorf("it is finished: %v", err)
		}
	}
	interrupted(t, s, third)
	put(t, third, "db/topics.json", `[]`)
	if _, err := legacy.Import(ctx, s, third, resume); !errors.Is(err, legacy.ErrNotInterrupted) || !strings.Contains(err.Error(), "changed") {
		t.Errorf("the source has changed: %v", err)
	}
}

// TestReportsNameThemselves: a scan, an unfinished import, an import and a verification say
// what they are.
func TestReportsNameThemselves(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := files(t, map[string]string{"db/notes.json": bothNotes, "db/broken.json": `{"cut`})
	s := testdb.Open(t)
	dry, err := legacy.DryRun(ctx, s, dir, legacy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	wantNamed(t, dry, "dry-run", "", "What an import of "+dir+" would do\nnot verified: nothing was stored")
	scan := dry
	scan.Action = report.ActionScan
	wantNamed(t, scan, "scan", "", "Scan of "+dir+"\nnot verified: ")
	for _, word := range []string{"Import ", "is in the store", " is in the quarantine"} {
		if text := printed(t, scan); strings.Contains(text, word) {
			t.Errorf("%q is in\n%s", word, text)
		}
	}
	interrupted(t, s, dir)
	run, err := ledger.Of(s).Run(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	open, err := legacy.StoredReport(run)
	if err != nil {
		t.Fatal(err)
	}
	wantNamed(t, open, "import", "unfinished", "Import 1 of "+dir+": unfinished\nnot verified: ")
	wantUnproved(t, open, "", "has not finished")
	r := verify(t, s, dir)
	wantNamed(t, r, "verify", "unfinished", "Verification of "+dir+" against import 1, which is unfinished\nnot verified: ")
	wantUnproved(t, r, "", "import 1 has not finished")
	wantNamed(t, importing(t, s, dir), "import", "finished", "Import 1 of "+dir+"\nverified: ")
	if run, err = ledger.Of(s).Run(ctx, 0); err != nil {
		t.Fatal(err)
	}
	if open, err = legacy.StoredReport(run); err != nil {
		t.Fatal(err)
	}
	wantNamed(t, open, "import", "finished", "Import 1 of "+dir+"\nverified: ")
	wantNamed(t, verify(t, s, dir), "verify", "finished", "Verification of "+dir+" against import 1\nverified: ")
}

func wantNamed(t testing.TB, r legacy.Report, action, state, head string) {
	t.Helper()
	if r.Action != action || r.State != state {
		t.Errorf("action %q, state %q, want %q, %q", r.Action, r.State, action, state)
	}
	if text := printed(t, r); !strings.HasPrefix(text, head) {
		t.Errorf("want %q first in\n%s", head, text)
	}
}

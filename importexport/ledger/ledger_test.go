package ledger_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"taskstore/importexport/ledger"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestNotedAgain: whatever is noted again changes nothing, and what is not there is ErrNotFound.
func TestNotedAgain(t *testing.T) {
	s := testdb.Open(t)
	ctx := t.Context()
	l := ledger.Of(s)
	n := schema.Note{Head: schema.Head{ID: "n"}}
	fatal(t, s.Notes.Save(ctx, &n))
	if _, err := l.RunOf(ctx, "hash"); !errors.Is(err, repo.ErrNotFound) {
		t.Errorf("a run that is not there: %v", err)
	}
	record := ledger.Record{File: "f", Pointer: "/0", Collection: "notes", ID: "n", SHA256: "h", Disposition: "live", Rank: 3, Time: 5, Rev: 1}
	for i := range 2 {
		run, err := l.Begin(ctx, "/old", "hash")
		fatal(t, err)
		if run.PK != 1 {
			t.Errorf("the run is %d", run.PK)
		}
		fatal(t, errors.Join(l.AddRecords(ctx, run.PK, record), l.AddStep(ctx, run.PK, 7)))
		later := record
		later.Disposition = "duplicate"
		fatal(t, l.AddRecords(ctx, run.PK, later))
		added, err := l.AddVersion(ctx, ledger.Version{Kind: "note", ID: "n", SHA256: "v", Source: "f", State: `{"id":"n"}`})
		if err != nil || added != (i == 0) {
			t.Errorf("added %v, %v", added, err)
		}
	}
	if r, err := l.Record(ctx, 1, "f", "/0"); err != nil || r != record {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := l.Origin(ctx, "notes", "n"); err != nil || r != record {
		t.Errorf("%+v, %v", r, err)
	}
	again := record
	again.Rev, again.Rank = 4, 7
	older := record
	older.Rev = 3
	fatal(t, l.AddRecords(ctx, 1, again, older))
	if r, err := l.Origin(ctx, "notes", "n"); err != nil || r != again {
		t.Errorf("written once more: %+v, %v", r, err)
	}
	if done, err := l.Steps(ctx, 1); err != nil || len(done) != 1 || done[0].Version != 7 {
		t.Errorf("%+v, %v", done, err)
	}
	if state, err := l.VersionState(ctx, "note", "n", "v"); err != nil || state != `{"id":"n"}` {
		t.Errorf("%s, %v", state, err)
	}
	if _, err := l.VersionState(ctx, "note", "n", "other"); !errors.Is(err, repo.ErrNotFound) {
		t.Errorf("a version that is not there: %v", err)
	}
}

// TestVersionOfSetting: the value of a setting names no contents, whatever its members are
// called.
func TestVersionOfSetting(t *testing.T) {
	s := testdb.Open(t)
	n := schema.Note{Head: schema.Head{ID: "a"}}
	fatal(t, s.Notes.Save(t.Context(), &n))
	info, err := s.Contents.Put(t.Context(), strings.NewReader("a content"), "")
	fatal(t, err)
	for _, kind := range []string{"setting", "note"} {
		_, err = ledger.Of(s).AddVersion(t.Context(), ledger.Version{Kind: kind, ID: "a", SHA256: "v", State: schema.JSON(`{"_blob":"` + info.SHA256 + `"}`)})
		fatal(t, err)
	}
	if got := testdb.Shell(t, s, "SELECT kind FROM revision_blobs JOIN revisions ON pk = revision_pk;"); got != "note" {
		t.Errorf("contents hang on versions of %q", got)
	}
}

// TestInTransaction: what is noted in a transaction is gone with it, a call that fails has
// no effect, and a transaction that reads refuses it.
func TestInTransaction(t *testing.T) {
	s := testdb.Open(t)
	undo := errors.New("undo")
	err := s.Update(t.Context(), func(ctx context.Context, tx *repo.Tx) error {
		run, err := ledger.In(tx).Begin(ctx, "/old", "hash")
		fatal(t, err)
		n := schema.Note{Head: schema.Head{ID: "n"}}
		fatal(t, tx.Notes.Save(ctx, &n))
		if err := ledger.In(tx).AddStep(ctx, run.PK+1, 1); err == nil {
			t.Error("a step of a run that is not there was noted")
		}
		list, err := ledger.In(tx).Runs(ctx)
		if err != nil || len(list) != 1 {
			t.Errorf("%+v, %v", list, err)
		}
		return undo
	})
	if list, failed := ledger.Of(s).Runs(t.Context()); !errors.Is(err, undo) || failed != nil || len(list) != 0 {
		t.Errorf("%v, %+v, %v", err, list, failed)
	}
	fatal(t, s.View(t.Context(), func(ctx context.Context, tx *repo.Tx) error {
		if _, err := ledger.In(tx).Begin(ctx, "/old", "hash"); !errors.Is(err, repo.ErrReadOnly) {
			t.Errorf("a transaction that reads: %v", err)
		}
		return nil
	}))
}

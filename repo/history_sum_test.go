package repo_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/repo/check"
	"taskstore/schema"
)

// threeStates saves a note three times; padding makes states that are compressed.
func threeStates(t *testing.T, s *repo.Store, padding string) {
	t.Helper()
	n := schema.Note{Head: schema.Head{ID: "n"}}
	for _, text := range []string{"one", "two", "three"} {
		n.Content = text + padding
		fatal(t, s.Notes.Save(t.Context(), &n))
	}
}

// TestKeptStateDamaged: a kept state that differs from its checksum is found and told
// of, and does not get in the way of the others.
func TestKeptStateDamaged(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ padding, damage string }{
		"text":         {"", "UPDATE revisions SET body = replace(body, 'two', 'tvo') WHERE rev = 2"},
		"no JSON":      {"", "UPDATE revisions SET body = substr(body, 2) WHERE rev = 2"},
		"of whom":      {"", "UPDATE revisions SET origin = 'import' WHERE rev = 2"},
		"when":         {"", "UPDATE revisions SET at = '2020-01-01T00:00:00.000Z' WHERE rev = 2"},
		"compressed":   {strings.Repeat(" word", 1000), "UPDATE revisions SET body = CAST(substr(body, 1, 40) || CASE substr(body, 41, 1) WHEN x'00' THEN x'01' ELSE x'00' END || substr(body, 42) AS BLOB) WHERE rev = 2"},
		"another type": {"", "UPDATE revisions SET body = CAST(body AS BLOB) WHERE rev = 2"},
		"checksum cut": {"", "UPDATE revisions SET sum = sum + 1 WHERE rev = 2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := testdb.Unchecked(t)
			threeStates(t, s, c.padding)
			testdb.Shell(t, s, c.damage)
			wantProblem(t, s, check.Problem{Area: check.AreaRows, Table: "revisions", Kind: "note", ID: "n"})
			if _, err := s.Notes.At(t.Context(), "n", repo.RevName{Rev: 2}); !errors.Is(err, repo.ErrCorrupt) {
				t.Errorf("the damaged state is given: %v", err)
			}
			if v, err := s.Notes.At(t.Context(), "n", repo.RevName{Rev: 1}); err != nil || v.Content != "one"+c.padding {
				t.Errorf("the state before: %q, %v", v.Content, err)
			}
			wantDamaged(t, s)
			if v, err := s.Notes.Revert(t.Context(), "n", repo.RevName{Rev: 1}); err != nil || v.Rev != 4 {
				t.Errorf("reverted: %+v, %v", v.Head, err)
			}
		})
	}
}

// wantDamaged wants the history of threeStates with its middle state marked.
func wantDamaged(t *testing.T, s *repo.Store) {
	t.Helper()
	changes, err := s.Notes.Changes(t.Context(), "n")
	fatal(t, err)
	var revs []int64
	for _, c := range changes {
		revs = append(revs, c.Rev)
		if c.Damaged != (c.Rev == 3) { // the change that ended the state
			t.Errorf("%+v", c)
		}
	}
	if !slices.Equal(revs, []int64{3, 2, 1}) {
		t.Errorf("revisions %v", revs)
	}
	kept, err := s.Notes.History(t.Context(), "n")
	fatal(t, err)
	for _, r := range kept {
		if r.Damaged != (r.Rev == 2) {
			t.Errorf("%+v", r)
		}
	}
}

func TestKeptSettingDamaged(t *testing.T) {
	t.Parallel()
	s := testdb.Unchecked(t)
	v := schema.Setting{Key: "k"}
	for _, text := range []string{"1", "2", "3"} {
		v.Value = schema.JSON(text)
		fatal(t, s.Settings.Save(t.Context(), &v))
	}
	testdb.Shell(t, s, "UPDATE revisions SET body = '9' WHERE rev = 2")
	wantProblem(t, s, check.Problem{Area: check.AreaRows, Table: "revisions", Kind: "setting", ID: "k"})
	if _, err := s.Settings.At(t.Context(), "k", repo.RevName{Rev: 2}); !errors.Is(err, repo.ErrCorrupt) {
		t.Errorf("the damaged value is given: %v", err)
	}
	if was, err := s.Settings.At(t.Context(), "k", repo.RevName{Rev: 1}); err != nil || was.Value != "1" {
		t.Errorf("the value before: %+v, %v", was, err)
	}
	changes, err := s.Settings.Changes(t.Context(), "k")
	fatal(t, err)
	for _, c := range changes {
		if c.Damaged != (c.Rev == 3) {
			t.Errorf("%+v", c)
		}
	}
}

// TestKeptStatesSealed: states that triggers kept, and those of a store from before
// there were checksums, have them once the store was opened for writing.
func TestKeptStatesSealed(t *testing.T) {
	t.Parallel()
	s := testdb.Unchecked(t)
	threeStates(t, s, "")
	dir := s.Dir()
	fatal(t, s.Close())
	testdb.ShellIn(t, dir, "UPDATE revisions SET sum = NULL; UPDATE notes SET content = 'four' WHERE id = 'n'; DELETE FROM notes;")
	if got := testdb.ShellIn(t, dir, "SELECT count(*), count(sum) FROM revisions"); got != "4|0" {
		t.Fatalf("kept, and with checksums: %s", got)
	}
	s = testdb.Reopen(t, dir)
	if got := testdb.Shell(t, s, "SELECT count(*), count(sum) FROM revisions"); got != "4|4" {
		t.Errorf("kept, and with checksums: %s", got)
	}
	testdb.Shell(t, s, "UPDATE revisions SET body = json_set(body, '$.content', 'x') WHERE encoding = 'row' AND change = 'update'")
	if _, err := s.Notes.At(t.Context(), "n", repo.RevName{Rev: 3}); !errors.Is(err, repo.ErrCorrupt) {
		t.Errorf("a damaged row is given: %v", err)
	}
}

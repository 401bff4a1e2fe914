package repo_test

import (
	"slices"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/repo/check"
	"taskstore/schema"
)

// TestForeignReplaceOwner: a replaced entity that owned rows. A tool that
// enforces foreign keys takes them along, and they are kept; where one does not,
// the new row inherits them.
func TestForeignReplaceOwner(t *testing.T) {
	t.Parallel()
	s := testdb.Open(t)
	fatal(t, s.Notes.Save(t.Context(), note("a", "mine"), note("b", "mine")))
	testdb.Shell(t, s, "PRAGMA foreign_keys = ON; INSERT OR REPLACE INTO notes (id, content) VALUES ('a', 'theirs');")
	list, err := s.Notes.History(t.Context(), "a")
	fatal(t, err)
	foreignState(t, list, "", "replace", "content", "mine")
	foreignState(t, list, "note_tags", "delete", "tag", "t")
	rep, err := s.Check(t.Context(), check.Options{})
	if err != nil || !rep.OK {
		t.Errorf("with foreign keys: %+v, %v", rep.Problems, err)
	}
	testdb.Shell(t, s, "PRAGMA foreign_keys = OFF; INSERT OR REPLACE INTO notes (id, content) VALUES ('b', 'theirs');")
	rep, err = s.Check(t.Context(), check.Options{})
	if err != nil || !rep.OK {
		t.Errorf("without foreign keys: %+v, %v", rep.Problems, err)
	}
	got, err := s.Notes.Get(t.Context(), "b")
	if err != nil || got.Content != "theirs" || !slices.Equal(got.Tags, []string{"t"}) {
		t.Errorf("read %+v, %v", got, err)
	}
}

// TestForeignIgnored: an INSERT OR IGNORE of what is there changes nothing.
func TestForeignIgnored(t *testing.T) {
	s := testdb.Open(t)
	fatal(t, s.Notes.Save(t.Context(), note("a", "mine")))
	testdb.Shell(t, s, "INSERT OR IGNORE INTO notes (id, content) VALUES ('a', 'theirs');")
	got, err := s.Notes.Get(t.Context(), "a")
	if err != nil || got.Rev != 1 || got.Content != "mine" {
		t.Errorf("read %+v, %v", got, err)
	}
}

// TestForeignNonsense: text that is no JSON where JSON belongs can be read,
// written out, trashed, brought back and corrected.
func TestForeignNonsense(t *testing.T) {
	s := testdb.Open(t)
	n := note("a", "mine")
	n.Links = []schema.Link{{Kind: "topic", ID: "x"}}
	n.Updates = []schema.NoteUpdate{{Content: "u"}}
	fatal(t, s.Notes.Save(t.Context(), n))
	for _, bad := range []string{"oops", "", "{", "[]", " {} ", "{\"a\":[1,{\"a\":[\"\"]},1]}", "\"", "{\"id\":[\"\"]}"} {
		quoted := "'" + bad + "'"
		testdb.Shell(t, s, "UPDATE notes SET metadata = "+quoted+", extra = "+quoted+", odd = "+quoted+"; UPDATE note_links SET metadata = "+quoted+", extra = "+quoted+", odd = "+quoted+
			", source_id = '', target_id = ''; UPDATE note_updates SET extra = "+quoted+", odd = "+quoted+";")
		got, err := s.Notes.Get(t.Context(), "a")
		fatal(t, err)
		if _, err := testdb.Canon(encoded(t, s, &got)); err != nil {
			t.Errorf("%s: %v", bad, err)
		}
		fatal(t, s.Notes.Delete(t.Context(), "a"))
		fatal(t, s.Notes.Restore(t.Context(), "a"))
		_, err = s.Notes.Modify(t.Context(), "a", func(n *schema.Note) error {
			n.Metadata, n.Extra, n.Odd = "{}", "", ""
			n.Links, n.Updates = nil, nil
			return nil
		})
		fatal(t, err)
		list, err := s.Notes.History(t.Context(), "a")
		fatal(t, err)
		for _, r := range list {
			if _, err := testdb.Canon([]byte(r.State)); err != nil {
				t.Errorf("%s: in the history: %v", bad, err)
			}
		}
		again, err := s.Notes.Get(t.Context(), "a")
		fatal(t, err)
		again.Links, again.Updates = []schema.Link{{Kind: "topic", ID: "x"}}, []schema.NoteUpdate{{Content: "u"}}
		fatal(t, s.Notes.Save(t.Context(), &again))
	}
}

// TestForeignOr: what a statement says about conflicts does not hold for the notes
// that its triggers make for the search index, of which there may be one already.
func TestForeignOr(t *testing.T) {
	s := testdb.Open(t)
	fatal(t, s.Notes.Save(t.Context(), note("a", "ours")))
	for i, or := range []string{"ROLLBACK", "ABORT", "FAIL", "IGNORE", "REPLACE"} {
		testdb.Shell(t, s, "UPDATE OR "+or+" notes SET content = 'first'; UPDATE OR "+or+" notes SET content = 'theirs "+or+"';")
		n, err := s.Notes.Get(t.Context(), "a")
		if err != nil || n.Content != "theirs "+or || n.Rev != int64(2*i+3) {
			t.Errorf("OR %s: %q at %d, %v", or, n.Content, n.Rev, err)
		}
		found, err := s.Search(t.Context(), repo.Search{Query: repo.Query{Text: or}})
		if err != nil || len(found.Hits) != 1 {
			t.Errorf("OR %s: found %d times, %v", or, len(found.Hits), err)
		}
	}
}

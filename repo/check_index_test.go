package repo_test

import (
	"fmt"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// indexProblems are what a check of the index finds that is no note.
func indexProblems(t *testing.T, dir string) (n int) {
	t.Helper()
	s := testdb.Reopen(t, dir, func(o *repo.Options) { o.Untouched = true })
	defer s.Close()
	rep, err := s.Check(t.Context(), repo.CheckOptions{Only: []string{repo.AreaFTS, repo.AreaDB}})
	fatal(t, err)
	for _, p := range rep.Problems {
		switch {
		case p.Area != repo.AreaFTS:
			t.Errorf("damage to the index is said to be damage to the store: %+v", p)
		case p.Severity != repo.SeverityNote:
			n++
		}
	}
	return n
}

// TestIndexDamage: however the index is damaged, it is found, costs nobody a
// record, and is made anew.
func TestIndexDamage(t *testing.T) {
	for name, sql := range map[string]string{
		"a row too few":        "DELETE FROM search_rows WHERE pk = (SELECT min(pk) FROM search_rows)",
		"a text changed":       "UPDATE search_text SET body = 'otter' WHERE pk = (SELECT min(pk) FROM search_text)",
		"a row too many":       "INSERT INTO search_rows VALUES (77, 'note', 4711, '', 0, '', ''); INSERT INTO search_text VALUES (77, '', 'x', '', '', 'note own')",
		"another owner":        "UPDATE search_rows SET owner_pk = 4711",
		"no rows":              "DELETE FROM search_rows",
		"no texts":             "DELETE FROM search_text",
		"terms smashed":        "UPDATE search_data SET block = x'00ff00ff00ff00ff' WHERE id > 10",
		"all of FTS5 smashed":  "UPDATE search_data SET block = x'00ff00ff00ff00ff'",
		"sizes gone":           "DELETE FROM search_docsize",
		"index table gone":     "DROP TABLE search_data",
		"texts table gone":     "DROP TABLE search_text",
		"configuration gone":   "DROP TABLE search_config",
		"what is dirty gone":   "DROP TABLE search_dirty",
		"forgotten by a tool":  "UPDATE writer SET active = 1; UPDATE notes SET content = 'weasel'; UPDATE writer SET active = 0",
		"index of other texts": "INSERT INTO search (search) VALUES ('delete-all')",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := testdb.Open(t)
			for i := range 20 {
				fatal(t, s.Notes.Save(t.Context(), &schema.Note{Head: schema.Head{ID: fmt.Sprint("n", i)}, Content: fmt.Sprint("marten ", i)}))
			}
			fatal(t, s.Close())
			if n := indexProblems(t, s.Dir()); n != 0 {
				t.Fatalf("%d problems before there is damage", n)
			}
			testdb.Shell(t, s, sql)
			if indexProblems(t, s.Dir()) == 0 {
				t.Fatal("the damage was not found")
			}
			s = testdb.Reopen(t, s.Dir())
			fatal(t, s.Notes.Save(t.Context(), &schema.Note{Head: schema.Head{ID: "after"}, Content: "written nevertheless"}))
			if _, err := s.Notes.Get(t.Context(), "after"); err != nil {
				t.Error(err)
			}
			fatal(t, s.RebuildIndex(t.Context(), nil))
			wantFound(t, s, "nevertheless", "after")
			if name != "forgotten by a tool" && len(found(t, s, "marten")) != 20 {
				t.Errorf("found %v", found(t, s, "marten"))
			}
			if n := indexProblems(t, s.Dir()); n != 0 {
				t.Errorf("%d problems after the index was made anew", n)
			}
			if name == "forgotten by a tool" { // that its checksums are wrong is another check's to say
				testdb.Shell(t, s, "UPDATE notes SET sum = NULL")
			}
			fatal(t, s.Close())
		})
	}
}

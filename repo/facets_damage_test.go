package repo_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/repo/check"
)

// TestFacetsDamaged: a check finds what is wrong with facets, and a repair makes them anew.
func TestFacetsDamaged(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sql  string
		want check.Problem
	}{
		"row gone":      {"DELETE FROM facet_rows WHERE facet_pk = (SELECT pk FROM facets WHERE kind = 'session' AND field = 'status' AND value <> '')", check.Problem{Table: "facet_rows", Kind: "session"}},
		"row too many":  {"INSERT INTO facet_rows (owner_pk, facet_pk) SELECT 1, pk FROM facets WHERE kind = 'topic' AND value = '' OR kind = 'note' AND field = 'tag' ON CONFLICT DO NOTHING; INSERT INTO facet_rows (owner_pk, facet_pk) SELECT 77, pk FROM facets WHERE kind = 'topic' AND field = 'all'", check.Problem{Table: "facet_rows", Kind: "topic"}},
		"other title":   {"UPDATE facet_rows SET title = 'x' WHERE title IS NOT NULL", check.Problem{Table: "facet_rows", Kind: "note", ID: "note-1"}},
		"not listed":    {"UPDATE facet_rows SET title = NULL", check.Problem{Table: "facet_rows", Kind: "note", ID: "note-1"}},
		"other time":    {"UPDATE facet_rows SET saved = NULL", check.Problem{Table: "facet_rows", Kind: "note", ID: "note-1"}},
		"count":         {"UPDATE facets SET records = records + 1 WHERE kind = 'note'", check.Problem{Table: "facets", Kind: "note"}},
		"empty facet":   {"INSERT INTO facets (kind, trash, field, value, records) VALUES ('note', 0, 'tag', 'nobody has it', 0)", check.Problem{Table: "facets", Kind: "note"}},
		"facet gone":    {"DELETE FROM facets WHERE kind = 'note'", check.Problem{Table: "facet_rows", Kind: "note", ID: "note-1"}},
		"unknown kind":  {"INSERT INTO facets (kind, trash, field, value, records) VALUES ('planet', 0, 'all', '', 1)", check.Problem{Table: "facets", Kind: "planet"}},
		"without facet": {"INSERT INTO facet_rows (owner_pk, facet_pk) VALUES (1, 123456)", check.Problem{Table: "facet_rows"}},
		"all gone":      {"DELETE FROM facets; DELETE FROM facet_rows", check.Problem{Table: "facet_rows", Kind: "note", ID: "note-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.want.Area = check.AreaRows
			s := damaged(t, strings.Split(c.sql, "; ")...)
			wantProblem(t, s, c.want)
			fatal(t, s.Close())
			s = testdb.Reopen(t, s.Dir())
			done, err := s.RepairRows(t.Context(), false)
			if err != nil || len(done) != 1 || done[0].Table != "facets" {
				t.Errorf("repaired %+v, %v", done, err)
			}
			testdb.WantClean(t, s.Dir())
		})
	}
}

// TestFacetsUnfilled: a store that is opened for reading alone must have been filled before;
// opened for writing it is, also by a program with another definition.
func TestFacetsUnfilled(t *testing.T) {
	for _, sql := range []string{"DELETE FROM store WHERE key = 'facets'", "UPDATE store SET value = 'another' WHERE key = 'facets'"} {
		s := testdb.Open(t)
		fatal(t, s.Notes.Save(t.Context(), note("a", "1")))
		fatal(t, s.Close())
		testdb.Shell(t, s, sql+"; DELETE FROM facet_rows")
		for _, opt := range []repo.Options{{ReadOnly: true}, {ReadOnly: true, Untouched: true}} {
			_, err := repo.Open(t.Context(), s.Dir(), opt)
			if !errors.Is(err, repo.ErrMigrationNeeded) {
				t.Errorf("%s: %v", sql, err)
			}
		}
		fatal(t, testdb.Reopen(t, s.Dir()).Close()) // testdb.Open checks it
	}
}

// TestFacetTriggersAreLocal: what a trigger does for one record reads no table as a whole,
// in the sqlite3 shell of this machine.
func TestFacetTriggersAreLocal(t *testing.T) {
	t.Parallel()
	s := testdb.Open(t)
	allowed := regexp.MustCompile(`SCAN (facets USING INDEX facets_empty|\w+_foreign_facets|d)$`)
	seen := 0
	for text := range strings.SplitSeq(testdb.Shell(t, s, "SELECT sql || ';;' FROM sqlite_master WHERE name LIKE '%\\_foreign\\_refacet' ESCAPE '\\'"), ";;") {
		_, body, _ := strings.Cut(text, "BEGIN\n")
		body, _, _ = strings.Cut(body, "END")
		for statement := range strings.SplitSeq(strings.ReplaceAll(body, "NEW.owner_pk", "5"), ";\n") {
			if strings.TrimSpace(statement) == "" {
				continue
			}
			seen++
			for line := range strings.Lines(testdb.Shell(t, s, "EXPLAIN QUERY PLAN "+statement)) {
				if line = strings.TrimSpace(line); strings.Contains(line, "SCAN ") && !allowed.MatchString(line) {
					t.Errorf("%s in\n%s", line, statement)
				}
			}
		}
	}
	if seen < 40 {
		t.Errorf("only %d statements", seen)
	}
}

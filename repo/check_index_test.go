package repo_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/repo/check"
	"taskstore/schema"
)

// indexProblems are what a check of the index finds that is no note.
func indexProblems(t *testing.T, dir string) (n int) {
	t.Helper()
	s := testdb.Reopen(t, dir, func(o *repo.Options) { o.Untouched = true })
	defer s.Close()
	rep, err := s.Check(t.Context(), check.Options{Only: []string{check.AreaFTS, check.AreaDB}})
	fatal(t, err)
	for _, p := range rep.Problems {
		switch {
		case p.Area != check.AreaFTS:
			t.Errorf("damage to the index is said to be damage to the store: %+v", p)
		case p.Severity != check.SeverityNote:
			n++
		}
	}
	return n
}

// TestIndexDamage: however the index is damaged, it is found, costs nobody a
// record, and is made anew. That it then is in order is looked at when a test ends.
func TestIndexDamage(t *testing.T) {
	t.Parallel()
	file := indexed(t, t.Context())
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
		"full minutes gone":    "DROP TABLE search_full",
		"words gone":           "DROP TABLE search_words",
		"parts of words gone":  "DROP TABLE search_word_parts",
		"parts' table gone":    "DROP TABLE search_word_parts_config",
		"index of other texts": "INSERT INTO search (search) VALUES ('delete-all')",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := damagedIndex(t, file, sql)
			fatal(t, s.Notes.Save(t.Context(), &schema.Note{Head: schema.Head{ID: "after"}, Content: "written nevertheless"}))
			if _, err := s.Notes.Get(t.Context(), "after"); err != nil {
				t.Error(err)
			}
			fatal(t, s.Index.Rebuild(t.Context(), nil))
			wantFound(t, s, "nevertheless", "after")
			if name != "forgotten by a tool" && len(found(t, s, "marten")) != 20 {
				t.Errorf("found %v", found(t, s, "marten"))
			}
			if name == "forgotten by a tool" { // that checksums and lists are wrong is another check's to say
				fatal(t, second(s.RepairRows(t.Context(), false)))
			}
			fatal(t, s.Close())
		})
	}
}

// indexed gives the file of a store in order, that was closed after these notes were
// written.
func indexed(t *testing.T, ctx context.Context, more ...*schema.Note) []byte {
	t.Helper()
	s := testdb.Open(t)
	for i := range 20 {
		fatal(t, s.Notes.Save(ctx, &schema.Note{Head: schema.Head{ID: fmt.Sprint("n", i)}, Content: fmt.Sprint("marten ", i)}))
	}
	fatal(t, s.Index.Flush(t.Context(), nil))
	fatal(t, s.Notes.Save(t.Context(), more...))
	fatal(t, s.Close())
	if n := indexProblems(t, s.Dir()); n != 0 {
		t.Fatalf("%d problems before there is damage", n)
	}
	file, err := os.ReadFile(s.Path())
	fatal(t, err)
	return file
}

// damagedIndex opens a copy of a store whose index was damaged, which a check finds.
func damagedIndex(t *testing.T, file []byte, sql string) *repo.Store {
	t.Helper()
	dir := testdb.Copy(t, file)
	testdb.ShellIn(t, dir, sql)
	if indexProblems(t, dir) == 0 {
		t.Fatal("the damage was not found")
	}
	return testdb.Reopen(t, dir)
}

// TestWordsDamage: the list of words is compared with the texts and with its own
// index, and made anew without the rest.
func TestWordsDamage(t *testing.T) {
	t.Parallel()
	file := indexed(t, repo.DeferIndex(t.Context()), &schema.Note{Head: schema.Head{ID: "new"}, Content: "a wolverine"})
	for name, sql := range map[string]string{
		"a word too few":         "DELETE FROM search_words WHERE word = 'marten'",
		"a word changed":         "UPDATE search_words SET word = 'otters' WHERE word = 'marten'",
		"a word its index lacks": "INSERT INTO search_word_parts (search_word_parts, rowid, word) SELECT 'delete', pk, word FROM search_words WHERE word = 'marten'",
		"a word too many in it":  "INSERT INTO search_word_parts (rowid, word) VALUES (4711, 'ghost')",
		"a word not indexed":     "INSERT INTO search_words (word) VALUES ('ghost')",
		"no words":               "DELETE FROM search_words",
		"index of other words":   "INSERT INTO search_word_parts (search_word_parts) VALUES ('delete-all')",
		"terms smashed":          "UPDATE search_word_parts_data SET block = x'00ff00ff00ff00ff' WHERE id > 10",
		"all of FTS5 smashed":    "UPDATE search_word_parts_data SET block = x'00ff00ff00ff00ff'",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := damagedIndex(t, file, sql)
			rep, err := s.Index.Repair(t.Context(), true, nil)
			if err != nil || rep.Wrong == 0 {
				t.Errorf("a dry run finds %+v, %v", rep, err)
			}
			rep, err = s.Index.Repair(t.Context(), false, nil)
			if err != nil || rep.Wrong == 0 || rep.Records != 0 && name != "all of FTS5 smashed" {
				t.Errorf("repaired: %+v, %v", rep, err)
			}
			wantFound(t, s, "*wolver*", "new")
			if len(found(t, s, "*arte*")) != 20 {
				t.Errorf("found %v", found(t, s, "*arte*"))
			}
		})
	}
}

// TestIndexTakenKeys: texts of no record that are where a bulk puts its own are damage of the index and named so: nobody
// has a record of that name.
func TestIndexTakenKeys(t *testing.T) {
	minute, err := schema.Time("2025-01-02T03:04:00.000Z").Time()
	fatal(t, err)
	first := int64(1)<<32 + minute.Unix()/60<<6 // see fts/index: the first key of its minute
	s := damagedIndex(t, indexed(t, t.Context()), fmt.Sprintf("INSERT INTO search_text VALUES (%d, 'x', 'x', '', '', 'note own')", first))
	later := repo.DeferIndex(t.Context())
	fatal(t, s.Notes.Save(later, sameMinute(1000, 200)...))
	if err := s.Index.Flush(t.Context(), nil); !errors.Is(err, repo.ErrIndex) {
		t.Fatalf("%v, want ErrIndex", err)
	}
	fatal(t, s.Index.Rebuild(t.Context(), nil))
	if n := len(found(t, s, "every")); n != 200 {
		t.Errorf("%d of 200 notes are found", n)
	}
}

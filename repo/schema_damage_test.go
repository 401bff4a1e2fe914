package repo_test

import (
	"bytes"
	"database/sql"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/repo/check"
	"taskstore/schema"
)

// byTool closes a filled store and has another program run SQL on its file.
func byTool(t *testing.T, texts ...string) (dir string) {
	t.Helper()
	s := testdb.Unchecked(t)
	fillStore(t, s)
	n := testNote(t, s, "kept", "first")
	n.Summary = "second"
	fatal(t, s.Notes.Save(t.Context(), n))
	n.Summary = "third"
	fatal(t, s.Notes.Save(t.Context(), n))
	fatal(t, s.Close())
	db, err := sql.Open("sqlite", s.Path())
	fatal(t, err)
	db.SetMaxOpenConns(1)
	for _, text := range texts {
		if _, err := db.Exec(text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	fatal(t, db.Close())
	return s.Dir()
}

func testNote(t *testing.T, s *repo.Store, id, summary string) *schema.Note {
	t.Helper()
	n := &schema.Note{Head: schema.Head{ID: id}, Summary: summary}
	fatal(t, s.Notes.Save(t.Context(), n))
	return n
}

// TestSchemaDamage: whatever is done to tables, indexes, triggers and views, a check tells,
// with the command that helps.
func TestSchemaDamage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text     string
		severity check.Severity
		detail   string
	}{
		{"DROP TABLE topics", check.SeverityError, "table topics is gone"},
		{"DROP TABLE legacy_steps", check.SeverityError, "table legacy_steps is gone"},
		{"ALTER TABLE notes RENAME COLUMN summary TO short", check.SeverityError, "table notes lacks the column summary"},
		{"DROP INDEX notes_by_date", check.SeverityWarning, "index notes_by_date is gone"},
		{"DROP TRIGGER notes_foreign_update", check.SeverityWarning, "trigger notes_foreign_update is gone"},
		{"DROP VIEW v_notes", check.SeverityWarning, "view v_notes is gone"},
		{"CREATE TRIGGER mine BEFORE INSERT ON notes BEGIN SELECT 1; END", check.SeverityWarning, "trigger mine on notes is not this program's"},
		{"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'active = 1', 'active = 0') WHERE name = 'note_foreign_change'",
			check.SeverityWarning, "trigger note_foreign_change is not as this version makes it"},
		{"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'wrote down', 'wrote dawn') WHERE name = 'notes'",
			check.SeverityError, "the definition of table notes is not as this version makes it"},
		{"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = CAST(sql AS BLOB) WHERE name = 'notes_by_date'", check.SeverityWarning, "index notes_by_date is not as this version makes it"},
		{"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET name = CAST(name AS BLOB) WHERE name = 'notes_by_date'", check.SeverityError, "what the list of tables and indexes says of index notes_by_date is damaged"},
		{"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET type = CAST(type AS BLOB) WHERE name = 'sqlite_autoindex_notes_1'", check.SeverityError, "what the list of tables and indexes says of index sqlite_autoindex_notes_1 is damaged"},
		{"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET type = 'i.dex' WHERE name = 'sqlite_autoindex_notes_1'", check.SeverityError, "what the list of tables and indexes says of i.dex sqlite_autoindex_notes_1 is damaged"},
		{"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET tbl_name = 'rotes' WHERE name = 'sqlite_autoindex_notes_1'", check.SeverityError, "what the list of tables and indexes says of index sqlite_autoindex_notes_1 is damaged"},
		{"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 1 WHERE name = 'notes_foreign_update'", check.SeverityError, "what the list of tables and indexes says of trigger notes_foreign_update is damaged"},
		{"PRAGMA application_id = 1414744914", check.SeverityError, "the mark application_id"},
		{"PRAGMA user_version = 8", check.SeverityError, "the mark user_version"},
		{"CREATE TABLE mine (a)", check.SeverityNote, "table mine is not this program's"},
	}
	for _, test := range tests {
		t.Run(test.detail, func(t *testing.T) {
			dir := byTool(t, test.text)
			s := testdb.Reopen(t, dir, func(o *repo.Options) { o.Untouched = true })
			for _, opt := range []check.Options{{}, {Quick: true}} {
				rep, err := s.Check(t.Context(), opt)
				fatal(t, err)
				if !slices.ContainsFunc(rep.Problems, func(p check.Problem) bool {
					return p.Severity == test.severity && strings.HasPrefix(p.Detail, test.detail) && (test.severity == check.SeverityNote || strings.HasPrefix(p.Fix, "storectl "))
				}) {
					t.Errorf("found %+v", rep.Problems)
				}
			}
		})
	}
}

// TestDerivedComesBack: what can be made anew is, at the next opening for writing.
func TestDerivedComesBack(t *testing.T) {
	dir := byTool(t, "DROP INDEX notes_by_date", "DROP VIEW v_notes", "DROP VIEW v_tasks", "CREATE VIEW v_tasks AS SELECT 1",
		"DROP TRIGGER revisions_counted", "DROP TRIGGER notes_foreign_update", "UPDATE writer SET active = 1")
	fatal(t, testdb.Reopen(t, dir).Close())
	rep, err := testdb.Reopen(t, dir, func(o *repo.Options) { o.Untouched = true }).Check(t.Context(), check.Options{})
	if fatal(t, err); !rep.OK {
		t.Errorf("found %+v", rep.Problems)
	}
}

// TestTableGone: a store without a table is damaged: nothing is written, the rest is read,
// and no error holds SQL.
func TestTableGone(t *testing.T) {
	dir := byTool(t, "DROP TABLE topics")
	_, err := repo.Open(t.Context(), dir, repo.Options{})
	if !errors.Is(err, repo.ErrCorrupt) || !strings.Contains(err.Error(), "table topics is gone") {
		t.Errorf("open for writing: %v", err)
	}
	s := testdb.Reopen(t, dir, func(o *repo.Options) { o.ReadOnly = true })
	if n, err := s.Notes.Get(t.Context(), "kept"); err != nil || n.Summary != "third" {
		t.Errorf("a note: %+v, %v", n, err)
	}
	_, err = s.Topics.Get(t.Context(), "none")
	if !errors.Is(err, repo.ErrSchema) || strings.Contains(err.Error(), "SELECT") {
		t.Errorf("a topic: %v", err)
	}
}

// TestRevisionGone: a revision that is gone as a whole row is missed, by whomever it was
// kept, and one that was pruned or purged is not.
func TestRevisionGone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"DELETE FROM revisions WHERE id = 'kept' AND rev = 1", "DELETE FROM revisions WHERE id = 'kept'",
		"UPDATE notes SET summary = 'by a tool' WHERE id = 'kept'; DELETE FROM revisions WHERE id = 'kept' AND origin = 'foreign'"} {
		s := testdb.Reopen(t, byTool(t, text), func(o *repo.Options) { o.Untouched = true })
		wantProblem(t, s, check.Problem{Area: check.AreaRows, Table: "revision_counts", Kind: "note", ID: "kept"})
	}
	now := time.Now()
	s := testdb.Open(t, func(o *repo.Options) { o.Now = func() time.Time { return now } }) // is checked at its end
	n := testNote(t, s, "pruned", "a")
	n.Summary = "b"
	fatal(t, s.Notes.Save(t.Context(), n))
	now = now.AddDate(1, 0, 0)
	if _, err := s.History.SetRetention(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	if got := testdb.Shell(t, s, "SELECT kept, pruned, pruned_to <> '' FROM revision_counts WHERE id = 'pruned';"); got != "0|1|1" {
		t.Errorf("the count is %s", got)
	}
	testdb.Shell(t, s, "UPDATE notes SET summary = 'c' WHERE id = 'pruned'; INSERT OR REPLACE INTO notes (id, summary) VALUES ('pruned', 'd'); DELETE FROM notes WHERE id = 'pruned';")
	n = testNote(t, s, "pruned", "again")
	fatal(t, s.Notes.Purge(t.Context(), n.ID))
}

// TestPlainRowsDamaged: tables without an entity have checksums, too, and another tool's
// change is none of damage.
func TestPlainRowsDamaged(t *testing.T) {
	t.Parallel()
	fill := []string{
		"INSERT INTO legacy_runs (pk, source, sha256, started_at) VALUES (1, 'a', 'b', 'c')",
		"INSERT INTO legacy_files (run_pk, part, files) VALUES (1, 0, '[]')",
		"INSERT INTO legacy_steps (run_pk, version, done_at) VALUES (1, 1, 'x')",
		"INSERT INTO legacy_records (run_pk, file, pointer, collection, id, sha256, disposition) VALUES (1, 'f', 'p', 'c', 'i', 's', 'live')",
		"INSERT INTO quarantine (run_pk, file, code, reason, blob, size, added_at) VALUES (1, 'f', 'c', 'r', '', 1, 'a')",
		"INSERT INTO store (key, value) VALUES ('a fact', 'x')",
		"INSERT INTO tombstones (kind, id, rev, purged_at) VALUES ('note', 'x', 3, 'a')",
	}
	changes := map[string]string{"legacy_runs": "source = 'z'", "legacy_files": "files = '[1]'", "legacy_steps": "done_at = 'z'",
		"legacy_records": "rev = 7", "quarantine": "reason = 'z'", "tombstones": "rev = 2", "store": "value = 'z' WHERE key = 'a fact'", "schema_files": "applied_at = 'z'"}
	dir := byTool(t, fill...)
	fatal(t, testdb.Reopen(t, dir).Close()) // seals them
	for table, change := range changes {
		copied := copyOf(t, dir)
		testdb.ShellIn(t, copied, "UPDATE "+table+" SET sum = sum + 1, "+change+";")
		s := testdb.Reopen(t, copied, func(o *repo.Options) { o.Untouched = true })
		wantProblem(t, s, check.Problem{Area: check.AreaRows, Table: table})
		if table == "schema_files" {
			continue
		}
		copied = copyOf(t, dir)
		testdb.ShellIn(t, copied, "UPDATE "+table+" SET "+change+";")
		s = testdb.Reopen(t, copied, func(o *repo.Options) { o.Untouched = true })
		rep, err := s.Check(t.Context(), check.Options{Only: []string{check.AreaRows}})
		if fatal(t, err); rep.Damaged() {
			t.Errorf("%s changed by a tool: %+v", table, rep.Problems)
		}
	}
}

func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	fatal(t, os.CopyFS(to, os.DirFS(dir)))
	return to
}

var indexStep = flag.Int("indexes.step", 4, "every how manieth index TestIndexPages damages; 1 is all of them")

// TestIndexPages: an index whose first page holds that of another is found, each of them, if
// one of the two holds anything.
func TestIndexPages(t *testing.T) {
	t.Parallel()
	dir := byTool(t, "PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA journal_mode = DELETE")
	file := filepath.Join(dir, "store.db")
	whole, err := os.ReadFile(file)
	fatal(t, err)
	var indexes []struct {
		Name string
		Root int
	}
	db, err := sql.Open("sqlite", file)
	fatal(t, err)
	rows, err := db.Query("SELECT name, rootpage FROM sqlite_schema WHERE type = 'index' ORDER BY rootpage")
	fatal(t, err)
	for rows.Next() {
		indexes = append(indexes, struct {
			Name string
			Root int
		}{})
		fatal(t, rows.Scan(&indexes[len(indexes)-1].Name, &indexes[len(indexes)-1].Root))
	}
	fatal(t, errors.Join(rows.Err(), db.Close()))
	size := int(whole[16])<<8 | int(whole[17])
	page := func(root int) []byte { return whole[(root-1)*size : root*size] }
	tried := 0
	for i, x := range indexes {
		other := page(indexes[(i+7)%len(indexes)].Root) // neighbours may hold the same
		if page(x.Root)[3]|page(x.Root)[4] == 0 && other[3]|other[4] == 0 {
			continue // both are empty
		}
		if tried++; tried%*indexStep != 0 {
			continue
		}
		hurt := bytes.Clone(whole)
		copy(hurt[(x.Root-1)*size:], other)
		fatal(t, os.WriteFile(file, hurt, 0o600))
		s, err := repo.Open(t.Context(), dir, repo.Options{Untouched: true})
		if errors.Is(err, repo.ErrCorrupt) {
			continue
		}
		fatal(t, err)
		rep, err := s.Check(t.Context(), check.Options{Only: []string{check.AreaDB}})
		if err = errors.Join(err, s.Close()); err != nil || !rep.Damaged() {
			t.Errorf("%s is not found: %+v, %v", x.Name, rep.Problems, err)
		}
	}
	if tried < 30 {
		t.Errorf("only %d indexes were tried", tried)
	}
}

// TestStrangersIndexes: indexes that SQLite makes for tables of others are no damage, whatever these are called.
func TestStrangersIndexes(t *testing.T) {
	dir := testdb.Open(t).Dir()
	testdb.ShellIn(t, dir, `CREATE TABLE "a[x]b" (x UNIQUE); CREATE TABLE "t_1" (x UNIQUE, y UNIQUE); CREATE TABLE "c*?" (x UNIQUE); ALTER TABLE "t_1" RENAME TO "T_"`)
	s := testdb.Reopen(t, dir, func(o *repo.Options) { o.Untouched = true })
	defer s.Close()
	rep, err := s.Check(t.Context(), check.Options{Only: []string{check.AreaDB}})
	fatal(t, err)
	for _, p := range rep.Problems {
		if p.Severity != check.SeverityNote {
			t.Errorf("%+v", p)
		}
	}
}

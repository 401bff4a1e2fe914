package main_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	main "taskstore/cmd/storectl"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// bitStore is a store with something in all tables, and how it answers while it is whole.
type bitStore struct {
	dir         string
	file        []byte // store.db
	pages       map[int]bitUse
	schemaPages []int
	tables      []string
	answers     answers
	lists       string // see listsOf
	units       map[string]bool
	ofBackup    map[string]bool // the units that the newest backup has
}

// newBitStore makes a store with imports and what they set aside, history, trash, an index, contents and backups, and with records that are newer
// than the backups.
func newBitStore(t *testing.T) *bitStore {
	t.Helper()
	s := &bitStore{dir: main.WholeStore(t), pages: map[int]bitUse{}}
	do := func(args ...string) {
		t.Helper()
		if got := bitRun(s.dir, args...); got.code != 0 || got.broken != "" {
			t.Fatalf("%v: exit %d, %s %s%s", args, got.code, got.broken, got.stdout, got.stderr)
		}
	}
	do("blob", "verify")
	app := filepath.Join(t.TempDir(), "app")
	if err := errors.Join(os.MkdirAll(filepath.Join(app, "db"), 0o700), os.WriteFile(filepath.Join(app, "db", "notes.json"), []byte(`[{"id":"q","content":"of an import"},{"id":"r","conte`), 0o600)); err != nil {
		t.Fatal(err)
	}
	if got := bitRun(s.dir, "legacy", "import", app); got.code != 3 {
		t.Fatalf("import: exit %d %s", got.code, got.stderr)
	}
	back := filepath.Join(t.TempDir(), "back")
	do("backup", "create", "--pin")
	do("backup", "restore", "latest", "--to", back, "--yes")
	fillBitStore(t, s.dir)
	do("search", "needle")
	do("check")
	dropLog(s.dir)
	var err error
	if s.file, err = os.ReadFile(filepath.Join(s.dir, "store.db")); err != nil {
		t.Fatal(err)
	}
	if err := s.describe(); err != nil {
		t.Fatal(err)
	}
	if s.answers, err = answersOf(s.dir, s.tables); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"quarantine", "tombstones", "legacy_records", "revisions", "blobs", "note_tags", "session_screenshots", "search_text", "facets"} {
		if s.answers.rows[table] == "" {
			t.Errorf("table %s is empty", table)
		}
	}
	if s.lists, err = listsOf(s.dir); err != nil {
		t.Fatal(err)
	}
	if s.units, err = unitsOf(s.dir); err != nil {
		t.Fatal(err)
	}
	if s.ofBackup, err = unitsOf(back); err != nil {
		t.Fatal(err)
	}
	dropLog(s.dir)
	return s
}

// fillBitStore puts records of all kinds into a store, and changes some.
func fillBitStore(t *testing.T, dir string) {
	t.Helper()
	s, err := repo.Open(t.Context(), dir, repo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for n := range uint64(2) {
		session, note, task := testdb.Sample[schema.Session](n), testdb.Sample[schema.Note](n), testdb.Sample[schema.Task](n)
		note.Content = "a needle"
		topic, company, contact, file := testdb.Sample[schema.Topic](n), testdb.Sample[schema.Company](n), testdb.Sample[schema.Contact](n), testdb.Sample[schema.Attachment](n)
		err = errors.Join(err, s.Sessions.Save(t.Context(), &session), s.Notes.Save(t.Context(), &note), s.Tasks.Save(t.Context(), &task),
			s.Topics.Save(t.Context(), &topic), s.Companies.Save(t.Context(), &company), s.Contacts.Save(t.Context(), &contact), s.Attachments.Save(t.Context(), &file),
			s.Settings.Save(t.Context(), &schema.Setting{Key: fmt.Sprint("setting", n), Value: `"dark"`}))
		note.Content = "another needle"
		session.Name = "changed"
		err = errors.Join(err, s.Notes.Save(t.Context(), &note), s.Sessions.Save(t.Context(), &session), s.Tasks.Delete(t.Context(), task.ID))
	}
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
}

// describe reads what tables there are, and which pages they have.
func (s *bitStore) describe() (err error) {
	db, err := openRaw(s.dir)
	if err != nil {
		return err
	}
	defer db.Close()
	found, err := db.Query("SELECT name, pagetype, pageno, ncell FROM dbstat")
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		var use bitUse
		var page int
		if err := found.Scan(&use.Name, &use.Type, &page, &use.Cells); err != nil {
			return err
		}
		s.pages[page] = use
		if use.Name == "sqlite_schema" {
			s.schemaPages = append(s.schemaPages, page)
		}
	}
	slices.Sort(s.schemaPages)
	if err := found.Err(); err != nil {
		return err
	}
	names, err := db.Query("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'shadow') ORDER BY name")
	if err != nil {
		return err
	}
	defer names.Close()
	for names.Next() {
		var name string
		if err := names.Scan(&name); err != nil {
			return err
		}
		s.tables = append(s.tables, name)
	}
	return names.Err()
}

func openRaw(dir string) (*sql.DB, error) {
	u := url.URL{Scheme: "file", Path: filepath.Join(dir, "store.db"), RawQuery: "mode=ro&immutable=1"}
	db, err := sql.Open("sqlite", u.String())
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// unsealed are columns that no checksum covers and that nothing else tells: notes of when something was done or found,
// which no record depends on. "*" is all of a table.
var unsealed = map[string]string{
	"blobs":           "mime_type added_at",
	"blob_idle":       "since",
	"blob_problems":   "problem detail found_at accepted_at",
	"blob_scrubs":     "*",
	"revision_counts": "pruned pruned_to lost",
	"revisions":       "owner_pk damaged",
	"writer":          "foreign_writes",
	"sqlite_stat1":    "*",
}

// isUnsealed tells whether a column is one of those.
func isUnsealed(table, column string) bool {
	return unsealed[table] == "*" || slices.Contains(strings.Fields(unsealed[table]), column)
}

// answers is all that a store says.
type answers struct {
	rows    map[string]string // by table, the schema and the marks of the file among them
	notes   string            // what is unsealed of them
	records string            // as they are exported
	search  string
}

// ofFTS5 are the tables in which FTS5 keeps its lists. The same list can be written in more than one way.
var ofFTS5 = []string{"search_data", "search_idx", "search_docsize", "search_word_parts_data", "search_word_parts_idx"}

// listsOf gives what the lists of FTS5 say, each place of each word, and what they say after FTS5 has read and written all of them.
func listsOf(dir string) (lists string, err error) {
	copied, err := os.MkdirTemp("", "lists")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(copied)
	text, err := os.ReadFile(filepath.Join(dir, "store.db"))
	if err == nil {
		err = os.WriteFile(filepath.Join(copied, "store.db"), text, 0o600)
	}
	if err != nil {
		return "", err
	}
	db, err := sql.Open("sqlite", filepath.Join(copied, "store.db"))
	if err != nil {
		return "", err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	sum := sha256.New()
	add := func(query string) error {
		rows, err := db.Query(query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				return err
			}
			fmt.Fprintln(sum, line)
		}
		return rows.Err()
	}
	err = add("SELECT id || ' ' || hex(sz) FROM search_docsize")
	for _, table := range []string{"search", "search_word_parts"} {
		all := "SELECT term || ' ' || doc || ' ' || col || ' ' || \"offset\" FROM temp.all_" + table
		_, made := db.Exec("CREATE VIRTUAL TABLE temp.all_" + table + " USING fts5vocab('main', '" + table + "', 'instance')")
		err = errors.Join(err, made, add(all))
		_, written := db.Exec("INSERT INTO " + table + " (" + table + ") VALUES ('optimize')")
		err = errors.Join(err, written, add(all))
	}
	return fmt.Sprintf("%x", sum.Sum(nil)), err
}

// differs says where other answers are others, but for some tables; "" if they are the same.
func (a answers) differs(b answers, but ...string) string {
	for table, want := range a.rows {
		if got := b.rows[table]; got != want && !slices.Contains(but, table) {
			return "the rows of " + table + " differ: " + firstDifference(want, got)
		}
	}
	switch {
	case a.records != b.records:
		return "the records differ: " + firstDifference(a.records, b.records)
	case a.search != b.search:
		return "what is found differs: " + firstDifference(a.search, b.search)
	}
	return ""
}

// sameData tells whether all that cannot be made anew is the same.
func (a answers) sameData(b answers) bool {
	for table := range unitRows {
		if table != "blobs" && a.rows[table] != b.rows[table] {
			return false
		}
	}
	return a.records == b.records
}

func firstDifference(want, got string) string {
	wants, gots := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(wants), len(gots)) {
		if wants[i] != gots[i] {
			return fmt.Sprintf("%.300q became %.300q", wants[i], gots[i])
		}
	}
	return fmt.Sprintf("%d lines became %d", len(wants), len(gots))
}

// scores are what hits are sorted by, which depends on their age.
var scores = regexp.MustCompile(`,\d+\.\d+,`)

// answersOf asks a store for all that it has, its rows from the driver itself.
func answersOf(dir string, tables []string) (a answers, err error) {
	db, err := openRaw(dir)
	if err != nil {
		return a, err
	}
	a.rows = map[string]string{}
	for _, table := range append([]string{"sqlite_schema", "pragma_application_id", "pragma_user_version"}, tables...) {
		rows, notes, err := rawRows(db, table)
		if err != nil {
			rows = append(rows, err.Error())
		}
		a.rows[table] = strings.Join(rows, "\n")
		a.notes += strings.Join(notes, "\n")
	}
	if err := db.Close(); err != nil {
		return a, err
	}
	export := bitRun(dir, "--read-only", "export", "--format", "ndjson", "-f", "-")
	a.records = fmt.Sprint(export.code, export.broken, "\n", export.stdout)
	for _, words := range []string{"needle", "the -shop", "search latency", "tag:a"} {
		got := bitRun(dir, "--read-only", "search", words, "-o", "csv", "--limit", "100")
		a.search += fmt.Sprint(got.code, got.broken, scores.ReplaceAllString(got.stdout, ",,"))
	}
	return a, nil
}

// rawRows gives the rows of a table with the types of their values, and apart from them what is unsealed.
func rawRows(db *sql.DB, table string) (list, notes []string, err error) {
	found, err := db.Query("SELECT * FROM " + table)
	if err != nil {
		return nil, nil, err
	}
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		return nil, nil, err
	}
	values, at := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		at[i] = &values[i]
	}
	for found.Next() {
		if err := found.Scan(at...); err != nil {
			return nil, nil, err
		}
		var line, note strings.Builder
		for i, v := range values {
			to := &line
			if isUnsealed(table, columns[i]) {
				to = &note
			}
			fmt.Fprintf(to, "%s %T %q ", columns[i], v, fmt.Sprint(v))
		}
		list, notes = append(list, line.String()), append(notes, note.String())
	}
	return list, notes, found.Err()
}

// bitResult is what a command gave.
type bitResult struct {
	code           int
	stdout, stderr string
	broken         string // it hangs, or breaks
}

// bitMost is how long a command may take over a damaged store.
const bitMost = 5 * time.Minute // of a machine that does much else

func bitRun(dir string, args ...string) bitResult {
	ended := make(chan bitResult, 1)
	go func() {
		var stdout, stderr bytes.Buffer
		code := main.Run(context.Background(), append([]string{"--store", dir}, args...), strings.NewReader(""), &stdout, &stderr, nil)
		ended <- bitResult{code: code, stdout: stdout.String(), stderr: stderr.String()}
	}()
	select {
	case r := <-ended:
		if strings.Contains(r.stderr, "a bug in storectl") || strings.Contains(r.stderr, "goroutine ") {
			r.broken = "it breaks: " + r.stderr
		}
		return r
	case <-time.After(bitMost):
		return bitResult{broken: "it hangs"}
	}
}

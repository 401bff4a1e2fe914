package repo

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"taskstore/fts/index"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestStatements holds every derived statement against the golden file.
func TestStatements(t *testing.T) {
	const golden = "internal/rows/testdata/statements.sql"
	var b bytes.Buffer
	b.WriteString("-- The statements that the engine derives from the descriptions in package schema,\n-- and the triggers. Made by a test, which also holds it to be true: go test ./repo -update\n\n")
	rows.WriteStatements(&b)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatalf("%v (run with -update)", err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s is out of date (-want +got, run with -update):\n%.2000s", golden, diff)
	}
}

// TestSums: what a program compares at its start is about the triggers that it would make,
// and the facets that it would fill.
func TestSums(t *testing.T) {
	for golden, sum := range map[string]string{"triggers.sum": rows.SumTriggers(rows.Triggers()), "facets.sum": rows.SumFacets()} {
		golden = "internal/rows/" + golden
		if *update {
			if err := os.WriteFile(golden, []byte(sum+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if strings.TrimSpace(string(got)) != sum {
			t.Errorf("%s is out of date: run with -update, or stores keep what they have", golden)
		}
	}
}

// openInternal opens a new store.
func openInternal(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestNoDrift: the columns of every table are those of its description, in type
// and in whether they may be NULL.
func TestNoDrift(t *testing.T) {
	s := openInternal(t)
	for _, r := range rows.Relations {
		want := append(columnLines(r.Cols), "lists TEXT NOT NULL", "sum INTEGER")
		want[0], want[1] = "pk INTEGER", "id TEXT NOT NULL"
		wantColumns(t, s, r.Name, want)
		for _, c := range r.Children {
			var want []string
			switch {
			case c.Form == schema.FormDocument:
				want = []string{c.Owner + " INTEGER NOT NULL", "name TEXT NOT NULL", "body TEXT NOT NULL", "sum INTEGER"}
			case c.HasPK():
				want = append([]string{"pk INTEGER", c.Owner + " INTEGER NOT NULL", "pos INTEGER NOT NULL"}, columnLines(c.Cols)[1:]...)
				want = append(want, "sum INTEGER")
			default:
				want = append([]string{c.Owner + " INTEGER NOT NULL", "pos INTEGER NOT NULL"}, columnLines(c.Cols)...)
				want = append(want, "sum INTEGER")
			}
			wantColumns(t, s, c.Table, want)
		}
	}
}

func columnLines(cols []schema.Column) []string {
	var list []string
	for _, c := range cols {
		line := c.Name + " " + map[schema.ColumnType]string{schema.ColumnInt: "INTEGER", schema.ColumnBool: "INTEGER", schema.ColumnFloat: "REAL"}[c.Type]
		if strings.HasSuffix(line, " ") {
			line += "TEXT"
		}
		if !c.Null {
			line += " NOT NULL"
		}
		list = append(list, line)
	}
	return list
}

func wantColumns(t *testing.T, s *Store, table string, want []string) {
	t.Helper()
	err := s.read(t.Context(), func(q *sqlitedb.Tx) error {
		var got []string
		err := q.Select(t.Context(), &got, "SELECT name || ' ' || type || CASE WHEN \"notnull\" THEN ' NOT NULL' ELSE '' END FROM pragma_table_info('"+table+"')")
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-description +table): %s", table, diff)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestEveryTableDescribed: there is no table of entities that no description names.
func TestEveryTableDescribed(t *testing.T) {
	s := openInternal(t)
	known := map[string]bool{}
	for _, r := range rows.Relations {
		known[r.Name] = true
		for _, c := range r.Children {
			known[c.Table] = true
		}
	}
	for _, own := range []string{"store", "writer", "revisions", "revision_blobs", "revision_counts", "tombstones", "settings", "blobs", "blob_idle", "blob_scrubs", "blob_problems", "legacy_runs", "legacy_files", "legacy_records", "legacy_steps", "quarantine", "schema_files", "facets", "facet_rows"} {
		known[own] = true
	}
	for _, own := range index.Tables() {
		known[own] = true
	}
	err := s.read(t.Context(), func(q *sqlitedb.Tx) error {
		var got []string
		err := q.Select(t.Context(), &got, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`)
		for _, name := range got {
			if !known[name] {
				t.Errorf("table %s has no description", name)
			}
			delete(known, name)
		}
		if len(known) > 0 {
			t.Errorf("not in the schema: %v", known)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestLibcVersion: modernc.org/sqlite works with one version of modernc.org/libc,
// the one that its own go.mod names.
func TestLibcVersion(t *testing.T) {
	list := func(args ...string) string {
		out, err := exec.Command("go", append([]string{"list", "-m"}, args...)...).Output()
		if err != nil {
			t.Skipf("skipped: go list: %v", err)
		}
		return strings.TrimSpace(string(out))
	}
	mod, err := os.ReadFile(list("-f", "{{.GoMod}}", "modernc.org/sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`modernc\.org/libc (v\S+)`).FindSubmatch(mod)
	if want == nil {
		t.Fatalf("no libc in %s", mod)
	}
	if got := list("-f", "{{.Version}}", "modernc.org/libc"); got != string(want[1]) {
		t.Errorf("modernc.org/libc is %s, modernc.org/sqlite wants %s", got, want[1])
	}
}

// TestDescriptions: what a description must be for the engine to keep it.
func TestDescriptions(t *testing.T) {
	for _, r := range rows.Relations {
		v := r.New()
		if h := r.Head(v); h == nil {
			t.Errorf("%s has no head", r.Kind)
		}
		seen := map[string]bool{}
		for _, c := range r.Children {
			if seen[c.Table] {
				t.Errorf("%s names %s twice", r.Kind, c.Table)
			}
			seen[c.Table] = true
			if !strings.HasPrefix(c.Table, r.Kind+"_") {
				t.Errorf("%s is a table of %s", c.Table, r.Kind)
			}
		}
		if reflect.TypeOf(v).Elem() != r.Typ {
			t.Errorf("%s makes a %T", r.Kind, v)
		}
	}
}

package migrations

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestSchema keeps the whole schema, as it is after every file, in one place
// where it can be read.
func TestSchema(t *testing.T) {
	got := schema(t)
	golden := filepath.Join("testdata", "schema.sql")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatalf("%v (run with -update)", err)
	}
	if diff := cmp.Diff(strings.ReplaceAll(string(want), "\r\n", "\n"), got); diff != "" {
		t.Errorf("%s is out of date (-want +got, run with -update):\n%.2000s", golden, diff)
	}
}

// schema makes a store and gives its schema: each table or view with its
// indexes and triggers, by name.
func schema(t *testing.T) string {
	t.Helper()
	db := filepath.Join(t.TempDir(), "store.db")
	if _, err := Up(t.Context(), db, Options{}); err != nil {
		t.Fatal(err)
	}
	pool, err := open(t.Context(), db, "rw")
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	var b strings.Builder
	b.WriteString("-- The schema after every migration. Made by a test, which also holds it to be\n" +
		"-- true: go test ./migrations -update\n")
	rows, err := pool.Query(`
		SELECT sql
		FROM sqlite_schema
		WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
		ORDER BY tbl_name, type NOT IN ('table', 'view'), type, name`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		b.WriteString("\n" + text + ";\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestSchemaRules: every table is STRICT and says what it and its columns are
// for.
func TestSchemaRules(t *testing.T) {
	db := filepath.Join(t.TempDir(), "store.db")
	if _, err := Up(t.Context(), db, Options{}); err != nil {
		t.Fatal(err)
	}
	pool, err := open(t.Context(), db, "rw")
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	for line := range strings.Lines(query(t, pool, `
		SELECT name
		FROM pragma_table_list
		WHERE schema = 'main' AND type = 'table' AND NOT strict AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`)) {
		t.Errorf("table %s is not STRICT", strings.Trim(line, "|\n"))
	}
	for line := range strings.Lines(query(t, pool, `
		SELECT name
		FROM sqlite_schema
		WHERE type = 'table' AND sql NOT LIKE '%--%' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`)) {
		t.Errorf("table %s has no comment", strings.Trim(line, "|\n"))
	}
}

// TestSchemaInOldSQLite: what is in PATH as sqlite3 may be some years older
// than the driver, and people open the store with it.
func TestSchemaInOldSQLite(t *testing.T) {
	shell, err := exec.LookPath("sqlite3")
	if err != nil {
		t.Skip("there is no sqlite3 in PATH")
	}
	cmd := exec.Command(shell, "-batch", "-bail", ":memory:")
	cmd.Stdin = strings.NewReader(schema(t))
	if out, err := cmd.CombinedOutput(); err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("%v: %s", err, out)
	}
}

// TestObjects: what a program compares stores with is what its migrations make.
func TestObjects(t *testing.T) {
	db := filepath.Join(t.TempDir(), "store.db")
	if _, err := Up(t.Context(), db, Options{}); err != nil {
		t.Fatal(err)
	}
	found := objectsIn(t, db)
	if faults := Compare(found, nil); len(faults) > 0 {
		t.Errorf("a new store has faults: %+v", faults)
	}
	if a, b := len(found), len(Objects()); a != b || a < 100 {
		t.Errorf("%d objects are there, %d should be", a, b)
	}
	columns, err := Columns()
	if err != nil || len(columns["notes"]) < 10 || columns["notes"][0].Name != "pk" {
		t.Errorf("columns: %v, %v", columns["notes"], err)
	}
}

func objectsIn(t *testing.T, db string) (list []Object) {
	t.Helper()
	pool, err := open(t.Context(), db, "rw")
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	rows, err := pool.Query(SQLObjects)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var o Object
		if err := rows.Scan(&o.Type, &o.Name, &o.Table, &o.SQL); err != nil {
			t.Fatal(err)
		}
		list = append(list, o)
	}
	return list
}

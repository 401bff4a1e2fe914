package sqlsh

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// FuzzGuard: a person's SQL changes nothing when it only reads, and reaches no other file when it writes.
func FuzzGuard(f *testing.F) {
	for _, seed := range []string{"SELECT * FROM t", "ATTACH 'o.db' AS o", "PRAGMA query_only=0; DELETE FROM t", "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT count(*) FROM c",
		"SELECT printf('%.*c', 999999999, 'x')", "VACUUM INTO 'o.db'", "INSERT INTO t VALUES (2) RETURNING n", "CREATE TEMP TABLE u (n)", "PRAGMA writable_schema(1)", "SELECT load_extension('x')",
		"REPLACE INTO t VALUES (1)", "EXPLAIN DELETE FROM t", "SELECT fts5(?)", "CREATE VIRTUAL TABLE v USING fts5(x)", "DROP TABLE t", "SELECT zeroblob(2147483647)", "PRAGMA hard_heap_limit=1",
		"UPDATE sqlite_dbpage SET data = zeroblob(4096)", "INSERT INTO sqlite_dbpage VALUES (1, zeroblob(4096))", "SELECT count(*) FROM dbstat", "UPDATE sqlite_schema SET sql = ''"} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	place := f.TempDir()
	dir := filepath.Join(place, "st")
	if err := scratchStore(dir, "CREATE TABLE t (n INTEGER) STRICT; INSERT INTO t VALUES (1)"); err != nil {
		f.Fatal(err)
	}
	f.Chdir(place)
	f.Fuzz(func(t *testing.T, text string, write bool) {
		if strings.IndexByte(text, 0) >= 0 {
			return
		}
		tryGuard(t, dir, text, write)
		if left, err := os.ReadDir(place); err != nil || len(left) != 1 {
			t.Fatalf("%q made %v, %v", text, left, err)
		}
	})
}

// tryGuard runs a statement as query does, and undoes what it changed.
func tryGuard(t *testing.T, dir, text string, write bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	guard := &sqlGuard{write: write}
	db, conn, err := openStoreSQL(t.Context(), dir, guard)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = errors.Join(conn.Close(), db.Close()) }()
	before := stateOf(t, conn)
	own(t, guard, conn, "BEGIN")
	for _, statement := range splitSQL(text) {
		rows, err := conn.QueryContext(ctx, statement.text(text))
		if err == nil {
			_ = drain(rows)
			rows.Close()
		}
	}
	own(t, guard, conn, "ROLLBACK")
	if after := stateOf(t, conn); after != before {
		t.Fatalf("%q: the store is\n%s\nand was\n%s", text, after, before)
	}
}

func own(t *testing.T, guard *sqlGuard, conn *sql.Conn, text string) {
	t.Helper()
	guard.own = true
	defer func() { guard.own = false }()
	if _, err := conn.ExecContext(context.WithoutCancel(t.Context()), text); err != nil && !strings.Contains(err.Error(), "no transaction is active") {
		t.Fatal(err)
	}
}

// stateOf tells what SQL must not change: the settings, which databases there are, the schema, the rows.
func stateOf(t *testing.T, conn *sql.Conn) string {
	t.Helper()
	var b strings.Builder
	for _, text := range []string{"PRAGMA query_only", "PRAGMA foreign_keys", "PRAGMA trusted_schema", "PRAGMA journal_mode", "PRAGMA application_id", "PRAGMA user_version",
		"SELECT group_concat(name) FROM pragma_database_list WHERE name <> 'temp'", "SELECT group_concat(sql) FROM main.sqlite_schema", "SELECT group_concat(n) FROM main.t"} {
		var value sql.NullString
		if err := conn.QueryRowContext(t.Context(), text).Scan(&value); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		fmt.Fprintln(&b, text, value.String)
	}
	return b.String()
}

// TestEveryPragmaAndFunction: no pragma and no function that SQLite has changes a setting, the store or
// another file, with whatever argument.
func TestEveryPragmaAndFunction(t *testing.T) {
	place := t.TempDir()
	dir := filepath.Join(place, "st")
	if err := scratchStore(dir, "CREATE TABLE t (n INTEGER) STRICT; INSERT INTO t VALUES (1)"); err != nil {
		t.Fatal(err)
	}
	t.Chdir(place)
	pragmas := names(t, dir, "SELECT name FROM pragma_pragma_list")
	functions := names(t, dir, "SELECT DISTINCT name FROM pragma_function_list WHERE name NOT IN ('->', '->>', 'like', 'glob', 'match', 'regexp')")
	if len(pragmas) < 50 || len(functions) < 100 {
		t.Fatalf("%d pragmas, %d functions", len(pragmas), len(functions))
	}
	refused := nameSet("load_extension sqlite_log fts5 geopoly_debug rtreecheck rtreedepth rtreenode")
	for _, name := range functions {
		if refused := refused[strings.ToLower(name)]; allowedFunctions[strings.ToLower(name)] == refused {
			t.Errorf("%s: is it one that SQL may call? it is refused: %v", name, !refused)
		}
	}
	for _, write := range []bool{false, true} {
		for _, p := range pragmas {
			for _, form := range []string{"PRAGMA %s", "PRAGMA %s = 1", "PRAGMA %s = 0", "PRAGMA %s('out.db')", "SELECT * FROM pragma_%s", "SELECT * FROM pragma_%s('1')"} {
				tryGuard(t, dir, fmt.Sprintf(form, p), write)
			}
		}
		for _, name := range functions {
			for _, arguments := range []string{"", "'out.db'", "'out.db', 'x'", "'out.db', 'x', 1"} {
				tryGuard(t, dir, fmt.Sprintf("SELECT \"%s\"(%s)", name, arguments), write)
			}
		}
	}
	if left, err := os.ReadDir(place); err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
}

func names(t *testing.T, dir, text string) (list []string) {
	t.Helper()
	db, conn, err := openStoreSQL(t.Context(), dir, &sqlGuard{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = errors.Join(conn.Close(), db.Close()) }()
	rows, err := conn.QueryContext(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		list = append(list, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// scratchStore makes a database that looks like a store's.
func scratchStore(dir, ddl string) (err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	source := strings.Replace(Source(filepath.Join(dir, databaseName), true, false, time.Second), "mode=rw", "mode=rwc", 1)
	db, err := sql.Open("sqlite", source)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	_, err = db.Exec(fmt.Sprintf("PRAGMA journal_mode=WAL; PRAGMA application_id=%d; %s", ApplicationID, ddl))
	return err
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A person's SQL stays inside the store, also with --write.
func TestGuard(t *testing.T) {
	dir := t.TempDir()
	if err := scratchStore(dir, "CREATE TABLE t (n INTEGER) STRICT; INSERT INTO t VALUES (1)"); err != nil {
		t.Fatal(err)
	}
	outside := filepath.Join(t.TempDir(), "outside.db")
	never := []string{
		"ATTACH '" + outside + "' AS o", "DETACH main", "VACUUM", "VACUUM INTO '" + outside + "'",
		"PRAGMA query_only=0", "PRAGMA query_only(0)", "PRAGMA writable_schema=1", "PRAGMA journal_mode=DELETE", "PRAGMA user_version=9",
		"PRAGMA application_id=1", "PRAGMA wal_checkpoint", "PRAGMA trusted_schema=1", "PRAGMA temp_store_directory='/tmp'",
		"SELECT * FROM pragma_journal_mode('delete')", "SELECT load_extension('x')", "SELECT readfile('/etc/passwd')",
		"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT s", "EXPLAIN ATTACH '" + outside + "' AS o",
		"CREATE VIRTUAL TABLE p USING sqlite_dbpage", "UPDATE sqlite_schema SET sql = ''",
	}
	writes := []string{
		"INSERT INTO t VALUES (2)", "DELETE FROM t", "UPDATE t SET n = 3", "CREATE TABLE u (n)", "DROP TABLE t", "CREATE TEMP TABLE u (n)",
		"CREATE INDEX i ON t (n)", "CREATE VIEW v AS SELECT 1", "ANALYZE", "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", "ALTER TABLE t ADD COLUMN m",
		"INSERT INTO t VALUES (2) RETURNING n", "EXPLAIN DELETE FROM t",
	}
	for _, sql := range append(append([]string{}, never...), writes...) {
		if got := storectl(t, nil, "", "--store", dir, "query", sql); got.code != exitMisused && got.code != exitFailed || got.stdout != "" {
			t.Errorf("%s: exit %d, stdout %q", sql, got.code, got.stdout)
		}
	}
	for _, sql := range never {
		if got := storectl(t, nil, "", "--store", dir, "query", "--write", sql); got.code == exitDone {
			t.Errorf("--write %s: exit 0, stdout %q", sql, got.stdout)
		}
	}
	if _, err := os.Stat(outside); err == nil {
		t.Error("a file outside the store was made")
	}
	for _, sql := range []string{"SELECT n FROM t", "SELECT name FROM pragma_table_info('t')", "PRAGMA table_info('t')", "PRAGMA journal_mode", "PRAGMA integrity_check",
		"VALUES (1)", "EXPLAIN QUERY PLAN SELECT * FROM t", "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 3) SELECT x FROM c"} {
		if got := storectl(t, nil, "", "--store", dir, "query", sql); got.code != exitDone || got.stdout == "" {
			t.Errorf("%s: exit %d, stderr %q", sql, got.code, got.stderr)
		}
	}
	if got := storectl(t, nil, "", "--store", dir, "query", "SELECT n FROM t", "-o", "csv"); got.stdout != "n\n1\n" {
		t.Errorf("the store has changed: %q", got.stdout)
	}
}

// All statements of --write are one transaction.
func TestWriteIsOneTransaction(t *testing.T) {
	dir := t.TempDir()
	if err := scratchStore(dir, "CREATE TABLE t (n INTEGER CHECK (n < 10)) STRICT"); err != nil {
		t.Fatal(err)
	}
	count := func() string {
		return storectl(t, nil, "", "--store", dir, "query", "SELECT count(*) AS n FROM t", "-o", "csv").stdout
	}
	got := storectl(t, nil, "", "--store", dir, "query", "--write", "INSERT INTO t VALUES (1); INSERT INTO t VALUES (11)")
	if got.code != exitFailed || !strings.Contains(got.stderr, "CHECK constraint failed") || count() != "n\n0\n" {
		t.Errorf("exit %d, stderr %q, rows %q", got.code, got.stderr, count())
	}
	got = storectl(t, nil, "", "--store", dir, "query", "--write", "INSERT INTO t VALUES (1); SELECT 1; INSERT INTO t VALUES (2)")
	if got.code != exitMisused || got.stdout != "" || count() != "n\n0\n" {
		t.Errorf("exit %d, stdout %q, rows %q", got.code, got.stdout, count())
	}
	got = storectl(t, nil, "", "--store", dir, "query", "--write", "INSERT INTO t VALUES (1); INSERT INTO t VALUES (2) RETURNING n AS m", "--json")
	if got.code != exitDone || got.stdout != "[{\"m\": 2}]\n" || count() != "n\n2\n" {
		t.Errorf("exit %d, stdout %q, stderr %q, rows %q", got.code, got.stdout, got.stderr, count())
	}
}

func TestErrorsShowThePlace(t *testing.T) {
	dir := t.TempDir()
	if err := scratchStore(dir, "CREATE TABLE t (n INTEGER) STRICT"); err != nil {
		t.Fatal(err)
	}
	for sql, want := range map[string]string{
		"SELEC 1":         "(line 1, column 1: ",
		"SELECT * FORM t": "(line 1, column 10: FORM t)",
		"SELECT 'FORM',\n  \"ü\", FORM FORM FORM": "(line 2, column 18: FORM)",
		"SELECT n,\n wrong FROM t":                "(line 2, column 2: wrong FROM t)",
		"SELECT * FROM nowhere":                   "(line 1, column 15: nowhere)",
		"SELECT t.wrong FROM t":                   "(line 1, column 10: wrong FROM t)",
		"SELECT 'open":                            "(line 1, column 8: 'open)",
	} {
		got := storectl(t, nil, "", "--store", dir, "query", sql)
		if got.code != exitFailed || !strings.Contains(got.stderr, want) {
			t.Errorf("%q: exit %d, %q, want %q", sql, got.code, got.stderr, want)
		}
	}
}

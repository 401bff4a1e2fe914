package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"taskstore/cmd/storectl/internal/term"
)

// FuzzScreen: whatever is written to a terminal, and in whatever pieces, nothing of it is obeyed.
func FuzzScreen(f *testing.F) {
	for _, seed := range []string{evil, "\x1b[1mbold\x1b[0m", "\xe2\x80\xae", "a\xff\xc3", "\u2066x\u2069", "\x1b", "日本\u0085語", "\x1b]8;;http://x\x07y"} {
		f.Add([]byte(seed), uint8(1))
	}
	f.Fuzz(func(t *testing.T, text []byte, piece uint8) {
		var out bytes.Buffer
		s, flush := term.New(nil, &out, &out, nil).Safe(&out)
		for p := range slices.Chunk(text, int(piece)+1) {
			if n, err := s.Write(p); err != nil || n != len(p) {
				t.Fatalf("%d of %d bytes, %v", n, len(p), err)
			}
		}
		flush()
		wantCalm(t, "the screen", out.String())
		wantCalm(t, "a cell", term.Visible(string(text)))
		if shown := term.Visible(string(text)); strings.ContainsAny(shown, "\n\t") {
			t.Errorf("a cell has several lines: %q", shown)
		}
	})
}

// FuzzCSV: a cell comes back as it was, with an apostrophe before it at most, and moves no other.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{"=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", "a,b", "a\"b", "a\r\nb", "\r", "'x", "", "\xff", "x\ny"} {
		f.Add(seed, "b")
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		var out bytes.Buffer
		a := term.New(nil, &out, &out, nil)
		a.Form, a.Raw = term.CSV, true
		w := a.NewRows([]term.Column{{Name: "a"}, {Name: "b"}}, "")
		if err := errors.Join(w.Write([]any{one, two}), w.Close()); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(rows) != 2 || len(rows[1]) != 2 {
			t.Fatalf("%q, %q: %q, %v", one, two, rows, err)
		}
		for i, want := range []string{one, two} {
			want = strings.ReplaceAll(want, "\r\n", "\n") // as the reader of CSV has it
			if got := rows[1][i]; got != want && got != "'"+want {
				t.Errorf("%q became %q", want, got)
			}
		}
	})
}

// FuzzNames: a file that is named after a record or a file of a source is one in the directory that was
// named, on every system.
func FuzzNames(f *testing.F) {
	for _, seed := range []string{"CON", "nul.txt", "..", ".", "../../etc/passwd", `..\..\x`, "a/b", "a\x00b", strings.Repeat("é", 300), "é", "e\u0301", "NOTE", "x.", "x ",
		"C:x", "-rf", "a:b", "\u202egnp.exe", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		for _, made := range []string{fileName("note-"+name) + ".json", "7-" + safeName(name)} {
			for _, r := range made {
				if r <= ' ' || r >= 0x7f || strings.ContainsRune(`/\:*?"<>|`, r) {
					t.Errorf("%q became %q", name, made)
				}
			}
			if len(made) > 140 || strings.HasSuffix(made, ".") || strings.HasPrefix(made, ".") || filepath.Base(made) != made {
				t.Errorf("%q became %q", name, made)
			}
		}
	})
}

// FuzzLines: what put is given is one text or several, and each stands where its place says.
func FuzzLines(f *testing.F) {
	for _, seed := range []string{`{"id":"a"}`, "{\"id\":\"a\"}\n\n {\"id\":\"b\"}\r\n", "\xef\xbb\xbf{}\n{}", `[{"id":"a"}, {}]`, "[", "[]", "{\n}\n", "{\"a\":\"\xff\"}", "[{\"a\":\"\xff\"}]",
		strings.Repeat("[", 20000), strings.Repeat(`{"a":`, 20000)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, given []byte) {
		in := newLines(bytes.NewReader(given))
		text, more, err := in.first()
		for err == nil && text != nil {
			at := in.textOf(text).begins
			if in.list == nil && (at.at < 0 || at.at > int64(len(given)) || !bytes.HasPrefix(given[at.at:], bytes.TrimSpace(text)[:min(1, len(bytes.TrimSpace(text)))])) {
				t.Fatalf("%q: %q begins at %d", given, text, at.at)
			}
			if at.line < 1 || at.line > 1+bytes.Count(given, []byte("\n")) {
				t.Fatalf("%q: line %d", given, at.line)
			}
			bad := at.checkUTF8(text)
			if (bad == nil) != utf8.Valid(text) {
				t.Fatalf("%q: %v", text, bad)
			}
			if !more {
				return
			}
			text, err = in.next()
		}
		var known *term.Failure
		if err != nil && err != io.EOF && !errors.As(err, &known) {
			t.Fatalf("%q: %v", given, err)
		}
	})
}

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

func names(t *testing.T, dir, text string) []string {
	t.Helper()
	got := storectl(t, nil, "", "--store", dir, "query", text, "-o", "csv")
	if got.code != exitDone {
		t.Fatal(got.stderr)
	}
	return strings.Split(strings.TrimSpace(got.stdout), "\n")[1:]
}

package sqlsh

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplitSQL(t *testing.T) {
	tests := []struct {
		sql  string
		want []string
	}{
		{"", nil},
		{" ; ;-- nothing\n;", nil},
		{"SELECT 1", []string{"SELECT 1"}},
		{"SELECT ';' ; SELECT \"a;\"\"b\" -- c;\n, [d;], `e;` /* ; */ ;", []string{"SELECT ';'", "SELECT \"a;\"\"b\" -- c;\n, [d;], `e;`"}},
		{"CREATE TEMP TRIGGER IF NOT EXISTS x AFTER INSERT ON t BEGIN SELECT CASE WHEN 1 THEN 2 END; DELETE FROM t; END; SELECT 2",
			[]string{"CREATE TEMP TRIGGER IF NOT EXISTS x AFTER INSERT ON t BEGIN SELECT CASE WHEN 1 THEN 2 END; DELETE FROM t; END", "SELECT 2"}},
		{"SELECT 'open; ", []string{"SELECT 'open; "}},
	}
	for _, test := range tests {
		var got []string
		for _, statement := range splitSQL(test.sql) {
			got = append(got, statement.text(test.sql))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q: -want +got\n%s", test.sql, diff)
		}
	}
	parameters := splitSQL("SELECT :a, @b, $c, ?1, ':no', x::y FROM t")[0].parameters
	if diff := cmp.Diff([]string{":a", "@b", "$c", "?1", ":y"}, parameters); diff != "" {
		t.Error(diff)
	}
}

func FuzzSplitSQL(f *testing.F) {
	for _, sql := range []string{"SELECT 1; SELECT 2", "CREATE TRIGGER x BEGIN ; END;", "/*", "--", "'", "[", ":", "\xff;\x00", "? 1"} {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		end := 0
		for _, statement := range splitSQL(sql) {
			if statement.start < end || statement.end <= statement.start || statement.end > len(sql) {
				t.Fatalf("%q: a statement from %d to %d after %d", sql, statement.start, statement.end, end)
			}
			end = statement.end
		}
		parseDDL(sql)
	})
}

func TestParseDDL(t *testing.T) {
	tests := []struct {
		ddl  string
		want ddlComments
	}{
		{"CREATE TABLE a ( -- The table.\n  x TEXT, -- the x,\n  -- the y\n  -- and more\n  y TEXT DEFAULT (1 + 2), /* also y */\n  z TEXT -- last\n  CHECK (z <> ','),\n  w TEXT /* added */)",
			ddlComments{"The table.", []string{"the x,", "the y and more also y", "last", "added"}}},
		{"CREATE TABLE a (\n  -- The table,\n  -- told at length.\n  x TEXT, -- the x\n  y TEXT\n)", ddlComments{"The table, told at length.", []string{"the x", ""}}},
		{"CREATE TABLE a -- The table.\n(\n  -- the x\n  x TEXT,\n  y TEXT -- the y\n) STRICT", ddlComments{"The table.", []string{"the x", "the y"}}},
		{"CREATE TABLE a (x, y)", ddlComments{"", []string{"", ""}}},
		{"CREATE VIEW v AS\n-- The view.\nSELECT a, -- the a\n  (SELECT count(*) FROM t) AS n, -- how many\n  b AS c -- the c\nFROM t -- of t", ddlComments{"The view.", []string{"the a", "how many", "the c"}}},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, parseDDL(test.ddl), cmp.AllowUnexported(ddlComments{})); diff != "" {
			t.Errorf("%s\n-want +got\n%s", test.ddl, diff)
		}
	}
}

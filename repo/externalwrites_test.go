package repo_test

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"taskstore/internal/sqlfile"
	"taskstore/internal/testdb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// What an external write leaves behind is compared row by row: every table that its triggers
// may write, for each kind and each list, whatever the statement says of conflicts and the
// connection of foreign keys and recursive triggers. The golden file has a line for each
// statement: how many rows came and went in which tables, and a checksum over them.

var externalAll = flag.Bool("external.all", false, "every external statement, on every list, in every mode")

var externalModes = []string{
	"PRAGMA foreign_keys = OFF; PRAGMA recursive_triggers = OFF", "PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = OFF",
	"PRAGMA foreign_keys = OFF; PRAGMA recursive_triggers = ON", "PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON",
}

// externalWrite is a statement, or a few, what the golden file calls it, and the tables that
// it may change.
type externalWrite struct {
	Name, SQL string
	Tables    []string
}

// externalChange are the rows that came and went, each with its table.
type externalChange struct {
	Came, Went []string
	Failed     bool
}

// TestExternalWrites holds all that external writes do against the golden file, by this
// program's SQLite and by Python's. Without -external.all each does one mode, on one list of each form.
func TestExternalWrites(t *testing.T) {
	t.Parallel()
	file, writes := externalStore(t), externalWrites(*externalAll)
	for first, run := range []func(*testing.T, []byte, []string, []externalWrite) [][]externalChange{runByDriver, runByPython} {
		t.Run([]string{"driver", "python"}[first], func(t *testing.T) {
			t.Parallel()
			modes := externalModes
			if !*externalAll {
				first = 3 * first
				modes = modes[first : first+1]
			} else {
				first = 0
			}
			from := time.Now().Add(-time.Second)
			found := run(t, file, modes, writes)
			wantExternal(t, first, writes, found, externalNow(from, time.Now().Add(time.Second)))
		})
	}
}

// wantExternal holds what was found, from the first mode on, against the golden file.
func wantExternal(t *testing.T, first int, writes []externalWrite, found [][]externalChange, now func(string) string) {
	const golden = "internal/rows/testdata/external.golden"
	if *externalAll && strings.HasSuffix(t.Name(), "driver") && flag.Lookup("update").Value.String() == "true" {
		fatal(t, os.WriteFile(golden, externalGolden(writes, found, now), 0o644))
	}
	text, err := os.ReadFile(golden)
	fatal(t, err)
	want, of := map[string]string{}, ""
	for line := range strings.SplitSeq(string(text), "\n") {
		modes, change, ok := strings.Cut(strings.TrimPrefix(line, "  "), " ")
		if !ok || !strings.HasPrefix(line, "  ") {
			of = line
			continue
		}
		for _, m := range modes {
			want[string(m)+of] = change
		}
	}
	for i, w := range writes {
		for m, changes := range found {
			if got, want := changes[i].line(now), want[fmt.Sprint(first+m)+w.Name]; got != want {
				t.Errorf("%s: %s:\ngot  %s\nwant %s\n%.3000s", externalModes[first+m], w.SQL, got, want, changes[i].rows())
			}
		}
	}
}

// externalGolden writes what was found, each change with the numbers of the modes that have it.
func externalGolden(writes []externalWrite, found [][]externalChange, now func(string) string) []byte {
	var b bytes.Buffer
	for i, w := range writes {
		modes, texts := map[string]string{}, []string(nil)
		for m := range found {
			text := found[m][i].line(now)
			if modes[text] == "" {
				texts = append(texts, text)
			}
			modes[text] += fmt.Sprint(m)
		}
		b.WriteString(w.Name + "\n")
		for _, text := range texts {
			b.WriteString("  " + modes[text] + " " + text + "\n")
		}
	}
	return b.Bytes()
}

// externalNow makes the times of the run the same at each.
func externalNow(from, to time.Time) func(string) string {
	times := regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`)
	return func(row string) string {
		return times.ReplaceAllStringFunc(row, func(text string) string {
			if at, err := time.Parse(time.RFC3339, text); err == nil && at.After(from) && at.Before(to) {
				return "now"
			}
			return text
		})
	}
}

// line tells how many rows of which tables came and went, and a checksum over them.
func (c externalChange) line(now func(string) string) string {
	if c.Failed {
		return "fails"
	}
	counts := map[string]*[2]int{}
	for i, list := range [][]string{c.Came, c.Went} {
		for j, row := range list {
			list[j] = now(row)
			table, _, _ := strings.Cut(row, ":")
			if counts[table] == nil {
				counts[table] = &[2]int{}
			}
			counts[table][i]++
		}
		slices.Sort(list)
	}
	if len(counts) == 0 {
		return "nothing"
	}
	text := ""
	for _, table := range slices.Sorted(maps.Keys(counts)) {
		text += fmt.Sprintf("%s +%d-%d, ", table, counts[table][0], counts[table][1])
	}
	return text + fmt.Sprintf("%x", sha256.Sum256([]byte(c.rows())))[:12]
}

func (c externalChange) rows() string {
	return "+ " + strings.Join(c.Came, "\n+ ") + "\n- " + strings.Join(c.Went, "\n- ")
}

// externalStore makes a store of three records of each kind, the third in the trash, each
// with three rows of each list, and gives its file.
func externalStore(t *testing.T) (file []byte) {
	s := testdb.Unchecked(t)
	fatal(t, s.Close())
	db, err := sqlfile.Open(s.Path(), "")
	fatal(t, err)
	var all []string
	for _, r := range rows.Relations {
		for pk := 1; pk <= 3; pk++ {
			trashed := "NULL"
			if pk == 3 {
				trashed = "'2026-02-03T04:05:06.789Z'"
			}
			fixed := map[string]string{"pk": fmt.Sprint(pk), "id": fmt.Sprintf("'%s-%d'", r.Kind, pk), "rev": "5", "trashed_at": trashed}
			all = append(all, externalRow(r.Name, r.Cols, fixed, pk))
			for _, c := range r.Children {
				for pos := range 3 {
					fixed := map[string]string{c.Owner: fmt.Sprint(pk), "pos": fmt.Sprint(pos)}
					cols := c.Cols
					if c.HasPK() {
						cols, fixed["pk"] = cols[1:], fmt.Sprint(10*pk+pos)
					}
					if c.Form == schema.FormDocument {
						delete(fixed, "pos")
						cols = []schema.Column{{Name: "name"}, {Name: "body"}}
					}
					all = append(all, externalRow(c.Table, cols, fixed, pos))
				}
			}
			all = append(all, fmt.Sprintf("INSERT INTO %s_foreign_facets (owner_pk) VALUES (%d)", r.Kind, pk))
		}
	}
	all = append(all, "INSERT INTO settings (key, value, rev, saved_at, sum) VALUES ('a', '1', 3, '', 1), ('b', '2', 1, '', 1)")
	for _, text := range all {
		if _, err := db.Exec(text); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	}
	fatal(t, db.Close())
	file, err = os.ReadFile(s.Path())
	fatal(t, err)
	return file
}

// externalRow is the statement that inserts a row with a value in each column, or in every
// second of those that may be NULL.
func externalRow(table string, cols []schema.Column, fixed map[string]string, n int) string {
	names, values := []string{"sum"}, []string{"1"}
	for name, value := range fixed {
		names, values = append(names, name), append(values, value)
	}
	for i, c := range cols {
		if _, ok := fixed[c.Name]; ok {
			continue
		}
		value := map[schema.ColumnType]string{schema.ColumnInt: "7", schema.ColumnBool: "1", schema.ColumnFloat: "1.5"}[c.Type]
		switch {
		case c.Null && (i+n)%2 == 0:
			value = "NULL"
		case value == "":
			value = fmt.Sprintf("'%s %d'", c.Name, n)
		}
		names, values = append(names, c.Name), append(values, value)
	}
	return "INSERT INTO " + table + " (" + strings.Join(names, ", ") + ") VALUES (" + strings.Join(values, ", ") + ")"
}

package repo_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/repo/check"
	"taskstore/schema"
)

// TestCheckBesideWriter: all parts of a check see the same moment, however many commits
// there are meanwhile.
func TestCheckBesideWriter(t *testing.T) {
	s := testdb.Open(t)
	fillStore(t, s)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			if err := s.Notes.Save(t.Context(), note(fmt.Sprint("w", i), fmt.Sprint("marten ", i))); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	for range 8 {
		rep, err := s.Check(t.Context(), check.Options{})
		if err != nil || !rep.OK {
			t.Errorf("a check beside a writer: %+v, %v", rep, err)
		}
	}
	close(stop)
	<-stopped
}

// TestCheckOnOneConnection: where the file tells nobody of commits, the parts of a check share a connection, and
// none of them disturbs another.
func TestCheckOnOneConnection(t *testing.T) {
	t.Parallel()
	dir := testdb.Copy(t, indexed(t, t.Context()))
	path := filepath.Join(dir, "store.db")
	fatal(t, os.WriteFile(path+"-wal", nil, 0o600))
	fatal(t, os.WriteFile(path+"-shm", make([]byte, 32768), 0o600))
	s := testdb.Reopen(t, dir, func(o *repo.Options) { o.Untouched = true })
	for range 8 {
		rep, err := s.Check(t.Context(), check.Options{})
		if err != nil || !rep.OK {
			t.Fatalf("%+v, %v", rep, err)
		}
	}
}

// TestCheckProgress: whoever waits is told of one area after the other, and of none
// that it goes back or has more than all.
func TestCheckProgress(t *testing.T) {
	s := testdb.Open(t)
	for i := range 300 {
		fatal(t, s.Notes.Save(repo.DeferIndex(t.Context()), note(fmt.Sprint("n", i), "marten")))
	}
	fatal(t, s.Index.Flush(t.Context(), nil))
	var seen []string
	var last int64
	rep, err := s.Check(t.Context(), check.Options{Progress: func(area string, done, total int64) {
		if n := len(seen); n == 0 || seen[n-1] != area {
			seen, last = append(seen, area), 0
		}
		if done <= last || total > 0 && done > total {
			t.Errorf("%s: %d of %d after %d", area, done, total, last)
		}
		last = done
	}})
	if err != nil || !rep.OK {
		t.Fatalf("%+v, %v", rep, err)
	}
	if want := slices.DeleteFunc(check.Areas(), func(a string) bool { return !slices.Contains(seen, a) }); !slices.Equal(seen, want) {
		t.Errorf("the areas came as %v", seen)
	}
	if rep.Checked[check.AreaFTS] != 300 || rep.Checked[check.AreaRows] < 300 {
		t.Errorf("checked %v", rep.Checked)
	}
}

// TestIndexLookedAtOnce: FTS5 looks at its tables once, with the search index, or with
// the pages where that is not asked for; either way what it finds is the index's. A file
// of some size is looked at on several connections.
func TestIndexLookedAtOnce(t *testing.T) {
	for name, bytes := range map[string]int{"tiny": 0, "small": 3 << 20, "larger": 5 << 20} {
		t.Run(name, func(t *testing.T) { indexLookedAtOnce(t, bytes) })
	}
}

func indexLookedAtOnce(t *testing.T, bytes int) {
	dir := testdb.Copy(t, indexed(t, t.Context()))
	s := testdb.Reopen(t, dir)
	fatal(t, s.Settings.Save(t.Context(), &schema.Setting{Key: "large", Value: schema.JSON(`"` + strings.Repeat("x", bytes) + `"`)}))
	fatal(t, s.Close())
	testdb.ShellIn(t, dir, "UPDATE search_data SET block = x'00ff00ff00ff00ff' WHERE id > 10")
	s = testdb.Reopen(t, dir, func(o *repo.Options) { o.Untouched = true })
	for _, areas := range [][]string{{check.AreaDB}, {check.AreaFTS}, {check.AreaDB, check.AreaFTS}} {
		rep, err := s.Check(t.Context(), check.Options{Only: areas})
		fatal(t, err)
		n := 0
		for _, p := range rep.Problems {
			if p.Area != check.AreaFTS {
				t.Errorf("%v: %+v", areas, p)
			}
			if strings.Contains(p.Detail, "malformed") || strings.Contains(p.Detail, "corruption") {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%v: FTS5 complains %d times: %+v", areas, n, rep.Problems)
		}
	}
	fatal(t, s.Close())
	s = testdb.Reopen(t, dir)
	fatal(t, s.Index.Rebuild(t.Context(), nil)) // what the test ends with is in order
	fatal(t, s.Close())
}

// TestQuickCheck: a quick check finds what is damaged throughout, in as many rows
// however many there are.
func TestQuickCheck(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sql  string
		want check.Problem
	}{
		"root row":   {"UPDATE notes SET content = content || 'x'", check.Problem{Area: check.AreaRows, Table: "notes", Kind: "note", ID: "note-1"}},
		"child row":  {"UPDATE session_screenshots SET analysis_status = 'x' WHERE id = '2'", check.Problem{Area: check.AreaRows, Table: "session_screenshots", Kind: "session", ID: "s"}},
		"child gone": {"DELETE FROM session_screenshots WHERE id = '2'", check.Problem{Area: check.AreaRows, Table: "session_screenshots", Kind: "session", ID: "s"}},
		"setting":    {"UPDATE settings SET value = '[]'", check.Problem{Area: check.AreaRows, Table: "settings", Kind: "setting", ID: "settings"}},
		"owner gone": {"PRAGMA foreign_keys = OFF; DELETE FROM sessions WHERE id = 's'", check.Problem{Area: check.AreaFK, Table: "session_screenshots"}},
		"no texts":   {"DELETE FROM search_text", check.Problem{Area: check.AreaFTS, Table: "search_text", Kind: "note"}},
		"no index":   {"DROP TABLE search_text", check.Problem{Area: check.AreaFTS, Table: "search"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := damaged(t, c.sql)
			rep, err := s.Check(t.Context(), check.Options{Quick: true})
			fatal(t, err)
			if !slices.ContainsFunc(rep.Problems, func(p check.Problem) bool {
				return p.Severity == check.SeverityError && p.Area == c.want.Area && p.Table == c.want.Table && p.Kind == c.want.Kind && (c.want.ID == "" || p.ID == c.want.ID)
			}) {
				t.Errorf("not found: %+v in %+v", c.want, rep.Problems)
			}
		})
	}
}

func TestQuickCheckLooksAtSamples(t *testing.T) {
	t.Parallel()
	s := testdb.Open(t)
	var list []*schema.Note
	for i := range 1500 {
		list = append(list, note(fmt.Sprint("n", i), "marten"))
	}
	fatal(t, s.Notes.Save(t.Context(), list...))
	rep, err := s.Check(t.Context(), check.Options{Quick: true})
	fatal(t, err)
	if n := rep.Checked[check.AreaFTS]; !rep.OK || n < 128 || n > 256 {
		t.Errorf("compared %d records with the index: %+v", n, rep.Problems)
	}
	if n := rep.Checked[check.AreaRows]; n < 128 || n > 256*4 {
		t.Errorf("looked at %d rows", n)
	}
	testdb.Shell(t, s, "UPDATE notes SET content = 'written elsewhere' WHERE pk = 40")
	rep, err = s.Check(t.Context(), check.Options{Quick: true, Only: []string{check.AreaRows}})
	fatal(t, err)
	if !rep.OK || !slices.ContainsFunc(rep.Problems, func(p check.Problem) bool { return p.Detail == "1 records were written by another tool" }) {
		t.Errorf("a record of another tool is not told of: %+v", rep.Problems)
	}
}

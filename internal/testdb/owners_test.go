package testdb_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// owners says which package alone writes a table of a store.
var owners = map[string]string{
	"legacy_runs":     "importexport/ledger",
	"legacy_files":    "importexport/ledger",
	"legacy_steps":    "importexport/ledger",
	"legacy_records":  "importexport/ledger",
	"quarantine":      "importexport/ledger",
	"revisions":       "repo/history",
	"revision_blobs":  "repo/history",
	"revision_counts": "repo/history",
	"tombstones":      "repo/history",
	"blobs":           "repo/contents",
	"blob_idle":       "repo/contents",
	"blob_problems":   "repo/contents",
	"blob_scrubs":     "repo/contents",
	"settings":        "repo/internal/rows",
	"facets":          "repo/internal/rows",
	"facet_rows":      "repo/internal/rows",
	"writer":          "repo/internal/rows",
	"search":          "fts/index",
	"search_dirty":    "fts/index",
	"search_full":     "fts/index",
	"search_rows":     "fts/index",
	"search_text":     "fts/index",
	"search_words":    "fts/index",
	"schema_files":    "migrations",
}

// scratch are packages that write a file of their own with tables of such names.
var scratch = map[string]string{"importexport/legacy/merge": "quarantine"}

// runsSQL are the packages that run SQL in a transaction of a store from outside of repo.
var runsSQL = []string{"importexport/ledger", "importexport/archive"}

// sources gives fn the text of every file of the program, with its package.
func sources(t *testing.T, fn func(name, pkg, text string)) {
	t.Helper()
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := fs.ReadFile(root, name)
		if !strings.HasPrefix(name, "internal/bench/") { // a module of its own, which does by hand what it compares with
			fn(name, path.Dir(name), string(text))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestOwners: a table is written by one package, which knows what a write must note.
func TestOwners(t *testing.T) {
	writes := regexp.MustCompile(`(?:INSERT(?: OR \w+)? INTO|UPDATE(?: OR \w+)?|DELETE FROM) (\w+)`)
	found := map[string]bool{}
	sources(t, func(name, pkg, text string) {
		for _, m := range writes.FindAllStringSubmatch(text, -1) {
			switch owner := owners[m[1]]; {
			case owner == "" || scratch[pkg] == m[1] || slices.Contains(forTests, pkg):
			case path.Base(name) == "triggers.go": // what other programs' writes keep; the owner completes it
			case owner != pkg:
				t.Errorf("%s: %q, and %s belongs to %s", name, m[0], m[1], owner)
			default:
				found[m[1]] = true
			}
		}
	})
	for table, owner := range owners {
		if !found[table] {
			t.Errorf("%s does not write %s", owner, table)
		}
	}
}

// assembled are the packages that put the name of a table into a statement that writes:
// rows for the tables of records, backup/putback for a new file that is no store yet, the
// others for their own.
var assembled = []string{"repo/internal/rows", "repo/history", "fts/index", "importexport/ledger", "backup/putback"}

// TestAssembled: whoever writes to a table whose name is not in the text owns the table.
func TestAssembled(t *testing.T) {
	writes := regexp.MustCompile("[\"`](?:INSERT INTO|UPDATE|DELETE FROM) [\"`] ?\\+")
	seen := 0
	sources(t, func(name, pkg, text string) {
		found := writes.FindAllString(text, -1)
		seen += len(found)
		if len(found) > 0 && !slices.Contains(assembled, pkg) {
			t.Errorf("%s writes to a table by its name: %q", name, found)
		}
	})
	if seen < 10 {
		t.Errorf("only %d statements were found", seen)
	}
}

// TestWhoRunsSQL: who is not named goes through the repositories.
func TestWhoRunsSQL(t *testing.T) {
	calls := regexp.MustCompile(`\.(ReadSQL|WriteSQL)\(`)
	seen := map[string]bool{}
	sources(t, func(name, pkg, text string) {
		if !calls.MatchString(text) {
			return
		}
		seen[pkg] = true
		if !slices.Contains(runsSQL, pkg) {
			t.Errorf("%s runs SQL in a transaction of a store", name)
		}
	})
	if len(seen) != len(runsSQL) {
		t.Errorf("only %v run SQL", seen)
	}
}

package testdb_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// floors says on which floor a package stands: it may import what is below it, and
// nothing beside it.
var floors = map[string]int{
	"schema":                0,
	"internal/durable":      0,
	"internal/when":         0,
	"internal/shell":        0,
	"internal/pattern":      0,
	"internal/seal":         1,
	"backup/offsite/shelf":  1,
	"backup/offsite/s3":     2,
	"backup/offsite/pieces": 2,
	"backup/offsite/turns":  3,
	"internal/sqlfile":      0,
	"fts":                   1, // pure: texts and questions
	"internal/sqlitedb":     2,
	"migrations":            2,
	"blobs":                 2,
	"fts/postings":          2,
	"fts/index":             3,
	"backup/pages":          3,
	"backup/packed":         4,
	"backup/putback":        4,
	"backup":                5,
	"backup/offsite":        6,
	"repo/internal/rows":    4,
	"repo/listing":          5,
	"repo/links":            5,
	"repo/history":          6,
	"repo/contents":         6,
	"repo/search":           6,
	"repo/measure":          7,
	"repo/check":            7,
	"repo/internal/opening": 8,
	"repo/internal/saving":  8,
	"repo":                  9,
	"importexport/ledger":   10,
	"backup/recovery":       11,
	"importexport/archive":  11,
	"importexport/vault":    11,
	// The rooms of the legacy import, from a text to the whole flow.
	"importexport/legacy/rawjson": 11,
	"importexport/legacy/record":  12,
	"importexport/legacy/names":   13,
	"importexport/legacy/redact":  14,
	"importexport/legacy/source":  15,
	"importexport/legacy/decode":  16,
	"importexport/legacy/report":  17,
	"importexport/legacy/merge":   18,
	"importexport/legacy":         19,
	"importexport":                20,
	// The rooms of the command line.
	"cmd/storectl/internal/term":         21,
	"cmd/storectl/internal/sqlsh":        22,
	"cmd/storectl/internal/health":       22,
	"cmd/storectl/internal/web/prose":    22,
	"cmd/storectl/internal/web/pictures": 22,
	"cmd/storectl/internal/web/guard":    22,
	"cmd/storectl/internal/web/hold":     22,
	"cmd/storectl/internal/web/words":    23,
	"cmd/storectl/internal/web/calendar": 24,
	"cmd/storectl/internal/web/shown":    24,
	"cmd/storectl/internal/web":          25,
	"cmd/storectl":                       26,
}

// only narrows what a package may import of what is below it.
var only = map[string][]string{
	"fts":                   {"schema", "internal/when", "internal/pattern"},
	"internal/sqlitedb":     {"internal/durable", "internal/sqlfile", "internal/pattern"},
	"migrations":            {"internal/durable", "internal/sqlfile", "internal/pattern"},
	"blobs":                 {"internal/durable"},
	"backup/pages":          {"internal/durable", "internal/sqlfile", "internal/sqlitedb"},
	"backup/packed":         {"internal/durable", "backup/pages"},
	"backup/putback":        {"internal/durable", "internal/sqlfile", "internal/sqlitedb", "backup/pages"},
	"backup":                {"internal/durable", "backup/pages", "backup/packed", "backup/putback", "internal/pattern"},
	"internal/seal":         {"internal/pattern"},
	"backup/offsite/shelf":  {"internal/durable"},
	"backup/offsite/s3":     {"backup/offsite/shelf"},
	"backup/offsite/pieces": {"backup/offsite/shelf", "internal/seal", "internal/pattern"},
	"backup/offsite/turns":  {"internal/durable", "internal/pattern", "backup/offsite/shelf", "backup/offsite/pieces"},
	"backup/offsite":        {"internal/durable", "internal/pattern", "internal/seal", "blobs", "backup", "backup/offsite/shelf", "backup/offsite/pieces", "backup/offsite/turns"},
	"fts/postings":          {"fts"},
	"fts/index":             {"schema", "fts", "fts/postings", "internal/sqlitedb"},
	"repo/listing":          {"schema", "internal/pattern", "internal/sqlitedb", "repo/internal/rows"}, // nothing of texts
	"internal/testdb":       {"schema", "blobs", "repo", "repo/check"},
	"internal/s3test":       {"internal/durable"},
	// Small databases, for the tests of the rooms of backup.
	"backup/internal/backuptest": {"internal/sqlfile"},
	// Small sources, for the tests of the legacy import.
	"importexport/legacy/internal/sourcetest": {"importexport/legacy/rawjson", "importexport/legacy/record", "importexport/legacy/source", "internal/testdb"},
}

const module = "taskstore/"

type goPackage struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

func packages(t *testing.T) (list []goPackage) {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", module+"...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

func ours(imports []string) (list []string) {
	for _, i := range imports {
		if name, ok := strings.CutPrefix(i, module); ok {
			list = append(list, name)
		}
	}
	return list
}

// TestFloors holds the import graph against the floors of the house.
func TestFloors(t *testing.T) {
	all := packages(t)
	if len(all) < 5 {
		t.Fatalf("only %d packages", len(all))
	}
	for _, p := range all {
		name := strings.TrimPrefix(p.ImportPath, module)
		floor, known := floors[name]
		allowed, narrow := only[name]
		if !known && !narrow {
			t.Errorf("%s has no floor", name)
			continue
		}
		for _, i := range ours(p.Imports) {
			below, hasFloor := floors[i]
			switch {
			case narrow && !slices.Contains(allowed, i):
				t.Errorf("%s imports %s; it may import %v", name, i, allowed)
			case !known: // it is for tests itself
			case !hasFloor:
				t.Errorf("%s imports %s, which is for tests", name, i)
			case known && below >= floor:
				t.Errorf("%s (floor %d) imports %s (floor %d)", name, floor, i, below)
			}
		}
		if slices.Contains(ours(p.TestImports), "internal/testdb") {
			t.Errorf("the tests inside package %s import testdb: they must be in %s_test", name, name)
		}
	}
}

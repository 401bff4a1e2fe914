package testdb_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	testNamed   = regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9]+)`")
	testDefined = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9]+)\(`)
)

// TestThreats: every threat that is said to be defended against names tests that there are.
func TestThreats(t *testing.T) {
	page, err := os.ReadFile("../../THREATS.md")
	if err != nil {
		t.Fatal(err)
	}
	defined := map[string]bool{}
	err = filepath.WalkDir("../..", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range testDefined.FindAllSubmatch(text, -1) {
			defined[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	_, rows, _ := strings.Cut(string(page), "|---|---|---|\n")
	rows, _, _ = strings.Cut(rows, "\n\n")
	n := 0
	for row := range strings.Lines(rows) {
		if strings.HasPrefix(row, "| **") {
			continue
		}
		names := testNamed.FindAllStringSubmatch(row, -1)
		if n++; len(names) == 0 {
			t.Errorf("no test is named: %s", row)
		}
		for _, name := range names {
			if !defined[name[1]] {
				t.Errorf("%s is not there: %s", name[1], row)
			}
		}
	}
	if n < 30 {
		t.Errorf("%d threats", n)
	}
}

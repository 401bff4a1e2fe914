package testdb_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// makes are the calls that make a file or a directory, give it a name, or say who may
// use it.
var makes = regexp.MustCompile(`\bos\.(OpenFile|Create|CreateTemp|Mkdir|MkdirAll|MkdirTemp|WriteFile|CopyFS|Rename|Link|Symlink|Chmod|Chown|Lchown|Truncate)\b` +
	`|\.Ch(?:mod|own)\(|\b(?:syscall|unix)\.(?:Open|Openat|Creat|Mkdir|Mkdirat|Mkfifo|Rename\w*|Link|Linkat|Symlink)\b`)

// makeAlone are the places that make files by themselves, and why.
var makeAlone = map[string]string{
	"cmd/storectl/docs_write.go":  "os.MkdirAll",  // the manual is for everybody
	"cmd/storectl/docs_manual.go": "os.WriteFile", // likewise
}

// forTests are packages that make what tests look at.
var forTests = []string{"internal/testdb", "backup/internal/backuptest", "importexport/legacy/internal/sourcetest"}

// TestFilesAreDurable: who makes files goes through durable, which alone knows their
// modes and owners, what may be replaced, and how they get to the disk.
func TestFilesAreDurable(t *testing.T) {
	seen, alone := 0, 0
	sources(t, func(name, pkg, text string) {
		for _, call := range makes.FindAllString(text, -1) {
			switch {
			case pkg == "internal/durable":
				seen++
			case makeAlone[name] == call:
				alone++
			case !slices.Contains(forTests, pkg):
				t.Errorf("%s calls %s by itself; internal/durable does", name, strings.TrimSuffix(call, "("))
			}
		}
	})
	if seen < 10 || alone != len(makeAlone) {
		t.Errorf("%d calls were found in durable, and %d of %d exceptions", seen, alone, len(makeAlone))
	}
}

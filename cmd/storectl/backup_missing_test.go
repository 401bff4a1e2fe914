package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestBackupWithoutContents: what a backup cannot vouch for is named when it is made and
// when it is verified, and its database is a good one all the same.
func TestBackupWithoutContents(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	unpackStore(t, filepath.Join("testdata", "versions", "schema6.tar.zst"), dir)
	ask(t, dir, "migrate", "up")
	ask(t, dir, "backup", "create")
	inFile("blobs/??/*", gone)(t, dir)
	flags := []string{"--store", dir}
	for _, args := range [][]string{{"backup", "create"}, {"backup", "create", "--only-if-changed"}, {"backup", "verify", "latest"}, {"backup", "create", "--to", filepath.Join(t.TempDir(), "disk")}} {
		got := storectl(t, nil, "", append(flags, args...)...)
		if got.code != exitFindings || strings.Count(got.stderr, " is missing\n") != 1 || !strings.Contains(got.stderr, "1 content that it names is missing") {
			t.Errorf("%v: exit %d\n%s%s", args, got.code, got.stdout, got.stderr)
		}
	}
	if got := storectl(t, nil, "", append(flags, "backup", "verify", "--all")...); got.code != exitVerify { // the first one was made when it was there
		t.Errorf("verify --all: exit %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if list := ask(t, dir, "backup", "list", "--json"); !strings.Contains(string(list), `"blobs_missing": 1`) {
		t.Errorf("the list does not tell:\n%s", list)
	}
}

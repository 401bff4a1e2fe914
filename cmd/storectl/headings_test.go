package main

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestHeadings: what csv calls a column is what JSON calls it. Columns that sum up several members have a name of
// their own.
func TestHeadings(t *testing.T) {
	dir := t.TempDir()
	do := func(stdin string, args ...string) string {
		t.Helper()
		r := storectl(t, nil, stdin, append([]string{"--store", dir}, args...)...)
		if r.code != exitDone && r.code != exitFindings {
			t.Fatalf("%v: exit %d, %s", args, r.code, r.stderr)
		}
		return r.stdout
	}
	do(`{"id":"n1","content":"heron","summary":"s","topicId":"gone","tags":["a"],"timestamp":"2026-11-01T10:00:00.000Z","lastUpdated":"2026-11-01T10:00:00.000Z"}`, "put", "notes")
	file := t.TempDir() + "/f"
	if err := os.WriteFile(file, []byte("bytes"), 0o600); err != nil {
		t.Fatal(err)
	}
	do("", "blob", "add", file)
	do("", "backup", "create")
	for _, test := range []struct {
		args []string
		list string   // the member of the document that holds the rows
		own  []string // columns that are no members
	}{
		{[]string{"list", "notes"}, "items", nil},
		{[]string{"search", "heron"}, "hits", nil},
		{[]string{"history", "notes", "n1"}, "items", []string{"what"}},
		{[]string{"blob", "list"}, "items", nil},
		{[]string{"blob", "list", "--files"}, "items", nil},
		{[]string{"backup", "list"}, "backups", []string{"state"}},
		{[]string{"check"}, "problems", nil},
		{[]string{"tag", "list"}, "tags", taggedKinds()},
		{[]string{"link", "list", "notes/n1"}, "links", []string{"dir", "kind", "id", "state"}},
	} {
		rows, err := csv.NewReader(strings.NewReader(do("", append(test.args, "-o", "csv")...))).ReadAll()
		if err != nil || len(rows) < 2 {
			t.Errorf("%v: %v, %v", test.args, rows, err)
			continue
		}
		var document map[string]any
		if err := json.Unmarshal([]byte(do("", append(test.args, "--json")...)), &document); err != nil {
			t.Fatal(err)
		}
		item := document[test.list].([]any)[0].(map[string]any)
		for _, heading := range rows[0] {
			if _, member := item[heading]; !member && !slices.Contains(test.own, heading) {
				t.Errorf("%v: the column %s is no member of %v", test.args, heading, item)
			}
		}
	}
}

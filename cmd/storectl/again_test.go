package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// TestNextPage: what a page says of the next one is a short command, and following it shows all records once, in order.
func TestNextPage(t *testing.T) {
	dir := t.TempDir()
	var notes strings.Builder
	for i := range 5 {
		fmt.Fprintf(&notes, `{"id":"n%d","content":"heron","summary":"s","tags":["a, b"],"timestamp":"2026-11-0%dT10:00:00.000Z","lastUpdated":"2026-11-01T10:00:00.000Z"}`+"\n", i, i+1)
	}
	if r := storectl(t, nil, notes.String(), "--store", dir, "put", "notes"); r.code != exitDone {
		t.Fatal(r.stderr)
	}
	next := regexp.MustCompile(`the next ones: storectl (.*)\n`)
	for _, begin := range []string{
		"--store DIR list --limit 2 --sort date --tag 'a, b' notes",
		"--store DIR list --limit 2 --sort -date --tag 'a, b' notes",
		"--store DIR list --limit 2 --sort -title notes",
		"--store DIR search --limit 2 --sort newest heron",
	} {
		var ids []string
		command := strings.ReplaceAll(begin, "DIR", dir)
		for pages := 0; command != ""; pages++ {
			r := storectl(t, nil, "", shellWords(command)...)
			if r.code != exitDone || pages > 5 {
				t.Fatalf("%s: exit %d, %s", command, r.code, r.stderr)
			}
			ids = append(ids, regexp.MustCompile(`\bn[0-9]\b`).FindAllString(r.stdout, -1)...)
			command = ""
			if more := next.FindStringSubmatch(r.stderr); more != nil {
				command = more[1]
				if cursor := regexp.MustCompile(`--after (\S+)`).FindStringSubmatch(command); cursor == nil || len(cursor[1]) > 40 {
					t.Errorf("a long cursor: %s", command)
				}
			}
		}
		want := "n4 n3 n2 n1 n0"
		if strings.Contains(begin, "--sort date") {
			want = "n0 n1 n2 n3 n4"
		}
		if got := strings.Join(ids, " "); got != want && !strings.Contains(begin, "title") || len(ids) != 5 {
			t.Errorf("%s: %s, want %s", begin, got, want)
		}
	}
}

// shellWords takes a command apart as a shell does, as far as quotes go.
func shellWords(command string) (words []string) {
	for _, m := range regexp.MustCompile(`'([^']*)'|(\S+)`).FindAllStringSubmatch(command, -1) {
		words = append(words, m[1]+m[2])
	}
	return words
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNotUTF8: bytes that are no UTF-8 are refused with their place, and no id becomes another one.
func TestNotUTF8(t *testing.T) {
	list := "[{\"id\":\"l1\"},\n {\"id\":\"l2\xff\"},\n {\"id\":\"l3\"}]"
	for _, test := range []struct{ name, text, want, kept string }{
		{"one", "{\"id\":\"one\",\n\"content\":\"a\xffb\"}", "put note: stdin: line 2, byte 26: found a byte that is no UTF-8", ""},
		{"behind a mark and an empty line", "\xef\xbb\xbf\n {\"id\":\"\xc3(\"}", "put note: stdin: line 2, byte 13: found", ""},
		{"two ids", "{\"id\":\"a\xff\"}\n{\"id\":\"b\"}\n{\"id\":\"a\xfe\"}\n", "put note: line 1, byte 9: found a byte", "b"},
		{"the second", "{\"id\":\"a\"}\n\n{\"id\":\"b\xed\xa0\xbd\"}\n", "put note: line 3, byte 21: found a byte", "a"},
		{"a list", list, "goes wrong after record 1: line 2, byte 25: found a byte", "l1"},
		{"in a name", "{\"id\":\"n\",\"x\xff\":1}", "line 1, byte 13", ""},
		{"in two bytes each", "\xff\xfe{\x00}\x00", "line 1, byte 1", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := emptyStore(t)
			got := storectl(t, nil, test.text, "--store", dir, "put", "note")
			if got.code != exitMisused || !strings.Contains(got.stdout+got.stderr, test.want) {
				t.Errorf("exit %d, %q, %q, want %q", got.code, got.stdout, got.stderr, test.want)
			}
			kept := storectl(t, nil, "", "--store", dir, "list", "notes", "-o", "csv", "--fields", "id")
			if ids := strings.TrimSpace(strings.TrimPrefix(kept.stdout, "id")); ids != test.kept {
				t.Errorf("the store has %q, want %q", ids, test.kept)
			}
		})
	}
}

// TestImportNotUTF8: the same holds for import, which names the byte too.
func TestImportNotUTF8(t *testing.T) {
	file := filepath.Join(t.TempDir(), "notes.ndjson")
	if err := os.WriteFile(file, []byte("{\"_kind\":\"note\",\"id\":\"a\"}\n{\"_kind\":\"note\",\"id\":\"b\xff\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := emptyStore(t)
	got := storectl(t, nil, "", "--store", dir, "import", file)
	if got.code != exitMisused || !strings.Contains(got.stderr, "line 2, byte 50: found the byte 0xFF") {
		t.Errorf("exit %d, %q", got.code, got.stderr)
	}
}

// TestEditNotUTF8: what an editor leaves is held to it, and is not lost.
func TestEditNotUTF8(t *testing.T) {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("editors are run by a shell")
	}
	dir := emptyStore(t)
	if got := storectl(t, nil, `{"id":"n1","content":"a"}`, "--store", dir, "put", "note"); got.code != exitDone {
		t.Fatal(got.stderr)
	}
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	editor := `EDITOR=printf '{"id":"n1",\n"content":"\377"}' >`
	got := storectl(t, []string{editor, "TMPDIR=" + temp}, "", "--store", dir, "edit", "note", "n1", "--yes")
	if got.code != exitMisused || !strings.Contains(got.stderr, "line 2, byte 24: found a byte that is no UTF-8") {
		t.Errorf("exit %d, %q", got.code, got.stderr)
	}
	if left, _ := filepath.Glob(filepath.Join(temp, "*", "note-n1.json")); len(left) != 1 {
		t.Errorf("what was written is in %q", left)
	}
}

// TestQueryNotUTF8: SQL that writes would bring such bytes into the store.
func TestQueryNotUTF8(t *testing.T) {
	dir := emptyStore(t)
	for _, args := range [][]string{{"SELECT\n'a\xff'"}, {"SELECT :x", "-p", "x=\na\xff"}} {
		got := storectl(t, nil, "", append([]string{"--store", dir, "query"}, args...)...)
		if got.code != exitMisused || !strings.Contains(got.stderr, "line 2, byte ") {
			t.Errorf("%q: exit %d, %q, %q", args, got.code, got.stdout, got.stderr)
		}
	}
}

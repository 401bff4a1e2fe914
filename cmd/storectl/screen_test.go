package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// evil is what nobody may see on a terminal as it is: a title that is set, a bell, colours in
// seven and eight bits, a return to the beginning of the line, and letters turned around.
const evil = "e\x1b]0;title\x07\x1b[31m\u009b2J\r\u202evil\x7f"

// evilSource is an app-data directory in which that stands everywhere.
func evilSource(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	text, err := json.Marshal(evil)
	if err != nil {
		t.Fatal(err)
	}
	q, name := string(text), evil
	if runtime.GOOS == "windows" {
		name = "evil"
	}
	note := `{"id":` + q + `,"title":` + q + `,"summary":"word ` + q[1:] + `,"content":"word ` + q[1:] + `,"tags":[` + q + `],"source":` + q + `,"topicId":` + q + `,` + q + `:` + q + `}`
	for file, text := range map[string]string{
		"db/notes.json":                `[` + note + `,[` + q + `]]`,
		"db/notes.backup.json":         `[{"id":` + q + `,"title":"older","lastUpdated":"2020-01-01T00:00:00Z"},{"id":"only` + q[1:] + `,"title":` + q + `}]`,
		"db/sessions/index.json":       `[{"id":"s` + q[1:] + `,"name":` + q + `}]`,
		"db/settings.json":             `{"ui":{` + q + `:1},"apiKey` + q[1:] + `:"secret"}`,
		"db/tasks.json":                `[{"id":"t` + q[1:] + `,"title":` + q + `,"status":` + q + `}`,
		"db/" + name + ".json":         `{"a":` + q + `}`,
		"db/cut" + name + ".json":      `{"a":` + q,
		"attachments/" + name + ".bin": evil,
		"attachments/a.meta.json":      `{"id":"a` + q[1:] + `,"name":` + q + `,"mimeType":"image/png","type":"image","path":` + q + `}`,
		"export.json":                  `{"version":"9` + q[1:] + `,"exportedAt":"2025-10-01T00:00:00.000Z","notes":[],` + q + `:{"b":1}}`,
	} {
		file = filepath.Join(dir, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// wantCalm wants a text without characters that a terminal obeys.
func wantCalm(t *testing.T, what, text string) {
	t.Helper()
	for i, r := range text {
		bad := unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r)
		if _, size := utf8.DecodeRuneInString(text[i:]); r == utf8.RuneError && size == 1 {
			bad = true
		}
		if bad {
			t.Errorf("%s prints %q: ...%q", what, r, text[max(0, i-60):min(len(text), i+60)])
			return
		}
	}
}

// TestNothingIsPrintedRaw: whatever the source holds, no command prints what moves a cursor,
// on stdout or stderr, in the forms that people read; in JSON none of ASCII's is.
func TestNothingIsPrintedRaw(t *testing.T) {
	source, store := evilSource(t), t.TempDir()
	absent := filepath.Join(t.TempDir(), evil)
	notes := [][]string{{"list", "notes"}, {"list", "notes", "--trash"}, {"list", "settings"}, {"list", "attachments"}, {"get", "note", evil}, {"get", "note", "no" + evil}, {"search", "word"}, {"search", "title:" + evil},
		{"history", "note", evil}, {"history", "note", "no" + evil}, {"diff", "note", evil}, {"links", "note", evil}, {"tags"}, {"trash"}, {"check"}, {"check", "--full"}, {"stats"}, {"status"},
		{"blob", "list"}, {"blob", "show", evil}, {"query", "SELECT id, title, extra FROM notes"}, {"query", "SELECT '" + "\x1b[2J" + "'"}, {"query", "SELEC '" + evil}, {"errors" + evil}, {"list", "notes", "--" + evil}, {"schema", evil},
		{"settings", "list"}, {"settings", "get", evil}, {"delete", "note", "no" + evil, "--yes"}, {"restore", evil}, {"import", absent}, {"legacy", "import", absent}, {"-o", evil, "list", "notes"},
		{"-v", "list", "notes"}, {"-v", "--log-format", "json", "list", "notes"}, {"__complete", "get", "note", ""}, {"--store", absent, "list", "notes"}}
	legacy := [][]string{{"legacy", "import", source, "--dry-run"}, {"legacy", "scan", source}, {"legacy", "import", source, "--yes"}, {"-v", "legacy", "import", source, "--yes"}, {"legacy", "report"}, {"legacy", "report", "--all"}, {"legacy", "verify", source},
		{"legacy", "quarantine", "list"}, {"legacy", "quarantine", "export", "--dir", filepath.Join(t.TempDir(), evil)}}
	for _, args := range append(legacy, notes...) {
		for _, form := range []string{"table", "json"} {
			if form == "json" && args[0] == "-o" {
				continue
			}
			full := append([]string{"--store", store, "-o", form}, args...)
			var stdout, stderr bytes.Buffer
			run(t.Context(), full, strings.NewReader(""), &stdout, &stderr, nil)
			out := stdout.String()
			if form == "json" {
				out = strings.Map(func(r rune) rune { // data keeps what no terminal obeys in seven bits
					if r > 0x7f {
						return -1
					}
					return r
				}, out)
			}
			wantCalm(t, strings.Join(args, " ")+", stdout, "+form, strings.ReplaceAll(out, "\x7f", ""))
			wantCalm(t, strings.Join(args, " ")+", stderr, "+form, stderr.String())
		}
	}
	var stdout, stderr bytes.Buffer
	if run(t.Context(), []string{"--store", store, "list", "notes"}, nil, &stdout, &stderr, nil); !strings.Contains(stdout.String(), "vil") {
		t.Errorf("nothing was imported: %s%s", stdout.String(), stderr.String())
	}
}

// TestContentStaysRaw: what is asked for as data comes as it is.
func TestContentStaysRaw(t *testing.T) {
	store := t.TempDir()
	var out, errs bytes.Buffer
	do := func(stdin string, args ...string) string {
		out.Reset()
		errs.Reset()
		if code := run(t.Context(), append([]string{"--store", store}, args...), strings.NewReader(stdin), &out, &errs, nil); code != 0 {
			t.Fatalf("%v: exit %d, %s", args, code, errs.String())
		}
		return out.String()
	}
	do("", "init")
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, []byte(evil), 0o600); err != nil {
		t.Fatal(err)
	}
	var added struct {
		Items []struct {
			SHA256 string `json:"sha256"`
		} `json:"items"`
	}
	if err := json.Unmarshal([]byte(do("", "blob", "add", file, "--json")), &added); err != nil || len(added.Items) != 1 {
		t.Fatalf("%v: %s", err, out.String())
	}
	if got := do("", "blob", "cat", added.Items[0].SHA256); got != evil {
		t.Errorf("got %q", got)
	}
	if got := do("", "query", "SELECT char(155) AS a", "-o", "csv"); got != "a\n\u009b\n" {
		t.Errorf("got %q", got)
	}
}

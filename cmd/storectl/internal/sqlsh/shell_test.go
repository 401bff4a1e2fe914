package sqlsh

import (
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"taskstore/cmd/storectl/internal/term"

	"github.com/peterh/liner"
)

func TestStatementEnds(t *testing.T) {
	for text, want := range map[string]bool{
		"SELECT 1;":              true,
		"SELECT 1":               false,
		"SELECT ';":              false,
		"SELECT ';';":            true,
		"SELECT 1 -- ;":          false,
		"SELECT 1; -- done":      true,
		"SELECT 1; /* open":      false,
		"SELECT 1; /* closed */": true,
		"-- only a comment":      true,
		"CREATE TRIGGER t AFTER INSERT ON n BEGIN SELECT 1;":      false,
		"CREATE TRIGGER t AFTER INSERT ON n BEGIN SELECT 1; END;": true,
	} {
		if got := ended(text + "\n"); got != want {
			t.Errorf("%q has ended: %v", text, got)
		}
	}
}

func TestShellHistoryFile(t *testing.T) {
	for _, test := range []struct {
		goos, want string
		env        map[string]string
	}{
		{"linux", "/h/.local/state/storectl/shell_history", map[string]string{"HOME": "/h"}},
		{"linux", "/s/storectl/shell_history", map[string]string{"HOME": "/h", "XDG_STATE_HOME": "/s"}},
		{"darwin", "/h/Library/Application Support/storectl/shell_history", map[string]string{"HOME": "/h", "XDG_STATE_HOME": "/s"}},
		{"windows", "/w/storectl/shell_history", map[string]string{"LocalAppData": "/w"}},
		{"linux", "/x", map[string]string{"HOME": "/h", "STORECTL_SHELL_HISTORY": "/x"}},
		{"linux", "", map[string]string{"HOME": "/h", "STORECTL_SHELL_HISTORY": ""}},
		{"linux", "", nil},
	} {
		if got := filepath.ToSlash(shellHistoryFile(test.env, test.goos)); got != test.want {
			t.Errorf("%s %v: %q, want %q", test.goos, test.env, got, test.want)
		}
	}
}

// What was typed is appended to what another shell has kept, for its owner only.
func TestShellHistoryKept(t *testing.T) {
	state := liner.NewLiner()
	defer state.Close()
	file := filepath.Join(t.TempDir(), "state", "history")
	a := &Session{Terminal: term.New(nil, nil, nil, map[string]string{"STORECTL_SHELL_HISTORY": file}), Log: slog.New(slog.DiscardHandler)}
	for _, typed := range []string{"SELECT 'a  b'\nAS x;", "SELECT 1 -- no\nFROM notes;"} {
		h := a.openShellHistory(state)
		h.add(typed)
		h.add("  ")
		h.save()
	}
	text, err := os.ReadFile(file)
	if err != nil || string(text) != "SELECT 'a  b' AS x;\nFROM notes;\n" {
		t.Errorf("kept %q, %v", text, err)
	}
	if info, err := os.Stat(file); runtime.GOOS != "windows" && (err != nil || info.Mode().Perm() != 0o600) {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestShellCompletes(t *testing.T) {
	s := &shell{tables: []Table{{Name: "notes", Columns: []Column{{Name: "title"}}}, {Name: "tasks", Columns: []Column{{Name: "tint"}}}}}
	for line, want := range map[string]string{
		".ta":                   ".tables ",
		"SELECT * FROM no":      "notes",
		"sel":                   "SELECT",
		"SELECT n.ti":           "n.title n.tint",
		"SELECT ti":             "title tint",
		"SELECT 1 FROM nothing": "",
	} {
		_, offers, _ := s.complete(line, len(line))
		offers = slices.DeleteFunc(offers, func(o string) bool { return strings.HasPrefix(o, "NO") })
		if got := strings.Join(offers, " "); got != want {
			t.Errorf("%q offers %q, want %q", line, got, want)
		}
	}
	head, offers, tail := s.complete("SELECT  FROM tasks", 7)
	if head != "SELECT " || tail != " FROM tasks" || offers[0] != "tint" {
		t.Errorf("inside a line: %q %v %q", head, offers, tail)
	}
}

package sqlsh

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"taskstore/internal/durable"

	"github.com/peterh/liner"
)

// mostHistory is how many statements of the shell are kept.
const mostHistory = 2000

// shellHistory keeps what was typed in the shell in a file that only its owner
// may read.
type shellHistory struct {
	app   *Session
	state *liner.State
	file  string // "" keeps nothing
	added []string
}

// shellHistoryFile is where the history of the shell is: in the system's place
// for the state of programs, never in a store.
func shellHistoryFile(env map[string]string, goos string) string {
	if file, said := env["STORECTL_SHELL_HISTORY"]; said {
		return file
	}
	dir := ""
	switch home := env["HOME"]; {
	case goos == "windows":
		if dir = env["LocalAppData"]; dir == "" {
			dir = env["LOCALAPPDATA"]
		}
	case goos == "darwin" && home != "":
		dir = filepath.Join(home, "Library", "Application Support")
	case filepath.IsAbs(env["XDG_STATE_HOME"]):
		dir = env["XDG_STATE_HOME"]
	case home != "":
		dir = filepath.Join(home, ".local", "state")
	}
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, "storectl", "shell_history")
}

func (a *Session) openShellHistory(state *liner.State) *shellHistory {
	h := &shellHistory{app: a, state: state, file: shellHistoryFile(a.Env, runtime.GOOS)}
	if h.file == "" {
		return h
	}
	if text, err := os.ReadFile(h.file); err == nil {
		_, _ = state.ReadHistory(bytes.NewReader(text)) // a line that is too long ends it
	}
	return h
}

// add notes a statement, on one line. One with a comment to the end of its line
// keeps only its last line.
func (h *shellHistory) add(text string) {
	text = strings.TrimSpace(text)
	if strings.Contains(text, "--") {
		text = text[strings.LastIndexByte(text, '\n')+1:]
	}
	text = strings.ReplaceAll(text, "\n", " ")
	if text == "" {
		return
	}
	h.state.AppendHistory(text)
	h.added = append(h.added, text)
}

// save appends what was typed to the file. Another shell may have done so
// meanwhile.
func (h *shellHistory) save() {
	if h.file == "" || len(h.added) == 0 {
		return
	}
	if err := h.write(); err != nil {
		h.app.Log.Warn("the history of the shell was not kept", "file", h.file, "reason", err)
	}
}

func (h *shellHistory) write() error {
	if err := durable.MakeDir(filepath.Dir(h.file)); err != nil {
		return err
	}
	old, err := os.ReadFile(h.file)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	lines := append(strings.FieldsFunc(string(old), func(r rune) bool { return r == '\n' }), h.added...)
	lines = lines[max(0, len(lines)-mostHistory):]
	return durable.WriteNamed(h.file, func(w io.Writer) error {
		_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
		return err
	})
}

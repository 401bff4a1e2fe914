package main

import (
	"context"
	"os/exec"
	"runtime"
	"strings"
)

// editor is the command of the person's editor.
func (a *app) editor() string {
	for _, name := range []string{"VISUAL", "EDITOR"} {
		if command := strings.TrimSpace(a.Env[name]); command != "" {
			return command
		}
	}
	return ""
}

// editorCommand is the command that opens a file in an editor. An editor may have arguments, and is read by the shell,
// as git does; one in a place with spaces in its name need not be quoted.
func editorCommand(ctx context.Context, editor, file string) *exec.Cmd {
	if program, rest := spacedProgram(editor); program != "" {
		return exec.CommandContext(ctx, program, append(strings.Fields(rest), file)...)
	}
	if runtime.GOOS == "windows" {
		words := strings.Fields(editor)
		return exec.CommandContext(ctx, words[0], append(words[1:], file)...)
	}
	return exec.CommandContext(ctx, "/bin/sh", "-c", editor+` "$1"`, "sh", file)
}

// editorName names the editor for a message.
func editorName(editor string) string {
	if program, _ := spacedProgram(editor); program != "" {
		return program
	}
	return strings.Fields(editor)[0]
}

// spacedProgram cuts an editor behind the first beginning of it that names a program and has a space in it. There is
// none where the first word is a program, or nothing is.
func spacedProgram(editor string) (program, rest string) {
	for at := 0; ; at++ {
		next := strings.IndexByte(editor[at:], ' ')
		end := at + next
		if next < 0 {
			end = len(editor)
		}
		name := editor[:end]
		if _, err := exec.LookPath(name); err == nil {
			if strings.Contains(name, " ") {
				return name, editor[end:]
			}
			return "", ""
		}
		if next < 0 {
			return "", ""
		}
		at = end
	}
}

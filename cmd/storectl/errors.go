package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"taskstore/importexport"
	"taskstore/internal/durable"
	"taskstore/repo"
	"taskstore/schema"

	"github.com/spf13/cobra"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Exit codes; scripts rely on them.
const (
	exitDone        = 0
	exitFailed      = 1
	exitMisused     = 2
	exitFindings    = 3
	exitNoStore     = 10
	exitBusy        = 11
	exitSchema      = 12
	exitCorrupt     = 13
	exitVerify      = 14
	exitConflict    = 15
	exitInterrupted = 130
)

// failure is an error with all that the person at the terminal gets to see of it.
type failure struct {
	kind    string
	message string // what was tried: what is wrong
	hint    string // the command to run next, or what would be right; may be empty
	exit    int
	silent  bool           // the answer on stdout says it all; only the exit code is left to give
	more    map[string]any // further members of the error under --json
	err     error
}

func (f *failure) Error() string { return f.message }
func (f *failure) Unwrap() error { return f.err }

// misuse is the error for a command line that cannot be right.
func misuse(hint, format string, args ...any) error {
	return &failure{kind: "usage", exit: exitMisused, message: fmt.Sprintf(format, args...), hint: hint}
}

// findings ends a command whose answer is printed with an exit code of its own.
func findings(exit int, kind, message string) error {
	return &failure{kind: kind, exit: exit, message: message, silent: true}
}

// sentinel says how an error of the packages below is shown. The first that matches counts.
type sentinel struct {
	err  error
	kind string
	exit int
	hint string
}

// classify finds the exit code, kind and hint of any error.
func classify(ctx context.Context, err error) *failure {
	var known *failure
	f := &failure{kind: "failed", exit: exitFailed, message: err.Error(), err: err}
	if errors.As(err, &known) {
		*f = *known
		f.message = err.Error()
	}
	switch {
	case errors.Is(context.Cause(ctx), errInterrupted) && (known == nil || errors.Is(err, context.Canceled)):
		f.kind, f.exit = "interrupted", exitInterrupted // a hint says how to go on
		f.message = "interrupted: what was committed stays, the rest was not begun"
		return f
	case errors.Is(err, context.DeadlineExceeded):
		f.kind, f.exit, f.hint = "timeout", exitBusy, "give it more time with --timeout"
		if errors.Is(err, repo.ErrLocked) || errors.Is(err, durable.ErrWaited) {
			f.hint = "another program holds the store; try again when it is done, or give it more time with --timeout"
		}
		f.message = strings.Replace(f.message, context.DeadlineExceeded.Error(), "the time that --timeout allows has passed", 1)
		return f
	case known != nil:
		return f
	}
	var invalid *schema.InvalidError
	if errors.As(err, &invalid) {
		f.kind, f.exit = "invalid", exitMisused
		return f
	}
	for _, s := range slices.Concat(backupSentinels, sentinels) {
		if errors.Is(err, s.err) {
			f.kind, f.exit, f.hint = s.kind, s.exit, s.hint
			if form, ok := errors.AsType[*importexport.FormError](err); ok && form.Advice != "" {
				f.hint = form.Advice
			}
			return f
		}
	}
	var fromSQLite *sqlite.Error
	if errors.As(err, &fromSQLite) {
		f.kind, f.exit, f.hint = sqliteKind(fromSQLite.Code())
	} else if durable.IsReadOnly(err) {
		f.kind, f.hint = "read_only", "what the message names is on a disk that cannot be written"
	} else if errors.Is(err, fs.ErrPermission) {
		f.kind, f.hint = "permission", "look at the owner and the mode of what the message names, and of its directory"
	}
	return f
}

// sqliteKind reads a result code of SQLite.
func sqliteKind(code int) (kind string, exit int, hint string) {
	switch code & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return "busy", exitBusy, "another program is writing; try again"
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return "corrupt", exitCorrupt, "storectl check"
	case sqlite3.SQLITE_READONLY:
		return "read_only", exitFailed, "look at the mode of the store's directory and files"
	case sqlite3.SQLITE_FULL:
		return "disk_full", exitFailed, "free some space and do it again: nothing is half done, and what was done before the disk was full stays"
	case sqlite3.SQLITE_TOOBIG:
		return "too_big", exitMisused, fmt.Sprintf("a value that SQL reads or makes has %d MB at most, a statement 1 MB", schema.MaxRecord>>20)
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return "permission", exitFailed, "look at the owner and the mode of the store's directory"
	}
	return "failed", exitFailed, ""
}

// report shows err on stderr and returns the exit code.
func (a *app) report(ctx context.Context, err error) int {
	f := classify(ctx, err)
	if f.silent {
		if f.message != "" {
			a.say("storectl: %s", oneLine(f.message))
		}
		return f.exit
	}
	message := oneLine(f.message)
	f.hint = strings.ReplaceAll(f.hint, "storectl backup ", "storectl"+a.storeFlag()+" backup ")
	for _, command := range []string{"check", "repair "} {
		f.hint = strings.ReplaceAll(f.hint, "storectl "+command, a.command("storectl "+command))
	}
	if a.wantsJSON() {
		body := map[string]any{"kind": f.kind, "message": message, "hint": f.hint, "exit": f.exit}
		for name, value := range f.more {
			body[name] = value
		}
		encoder := json.NewEncoder(a.stderr)
		encoder.SetEscapeHTML(false)
		if encoder.Encode(map[string]any{"error": body}) == nil {
			return f.exit
		}
	}
	fmt.Fprintf(a.stderr, "%s %s\n", a.paint(a.stderr, styleError, "storectl:"), visible(message))
	if f.hint != "" {
		fmt.Fprintf(a.stderr, "%s %s\n", a.paint(a.stderr, styleDim, "hint:"), visible(oneLine(f.hint)))
	}
	return f.exit
}

// misused turns an error of cobra's, made before any command ran, into a usage error.
func (a *app) misused(cmd *cobra.Command, args []string, err error) error {
	for i, arg := range args {
		if arg == "--" {
			break
		}
		pair := arg == "json" && i > 0 && (args[i-1] == "-o" || args[i-1] == "--output")
		if pair || arg == "--json" || arg == "-ojson" || arg == "-o=json" || arg == "--output=json" {
			a.opt.json = true
		}
	}
	var known *failure
	if errors.As(err, &known) {
		return err
	}
	return misuse(helpHint(cmd), "%s%s", commandName(cmd), oneLine(err.Error()))
}

// wantsJSON says whether errors are wanted as JSON.
func (a *app) wantsJSON() bool {
	return a.opt.json || a.opt.output == "json" || a.opt.output == "ndjson"
}

// oneLine makes one line of a text, as errors are shown in: joined ones stand on lines of their own.
func oneLine(text string) string {
	var b strings.Builder
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if said := b.String(); said != "" && !strings.ContainsAny(said[len(said)-1:], ".:;?!") {
			b.WriteByte(';')
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(line)
	}
	return b.String()
}

// shellQuote writes a word so that a shell reads it as one.
func shellQuote(word string) string {
	plain := func(r rune) bool {
		return r == '/' || r == '.' || r == '-' || r == '_' || r == ':' || r == '+' || r == '@' || r == '%' ||
			'0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

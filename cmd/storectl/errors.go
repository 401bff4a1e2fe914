package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"taskstore/cmd/storectl/internal/sqlsh"
	"taskstore/cmd/storectl/internal/term"
	"taskstore/importexport"
	"taskstore/internal/durable"
	"taskstore/repo"
	"taskstore/schema"

	"github.com/spf13/cobra"
	"modernc.org/sqlite"
)

// Exit codes; scripts rely on them.
const (
	exitDone        = term.ExitDone
	exitFailed      = term.ExitFailed
	exitMisused     = term.ExitMisused
	exitFindings    = term.ExitFindings
	exitNoStore     = term.ExitNoStore
	exitBusy        = term.ExitBusy
	exitSchema      = term.ExitSchema
	exitCorrupt     = term.ExitCorrupt
	exitVerify      = term.ExitVerify
	exitConflict    = term.ExitConflict
	exitInterrupted = term.ExitInterrupted
)

// misuse is the error for a command line that cannot be right.
func misuse(hint, format string, args ...any) error {
	return term.Misuse(hint, format, args...)
}

// findings ends a command whose answer is printed with an exit code of its own.
func findings(exit int, kind, message string) error {
	return &term.Failure{Kind: kind, Exit: exit, Message: message, Silent: true}
}

// sentinel says how an error of the packages below is shown. The first that matches counts.
type sentinel struct {
	err  error
	kind string
	exit int
	hint string
}

// classify finds the exit code, kind and hint of any error.
func classify(ctx context.Context, err error) *term.Failure {
	var known *term.Failure
	f := &term.Failure{Kind: "failed", Exit: exitFailed, Message: err.Error(), Err: err}
	if errors.As(err, &known) {
		*f = *known
		f.Message = err.Error()
	}
	switch {
	case errors.Is(context.Cause(ctx), errInterrupted) && (known == nil || errors.Is(err, context.Canceled)):
		f.Kind, f.Exit = "interrupted", exitInterrupted // a hint says how to go on
		f.Message = "interrupted: what was committed stays, the rest was not begun"
		return f
	case errors.Is(err, context.DeadlineExceeded):
		f.Kind, f.Exit, f.Hint = "timeout", exitBusy, "give it more time with --timeout"
		if errors.Is(err, repo.ErrLocked) || errors.Is(err, durable.ErrWaited) {
			f.Hint = "another program holds the store; try again when it is done, or give it more time with --timeout"
		}
		f.Message = strings.Replace(f.Message, context.DeadlineExceeded.Error(), "the time that --timeout allows has passed", 1)
		return f
	case known != nil:
		return f
	}
	var invalid *schema.InvalidError
	if errors.As(err, &invalid) {
		f.Kind, f.Exit = "invalid", exitMisused
		if invalid.Field == "cursor" {
			f.Hint = "begin at the first page again, without --after and --before"
		}
		if invalid.Kind == "search" { // what was typed stands in it
			f.Message = strings.NewReplacer("search: query: has ", "search: the query has ", "search: query: ", "search: ").Replace(invalid.Error())
		}
		return f
	}
	if known, ok := targetFailure(err); ok {
		return known
	}
	for _, s := range slices.Concat(backupSentinels, sentinels) {
		if errors.Is(err, s.err) {
			f.Kind, f.Exit, f.Hint = s.kind, s.exit, s.hint
			if form, ok := errors.AsType[*importexport.FormError](err); ok && form.Advice != "" {
				f.Hint = form.Advice
			}
			return f
		}
	}
	var fromSQLite *sqlite.Error
	if errors.As(err, &fromSQLite) {
		f.Kind, f.Exit, f.Hint = sqlsh.Kind(fromSQLite.Code())
	} else {
		f.Kind, f.Hint = systemKind(err)
	}
	return f
}

// systemKind reads an error of the operating system.
func systemKind(err error) (kind, hint string) {
	switch {
	case durable.IsReadOnly(err):
		return "read_only", "what the message names is on a disk that cannot be written"
	case durable.IsFull(err):
		return "disk_full", sqlsh.HintFull
	case durable.IsFault(err):
		return "disk", sqlsh.HintDisk
	case errors.Is(err, fs.ErrPermission):
		return "permission", "look at the owner and the mode of what the message names, and of its directory"
	}
	return "failed", ""
}

// report shows err on stderr and returns the exit code.
func (a *app) report(ctx context.Context, err error) int {
	f := classify(ctx, err)
	if f.Silent {
		if f.Message != "" {
			a.Say("storectl: %s", term.OneLine(f.Message))
		}
		return f.Exit
	}
	message := term.OneLine(f.Message)
	if a.started {
		f.Hint = a.command(f.Hint)
	}
	if a.wantsJSON() {
		body := map[string]any{"kind": f.Kind, "message": message, "hint": f.Hint, "exit": f.Exit}
		for name, value := range f.More {
			body[name] = value
		}
		encoder := json.NewEncoder(a.Stderr)
		encoder.SetEscapeHTML(false)
		if encoder.Encode(map[string]any{"error": body}) == nil {
			return f.Exit
		}
	}
	lines := fmt.Sprintf("%s %s\n", a.Paint(a.Stderr, term.StyleError, "storectl:"), term.Visible(message))
	if f.Hint != "" {
		lines += fmt.Sprintf("%s %s\n", a.Paint(a.Stderr, term.StyleDim, "hint:"), term.Visible(term.OneLine(f.Hint)))
	}
	fmt.Fprint(a.Stderr, lines) // at once: another program may write there too
	return f.Exit
}

// misused turns an error of cobra's, made before any command ran, into a usage error.
func (a *app) misused(cmd *cobra.Command, args []string, err error) error {
	a.opt.json = a.opt.json || asksForDocuments(args)
	var known *term.Failure
	if errors.As(err, &known) {
		return err
	}
	return wordMisuse(cmd, err)
}

// asksForDocuments tells whether words that were not understood ask for JSON or NDJSON.
func asksForDocuments(args []string) bool {
	before := ""
	for _, arg := range args {
		form, joined := strings.CutPrefix(arg, "-o")
		switch long, has := strings.CutPrefix(arg, "--output="); {
		case arg == "--":
			return false
		case arg == "--json":
			return true
		case before == "-o" || before == "--output":
			form = arg
		case has:
			form = long
		case !joined:
			form = ""
		}
		if term.Form(strings.TrimPrefix(form, "=")).Documents() {
			return true
		}
		before = arg
	}
	return false
}

// wantsJSON says whether errors are wanted as JSON.
func (a *app) wantsJSON() bool {
	return a.opt.json || a.Form.Documents()
}

package sqlsh

import (
	"bufio"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"taskstore/cmd/storectl/internal/term"

	"github.com/peterh/liner"
)

// shell is an SQL prompt at work.
type shell struct {
	app     *Session
	guard   *sqlGuard
	conn    *sql.Conn
	explain bool // show the plan of each statement first
	tables  []Table
	pending strings.Builder // the lines of a statement that has not ended
}

// Shell reads statements from the terminal, or from a pipe, until its end.
func (a *Session) Shell(ctx context.Context, write bool) (err error) {
	if write && a.ReadOnly {
		return term.Misuse("leave one of them out", "shell: --write and --read-only exclude each other")
	}
	dir, err := a.Dir()
	if err != nil {
		return err
	}
	if write {
		release, err := a.lockStore(ctx, dir)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, release()) }()
	}
	a.TellCut = ".mode line"
	s := &shell{app: a, guard: &sqlGuard{write: write, schema: a.SchemaChange}}
	db, conn, err := openStoreSQL(ctx, dir, s.guard)
	if err != nil {
		return fmt.Errorf("shell: %w", err)
	}
	defer func() { err = errors.Join(err, closeSQL(db, conn, s.guard)) }()
	s.conn = conn
	if s.tables, err = a.Schema(ctx); err != nil {
		return err
	}
	if term.IsTerminal(a.Stdin) && term.IsTerminal(a.Stdout) {
		return s.prompt(ctx)
	}
	return s.pipe(ctx)
}

// pipe runs what stdin holds, until something fails.
func (s *shell) pipe(ctx context.Context) error {
	in := bufio.NewReader(s.app.Stdin)
	for {
		line, err := in.ReadString('\n')
		if line != "" {
			if done, failed := s.line(ctx, strings.TrimRight(line, "\r\n")); failed != nil || done {
				return failed
			}
		}
		if err == io.EOF {
			if rest := strings.TrimSpace(s.pending.String()); rest != "" {
				s.pending.Reset()
				return s.run(ctx, rest)
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("shell: read: %w", err)
		}
	}
}

// line takes one line: a command with a dot, or a part of a statement. done says
// that the shell is to end.
func (s *shell) line(ctx context.Context, line string) (done bool, err error) {
	if s.pending.Len() == 0 {
		trimmed := strings.TrimSpace(line)
		if trimmed == "" {
			return false, nil
		}
		if strings.HasPrefix(trimmed, ".") {
			return s.dot(ctx, trimmed)
		}
		switch word := strings.ToLower(strings.TrimSuffix(trimmed, ";")); word {
		case "exit", "quit", "help":
			return s.dot(ctx, "."+word)
		}
	}
	s.pending.WriteString(line + "\n")
	if !ended(s.pending.String()) {
		return false, nil
	}
	text := s.pending.String()
	s.pending.Reset()
	return false, s.run(ctx, text)
}

// ended says whether a text is whole statements: its last token is a semicolon
// that is not inside a trigger, and there is no open quote or comment.
func ended(text string) bool {
	tokens := sqlTokens(text)
	for len(tokens) > 0 && tokens[len(tokens)-1].kind == tokenComment && closedComment(text, tokens[len(tokens)-1]) {
		tokens = tokens[:len(tokens)-1]
	}
	if len(tokens) == 0 {
		return true
	}
	last := tokens[len(tokens)-1]
	if last.kind != tokenOther || text[last.start:last.end] != ";" {
		return false
	}
	list := splitSQL(text)
	return len(list) == 0 || list[len(list)-1].end <= last.start
}

func closedComment(text string, t sqlToken) bool {
	comment := text[t.start:t.end]
	return strings.HasPrefix(comment, "--") || len(comment) >= 4 && strings.HasSuffix(comment, "*/")
}

// run runs the statements of a text, each by itself. Ctrl-C ends the one that
// runs.
func (s *shell) run(ctx context.Context, text string) error {
	for _, statement := range splitSQL(text) {
		if err := s.runOne(ctx, statement.text(text)); err != nil {
			return err
		}
	}
	return nil
}

func (s *shell) runOne(ctx context.Context, statement string) error {
	if s.explain {
		if err := s.query(ctx, statement, true); err != nil {
			return err
		}
	}
	return s.query(ctx, statement, false)
}

// hintsInside are hints as they are inside of the shell.
var hintsInside = map[string]string{
	hintTables:       ".tables lists the tables and views",
	hintColumns:      ".schema TABLE lists the columns",
	hintFunctions:    "SELECT name FROM pragma_function_list; lists the functions",
	hintWrite:        "end the shell, and add --write to storectl shell if it shall",
	hintSchemaChange: "end the shell, and add --schema-change to storectl shell if it shall",
}

// query runs a statement, or shows how SQLite would run it. Its hints fit inside of the shell.
func (s *shell) query(ctx context.Context, statement string, plan bool) error {
	err := s.runQuery(ctx, statement, plan)
	if f, ok := errors.AsType[*term.Failure](err); ok {
		f.Hint = cmp.Or(hintsInside[f.Hint], f.Hint)
		if strings.HasPrefix(f.Hint, hintParameter) {
			f.Hint = "the shell has no parameters: write the value in its place"
		}
	}
	return err
}

func (s *shell) runQuery(ctx context.Context, statement string, plan bool) error {
	s.guard.denied, s.guard.hint = "", ""
	q := &query{app: s.app, sql: statement, guard: s.guard, plan: plan}
	if err := q.prepare(nil); err != nil {
		return err
	}
	if plan || !s.guard.write {
		return q.read(ctx, s.conn)
	}
	if err := q.change(ctx, s.conn); err != nil {
		return err
	}
	if tables, err := s.app.Schema(ctx); err == nil { // it may have changed them
		s.tables = tables
	}
	return nil
}

// prompt reads statements from the terminal until its end.
func (s *shell) prompt(ctx context.Context) error {
	interrupts := make(chan os.Signal, 1)
	signal.Reset(os.Interrupt) // from here on it ends the statement and not the program
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	state := liner.NewLiner()
	defer state.Close()
	state.SetCtrlCAborts(true)
	state.SetMultiLineMode(true)
	state.SetTabCompletionStyle(liner.TabPrints)
	state.SetWordCompleter(s.complete)
	history := s.app.openShellHistory(state)
	defer history.save()
	s.app.Say("storectl shell: .help tells the commands, Ctrl-D ends%s", map[bool]string{true: "; changes are allowed", false: ""}[s.guard.write])
	for {
		line, err := state.Prompt(s.sign())
		switch {
		case errors.Is(err, liner.ErrPromptAborted):
			s.pending.Reset()
			continue
		case errors.Is(err, io.EOF):
			s.app.Say("")
			return nil
		case err != nil:
			return fmt.Errorf("shell: read: %w", err)
		case ctx.Err() != nil:
			return ctx.Err()
		}
		before := s.pending.String()
		done, err := s.interruptible(ctx, interrupts, line)
		if s.pending.Len() == 0 {
			history.add(before + line)
		}
		if err != nil {
			s.app.Report(ctx, err)
		}
		if done {
			return nil
		}
	}
}

// sign is the prompt.
func (s *shell) sign() string {
	if s.pending.Len() > 0 {
		return "   ...> "
	}
	if s.guard.write {
		return "store!> "
	}
	return "store> "
}

// interruptible runs a line so that an interrupt ends it.
func (s *shell) interruptible(parent context.Context, interrupts <-chan os.Signal, line string) (done bool, err error) {
	for len(interrupts) > 0 { // one that came while nothing ran
		<-interrupts
	}
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	finished := make(chan struct{})
	defer close(finished)
	go func() {
		select {
		case <-interrupts:
			cancel()
		case <-finished:
		}
	}()
	done, err = s.line(ctx, line)
	if err != nil && ctx.Err() != nil && parent.Err() == nil {
		s.pending.Reset()
		s.app.Say("the statement was ended%s", map[bool]string{true: "; what it changed is undone", false: ""}[s.guard.write])
		return done, nil
	}
	return done, err
}

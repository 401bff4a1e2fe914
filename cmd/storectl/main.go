// Command storectl is the terminal's door to a taskstore: a directory that keeps sessions, notes, tasks, topics,
// companies, contacts, settings and attachments in SQLite.
//
// Rules of its output: stdout carries data and nothing else; talk, prompts, progress and errors go to stderr, errors
// as "storectl: what was tried: what is wrong", one line, with a second line "hint: " where a command helps.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"taskstore/cmd/storectl/internal/term"
)

// errInterrupted is the cause of a context that a signal has cancelled.
var errInterrupted = errors.New("interrupted")

func main() {
	ctx, stop := interruptible(context.Background(), os.Exit)
	code := newApp(os.Stdin, os.Stdout, os.Stderr, os.Environ()).exiting(os.Exit).run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// interruptible returns a context that the first interrupt or termination signal cancels. The second one calls exit
// at once: SQLite's log makes that safe.
func interruptible(parent context.Context, exit func(int)) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 2)
	done := make(chan struct{})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			case <-signals:
			}
			if n > 0 {
				exit(exitInterrupted)
			}
			cancel(errInterrupted)
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel(nil)
	}
}

// run is the whole program: it executes the command that args name and returns the exit code. It touches no global
// state of the process, so that tests may call it.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, environ []string) (code int) {
	return newApp(stdin, stdout, stderr, environ).run(ctx, args)
}

func (a *app) run(ctx context.Context, args []string) (code int) {
	defer func() {
		if broken := recover(); broken != nil { // a bug; whoever sits at the terminal is spared the stack
			code = a.report(ctx, &term.Failure{Kind: "internal", Exit: exitFailed, Message: fmt.Sprintf("a bug in storectl: %v", broken)})
		}
	}()
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetIn(a.Stdin)
	root.SetOut(a.Help)
	root.SetErr(a.Stderr)
	defer a.Flush()
	cmd, err := root.ExecuteContextC(ctx)
	a.ending.ended.Store(true)
	a.endTimeout()
	switch {
	case err == nil:
		if err = a.Failed(); err == nil {
			return exitDone
		}
	case !a.started:
		err = a.misused(cmd, args, err)
	}
	return a.report(ctx, err)
}

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
)

// confirm asks before something that cannot be undone. It returns nil for yes. Without a terminal, or with --no-input,
// nothing is asked: the command ends with exit code 2.
func (a *app) confirm(ctx context.Context, action string) error {
	if a.opt.yes {
		return nil
	}
	if a.opt.noInput {
		return needsYes(action, "--no-input forbids to ask")
	}
	if !isTerminal(a.stdin) {
		return needsYes(action, "there is no terminal to ask on")
	}
	fmt.Fprintf(a.stderr, "%s? This cannot be undone. [y/N] ", visible(action))
	answer, err := readLine(ctx, a.stdin)
	if err != nil {
		return fmt.Errorf("ask before the command: %w", err)
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return &failure{kind: "declined", exit: exitFailed, message: action + ": not confirmed, nothing was changed"}
}

func needsYes(action, why string) error {
	return &failure{kind: "needs_confirmation", exit: exitMisused, message: action + ": not confirmed, and " + why,
		hint: "add --yes if you are sure; nothing was changed"}
}

// readLine reads a line and gives up when ctx ends; the read itself then ends with the process.
func readLine(ctx context.Context, from io.Reader) (string, error) {
	type result struct {
		line string
		err  error
	}
	answers := make(chan result, 1)
	go func() {
		line, err := bufio.NewReader(from).ReadString('\n')
		if err == io.EOF {
			err = nil
		}
		answers <- result{line, err}
	}()
	select {
	case answer := <-answers:
		return answer.line, answer.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// isTerminal says whether a stream is a terminal.
func isTerminal(stream any) bool {
	if s, ok := stream.(*screen); ok {
		stream = s.out
	}
	file, ok := stream.(*os.File)
	return ok && (isatty.IsTerminal(file.Fd()) || isatty.IsCygwinTerminal(file.Fd()))
}

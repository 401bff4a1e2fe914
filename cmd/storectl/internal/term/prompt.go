package term

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
)

// Ask asks before an action; what follows from it is a sentence. It returns nil for yes. Without a terminal, or with
// --no-input, nothing is asked: the command ends with exit code 2.
func (t *Terminal) Ask(ctx context.Context, action, follows string) error {
	if t.Yes {
		return nil
	}
	if t.NoInput {
		return NeedsYes(action, "--no-input forbids to ask")
	}
	if !IsTerminal(t.Stdin) {
		return NeedsYes(action, "there is no terminal to ask on")
	}
	fmt.Fprintf(t.Stderr, "%s? %s [y/N] ", Visible(action), follows)
	answer, err := ReadLine(ctx, t.Stdin)
	if err != nil {
		return fmt.Errorf("ask before the command: %w", err)
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return &Failure{Kind: "declined", Exit: ExitFailed, Message: action + ": not confirmed, nothing was changed"}
}

// NeedsYes is the error for an action that nobody has confirmed.
func NeedsYes(action, why string) error {
	return &Failure{Kind: "needs_confirmation", Exit: ExitMisused, Message: action + ": not confirmed, and " + why,
		Hint: "add --yes if you are sure; nothing was changed"}
}

// ReadLine reads a line and gives up when ctx ends; the read itself then ends with the process.
func ReadLine(ctx context.Context, from io.Reader) (string, error) {
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

// IsTerminal says whether a stream is a terminal.
func IsTerminal(stream any) bool {
	if s, ok := stream.(*screen); ok {
		stream = s.out
	}
	file, ok := stream.(*os.File)
	return ok && (isatty.IsTerminal(file.Fd()) || isatty.IsCygwinTerminal(file.Fd()))
}

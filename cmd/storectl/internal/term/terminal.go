// Package term is what storectl shows and asks: results in every form of -o, tables fitted to the terminal, progress,
// colours, prompts, and errors as people see them. A command hands its result to Print as one value; which form it
// takes is chosen there. The package knows nothing of stores and records.
//
// stdout carries data and nothing else; talk, prompts and progress go to stderr. Nothing that comes from records gets
// to a terminal as characters that it would obey.
package term

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// Options are the choices of the person at the terminal.
type Options struct {
	Form       Form
	Quiet      bool
	NoColor    bool
	NoProgress bool
	Yes        bool   // every question is answered with yes
	NoInput    bool   // nothing is asked
	Raw        bool   // cells of csv and tsv as they are
	Whole      bool   // nothing is cut to the width of the terminal, and hashes are shown in full
	TellCut    string // what shows values whole: say so when one was cut
}

// Terminal is the streams of one execution, and how they are written to.
type Terminal struct {
	Options
	Stdin  io.Reader
	Stdout io.Writer // escaped where people read it; see screen
	Stderr io.Writer
	Help   io.Writer // stdout, for help and completions: no data in any form
	Env    map[string]string
	Now    func() time.Time
	// Commands makes of a text for people one whose commands can be copied as they are.
	Commands func(text string) string
}

// New makes a Terminal of streams. What it writes to them is safe for people to read.
func New(stdin io.Reader, stdout, stderr io.Writer, env map[string]string) *Terminal {
	t := &Terminal{Stdin: stdin, Env: env, Now: time.Now, Options: Options{Form: Table}, Commands: func(text string) string { return text }}
	t.Stdout, t.Stderr = &screen{term: t, out: stdout}, &screen{term: t, out: stderr, talk: true}
	t.Help = &screen{term: t, out: stdout, talk: true}
	return t
}

// Say tells the person something on stderr that is not data: what was created, what was skipped.
func (t *Terminal) Say(format string, args ...any) {
	if t.Quiet {
		return
	}
	for i, arg := range args {
		if text, ok := arg.(string); ok {
			args[i] = Visible(text) // a line break in a name begins no line
		}
	}
	fmt.Fprintln(t.Stderr, t.Commands(fmt.Sprintf(format, args...)))
}

// Hint tells the person something that is of less interest than the rest.
func (t *Terminal) Hint(text string) {
	if !t.Quiet {
		fmt.Fprintln(t.Stderr, t.Paint(t.Stderr, StyleDim, Visible(t.Commands(text))))
	}
}

// Width is the number of columns that stdout's terminal has; 0 if it is none: then nothing is cut.
func (t *Terminal) Width() int {
	file, ok := StreamOf(t.Stdout).(*os.File)
	if !ok || !IsTerminal(file) {
		return 0
	}
	columns, _, err := term.GetSize(int(file.Fd()))
	if err != nil || columns <= 0 {
		return 80
	}
	return columns
}

// Style is how a piece of text is set off on a terminal.
type Style string

const (
	StyleHead  Style = "\x1b[1m"
	StyleDim   Style = "\x1b[2m"
	StyleError Style = "\x1b[1;31m"
	StyleGood  Style = "\x1b[32m"
	StyleWarn  Style = "\x1b[33m"
	styleEnd   Style = "\x1b[0m"
)

// Paint colours text if the stream is a terminal and nobody asked for none.
func (t *Terminal) Paint(stream io.Writer, s Style, text string) string {
	if text == "" || s == "" || !t.coloured(stream) {
		return text
	}
	return string(s) + text + string(styleEnd)
}

// coloured says whether the stream is a terminal that gets colours.
func (t *Terminal) coloured(stream io.Writer) bool {
	return !t.NoColor && t.Env["NO_COLOR"] == "" && t.Env["TERM"] != "dumb" && IsTerminal(stream)
}

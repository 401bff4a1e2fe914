package term

import (
	"fmt"
	"strings"
)

// Exit codes; scripts rely on them.
const (
	ExitDone        = 0
	ExitFailed      = 1
	ExitMisused     = 2
	ExitFindings    = 3
	ExitNoStore     = 10
	ExitBusy        = 11
	ExitSchema      = 12
	ExitCorrupt     = 13
	ExitVerify      = 14
	ExitConflict    = 15
	ExitInterrupted = 130
)

// Failure is an error with all that the person at the terminal gets to see of it.
type Failure struct {
	Kind    string
	Message string // what was tried: what is wrong
	Hint    string // the command to run next, or what would be right; may be empty
	Exit    int
	Silent  bool           // the answer on stdout says it all; only the exit code is left to give
	More    map[string]any // further members of the error under --json
	Err     error
}

func (f *Failure) Error() string { return f.Message }

func (f *Failure) Unwrap() error { return f.Err }

// Misuse is the error for a command line that cannot be right.
func Misuse(hint, format string, args ...any) error {
	return &Failure{Kind: "usage", Exit: ExitMisused, Message: fmt.Sprintf(format, args...), Hint: hint}
}

// oneLine makes one line of a text, as errors are shown in: joined ones stand on lines of their own.
func OneLine(text string) string {
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

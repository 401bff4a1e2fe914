package importexport

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// FormError says why a file cannot be imported: where the file is not what an import
// reads, what stands there, and what was expected. errors.Is finds ErrForm in it, or
// ErrDamaged where bytes are not those that their hash promises.
type FormError struct {
	File     string // as its caller named it
	Line     int    // from 1; 0: the file as a whole
	Byte     int64  // from 1; 0: not known
	Found    string
	Expected string
	Advice   string // what the person can do next; may be empty

	is error
	at int64 // offset in the text; -1: the file as a whole
}

// Error gives place, finding and expectation in one line.
func (e *FormError) Error() string {
	var b strings.Builder
	b.WriteString(e.File + ": ")
	if e.Line > 0 {
		b.WriteString(placeText(e.Line, e.Byte) + ": ")
	}
	b.WriteString("found " + e.Found)
	if e.Expected != "" {
		b.WriteString("; expected " + e.Expected)
	}
	return b.String()
}

// Unwrap gives ErrForm or ErrDamaged.
func (e *FormError) Unwrap() error { return e.is }

func placeText(line int, at int64) string {
	if at == 0 {
		return fmt.Sprintf("line %d", line)
	}
	return fmt.Sprintf("line %d, byte %d", line, at)
}

// misfit is a FormError at an offset of the text. The file and the line are added
// where the file is known.
func misfit(at int64, found, expected, advice string) *FormError {
	return &FormError{Found: found, Expected: expected, Advice: advice, is: ErrForm, at: at}
}

// locate completes the place of a FormError.
func (in *input) locate(err error) error {
	e, ok := errors.AsType[*FormError](err)
	if !ok || e.File != "" {
		return err
	}
	e.File = in.name
	if e.at >= 0 {
		e.Line, e.Byte = in.lineAndByte(e.at)
	}
	return err
}

// syntaxError puts an error of the decoder in words of ours.
func (r *jsonReader) syntaxError(err error) error {
	if r.stage.err != nil && r.stage.err != io.EOF {
		return r.stage.err // the file could not be read: that is no matter of its form
	}
	syntax, ok := errors.AsType[*jsontext.SyntacticError](err)
	if errors.Is(err, io.ErrUnexpectedEOF) || err == io.EOF {
		begun := place{in: r.in, at: r.behind(r.stage.place(r.d.InputOffset()), " \t\r\n,:")}
		return misfit(r.in.size, "the end of the file", "the rest of what begins in "+begun.String()+": the file breaks off", "take another copy of the file")
	}
	if !ok {
		return err
	}
	at := r.stage.place(syntax.ByteOffset)
	expected := "JSON"
	switch text := syntax.Err.Error(); {
	case errors.Is(err, jsontext.ErrNonStringName):
		expected = "the name of a member in double quotes"
	case strings.Contains(text, "(expecting "):
		_, text, _ = strings.Cut(text, "(expecting ")
		expected = strings.ReplaceAll(strings.TrimSuffix(text, ")"), "'", `"`)
	case strings.Contains(text, "escape"), strings.Contains(text, "surrogate"):
		expected = "an escape that JSON knows"
	case strings.Contains(text, "max depth"):
		expected = "at most 10,000 levels of lists and objects"
	}
	return misfit(at, r.in.byteAt(at), expected, "")
}

// byteAt names the character at an offset.
func (in *input) byteAt(at int64) string {
	var b [utf8.UTFMax]byte
	n, err := in.f.ReadAt(b[:], at)
	if n == 0 {
		if err == io.EOF {
			return "the end of the file"
		}
		return "something else"
	}
	r, _ := utf8.DecodeRune(b[:n])
	switch {
	case r == '\n' || r == '\r':
		return "the end of the line"
	case r < ' ' || r == 0x7f || r == utf8.RuneError:
		return fmt.Sprintf("the byte 0x%02X", b[0])
	case r == '"':
		return "a double quote"
	}
	return fmt.Sprintf("%q", string(r))
}

// kindOfValue names what begins with a byte of JSON.
func kindOfValue(c jsontext.Kind) string {
	switch c {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	}
	return "no JSON"
}

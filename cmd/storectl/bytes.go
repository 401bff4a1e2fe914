package main

import (
	"bufio"
	"bytes"
	"io"

	"taskstore/cmd/storectl/internal/term"
)

// writeBytes writes bytes that were asked for to stdout: as they are, but on a terminal without --raw only text, in which
// what a terminal would obey is escaped.
func (a *app) writeBytes(r io.Reader) error {
	if !term.IsTerminal(a.Stdout) || a.Raw {
		_, err := io.Copy(term.StreamOf(a.Stdout), r)
		return err
	}
	in := bufio.NewReader(r)
	head, _ := in.Peek(1024) // an error comes again with what follows
	if bytes.IndexByte(head, 0) >= 0 {
		return misuse("send it to a file or a program (> FILE, | less), or add --raw", "stdout is a terminal, and these bytes are no text")
	}
	_, err := io.Copy(a.Stdout, in)
	return err
}

package main

import (
	"bufio"
	"bytes"
	"io"
)

// writeBytes writes bytes that were asked for to stdout: as they are, but on a terminal without --raw only text, in which
// what a terminal would obey is escaped.
func (a *app) writeBytes(r io.Reader) error {
	if !isTerminal(a.stdout) || a.opt.raw {
		_, err := io.Copy(streamOf(a.stdout), r)
		return err
	}
	in := bufio.NewReader(r)
	head, _ := in.Peek(1024) // an error comes again with what follows
	if bytes.IndexByte(head, 0) >= 0 {
		return misuse("send it to a file or a program (> FILE, | less), or add --raw", "stdout is a terminal, and these bytes are no text")
	}
	_, err := io.Copy(a.stdout, in)
	return err
}

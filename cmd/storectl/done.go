package main

import "taskstore/cmd/storectl/internal/term"

// done tells what a command has done that has no data to print: a document for programs, a word on stderr for people.
func (a *app) done(name string, document any, say func()) error {
	return a.Print(term.Result{Name: name, Document: document, Text: func() error {
		say()
		return nil
	}})
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// list reads the records of a JSON list, one after the other.
type list struct {
	text   *validText
	d      *jsontext.Decoder
	number int // of the record that was read last
}

// newList begins a list that stands at a place.
func newList(text io.Reader, begins place) (*list, error) {
	valid := newValidText(text, begins)
	l := &list{text: valid, d: jsontext.NewDecoder(valid, jsontext.AllowDuplicateNames(true))}
	_, err := l.d.ReadToken()
	return l, l.wrong(err)
}

// next gives the next record, and io.EOF behind the last one.
func (l *list) next() ([]byte, error) {
	if l.d.PeekKind() == ']' {
		if _, err := l.d.ReadToken(); err != nil {
			return nil, l.wrong(err)
		}
		if _, err := l.d.ReadToken(); err != io.EOF {
			return nil, l.misuse("something stands after its end")
		}
		return nil, io.EOF
	}
	l.text.room = mostGiven
	text, err := l.d.ReadValue()
	if err != nil {
		return nil, l.wrong(err)
	}
	l.number++
	return bytes.Clone(text), nil
}

// wrong tells an error of the text from one of reading it.
func (l *list) wrong(err error) error {
	switch syntax, bytes := (*jsontext.SyntacticError)(nil), (*notUTF8)(nil); {
	case errors.As(err, &bytes):
		return l.misuse(bytes.Error())
	case errors.Is(err, errTooLong):
		return l.misuse(errTooLong.Error())
	case errors.Is(err, io.ErrUnexpectedEOF) || err == io.EOF:
		return l.misuse("it breaks off")
	case errors.As(err, &syntax):
		return l.misuse(fmt.Sprintf("byte %d is no JSON", syntax.ByteOffset+1))
	}
	return err
}

func (l *list) misuse(problem string) error {
	return misuse("the records before it are stored; give a list of objects, as get prints them", "the list of records goes wrong after record %d: %s", l.number, problem)
}

package importexport

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"strings"

	"taskstore/schema"
)

// decodedText is what a long string holds as a content.
type decodedText struct {
	ok    bool // whether it could be read as a stream
	is    schema.Content
	files []file
}

// file is a content that a record needs and that stands in the file that is read.
type file struct {
	sha256 string
	open   func() io.Reader
}

// errNotBase64 says that a long string is no base64.
var errNotBase64 = errors.New("no base64")

// decoded reads a long string as a content, as schema.DecodeContent does with one in
// memory: the form is the same, and so are the bytes. What is not ok is read in memory.
func (in *input) decoded(t *longText) (*decodedText, error) {
	if t.content != nil {
		return t.content, nil
	}
	var err error
	if t.content, err = in.decode(t); errors.Is(err, errNotPlain) {
		t.content, err = &decodedText{}, nil
	}
	return t.content, err
}

func (in *input) decode(t *longText) (*decodedText, error) {
	whole := func() io.Reader { return newPlainText(io.NewSectionReader(in.f, t.at, t.size)) }
	prefix, err := headOf(whole())
	if err != nil {
		return nil, err
	}
	body := func() io.Reader {
		r := whole()
		_, _ = io.CopyN(io.Discard, r, int64(len(prefix))) // it was read before
		return r
	}
	strict := func() io.Reader {
		return base64.NewDecoder(base64.StdEncoding.Strict(), &base64Text{in: body()})
	}
	loose := func() io.Reader {
		return base64.NewDecoder(base64.RawStdEncoding, &base64Text{in: body(), loose: true})
	}
	sum, err := sumOf(strict())
	if err == nil {
		return &decodedText{true, schema.Content{Blob: sum, Form: schema.Base64Form(prefix)}, []file{{sum, strict}}}, nil
	}
	text, failed := sumOf(whole())
	if failed != nil {
		return nil, failed
	}
	if sum, err = sumOf(loose()); err == nil {
		return &decodedText{true, schema.Content{Blob: sum, Form: schema.VerbatimForm(text)}, []file{{sum, loose}, {text, whole}}}, nil
	}
	return &decodedText{true, schema.Content{Blob: text, Form: schema.FormRaw}, []file{{text, whole}}}, nil
}

// headOf gives the head of a data URI in base64, or nothing for bare base64.
func headOf(r io.Reader) (prefix string, err error) {
	head := make([]byte, 1024)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return "", err
	}
	if !bytes.HasPrefix(head[:n], []byte("data:")) {
		return "", nil
	}
	prefix, _, ok := strings.Cut(string(head[:n]), ",")
	if !ok || !strings.HasSuffix(prefix, ";base64") {
		return "", errNotPlain
	}
	return prefix + ",", nil
}

func sumOf(r io.Reader) (string, error) {
	sum := sha256.New()
	if _, err := io.Copy(sum, r); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// base64Text is the base64 of a content. The decoder alone would go on after padding,
// and pass over line breaks.
type base64Text struct {
	in     io.Reader
	loose  bool // white space, no padding, and the alphabet of URLs
	padded bool
}

func (b *base64Text) Read(p []byte) (int, error) {
	for {
		n, err := b.in.Read(p)
		kept := 0
		for _, c := range p[:n] {
			switch {
			case b.loose && (c == ' ' || c == '\t' || c == '\r' || c == '\n'):
				continue
			case c == '\r' || c == '\n':
				return 0, errNotBase64
			case c == '=':
				b.padded = true
				if b.loose {
					continue
				}
			case b.padded:
				return 0, errNotBase64
			case b.loose && c == '-':
				c = '+'
			case b.loose && c == '_':
				c = '/'
			}
			p[kept] = c
			kept++
		}
		if kept > 0 || err != nil {
			return kept, err
		}
	}
}

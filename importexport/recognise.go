package importexport

import (
	"fmt"
	"io"
	"strings"

	"taskstore/repo"

	"github.com/go-json-experiment/json/jsontext"
)

// putHint is the advice for records that do not say their kind.
const putHint = "storectl put KIND FILE stores records, one, a list, or one a line, whose kind you name"

// jsonReader reads the JSON values of an input, one after the other.
type jsonReader struct {
	in    *input
	stage *longTexts
	d     *jsontext.Decoder
}

func newJSONReader(in *input) *jsonReader {
	stage := newLongTexts(in)
	return &jsonReader{in, stage, jsontext.NewDecoder(stage, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))}
}

// peek gives the kind of the next token, and its place.
func (r *jsonReader) peek() (kind jsontext.Kind, at int64) {
	kind = r.d.PeekKind()
	between := " \t\r\n"
	if r.d.StackDepth() > 0 {
		between += ",:"
	}
	return kind, r.behind(r.stage.place(r.d.InputOffset()), between)
}

// behind gives the first offset from at on where none of some characters stands.
func (r *jsonReader) behind(at int64, characters string) int64 {
	for ; ; at++ {
		var c [1]byte
		if n, _ := r.in.f.ReadAt(c[:], at); n == 0 || strings.IndexByte(characters, c[0]) < 0 {
			return at
		}
	}
}

// token reads the next token.
func (r *jsonReader) token() (jsontext.Token, error) {
	token, err := r.d.ReadToken()
	if err != nil {
		err = r.syntaxError(err)
	}
	return token, err
}

// value reads the next value. Its text is good until the next read. At the end of the
// text, between values, it gives io.EOF.
func (r *jsonReader) value() (text []byte, at int64, err error) {
	text, err = r.d.ReadValue()
	if err == io.EOF && r.stage.err == io.EOF {
		return nil, 0, err
	}
	if err != nil {
		return nil, 0, r.syntaxError(err)
	}
	return text, r.stage.place(r.d.InputOffset() - int64(len(text))), nil
}

func (r *jsonReader) skip() error {
	if err := r.d.SkipValue(); err != nil {
		return r.syntaxError(err)
	}
	return nil
}

// begin reads the brace of an object that the text begins with.
func (r *jsonReader) begin() error {
	kind, at := r.peek()
	if kind == '{' {
		_, err := r.token()
		return err
	}
	switch {
	case r.stage.err != nil && r.stage.err != io.EOF:
		return r.stage.err
	case r.in.size == 0:
		return misfit(-1, "nothing: it is empty", "what export has written", "")
	case at == r.in.size:
		return misfit(-1, "nothing but white space", "what export has written", "")
	case kind == '[':
		found := "a list of JSON, which is no export"
		if _, err := r.token(); err == nil && r.d.PeekKind() == ']' {
			found = "JSON without records: an empty list"
		}
		return misfit(at, found, "an archive, or an object of JSON", putHint)
	case kind == 0:
		return misfit(at, r.in.byteAt(at)+", with which neither JSON nor an archive begins", "what export has written", "")
	}
	return misfit(at, kindOfValue(kind), "an archive, or an object of JSON", "")
}

// end holds that nothing stands after the document.
func (r *jsonReader) end() error {
	kind, at := r.peek()
	if r.stage.err != nil && r.stage.err != io.EOF {
		return r.stage.err
	}
	found := r.in.byteAt(at)
	switch {
	case at == r.in.size:
		return nil
	case kind != 0:
		found = kindOfValue(kind)
	}
	return misfit(at, found+" after the end of the document", "the end of the file", "")
}

// beginning is what tells of which format a file is: its first bytes, and of JSON the
// members of the first object.
type beginning struct {
	bytes string
	membersSeen
}

// is gives the format that begins so, or nil.
func (b *beginning) is() *format {
	for _, f := range formats {
		if f.begins != nil && f.begins(b) {
			return f
		}
	}
	return nil
}

// recognise finds the format of a file by its first bytes or its first object.
func recognise(in *input) (*format, error) {
	var head [4]byte
	n, err := in.f.ReadAt(head[:], 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	b := &beginning{bytes: string(head[:n])}
	if f := b.is(); f != nil {
		return f, nil
	}
	r := newJSONReader(in)
	if err = r.begin(); err != nil {
		return nil, err
	}
	if b.membersSeen, err = r.members(); err != nil {
		return nil, err
	}
	if f := b.is(); f != nil {
		return f, nil
	}
	if b.id {
		return nil, misfit(in.begin, "a record without its _kind", "what export has written", putHint)
	}
	return nil, misfit(in.begin, "an object with "+b.text(), "a record with its _kind, or a document with lists of records", b.advice())
}

// membersSeen is what tells of which format the object is that a file begins with.
type membersSeen struct {
	kind, format, document, id bool
	names                      []string
	like                       string // a name that is one of a document but for its letters
}

// members reads the members of the first object, as far as they do not decide.
func (r *jsonReader) members() (seen membersSeen, err error) {
	for {
		name, err := r.token()
		if err != nil || name.Kind() == '}' {
			return seen, err
		}
		text := name.String()
		value, _ := r.peek()
		switch {
		case text == "_kind":
			seen.kind = true
			return seen, nil
		case text == "format" && value == '"':
			format, err := r.token()
			if err != nil {
				return seen, err
			}
			seen.names = append(seen.names, fmt.Sprintf("the format %.60q", format.String()))
			if seen.format = strings.HasPrefix(format.String(), familyJSON); seen.format {
				return seen, nil
			}
			continue
		case text == "id":
			seen.id = true
		case documentMember(text) && (value == '[' || !isCollection(text)):
			seen.document = true
		}
		if len(seen.names) < 4 {
			seen.names = append(seen.names, fmt.Sprintf("%.40q", text))
		}
		if lower := strings.ToLower(text); lower != text && documentMember(lower) {
			seen.like = lower
		}
		if err := r.skip(); err != nil {
			return seen, err
		}
	}
}

func (s *membersSeen) text() string {
	if len(s.names) == 0 {
		return "no members"
	}
	return strings.Join(s.names, ", ")
}

func (s *membersSeen) advice() string {
	if s.like != "" {
		return fmt.Sprintf("the member is called %q in an export", s.like)
	}
	return ""
}

// isCollection tells whether a member of a document is a list of records.
func isCollection(name string) bool {
	k, err := repo.KindOf(name)
	return err == nil && k.Plural == name
}

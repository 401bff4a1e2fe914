package schema

import (
	"encoding/base64"
	"errors"
	"io"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Content is a member that holds a file's bytes as text: base64, a data URI, or
// (for what does not decode) anything. In the database it is two columns, the
// SHA-256 of the decoded bytes and how the text was written; the bytes are in
// the blob directory.
type Content struct {
	// Text is the member as it was written. It is set on values that have not
	// been saved; a saved value has Blob and Form instead.
	Text string
	// Blob is the SHA-256 (64 hexadecimal digits) of the decoded bytes.
	Blob string
	// Form says how Text follows from the bytes: see [Content.Rebuild].
	Form string
}

// Forms of Content. A form that begins with formBase64 goes on with the text
// before the base64 (such as "data:image/png;base64,"); one that begins with
// formVerbatim goes on with the SHA-256 of the blob that holds the text itself.
const (
	formBase64   = "base64:"
	formVerbatim = "verbatim:"
	// FormRaw is the form of a text that does not decode: the blob holds the text.
	FormRaw = "raw"
	// FormFile is the form of bytes that never were text.
	FormFile = "file"
)

// IsZero tells whether there is no content at all.
func (c Content) IsZero() bool { return c == Content{} }

// Undecodable tells whether the blob holds text that could not be decoded.
func (c Content) Undecodable() bool { return c.Form == FormRaw }

// Verbatim gives the SHA-256 of the blob that holds the text as written, where
// the text cannot be derived from the decoded bytes.
func (c Content) Verbatim() (sha256 string, ok bool) { return strings.CutPrefix(c.Form, formVerbatim) }

// DecodeContent decodes a text as the legacy app wrote it: bare base64 or a data
// URI with any parameters, with white space, without padding; a data URI
// without ";base64" is percent-encoded text. It reports false when the text is
// none of these. When form is formVerbatim alone the text does not follow
// from the bytes, and the caller keeps it as a blob of its own.
func DecodeContent(text string) (data []byte, form string, ok bool) {
	prefix, body := "", text
	if front := strings.TrimLeft(text, " \t\r\n"); len(front) >= 5 && strings.EqualFold(front[:5], "data:") {
		i := strings.IndexByte(text, ',')
		if i < 0 {
			return nil, FormRaw, false
		}
		prefix, body = text[:i+1], text[i+1:]
		if !strings.HasSuffix(strings.ToLower(strings.TrimSpace(text[:i])), ";base64") {
			plain, err := url.PathUnescape(body)
			if err != nil {
				return nil, FormRaw, false
			}
			return []byte(plain), formVerbatim, true
		}
	}
	if data, err := base64.StdEncoding.Strict().DecodeString(body); err == nil && !strings.ContainsAny(body, "\r\n") && isForm(prefix) {
		return data, formBase64 + prefix, true
	}
	data, ok = decodeLoose(body)
	if !ok {
		return nil, FormRaw, false
	}
	return data, formVerbatim, true
}

// isForm tells whether the text before the base64 can stand in a form: a column that people
// read, of which JSON is made.
func isForm(prefix string) bool {
	return utf8.ValidString(prefix) && !strings.ContainsFunc(prefix, unicode.IsControl)
}

// decodeLoose takes base64 with white space, without padding, or in the URL alphabet.
func decodeLoose(body string) ([]byte, bool) {
	body = strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '\r', '\n':
			return -1
		case '-':
			return '+'
		case '_':
			return '/'
		}
		return r
	}, body)
	data, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(body, "="))
	return data, err == nil
}

// Base64Form is the form of a text that is prefix and then the base64 of the bytes.
func Base64Form(prefix string) string { return formBase64 + prefix }

// VerbatimForm is the form of a text that is kept as the blob named sha256.
func VerbatimForm(sha256 string) string { return formVerbatim + sha256 }

// Rebuild gives the text that c stood for, from the bytes of its blob (for a
// verbatim form: of the blob that [Content.Verbatim] names).
func (c Content) Rebuild(data []byte) string {
	if prefix, ok := strings.CutPrefix(c.Form, formBase64); ok {
		return prefix + base64.StdEncoding.EncodeToString(data)
	}
	if c.Form == FormFile || c.Form == "" {
		return base64.StdEncoding.EncodeToString(data)
	}
	return string(data)
}

// RebuildTo writes the text that [Content.Rebuild] gives, while r delivers the
// bytes: for contents that are too large for memory.
func (c Content) RebuildTo(w io.Writer, r io.Reader) error {
	prefix, ok := strings.CutPrefix(c.Form, formBase64)
	switch {
	case ok:
		if _, err := io.WriteString(w, prefix); err != nil {
			return err
		}
	case c.Form != FormFile && c.Form != "":
		_, err := io.Copy(w, r)
		return err
	}
	e := base64.NewEncoder(base64.StdEncoding, w)
	_, err := io.Copy(e, r)
	return errors.Join(err, e.Close())
}

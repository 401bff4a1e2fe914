package source

import (
	"bufio"
	"errors"
	"io"
	"net/url"
	"strings"

	"taskstore/importexport/legacy/rawjson"
)

// ErrUndecodable means that a text that should be base64 or a data URI is none.
var ErrUndecodable = errors.New("neither base64 nor a data URI")

// DatReader decodes the text in which the application kept the bytes of an
// attachment: base64 with or without a data URI's prefix, white space and
// padding, or a data URI without base64. Read ends with ErrUndecodable where the
// text is none of these; what was read before is not the content then.
type DatReader struct {
	// MIME is the type that the data URI names, "" without one.
	MIME string
	b64  *rawjson.Base64Reader
	src  io.Reader
}

// maxURIHead is how long the part of a data URI before the comma may be.
const maxURIHead = 4096

// NewDatReader begins reading such a text. An error is one of src.
func NewDatReader(src io.Reader) (*DatReader, error) {
	in := bufio.NewReaderSize(src, maxURIHead)
	d := &DatReader{}
	head, err := in.Peek(maxURIHead)
	if err != nil && err != io.EOF {
		return nil, err
	}
	front := strings.TrimLeft(string(head), " \t\r\n")
	skipped := len(head) - len(front)
	if comma := strings.IndexByte(front, ','); comma >= 0 && len(front) > 5 && strings.EqualFold(front[:5], "data:") {
		params := front[5:comma]
		d.MIME, _, _ = strings.Cut(params, ";")
		if _, err := in.Discard(skipped + comma + 1); err != nil {
			return nil, err
		}
		if !strings.HasSuffix(strings.ToLower(strings.TrimSpace(params)), ";base64") {
			d.src = &percentReader{in: in}
			return d, nil
		}
	}
	d.b64 = rawjson.NewBase64Reader(in)
	return d, nil
}

// Read gives the decoded bytes.
func (d *DatReader) Read(p []byte) (int, error) {
	if d.b64 == nil {
		return d.src.Read(p)
	}
	n, err := d.b64.Read(p)
	// A single digit left over stands for no byte: the text was cut or is none.
	if d.b64.Illegal > 0 || err == io.EOF && d.b64.Bits == 6 {
		return n, ErrUndecodable
	}
	return n, err
}

// percentReader decodes percent-encoded text.
type percentReader struct{ in *bufio.Reader }

func (r *percentReader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		c, err := r.in.ReadByte()
		if err != nil {
			if n > 0 {
				return n, nil
			}
			return 0, err
		}
		if c == '%' {
			next, _ := r.in.Peek(2)
			s, err := url.PathUnescape("%" + string(next))
			if err != nil {
				return n, ErrUndecodable
			}
			c = s[0]
			r.in.Discard(2)
		}
		p[n] = c
		n++
	}
	return n, nil
}

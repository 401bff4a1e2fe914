package redact

import (
	"bufio"
	"io"
	"strings"

	"taskstore/importexport/legacy/rawjson"

	"github.com/klauspost/compress/gzip"
)

// unpacking is a compressed text that is read as it comes in.
type unpacking struct {
	in   *bufio.Writer
	pipe *io.PipeWriter
	done chan struct{}
}

// unpack has read read the text whose base64 will be taken.
func unpack(read func(io.Reader) error) *unpacking {
	from, to := io.Pipe()
	u := &unpacking{in: bufio.NewWriter(to), pipe: to, done: make(chan struct{})}
	go func() {
		defer close(u.done)
		if z, err := gzip.NewReader(rawjson.NewBase64Reader(from)); err == nil {
			_ = read(EndsAtDamage{z}) // what cannot be unpacked holds nothing to be seen
		}
		from.CloseWithError(io.ErrClosedPipe)
	}()
	return u
}

// EndsAtDamage reads what can be read.
type EndsAtDamage struct{ In io.Reader }

func (e EndsAtDamage) Read(p []byte) (int, error) {
	n, err := e.In.Read(p)
	if err != nil && !rawjson.Fatal(err) {
		err = io.EOF
	}
	return n, err
}

func (u *unpacking) take(c byte) { _ = u.in.WriteByte(c) }

func (u *unpacking) end() {
	_ = u.in.Flush()
	u.pipe.Close()
	<-u.done
}

// quoting writes a text as it stands in a string, which may stand in others.
type quoting struct {
	dst   io.Writer
	times int
}

func (e *quoting) Write(p []byte) (int, error) {
	text := string(p)
	for range e.times {
		text = escapeText(text)
	}
	_, err := io.WriteString(e.dst, text)
	return len(p), err
}

// escapeText writes what may not stand in a string as escapes.
func escapeText(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c < 0x20:
			b.WriteString(`\u` + rawjson.HexText(rune(c)))
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

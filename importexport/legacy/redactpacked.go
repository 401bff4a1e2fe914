package legacy

import (
	"bufio"
	"io"
	"strings"

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
		if z, err := gzip.NewReader(newBase64Reader(from)); err == nil {
			_ = read(endsAtDamage{z}) // what cannot be unpacked holds nothing to be seen
		}
		from.CloseWithError(io.ErrClosedPipe)
	}()
	return u
}

// endsAtDamage reads what can be read.
type endsAtDamage struct{ in io.Reader }

func (e endsAtDamage) Read(p []byte) (int, error) {
	n, err := e.in.Read(p)
	if err != nil && !fatal(err) {
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
			b.WriteString(`\u` + hexText(rune(c)))
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

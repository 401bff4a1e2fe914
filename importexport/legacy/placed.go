package legacy

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
)

// placed is a text that is read here and there: a value that was passed once is found
// again by its place, without what stands before it. A plain file is read where it
// stands; any other text (of a zip, in UTF-16, inside of a string) is unpacked to a
// scratch file first, or to memory if it is small. It is open until its source is closed.
type placed struct {
	number int // in the source's list
	at     io.ReaderAt
	size   int64
	end    error // with which the text ends; io.EOF at its proper end
	close  func() error
}

// unpack writes down the text of l, up to where it is damaged.
func (p *placed) unpack(l layer, dir string) error {
	s, err := l(nil)
	if err != nil {
		return err
	}
	defer s.Close()
	to := &spool{dir: dir}
	for more := true; more; more = s.fill() {
		if _, err := to.Write(s.buf[s.pos:]); err != nil {
			return errors.Join(err, to.Close())
		}
		s.pos = len(s.buf)
	}
	p.at, p.size, p.close = to, to.size, to.Close
	if p.end = s.ended(); fatal(p.end) {
		return errors.Join(p.end, p.close())
	}
	return nil
}

// spot is a place in a text.
type spot struct {
	*placed
	ctx   context.Context
	notes *notes
	read  func(int) // is told of the bytes that are read; nil for nobody
	from  int64
}

// layer is the layer of the value that begins at the place.
func (p spot) layer() layer { return p.open(p.reader(p.size)) }

// open is the layer of a text that begins at the place.
func (p spot) open(text func() io.Reader) layer {
	return func(tap io.Writer) (*scanner, error) {
		return &scanner{ctx: p.ctx, src: text(), notes: p.notes, tap: tap, raw: make([]byte, placedBuffer), begun: true, spot: &p}, nil
	}
}

// enclosed is the layer of a wrapper with this time around the value that begins at the
// place and ends at to, as the application's files have it; to is 0 where the end is lost.
func (p spot) enclosed(at, to int64) layer {
	end := "}"
	if to == 0 {
		to, end = p.size, ""
	}
	inner := p.reader(to)
	return func(tap io.Writer) (*scanner, error) {
		head := `{"version":1,"timestamp":` + strconv.FormatInt(at, 10) + `,"data":`
		s, err := p.open(func() io.Reader { return io.MultiReader(strings.NewReader(head), inner(), strings.NewReader(end)) })(tap)
		s.spot = nil
		return s, err
	}
}

// placedBuffer is how much is read at first of a value of a placed text: many are small.
const placedBuffer = 2 << 10

// reader reads the text from the place to another one, and ends as the whole does if it
// reaches its end.
func (p spot) reader(to int64) func() io.Reader {
	return func() io.Reader {
		r := io.Reader(io.NewSectionReader(p.at, p.from, to-p.from))
		if to == p.size && p.end != io.EOF {
			r = io.MultiReader(r, failedRead{p.end})
		}
		return counted{r, p.read}
	}
}

// counted tells how much is read.
type counted struct {
	io.Reader
	read func(int)
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if c.read != nil {
		c.read(n)
	}
	return n, err
}

// place is where in its text the scanner stands; nil if the text has no places.
func (s *scanner) place() *spot {
	if s.spot == nil {
		return nil
	}
	p := *s.spot
	p.from += s.passed + int64(s.pos)
	return &p
}

// here is the layer of the value that is next: by its place, where the text has places;
// otherwise it is the one given.
func (s *scanner) here(otherwise layer) layer {
	if s.spot == nil {
		return otherwise
	}
	return s.place().layer()
}

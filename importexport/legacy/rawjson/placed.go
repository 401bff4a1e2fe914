package rawjson

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
)

// Placed is a text that is read here and there: a value that was passed once is found
// again by its place, without what stands before it. A plain file is read where it
// stands; any other text (of a zip, in UTF-16, inside of a string) is unpacked to a
// scratch file first, or to memory if it is small. It is open until its source is closed.
type Placed struct {
	Number int // in the source's list
	At     io.ReaderAt
	Size   int64
	End    error // with which the text ends; io.EOF at its proper end
	Close  func() error
}

// Unpack writes down the text of l, up to where it is damaged.
func (p *Placed) Unpack(l Layer, dir string) error {
	s, err := l(nil)
	if err != nil {
		return err
	}
	defer s.Close()
	to := &Spool{Dir: dir}
	for more := true; more; more = s.fill() {
		if _, err := to.Write(s.buf[s.pos:]); err != nil {
			return errors.Join(err, to.Close())
		}
		s.pos = len(s.buf)
	}
	p.At, p.Size, p.Close = to, to.size, to.Close
	if p.End = s.ended(); Fatal(p.End) {
		return errors.Join(p.End, p.Close())
	}
	return nil
}

// Spot is a place in a text.
type Spot struct {
	*Placed
	Ctx   context.Context
	Notes *Notes
	Read  func(int) // is told of the bytes that are read; nil for nobody
	From  int64
}

// Layer is the layer of the value that begins at the place.
func (p Spot) Layer() Layer { return p.open(p.reader(p.Size)) }

// open is the layer of a text that begins at the place.
func (p Spot) open(text func() io.Reader) Layer {
	return func(tap io.Writer) (*Scanner, error) {
		return &Scanner{Ctx: p.Ctx, Src: text(), Notes: p.Notes, Tap: tap, Raw: make([]byte, placedBuffer), begun: true, Spot: &p}, nil
	}
}

// Enclosed is the layer of a wrapper with this time around the value that begins at the
// place and ends at to, as the application's files have it; to is 0 where the end is lost.
func (p Spot) Enclosed(at, to int64) Layer {
	end := "}"
	if to == 0 {
		to, end = p.Size, ""
	}
	inner := p.reader(to)
	return func(tap io.Writer) (*Scanner, error) {
		head := `{"version":1,"timestamp":` + strconv.FormatInt(at, 10) + `,"data":`
		s, err := p.open(func() io.Reader { return io.MultiReader(strings.NewReader(head), inner(), strings.NewReader(end)) })(tap)
		s.Spot = nil
		return s, err
	}
}

// placedBuffer is how much is read at first of a value of a placed text: many are small.
const placedBuffer = 2 << 10

// reader reads the text from the place to another one, and ends as the whole does if it
// reaches its end.
func (p Spot) reader(to int64) func() io.Reader {
	return func() io.Reader {
		r := io.Reader(io.NewSectionReader(p.At, p.From, to-p.From))
		if to == p.Size && p.End != io.EOF {
			r = io.MultiReader(r, failedRead{p.End})
		}
		return counted{r, p.Read}
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

// Place is where in its text the scanner stands; nil if the text has no places.
func (s *Scanner) Place() *Spot {
	if s.Spot == nil {
		return nil
	}
	p := *s.Spot
	p.From += s.passed + int64(s.pos)
	return &p
}

// Here is the layer of the value that is next: by its place, where the text has places;
// otherwise it is the one given.
func (s *Scanner) Here(otherwise Layer) Layer {
	if s.Spot == nil {
		return otherwise
	}
	return s.Place().Layer()
}

package postings

import (
	"bytes"
	"slices"
)

// Structure is FTS5's record of which segments there are.
type Structure struct {
	Levels [][]Segment // a segment of a lower level is newer, and within a level a later one
	head   []byte      // a counter that is FTS5's own
	writes uint64
	merged []uint64 // by level: how many of its first segments are being merged
}

// Segment is a part of the index: its number, and its leaves.
type Segment struct{ ID, First, Last uint64 }

// secondForm is what the record of contentless tables with deletion begins with.
var secondForm = []byte{0xff, 0, 0, 1}

// ParseStructure reads the record. ErrUnknown: it is of another form.
func ParseStructure(block []byte) (s Structure, err error) {
	const head = 4
	if len(block) < head || bytes.HasPrefix(block[head:], secondForm) {
		return s, ErrUnknown
	}
	s.head = slices.Clone(block[:head])
	r := reader{data: block[head:]}
	levels := r.next()
	r.next() // all segments
	s.writes = r.next()
	for ; levels > 0 && !r.bad; levels-- {
		s.merged = append(s.merged, r.next())
		var list []Segment
		for n := r.next(); n > 0 && !r.bad; n-- {
			list = append(list, Segment{r.next(), r.next(), r.next()})
		}
		s.Levels = append(s.Levels, list)
	}
	if r.bad {
		return s, ErrUnknown
	}
	return s, nil
}

// NewID is the lowest number that no segment has.
func (s *Structure) NewID() uint64 {
	for id := uint64(1); ; id++ {
		if !slices.ContainsFunc(s.Levels, func(l []Segment) bool {
			return slices.ContainsFunc(l, func(g Segment) bool { return g.ID == id })
		}) {
			return id
		}
	}
}

// Add makes a segment the newest.
func (s *Structure) Add(g Segment) {
	if len(s.Levels) == 0 {
		s.Levels, s.merged = [][]Segment{nil}, []uint64{0}
	}
	s.Levels[0] = append(s.Levels[0], g)
	s.writes += g.Last - g.First + 1
}

// Record writes it as FTS5 does.
func (s *Structure) Record() []byte {
	b := slices.Clone(s.head)
	segments := 0
	for _, l := range s.Levels {
		segments += len(l)
	}
	b = Varint(Varint(Varint(b, uint64(len(s.Levels))), uint64(segments)), s.writes)
	for i, l := range s.Levels {
		b = Varint(Varint(b, s.merged[i]), uint64(len(l)))
		for _, g := range l {
			b = Varint(Varint(Varint(b, g.ID), g.First), g.Last)
		}
	}
	return b
}

// Totals are what FTS5 notes of all texts: how many there are, and how many words they have in each column.
type Totals []uint64

// ParseTotals reads the record. ErrUnknown: it is of another form.
func ParseTotals(block []byte) (t Totals, err error) {
	for r := (reader{data: block}); len(r.data) > 0; {
		if t = append(t, r.next()); r.bad {
			return nil, ErrUnknown
		}
	}
	return t, nil
}

// Record writes them as FTS5 does.
func (t Totals) Record() (b []byte) {
	for _, n := range t {
		b = Varint(b, n)
	}
	return b
}

// Varint appends a number as varint reads it.
func Varint(b []byte, v uint64) []byte {
	if v >= 1<<56 {
		last := byte(v)
		v >>= 8
		for shift := 49; shift >= 0; shift -= 7 {
			b = append(b, byte(v>>shift)|0x80)
		}
		return append(b, last)
	}
	shift := 0
	for v>>(shift+7) != 0 {
		shift += 7
	}
	for ; shift > 0; shift -= 7 {
		b = append(b, byte(v>>shift)|0x80)
	}
	return append(b, byte(v)&0x7f)
}

package pieces

import (
	"fmt"
	"strconv"

	"taskstore/internal/pattern"
)

// Piece names a part of a stream: one of so many, or the whole of it.
type Piece struct {
	Base  string // of the stream
	N, Of int    // from 1
}

func (p Piece) String() string {
	if p.Of == 1 {
		return p.Base
	}
	return fmt.Sprintf("%s-%05d-of-%05d", p.Base, p.N, p.Of)
}

// Most is how many pieces a stream has at most.
const Most = 99999

// Name is what the name of an object says.
type Name struct {
	Piece
	Tag string
}

var nameForm = pattern.Of(`^([a-z]+/[0-9A-Za-z./-]+?)(?:-(\d{5})-of-(\d{5}))?\.([0-9a-f]{32})$`)

// ParseName reads the name of an object; ok is false for one that was not made here.
func ParseName(name string) (o Name, ok bool) {
	m := nameForm.FindStringSubmatch(name)
	if m == nil {
		return o, false
	}
	o = Name{Piece{m[1], 1, 1}, m[4]}
	if m[2] != "" {
		o.N, _ = strconv.Atoi(m[2])
		o.Of, _ = strconv.Atoi(m[3])
	}
	return o, o.N >= 1 && o.N <= o.Of && (m[2] == "" || o.Of > 1)
}

// Parts is how many pieces a stream of so many bytes has.
func (s *Set) Parts(size int64) int {
	return max(1, int((size+s.Size-1)/s.Size))
}

// Length is how long a piece of a stream of so many bytes is.
func (s *Set) Length(p Piece, size int64) int64 {
	return min(s.Size, size-int64(p.N-1)*s.Size)
}

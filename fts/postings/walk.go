package postings

import (
	"bytes"
	"database/sql"
	"encoding/binary"
)

// segmentBits is how far up in the key of a leaf the number of its segment is.
const segmentBits = 37

// walk goes through leaves.
type walk struct {
	want []byte // the term, or what it begins with
	open bool
	v    visit

	id     int64 // of the leaf
	page   sql.RawBytes
	term   []byte // the last one
	inside bool   // its list is wanted, and goes on
	list   postings
}

func (w *walk) leaf(id int64) error {
	if len(w.page) < 4 {
		return ErrUnknown
	}
	first, end := int(binary.BigEndian.Uint16(w.page)), int(binary.BigEndian.Uint16(w.page[2:]))
	if end < 4 || end > len(w.page) {
		return ErrUnknown
	}
	places := reader{data: w.page[end:]}
	next := end
	if len(places.data) > 0 {
		next = int(places.next())
	}
	if next < 4 || next > end {
		return ErrUnknown
	}
	w.goOn(id, first, next)
	for whole := true; next < end; whole = false {
		at := next
		if next = end; len(places.data) > 0 {
			next = at + int(places.next())
		}
		if places.bad || next <= at || next > end {
			return ErrUnknown
		}
		body, ok := w.nextTerm(w.page[at:next], whole)
		if !ok {
			return ErrUnknown
		}
		if w.inside = w.wanted(); w.inside {
			w.v.begin(w.term)
			w.list.begin()
			w.list.add(body, -1, w.v)
		}
	}
	return nil
}

// goOn reads what belongs to the list of the leaf before, up to next. After leaves that
// were left out, that is from the first key on.
func (w *walk) goOn(id int64, first, next int) {
	switch {
	case id>>segmentBits != w.id>>segmentBits:
		w.inside, w.term = false, w.term[:0]
	case !w.inside:
	case id == w.id+1:
		w.list.add(w.page[4:next], first-4, w.v)
	default:
		w.list.rest = w.list.rest[:0]
		if first >= 4 && first < next {
			w.list.add(w.page[first:next], 0, w.v)
		}
	}
	w.id = id
}

// nextTerm reads the term that data begins with. The first of a leaf is whole; of the
// others what is equal to the one before is left out.
func (w *walk) nextTerm(data []byte, whole bool) (rest []byte, ok bool) {
	r := reader{data: data}
	keep := uint64(0)
	if !whole {
		keep = r.next()
	}
	n := r.next()
	if r.bad || keep > uint64(len(w.term)) || n > uint64(len(r.data)) {
		return nil, false
	}
	w.term = append(w.term[:keep], r.data[:n]...)
	return r.data[n:], true
}

func (w *walk) wanted() bool {
	return bytes.Equal(w.term, w.want) || w.open && bytes.HasPrefix(w.term, w.want)
}

// postings reads a list that may go over several leaves.
type postings struct {
	rest     []byte // of the last leaf: a posting that goes on in the next
	absolute bool   // that one has its key itself
	pk       int64
	count    int
}

func (l *postings) begin() { l.rest, l.absolute, l.pk = l.rest[:0], true, 0 }

// add reads a piece of the list. At first, if that is within it, stands a key that is
// no distance.
func (l *postings) add(data []byte, first int, v visit) {
	if first >= len(data) {
		first = -1
	}
	if len(l.rest) > 0 {
		if first >= 0 {
			first += len(l.rest)
		}
		l.rest = append(l.rest, data...)
		data = l.rest
	}
	for at := 0; ; {
		absolute := at == first || at == 0 && l.absolute
		key, n := varint(data[at:])
		size, m := varint(data[at+n:])
		from := at + n + m
		to := from + int(size>>1)
		if n == 0 || m == 0 || to < from || to > len(data) {
			l.rest, l.absolute = append(l.rest[:0], data[at:]...), absolute
			return
		}
		if absolute {
			l.pk = int64(key)
		} else {
			l.pk += int64(key)
		}
		p := posting{l.pk, data[from:to], size&1 != 0}
		l.count += p.counts()
		v.posting(p)
		at = to
	}
}

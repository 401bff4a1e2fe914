package fts

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
)

// FTS5 keeps its index in segments: search_data has their leaves, search_idx the first
// term of each leaf. A leaf is
//
//	2 bytes   where the first row key on the page stands that continues a list, or 0
//	2 bytes   where the terms end, and the table of their places begins
//	...       terms, each followed by its list; the list of the last one goes on in the next leaf
//	varints   the place of the first term, then the distance of each to the one before
//
// and a list is, for each text with the term, the key less the one before (the key itself
// for the first of a list and of a page), twice the number of bytes of its places, plus
// one if this undoes what older segments say, and the places. This is the format of
// version 4, which SQLite has kept since 2015; fts5_index.c describes it.
//
// It is read only for relevance: FTS5's own bm25 reads every list of a query from end to
// end once more, to count it. What is found never depends on it.

// errFormat says that the index is not of the form that is known here.
var errFormat = errors.New("the search index has another format than version 4 of FTS5's")

const (
	sqlFormat = "SELECT v\nFROM search_config\nWHERE k = 'version'"
	// The first rows say how many texts there are, and what segments.
	sqlFacts = "SELECT block\nFROM search_data\nWHERE id IN (1, 10)\nORDER BY id"
	// A segment that is being merged has lost its first leaves, not what search_idx has of them.
	sqlRanges = `SELECT (s.value ->> 0 << 37) + max(s.value ->> 1, coalesce(
    (SELECT i.pgno >> 1 FROM search_idx AS i WHERE i.segid = s.value ->> 0 AND i.term <= ? ORDER BY i.term DESC LIMIT 1), 0)),
    (s.value ->> 0 << 37) + coalesce(
    (SELECT i.pgno >> 1 FROM search_idx AS i WHERE i.segid = s.value ->> 0 AND i.term > ? ORDER BY i.term LIMIT 1), s.value ->> 2)
FROM json_each(?) AS s`
	sqlLeaves = `SELECT d.id, d.block
FROM json_each(?) AS s
CROSS JOIN search_data AS d ON d.id BETWEEN s.value ->> 0 AND s.value ->> 1`
	sqlLeaf = "SELECT block\nFROM search_data\nWHERE id = ?"
)

// segmentBits is how far up in the key of a leaf the number of its segment is.
const segmentBits = 37

// facts are what FTS5 notes of the index as a whole.
type facts struct {
	texts    float64
	average  float64 // words of a text
	segments string  // [[number, first leaf, last leaf], ...] as JSON, the newest first
}

func readFacts(ctx context.Context, c Conn) (f facts, err error) {
	version, err := column[int64](ctx, c, sqlFormat)
	if err != nil {
		return f, err
	}
	blocks, err := column[[]byte](ctx, c, sqlFacts)
	if err != nil {
		return f, err
	}
	if len(version) != 1 || version[0] != 4 || len(blocks) != 2 {
		return f, errFormat
	}
	r := reader{data: blocks[0]}
	f.texts = float64(r.next())
	words := 0.0
	for len(r.data) > 0 && !r.bad {
		words += float64(r.next())
	}
	if r.bad || f.texts < 1 || words < 1 {
		return f, errFormat
	}
	f.average = words / f.texts
	f.segments, err = segments(blocks[1])
	return f, err
}

// segments reads the record of the structure. Of two segments the one of the lower level
// is newer, and within a level the later one.
func segments(block []byte) (string, error) {
	if len(block) < 4 {
		return "", errFormat
	}
	block = block[4:] // a counter
	r := reader{data: block}
	second := bytes.HasPrefix(block, []byte{0xff, 0, 0, 1}) // the form that contentless tables with deletion have
	if second {
		return "", errFormat
	}
	levels := r.next()
	r.next() // all segments
	r.next() // writes so far
	list := [][3]uint64{}
	for ; levels > 0 && !r.bad; levels-- {
		r.next() // segments that are being merged
		first := len(list)
		for n := r.next(); n > 0 && !r.bad; n-- {
			list = append(list, [3]uint64{r.next(), r.next(), r.next()})
		}
		for i, k := first, len(list)-1; i < k; i, k = i+1, k-1 {
			list[i], list[k] = list[k], list[i]
		}
	}
	if r.bad {
		return "", errFormat
	}
	text, err := json.Marshal(list)
	return string(text), err
}

// reader takes varints from the beginning of data.
type reader struct {
	data []byte
	bad  bool
}

func (r *reader) next() uint64 {
	v, n := varint(r.data)
	if n == 0 {
		r.bad, r.data = true, nil
		return 0
	}
	r.data = r.data[n:]
	return v
}

// varint reads a number as SQLite writes it: seven bits a byte, the highest first, and
// all eight of the ninth. n is 0 if data ends before.
func varint(data []byte) (v uint64, n int) {
	for n < len(data) && n < 8 {
		b := data[n]
		n++
		v = v<<7 | uint64(b&0x7f)
		if b < 0x80 {
			return v, n
		}
	}
	if n < 8 || n >= len(data) {
		return 0, 0
	}
	return v<<8 | uint64(data[n]), n + 1
}

// posting is a text with a term.
type posting struct {
	pk     int64
	places []byte // none: the text has the term no longer
	undoes bool   // what an older segment says of the text
}

// counts is how many texts more have the term than the postings of older segments say.
func (p posting) counts() (n int) {
	if len(p.places) > 0 {
		n++
	}
	if p.undoes {
		n--
	}
	return n
}

// visit is called with the postings of a term in one segment, the least key first.
// begin says that the term or the segment is another one than before.
type visit interface {
	begin(term []byte)
	posting(p posting)
}

// leaves are those of one segment that a word's list is in.
type leaves struct {
	first, last int64 // their keys in search_data
	from        int64 // those from here on are read, beside the first
	postings    int   // what they have
}

// narrow is from how many leaves on it pays to look where in a list a key is.
const narrow = 12

// eachPosting visits the postings of a word, or of all words that begin so, segment by
// segment, the newest first. Those of keys before from may be left out. It gives an
// estimate of how many there are in all, which is exact when none was left out.
func eachPosting(ctx context.Context, c Conn, f facts, word string, open bool, from int64, v visit) (all float64, err error) {
	term := append([]byte{'0'}, word...) // what belongs to no index of prefixes
	list, err := leavesOf(ctx, c, f, term, open)
	if err != nil {
		return 0, err
	}
	for i := range list {
		if l := &list[i]; !open && l.last-l.first >= narrow {
			if err := l.skip(ctx, c, from); err != nil {
				return 0, err
			}
		}
	}
	if err := readLeaves(ctx, c, list, &walk{want: term, open: open, v: v}); err != nil {
		return 0, err
	}
	for _, l := range list {
		all += float64(l.postings) * float64(l.last-l.first+1) / float64(l.last-l.from+2)
	}
	return max(all, 0), nil
}

// leavesOf finds where the list of a term is in each segment.
func leavesOf(ctx context.Context, c Conn, f facts, term []byte, open bool) (list []leaves, err error) {
	end := term
	if open {
		end = append(bytes.Clone(term), 0xff) // after all that begin so
	}
	rows, err := c.Query(ctx, sqlRanges, term, end, f.segments)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var l leaves
		if err := rows.Scan(&l.first, &l.last); err != nil {
			return nil, err
		}
		if l.from = l.first + 1; l.last >= l.first {
			list = append(list, l)
		}
	}
	return list, errors.Join(rows.Err(), rows.Close())
}

// skip finds the last leaf that begins before a key.
func (l *leaves) skip(ctx context.Context, c Conn, pk int64) error {
	low, high := l.first, l.last // low begins before it, high does not
	for high-low > 1 {
		middle := low + (high-low)/2
		pages, err := column[[]byte](ctx, c, sqlLeaf, middle)
		if err != nil {
			return err
		}
		if len(pages) != 1 || len(pages[0]) < 4 {
			return errFormat
		}
		first := int(binary.BigEndian.Uint16(pages[0]))
		if first < 4 || first >= len(pages[0]) { // one text's places fill it
			break
		}
		if key, _ := varint(pages[0][first:]); int64(key) <= pk {
			low = middle
		} else {
			high = middle
		}
	}
	l.from = max(l.from, low)
	return nil
}

// readLeaves goes through the leaves of all segments, and counts their postings.
func readLeaves(ctx context.Context, c Conn, list []leaves, w *walk) error {
	var parts [][2]int64
	for _, l := range list {
		parts = append(parts, [2]int64{l.first, l.first}, [2]int64{l.from, l.last})
	}
	asked, err := json.Marshal(parts)
	if err != nil {
		return err
	}
	rows, err := c.Query(ctx, sqlLeaves, string(asked))
	if err != nil {
		return err
	}
	defer rows.Close()
	at := 0
	for rows.Next() {
		var id int64
		if err := errors.Join(ctx.Err(), rows.Scan(&id, &w.page)); err != nil {
			return err
		}
		for at < len(list) && (id < list[at].first || id > list[at].last) {
			at++
		}
		if at == len(list) {
			return errFormat
		}
		if err := w.leaf(id); err != nil {
			return fmt.Errorf("leaf %d: %w", id, err)
		}
		list[at].postings += w.list.count
		w.list.count = 0
	}
	return errors.Join(rows.Err(), rows.Close())
}

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
		return errFormat
	}
	first, end := int(binary.BigEndian.Uint16(w.page)), int(binary.BigEndian.Uint16(w.page[2:]))
	if end < 4 || end > len(w.page) {
		return errFormat
	}
	places := reader{data: w.page[end:]}
	next := end
	if len(places.data) > 0 {
		next = int(places.next())
	}
	if next < 4 || next > end {
		return errFormat
	}
	w.goOn(id, first, next)
	for whole := true; next < end; whole = false {
		at := next
		if next = end; len(places.data) > 0 {
			next = at + int(places.next())
		}
		if places.bad || next <= at || next > end {
			return errFormat
		}
		body, ok := w.nextTerm(w.page[at:next], whole)
		if !ok {
			return errFormat
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

// place is where a word stands in a text: the column, and which word of it.
type place struct{ column, word uint64 }

// eachPlace reads the places of a posting.
func eachPlace(data []byte, fn func(place)) {
	var p place
	for r := (reader{data: data}); len(r.data) > 0; {
		n := r.next()
		if n == 1 { // another column
			p = place{column: r.next()}
			n = r.next()
		}
		if n < 2 || r.bad {
			return
		}
		p.word += n - 2
		fn(p)
	}
}

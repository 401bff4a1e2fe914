package postings

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
)

const (
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

// visit is called with the postings of a term in one segment, the least key first.
// begin says that the term or the segment is another one than before.
type visit interface {
	begin(term []byte)
	posting(p posting)
}

// leaves are those of one segment that a word's list is in.
type leaves struct {
	first, last int64   // their keys in search_data
	read        []parts // which of them are read, in order; the first always
	from        int64   // the first that is read for a text
	postings    int     // what those have
	inner       int     // of it what all but the first and the last have, which hold other lists too
}

// parts are leaves that follow each other, both ends among them.
type parts [2]int64

// narrow is from how many leaves on it pays to look where in a list a key is.
const narrow = 12

// numbers are how many postings a word has: those that were left out are estimated.
type numbers struct {
	all    float64
	unread float64 // left out after the first text that was asked for
}

// eachPosting visits the postings of a word, or of all words that begin so, segment by
// segment, the newest first. Only those of pks, which are in order, are sure to be among
// them; none leaves nothing out.
func eachPosting(ctx context.Context, c Querier, f facts, word string, open bool, pks []int64, v visit) (n numbers, err error) {
	term := append([]byte{'0'}, word...) // what belongs to no index of prefixes
	list, err := leavesOf(ctx, c, f, term, open)
	if err != nil {
		return n, err
	}
	for i := range list {
		if l := &list[i]; !open && len(pks) > 0 && l.last-l.first >= narrow {
			if err := l.choose(ctx, c, pks); err != nil {
				return n, err
			}
		}
	}
	if err := readLeaves(ctx, c, list, &walk{want: term, open: open, v: v}); err != nil {
		return n, err
	}
	for _, l := range list {
		before, after, each := l.unread()
		n.all += float64(l.postings) + each*float64(before+after)
		n.unread += each * float64(after)
	}
	n.all = max(n.all, 0)
	return n, nil
}

// unread gives how many leaves were left out before that of the first text and after it, and
// how many postings one can be expected to have.
func (l *leaves) unread() (before, after int64, each float64) {
	read := int64(0) // neither the first leaf nor the last
	end := l.first
	for _, p := range append(l.read, parts{l.last, l.last}) {
		if left := p[0] - end - 1; left > 0 && p[0] <= l.from {
			before += left
		} else if left > 0 {
			after += left
		}
		read += max(min(p[1], l.last-1)-max(p[0], l.first+1)+1, 0)
		end = max(end, p[1])
	}
	return before, after, float64(l.inner) / float64(max(read, 1))
}

// Texts is how many texts there are.
func Texts(ctx context.Context, c Querier) (float64, error) {
	f, err := readFacts(ctx, c)
	return f.texts, err
}

// Leaves is how many leaves have the lists of all words that begin so, in all segments: what
// FTS5 reads to find them.
func Leaves(ctx context.Context, c Querier, beginning string) (n int64, err error) {
	f, err := readFacts(ctx, c)
	if err != nil {
		return 0, err
	}
	list, err := leavesOf(ctx, c, f, append([]byte{'0'}, beginning...), true)
	for _, l := range list {
		n += l.last - l.first + 1
	}
	return n, err
}

// leavesOf finds where the list of a term is in each segment.
func leavesOf(ctx context.Context, c Querier, f facts, term []byte, open bool) (list []leaves, err error) {
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
		if l.read = []parts{{l.first, l.last}}; l.last >= l.first {
			list = append(list, l)
		}
	}
	return list, errors.Join(rows.Err(), rows.Close())
}

// choose has those leaves read that can have one of the keys, which are in order. Where those are
// as many as the leaves, all from the first one on are read.
func (l *leaves) choose(ctx context.Context, c Querier, pks []int64) error {
	at, err := l.leafOf(ctx, c, l.first, pks[0])
	if err != nil {
		return err
	}
	l.read, l.from = []parts{{l.first, l.first + 1}}, at // where others' lists end, and one that is ours alone
	if l.last-at <= int64(len(pks)) {
		l.add(at, l.last)
		return nil
	}
	for len(pks) > 0 {
		if at, err = l.leafOf(ctx, c, at, pks[0]); err != nil {
			return err
		}
		end, next := at+1, int64(math.MaxInt64) // what begins on one leaf may go on on others
		for ok := false; end < l.last && !ok; {
			if next, ok, err = firstKeyOf(ctx, c, end); err != nil {
				return err
			}
			if !ok {
				end++
			}
		}
		l.add(at, min(end, l.last))
		if end >= l.last {
			return nil // whose first key may be another list's
		}
		later, _ := slices.BinarySearch(pks, next)
		at, pks = end, pks[later:]
	}
	return nil
}

func (l *leaves) add(from, to int64) {
	if end := &l.read[len(l.read)-1]; from <= end[1]+1 {
		end[1] = max(end[1], to)
		return
	}
	l.read = append(l.read, parts{from, to})
}

// leafOf finds the last leaf that begins before a key, from one on that does.
func (l *leaves) leafOf(ctx context.Context, c Querier, low, pk int64) (int64, error) {
	high := l.last // does not begin before it, or may hold another list's key
	for step := int64(1); high-low > 1; step *= 2 {
		middle := min(low+step, low+(high-low)/2)
		first, ok, err := firstKeyOf(ctx, c, middle)
		if err != nil {
			return 0, err
		}
		if !ok {
			break
		}
		if first > pk {
			high, step = middle, math.MaxInt32
		} else {
			low = middle
		}
	}
	return low, nil
}

// firstKeyOf gives the first key on a leaf. It is not ok if one text's places fill that.
func firstKeyOf(ctx context.Context, c Querier, leaf int64) (key int64, ok bool, err error) {
	rows, err := c.Query(ctx, sqlLeaf, leaf)
	if err != nil {
		return 0, false, err
	}
	defer rows.Close()
	var page sql.RawBytes
	if rows.Next() {
		err = rows.Scan(&page)
	}
	if err := errors.Join(err, rows.Err()); err != nil {
		return 0, false, err
	}
	if len(page) < 4 {
		return 0, false, ErrUnknown
	}
	first := int(binary.BigEndian.Uint16(page))
	if first < 4 || first >= len(page) {
		return 0, false, nil
	}
	v, _ := varint(page[first:])
	return int64(v), true, rows.Close()
}

// readLeaves goes through the leaves of all segments, and counts their postings.
func readLeaves(ctx context.Context, c Querier, list []leaves, w *walk) error {
	asked, err := partsOf(list)
	if err != nil {
		return err
	}
	rows, err := c.Query(ctx, sqlLeaves, asked)
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
			return ErrUnknown
		}
		if err := w.leaf(id); err != nil {
			return fmt.Errorf("leaf %d: %w", id, err)
		}
		list[at].postings += w.list.count
		if id > list[at].first && id < list[at].last {
			list[at].inner += w.list.count
		}
		w.list.count = 0
	}
	return errors.Join(rows.Err(), rows.Close())
}

// partsOf gives the leaves that are read as JSON.
func partsOf(list []leaves) (string, error) {
	all := []parts{}
	for _, l := range list {
		all = append(all, l.read...)
	}
	text, err := json.Marshal(all)
	return string(text), err
}

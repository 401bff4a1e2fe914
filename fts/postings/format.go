// Package postings reads FTS5's own lists of where each word stands, for relevance alone.
//
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
// FTS5's own bm25 reads every list of a query from end to end once more, to count it. What is
// found never depends on this package: without it, or where it gives ErrUnknown, FTS5 ranks.
package postings

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
)

const (
	sqlFormat = "SELECT v\nFROM search_config\nWHERE k = 'version'"
	// The first rows say how many texts there are, and what segments.
	sqlFacts = "SELECT block\nFROM search_data\nWHERE id IN (1, 10)\nORDER BY id"
)

// facts are what FTS5 notes of the index as a whole.
type facts struct {
	texts    float64
	average  float64 // words of a text
	segments string  // [[number, first leaf, last leaf], ...] as JSON, the newest first
}

func readFacts(ctx context.Context, c Querier) (f facts, err error) {
	version, err := column[int64](ctx, c, sqlFormat)
	if err != nil {
		return f, err
	}
	blocks, err := column[[]byte](ctx, c, sqlFacts)
	if err != nil {
		return f, err
	}
	if len(version) != 1 || version[0] != 4 || len(blocks) != 2 {
		return f, ErrUnknown
	}
	r := reader{data: blocks[0]}
	f.texts = float64(r.next())
	words := 0.0
	for len(r.data) > 0 && !r.bad {
		words += float64(r.next())
	}
	if r.bad || f.texts < 1 || words < 1 {
		return f, ErrUnknown
	}
	f.average = words / f.texts
	f.segments, err = segments(blocks[1])
	return f, err
}

// segments gives those of the record of the structure, the newest first.
func segments(block []byte) (string, error) {
	s, err := ParseStructure(block)
	if err != nil {
		return "", err
	}
	list := [][3]uint64{}
	for _, level := range s.Levels {
		for _, g := range slices.Backward(level) {
			list = append(list, [3]uint64{g.ID, g.First, g.Last})
		}
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

// column reads the first column of all rows.
func column[T any](ctx context.Context, c Querier, text string) (list []T, err error) {
	rows, err := c.Query(ctx, text)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var v T
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, errors.Join(rows.Err(), rows.Close())
}

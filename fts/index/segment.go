package index

import (
	"context"
	"errors"
	"strings"

	"taskstore/fts/postings"
)

// FTS5 takes as long to find the words of a text and to sort them as the writer takes for
// all else. So in a bulk FTS5 does that beside the writer, in a database of its own: what
// it makes there is a segment, whose pages the writer adds to the store's as they are.

// Segment numbers stand in the upper bits of the key of a page.
const segmentShift = 37

// Made is what FTS5 has made of texts.
type Made struct {
	segments []postings.Segment
	pages    []page
	terms    []term
	sizes    []size
	totals   postings.Totals
}

// page is a row of search_data.
type page struct {
	id    int64
	block []byte
}

// term is a row of search_idx: the first term of a leaf.
type term struct {
	segment uint64
	text    []byte
	leaf    int64
}

// size is a row of search_docsize.
type size struct {
	pk     int64
	counts []byte
}

// sqlMaker makes FTS5's table as the definition has it, but that it keeps no text.
func sqlMaker() string {
	for _, t := range tables {
		if strings.HasPrefix(t, "CREATE VIRTUAL TABLE search USING") {
			return strings.Replace(t, "content = 'search_text', content_rowid = 'pk'", "content = ''", 1)
		}
	}
	panic("the definition has no table search")
}

// makerHash is how many bytes FTS5 keeps before it begins a further segment.
const makerHash = 64 << 20

// PrepareMaker makes ready a database of its own, for Make.
func PrepareMaker(ctx context.Context, c Conn) error {
	if _, err := c.Exec(ctx, sqlMaker()); err != nil {
		return err
	}
	if _, err := c.Exec(ctx, sqlTell, "automerge", 0); err != nil {
		return err
	}
	_, err := c.Exec(ctx, sqlTell, "hashsize", makerHash)
	return err
}

const sqlMake = "INSERT INTO search (rowid, title, body, title_parts, body_parts, kind)\nVALUES (?, ?, ?, ?, ?, ?)"

// makeOf has FTS5 index texts, in the order of their keys, in the database of PrepareMaker.
func makeOf(ctx context.Context, c Conn, texts []text) (*Made, error) {
	if _, err := c.Exec(ctx, "INSERT INTO search (search)\nVALUES ('delete-all')"); err != nil {
		return nil, err
	}
	for _, t := range texts {
		if _, err := c.Exec(ctx, sqlMake, t.pk, t.Title, t.Body, t.TitleParts, t.BodyParts, t.Kind); err != nil {
			return nil, err
		}
	}
	if err := PutDown(ctx, c); err != nil {
		return nil, err
	}
	return readMade(ctx, c)
}

func readMade(ctx context.Context, c Conn) (m *Made, err error) {
	m = &Made{}
	s, totals, err := readRecords(ctx, c)
	if err != nil {
		return nil, err
	}
	for _, l := range s.Levels {
		m.segments = append(m.segments, l...)
	}
	m.totals = totals
	var p page
	err = each(ctx, c, "SELECT id, block FROM search_data WHERE id > 10 ORDER BY id", []any{&p.id, &p.block}, func() { m.pages = append(m.pages, p); p.block = nil })
	if err != nil {
		return nil, err
	}
	var t term
	err = each(ctx, c, "SELECT segid, term, pgno FROM search_idx ORDER BY segid, term", []any{&t.segment, &t.text, &t.leaf}, func() {
		t.text = append([]byte{}, t.text...) // the first one is empty, not NULL
		m.terms, t.text = append(m.terms, t), nil
	})
	if err != nil {
		return nil, err
	}
	var z size
	err = each(ctx, c, "SELECT id, sz FROM search_docsize ORDER BY id", []any{&z.pk, &z.counts}, func() { m.sizes = append(m.sizes, z); z.counts = nil })
	return m, err
}

// each reads rows into the same places.
func each(ctx context.Context, c Conn, text string, into []any, fn func()) error {
	rows, err := c.Query(ctx, text)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		fn()
	}
	return errors.Join(rows.Err(), rows.Close())
}

// readRecords reads what FTS5 notes of the index as a whole.
func readRecords(ctx context.Context, c Conn) (s postings.Structure, t postings.Totals, err error) {
	blocks, err := column[[]byte](ctx, c, "SELECT block FROM search_data WHERE id IN (1, 10) ORDER BY id")
	if err != nil {
		return s, t, err
	}
	if len(blocks) != 2 {
		return s, t, postings.ErrUnknown
	}
	if t, err = postings.ParseTotals(blocks[0]); err != nil {
		return s, t, err
	}
	s, err = postings.ParseStructure(blocks[1])
	return s, t, err
}

const (
	sqlForget     = "SAVEPOINT forget"
	sqlForgetUndo = "ROLLBACK TO forget"
	sqlForgetDone = "RELEASE forget"
)

// attach adds what FTS5 has made elsewhere. FTS5 writes first what it has in memory, and forgets
// afterwards what it remembers of the structure, as it does whenever something is undone.
func attach(ctx context.Context, c Conn, m *Made) error {
	if _, err := c.Exec(ctx, sqlTell, "merge", 0); err != nil { // nothing, but that FTS5 is asked about savepoints
		return err
	}
	if err := PutDown(ctx, c); err != nil {
		return err
	}
	if err := addPages(ctx, c, m); err != nil {
		return err
	}
	for _, text := range []string{sqlForget, sqlForgetUndo, sqlForgetDone} {
		if _, err := c.Exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

func addPages(ctx context.Context, c Conn, m *Made) error {
	s, totals, err := readRecords(ctx, c)
	if err != nil {
		return err
	}
	ids := map[uint64]uint64{}
	for _, g := range m.segments {
		id := s.NewID()
		ids[g.ID] = id
		s.Add(postings.Segment{ID: id, First: g.First, Last: g.Last})
	}
	for _, p := range m.pages {
		id := int64(ids[uint64(p.id>>segmentShift)])<<segmentShift | p.id&(1<<segmentShift-1)
		if _, err := c.Exec(ctx, "INSERT INTO search_data (id, block)\nVALUES (?, ?)", id, p.block); err != nil {
			return err
		}
	}
	for _, t := range m.terms {
		if _, err := c.Exec(ctx, "INSERT INTO search_idx (segid, term, pgno)\nVALUES (?, ?, ?)", int64(ids[t.segment]), t.text, t.leaf); err != nil {
			return err
		}
	}
	err = insertMany(ctx, c, "INSERT INTO search_docsize (id, sz)\nVALUES ", 2, len(m.sizes), func(i int, args []any) []any {
		return append(args, m.sizes[i].pk, m.sizes[i].counts)
	})
	if err != nil {
		return err
	}
	for len(totals) < len(m.totals) {
		totals = append(totals, 0) // an index without texts has none
	}
	for i, n := range m.totals {
		totals[i] += n
	}
	return writeRecords(ctx, c, s, totals)
}

func writeRecords(ctx context.Context, c Conn, s postings.Structure, t postings.Totals) error {
	const text = "UPDATE search_data\nSET block = ?\nWHERE id = ?"
	if _, err := c.Exec(ctx, text, t.Record(), 1); err != nil {
		return err
	}
	_, err := c.Exec(ctx, text, s.Record(), 10)
	return err
}

// insertEach is how many rows insertMany gives to a statement.
const insertEach = 32

// insertMany inserts rows, many with a statement: what the calls cost is then little. args appends the
// values of row i.
func insertMany(ctx context.Context, c Conn, text string, columns, n int, row func(i int, args []any) []any) error {
	one := "(" + strings.TrimSuffix(strings.Repeat("?, ", columns), ", ") + ")"
	many := text + strings.TrimSuffix(strings.Repeat(one+", ", insertEach), ", ")
	args := make([]any, 0, columns*insertEach)
	for i := 0; i < n; {
		size, with := insertEach, many
		if n-i < size {
			size, with = 1, text+one
		}
		args = args[:0]
		for range size {
			args = row(i, args)
			i++
		}
		if _, err := c.Exec(ctx, with, args...); err != nil {
			return err
		}
	}
	return nil
}

package main_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"

	"taskstore/internal/testdb"
)

// bitPage is the size of a page of the database.
const bitPage = 4096

// bitDamage is bytes that stand where others should.
type bitDamage struct {
	name string
	at   int
	text []byte
}

func (d bitDamage) page() int { return d.at/bitPage + 1 }

// span is where something stands in a file.
type span struct{ from, to int }

// structure is where pages say what they hold: their heads, the places of their cells, and the heads of records. Few
// bytes, on which all others depend.
func structure(file []byte) (list []span) {
	for at := 0; at < len(file); at += bitPage {
		head := at
		if at == 0 {
			head = 100
		}
		switch file[head] {
		case 0x02, 0x05, 0x0a, 0x0d:
			cells := int(binary.BigEndian.Uint16(file[head+3:]))
			list = append(list, span{head, min(at+bitPage, head+12+2*cells)})
		}
	}
	for _, h := range testdb.Heads(file) {
		list = append(list, span{h.First, h.Last})
	}
	return list
}

// drawFlips draws bits: half of them anywhere, the others where they matter most.
func (s *bitStore) drawFlips(draw *rand.Rand, n int) (list []bitDamage) {
	whole, head := span{0, len(s.file)}, span{0, 100}
	inside := structure(s.file)
	for i := range n {
		at := whole
		switch i % 10 {
		case 5, 6, 7:
			at = inside[draw.IntN(len(inside))]
		case 8:
			page := s.schemaPages[draw.IntN(len(s.schemaPages))]
			at = span{(page - 1) * bitPage, page * bitPage}
		case 9:
			at = head
		}
		where, bit := at.from+draw.IntN(at.to-at.from), byte(1)<<draw.IntN(8)
		d := bitDamage{at: where, text: []byte{s.file[where] ^ bit}}
		d.name = fmt.Sprintf("flip %d: bit %#x of byte %d, page %d of %s", i, bit, where, d.page(), s.pages[d.page()])
		list = append(list, d)
	}
	return list
}

// drawPages draws pages that are zeroed, hold what another holds, or random bytes.
func (s *bitStore) drawPages(draw *rand.Rand, n int) (list []bitDamage) {
	count := len(s.file) / bitPage
	for i := range n {
		page, other := draw.IntN(count), draw.IntN(count)
		d := bitDamage{at: page * bitPage, text: make([]byte, bitPage)}
		what := "zeroed"
		switch i % 3 {
		case 1:
			what = fmt.Sprintf("with the bytes of page %d of %s", other+1, s.pages[other+1])
			copy(d.text, s.file[other*bitPage:])
		case 2:
			what = "with random bytes"
			for j := range d.text {
				d.text[j] = byte(draw.Uint32())
			}
		}
		if bytes.Equal(d.text, s.file[d.at:d.at+bitPage]) {
			continue
		}
		d.name = fmt.Sprintf("page %d, draw %d of %s %s", d.page(), i, s.pages[d.page()], what)
		list = append(list, d)
	}
	return list
}

// bitUse is what a page is used for.
type bitUse struct {
	Name, Type string // of the table or index, and leaf, internal or overflow
	Cells      int
}

func (u bitUse) String() string { return strings.TrimSpace(u.Type + " " + u.Name) }

package testdb

import "encoding/binary"

// Head is where the head of a record stands in a SQLite file: the types of its columns.
type Head struct {
	Page        int // from 1
	First, Last int // the bytes, Last not included
}

// Heads finds the heads of the records in a SQLite file that was closed, those of rows and
// those in indexes: https://sqlite.org/fileformat2.html#b_tree_pages
func Heads(file []byte) (list []Head) {
	size := int(binary.BigEndian.Uint16(file[16:]))
	if size == 1 {
		size = 1 << 16
	}
	for n := 0; (n+1)*size <= len(file); n++ {
		page, at := file[n*size:(n+1)*size], 0
		if n == 0 {
			at = 100
		}
		kind := page[at]
		if kind != 0x0d && kind != 0x0a { // leaves of tables, and of indexes
			continue
		}
		for i := range int(binary.BigEndian.Uint16(page[at+3:])) {
			pointer := at + 8 + 2*i
			if pointer+2 > len(page) {
				break
			}
			cell := int(binary.BigEndian.Uint16(page[pointer:]))
			cell += varintLen(page, cell) // the size of the record
			if kind == 0x0d {
				cell += varintLen(page, cell) // the row's key
			}
			if cell >= len(page) || page[cell] >= 0x80 {
				continue // a page that is not a leaf, or a head of more than 127 bytes
			}
			if last := cell + int(page[cell]); last <= len(page) {
				list = append(list, Head{n + 1, n*size + cell, n*size + last})
			}
		}
	}
	return list
}

// varintLen is how many bytes the number at a place takes.
func varintLen(b []byte, at int) int {
	n := 1
	for ; n < 9 && at+n-1 < len(b) && b[at+n-1] >= 0x80; n++ {
	}
	return n
}

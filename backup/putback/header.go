package putback

import (
	"bytes"
	"errors"
	"io"
	"os"

	"taskstore/backup/pages"
	"taskstore/internal/durable"
)

// fixedHeader are the bytes in the header of a database that are the same in all that one program makes: which format
// it has, of which size its pages are, how texts are encoded. The others count and point:
// https://sqlite.org/fileformat2.html#the_database_header
var fixedHeader = []struct{ from, to int }{{0, 24}, {44, 48}, {52, 60}, {64, 72}}

// headerSize is the size of the header.
const headerSize = 100

// MendHeader gives the header of the database in file, of which nobody else knows, the fixed bytes of that in the file
// like: a bit in them can make all of it unreadable.
func MendHeader(file, like string) (err error) {
	defer pages.Wrap(&err, "mend the header of %s", file)
	is, err := readHeader(file)
	if err != nil || len(is) < headerSize {
		return err
	}
	should, err := readHeader(like)
	if err != nil {
		return err
	}
	mended := bytes.Clone(is)
	for _, f := range fixedHeader {
		copy(mended[f.from:f.to], should[f.from:f.to])
	}
	if bytes.Equal(is, mended) {
		return nil
	}
	from, err := os.Open(file)
	if err != nil {
		return err
	}
	defer from.Close()
	return durable.WriteFile(file, func(w io.Writer) error {
		_, err := w.Write(mended)
		_, skipped := from.Seek(headerSize, io.SeekStart)
		if err = errors.Join(err, skipped); err != nil {
			return err
		}
		_, err = io.Copy(w, from)
		return err
	})
}

// readHeader reads the header of a database, or what there is of one.
func readHeader(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, headerSize))
}

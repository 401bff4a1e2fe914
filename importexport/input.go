package importexport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"taskstore/internal/durable"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// input is a file that is being read, any number of times. Its text is UTF-8: a file
// in UTF-16, as some shells write it, is a temporary copy in UTF-8.
type input struct {
	name  string // for messages
	f     *os.File
	begin int64 // where the text begins, after a byte order mark
	size  int64
	was   fs.FileInfo // of the file when it was opened
	copy  bool
	long  map[string]*longText // the long strings that were met, by their marks
	mark  string               // what all marks begin with
}

// openInput opens a file; name, if it is not empty, is what messages call it.
func openInput(path, name string) (*input, error) {
	if name == "" {
		name = path
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	in := &input{name: name, f: f, long: map[string]*longText{}, mark: newMark()}
	if err := in.look(); err != nil {
		return nil, errors.Join(in.locate(err), in.close())
	}
	return in, nil
}

// look finds out where the text begins.
func (in *input) look() error {
	info, err := in.f.Stat()
	if err != nil {
		return err
	}
	if info.IsDir() {
		return misfit(-1, "a directory", "a file or a vault that export has written", "storectl legacy import reads the directory of the legacy app")
	}
	in.size, in.was = info.Size(), info
	var head [3]byte
	n, err := in.f.ReadAt(head[:], 0)
	if err != nil && err != io.EOF {
		return err
	}
	switch {
	case n == 3 && string(head[:]) == "\xef\xbb\xbf":
		in.begin = 3
	case n >= 2 && (string(head[:2]) == "\xff\xfe" || string(head[:2]) == "\xfe\xff"):
		return in.fromUTF16(head[0] == 0xfe)
	}
	return nil
}

// fromUTF16 goes on with a copy of the file in UTF-8.
func (in *input) fromUTF16(bigEndian bool) (err error) {
	temp, err := durable.Temp("", "storectl-import-*")
	if err != nil {
		return err
	}
	from := in.f
	in.f, in.copy = temp, true
	whole := &wholeUTF16{r: from, bigEndian: bigEndian, line: 1}
	text := transform.NewReader(whole, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder())
	if in.size, err = io.Copy(temp, text); err == nil {
		err = durable.Unchanged(from, in.was)
	}
	return errors.Join(err, from.Close())
}

// steady says whether the file is what it was when it was opened: it is read more than
// once.
func (in *input) steady() error {
	if in.copy {
		return nil
	}
	return durable.Unchanged(in.f, in.was)
}

func (in *input) close() error {
	err := in.f.Close()
	if in.copy {
		err = errors.Join(err, os.Remove(in.f.Name()))
	}
	return err
}

// text reads all of the text, up to the first byte that is no UTF-8.
func (in *input) text() io.Reader {
	valid := transform.NewReader(io.NewSectionReader(in.f, in.begin, in.size-in.begin), encoding.UTF8Validator)
	return &validText{in: in, r: valid, at: in.begin}
}

// validText tells where a text ceases to be UTF-8: a character that was replaced would be
// a loss that nobody is told of.
type validText struct {
	in *input
	r  io.Reader
	at int64
}

func (t *validText) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	t.at += int64(n)
	if errors.Is(err, encoding.ErrInvalidUTF8) {
		err = misfit(t.at, t.in.byteAt(t.at)+", which is no UTF-8 there", "text in UTF-8", "take another copy of the file")
	}
	return n, err
}

// lineAndByte gives the place of an offset, both from 1. A copy has lines only.
func (in *input) lineAndByte(at int64) (line int, place int64) {
	line = 1
	r, buf := io.NewSectionReader(in.f, in.begin, at-in.begin), make([]byte, 1<<16)
	for {
		n, err := r.Read(buf)
		line += bytes.Count(buf[:n], []byte("\n"))
		if err != nil {
			break
		}
	}
	if in.copy {
		return line, 0
	}
	return line, at + 1
}

// place says where a record stands, for messages.
type place struct {
	in   *input
	at   int64
	text string // the place itself, where it is no offset
}

func (p place) String() string {
	if p.in == nil {
		return p.text
	}
	return placeText(p.in.lineAndByte(p.at))
}

// File is a file that was read and found good: an import can write what it holds.
type File struct {
	src   *fileSource
	total int  // records
	files bool // some records have contents that stand in the file
}

// OpenFile reads and checks everything of a file, an archive against its hashes and JSON
// to its end, and touches no store: whoever wants a store or a backup for an import makes
// it after this. The caller closes the file. Of opt, Format, Name and Progress are used.
//
// A file of which nothing would come is refused: an empty one, one without records
// that does not say its format, one with members that no export has or with more after
// its end, one with a record twice, and one of a newer format.
//
// Errors: ErrForm (no file that can be imported: a *FormError says where), ErrDamaged.
func OpenFile(ctx context.Context, path string, opt ImportOptions) (*File, error) {
	src, err := openSource(path, opt.Name, opt.Format)
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	f := &File{src: src}
	if err := f.check(ctx, opt); err != nil {
		return nil, fmt.Errorf("import: %w", errors.Join(err, f.Close()))
	}
	return f, nil
}

// Close closes the file.
func (f *File) Close() error { return f.src.close() }

func (f *File) check(ctx context.Context, opt ImportOptions) error {
	if a := f.src.archive(); a != nil {
		if err := a.Verify(ctx, opt.step("verify")); err != nil {
			return fmt.Errorf("%s: %w", f.src.in.name, err)
		}
	}
	err := f.src.each(ctx, func(it *item) error {
		f.total++
		f.files = f.files || len(it.files) > 0
		return nil
	})
	if err == nil {
		err = f.src.in.steady()
	}
	return err
}

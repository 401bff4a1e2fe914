package report

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"

	"taskstore/schema"
)

// Files are the files of a source, in the order of their paths. There can be more of them
// than of all else in a report, so all but the last of them are kept packed.
type Files struct {
	packed []packedFiles
	last   []File // a part that is not full yet
}

// packedFiles is a part: its JSON array, deflated.
type packedFiles struct {
	text    []byte
	notable bool // there is a file among them that a report may name
}

// FilesInPart is how many files are packed together, or stand in one row of the store.
const FilesInPart = 1000

// Add puts a file at the end.
func (l *Files) Add(f File) {
	if len(l.last) == FilesInPart {
		l.packed, l.last = append(l.packed, packedFiles{pack(l.last), slices.ContainsFunc(l.last, File.notable)}), l.last[:0]
	}
	l.last = append(l.last, f)
}

// Len is how many files there are.
func (l Files) Len() int { return len(l.packed)*FilesInPart + len(l.last) }

// All gives the files in their order.
func (l Files) All() iter.Seq[File] {
	return func(yield func(File) bool) {
		for part := range l.parts(false) {
			for _, f := range part {
				if !yield(f) {
					return
				}
			}
		}
	}
}

// Notable gives those of the files that there is something to say of.
func (l Files) Notable() iter.Seq[File] {
	return func(yield func(File) bool) {
		for part := range l.parts(true) {
			for _, f := range part {
				if f.notable() && !yield(f) {
					return
				}
			}
		}
	}
}

func (f File) notable() bool { return len(f.Warnings) > 0 || len(f.More) > 0 || f.finding() }

// Parts gives the files as JSON arrays of a bounded length, as the store keeps them.
func (l Files) Parts() iter.Seq[schema.JSON] {
	return func(yield func(schema.JSON) bool) {
		for part := range l.parts(false) {
			if len(part) > 0 && !yield(schema.JSON(textOf(part))) {
				return
			}
		}
	}
}

// parts unpacks one part after the other; those where nothing is notable are left out
// if only what is notable is wanted.
func (l Files) parts(notable bool) iter.Seq[[]File] {
	return func(yield func([]File) bool) {
		for _, p := range l.packed {
			if (p.notable || !notable) && !yield(unpack(p.text)) {
				return
			}
		}
		yield(l.last)
	}
}

// MarshalJSON writes the array of all files.
func (l Files) MarshalJSON() ([]byte, error) {
	b := []byte{'['}
	for part := range l.Parts() {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(b, part[1:len(part)-1]...)
	}
	return append(b, ']'), nil
}

// UnmarshalJSON reads an array of files, and adds them.
func (l *Files) UnmarshalJSON(text []byte) error {
	var part []File
	if err := json.Unmarshal(text, &part); err != nil {
		return err
	}
	for _, f := range part {
		l.Add(f)
	}
	return nil
}

// textOf writes a part. All that a File holds can be written.
func textOf(part []File) []byte {
	text, err := json.Marshal(part)
	if err != nil {
		panic(fmt.Sprintf("write the files of a report: %v", err))
	}
	return text
}

func pack(part []File) []byte {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err == nil {
		if _, err = w.Write(textOf(part)); err == nil {
			err = w.Close()
		}
	}
	if err != nil { // memory takes everything
		panic(fmt.Sprintf("pack the files of a report: %v", err))
	}
	return bytes.Clone(b.Bytes())
}

// unpack undoes pack.
func unpack(packed []byte) (part []File) {
	text, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
	if err == nil {
		err = json.Unmarshal(text, &part)
	}
	if err != nil {
		panic(fmt.Sprintf("unpack the files of a report: %v", err))
	}
	return part
}

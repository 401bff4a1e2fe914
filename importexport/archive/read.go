package archive

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"taskstore/blobs"
	"taskstore/repo"
	"taskstore/schema"
)

// Reader is an archive that is being read.
type Reader struct {
	Manifest Manifest
	f        *os.File
	files    map[string]*zip.File
}

// Open opens an archive, which it closes, also when it fails.
func Open(f *os.File) (_ *Reader, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%w, or breaks off: %w", ErrDamaged, err)
	}
	a := &Reader{f: f, files: map[string]*zip.File{}}
	for _, file := range z.File {
		if a.files[file.Name] != nil {
			return nil, fmt.Errorf("%w: it holds %s twice", ErrDamaged, file.Name)
		}
		a.files[file.Name] = file
	}
	if a.files[manifestName] == nil {
		return nil, fmt.Errorf("%w: a zip file without a manifest; an export of the legacy app is brought in by legacy import", ErrForm)
	}
	if err := a.readManifest(); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, manifestName, err)
	}
	if a.Manifest.Format != format {
		return nil, fmt.Errorf("%w: its format is %q, and this program reads %q", ErrForm, a.Manifest.Format, format)
	}
	return a, nil
}

// What a manifest takes at most: what is missing and what it says of each file.
const (
	maxManifest = 16 << 20
	maxEntry    = 1 << 10
)

// readManifest reads the manifest, unless it is longer than one of so many files can be.
func (a *Reader) readManifest() error {
	most := uint64(1 + maxManifest + maxEntry*len(a.files))
	for name := range a.files {
		most += uint64(6 * len(name)) // as JSON may write it
	}
	if size := a.files[manifestName].UncompressedSize64; size > most {
		return fmt.Errorf("it has %d bytes, for %d files", size, len(a.files))
	}
	return a.read(manifestName, func(r io.Reader) error {
		in := &io.LimitedReader{R: r, N: int64(most)}
		if err := json.NewDecoder(in).Decode(&a.Manifest); err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, in); err != nil { // its checksum is looked at when it was read to its end
			return err
		}
		if in.N == 0 {
			return errors.New("it is longer than the zip file says")
		}
		return nil
	})
}

// Close closes the file.
func (a *Reader) Close() error { return a.f.Close() }

func (a *Reader) read(path string, fn func(io.Reader) error) error {
	file := a.files[path]
	if file == nil {
		return fmt.Errorf("%w: %s is not there", ErrDamaged, path)
	}
	r, err := file.Open()
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrDamaged, path, err)
	}
	defer r.Close()
	return fn(r)
}

// Verify holds every file against the manifest, before anything of it is used.
// progress, if it is not nil, is told how many files it has read, of how many.
func (a *Reader) Verify(ctx context.Context, progress func(done, total int)) error {
	listed := map[string]bool{manifestName: true}
	for i, entry := range a.Manifest.Files {
		listed[entry.Path] = true
		sum := sha256.New()
		var n int64
		err := a.read(entry.Path, func(r io.Reader) (err error) {
			n, err = io.Copy(sum, r)
			return err
		})
		if err = errors.Join(ctx.Err(), err); ctx.Err() != nil {
			return err
		}
		if err == nil && (n != entry.Size || hex.EncodeToString(sum.Sum(nil)) != entry.SHA256) {
			err = errors.New("size or hash differ from the manifest")
		}
		if name, ok := strings.CutPrefix(entry.Path, contentsFolder); ok && err == nil && !strings.HasSuffix(name, "/"+entry.SHA256) {
			err = errors.New("the content is not the one that its name says")
		}
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrDamaged, entry.Path, err)
		}
		if progress != nil {
			progress(i+1, len(a.Manifest.Files))
		}
	}
	for name := range a.files {
		if !listed[name] && !strings.HasSuffix(name, "/") {
			return fmt.Errorf("%w: %s is not in the manifest", ErrDamaged, name)
		}
	}
	return nil
}

// Record is a record of an archive.
type Record struct {
	Kind    repo.Kind
	Value   any // pointer to the record
	Rev     int64
	SavedAt schema.Time
	Place   string // where it stands: for messages
}

// Records gives fn all records, those of one kind after those of another.
func (a *Reader) Records(ctx context.Context, fn func(Record) error) error {
	for _, k := range repo.Kinds() {
		path := recordsFolder + k.Plural + ".ndjson"
		err := a.lines(ctx, path, func(number int, text []byte) error {
			r, err := readRecord(k, text)
			r.Place = fmt.Sprintf("%s line %d", path, number)
			if err != nil {
				return fmt.Errorf("%w: %s: %w", ErrDamaged, r.Place, err)
			}
			return fn(r)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// lines gives fn the lines of a file that are not empty, with their numbers.
func (a *Reader) lines(ctx context.Context, path string, fn func(number int, text []byte) error) error {
	return a.read(path, func(r io.Reader) error {
		most := max(lineLeast, lineRatio*int64(a.files[path].CompressedSize64))
		return eachLine(ctx, r, path, most, fn)
	})
}

// eachLine gives fn the lines of r that are not empty, with their numbers from 1 and
// without white space around them. It ends with the first error of r or fn, with ctx, or
// with ErrForm before a line that is no UTF-8.
func eachLine(ctx context.Context, r io.Reader, path string, most int64, fn func(number int, text []byte) error) error {
	from := &limited{r: r}
	in := bufio.NewReaderSize(from, 1<<16)
	at := 0 // bytes before the line
	for number := 1; ; number++ {
		from.left = most
		text, err := in.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return fmt.Errorf("%s: line %d: %w", path, number, err)
		}
		if n := validLength(text); n < len(text) {
			return fmt.Errorf("%w: %s: line %d, byte %d: found the byte 0x%02X, which is no UTF-8 there; expected text in UTF-8", ErrForm, path, number, at+n+1, text[n])
		}
		at += len(text)
		if text = bytes.TrimSpace(text); len(text) > 0 {
			if failed := errors.Join(ctx.Err(), fn(number, text)); failed != nil {
				return failed
			}
		}
		if err == io.EOF {
			return nil
		}
	}
}

// validLength is how many bytes of a text come before the first that is no UTF-8.
func validLength(text []byte) (n int) {
	for n < len(text) {
		r, size := utf8.DecodeRune(text[n:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		n += size
	}
	return n
}

// readRecord reads a line that lineOf has written.
func readRecord(k repo.Kind, text []byte) (r Record, err error) {
	head, own, err := schema.CutMembers(text, func(name string) bool { return name == "record" || name == "value" })
	if err != nil {
		return r, err
	}
	if !k.IsEntity() {
		var s settingLine
		err := json.Unmarshal(head, &s)
		return Record{Kind: k, Value: &schema.Setting{Key: s.Key, Value: schema.JSON(own["value"])}, Rev: s.Rev, SavedAt: s.SavedAt}, err
	}
	var l line
	if err := json.Unmarshal(head, &l); err != nil {
		return r, err
	}
	value := k.New()
	if _, err := schema.Decode(own["record"], value); err != nil {
		return r, err
	}
	k.Complete(value)
	h := k.Head(value)
	h.TrashedAt, h.TrashReason = l.TrashedAt, l.TrashReason
	if a, ok := value.(*schema.Attachment); ok && l.File != nil {
		a.File = *l.File
	}
	return Record{Kind: k, Value: value, Rev: l.Rev, SavedAt: l.SavedAt}, nil
}

// PutContents stores the contents that the store does not have, or not whole, or does not
// know of, and gives their number. Until a record comes that needs them they belong to nobody.
func (a *Reader) PutContents(ctx context.Context, s *repo.Store, progress func(done, total int)) (came int, err error) {
	var failed error
	wanted := func(sum string) bool {
		has, err := holds(ctx, s, sum)
		if err != nil && failed == nil {
			failed = err
		}
		return !has && failed == nil
	}
	for _, err := range s.Contents.PutAll(ctx, a.contents(wanted)) {
		if err != nil {
			return came, err
		}
		came++
		if progress != nil {
			progress(came, len(a.Manifest.Files))
		}
	}
	return came, failed
}

// holds says whether a store knows a content and has all bytes of it. An import that was
// stopped leaves files that no table knows: these are put again, which makes them known.
func holds(ctx context.Context, s *repo.Store, sum string) (bool, error) {
	_, err := s.Contents.Get(ctx, sum)
	if err == nil {
		err = s.Contents.Verify(ctx, sum)
	}
	if errors.Is(err, repo.ErrNotFound) || errors.Is(err, repo.ErrCorrupt) {
		return false, nil
	}
	return err == nil, err
}

// contents are the contents of the archive that are wanted.
func (a *Reader) contents(wanted func(sum string) bool) func(func(blobs.Source) bool) {
	return func(yield func(blobs.Source) bool) {
		for _, entry := range a.Manifest.Files {
			if !strings.HasPrefix(entry.Path, contentsFolder) || !wanted(entry.SHA256) {
				continue
			}
			file := a.files[entry.Path]
			open := func(context.Context) (io.ReadCloser, error) { return file.Open() }
			if !yield(blobs.Source{Open: open, MIME: entry.MIME}) {
				return
			}
		}
	}
}

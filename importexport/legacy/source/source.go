package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/internal/sqlitedb"
)

// Source is what the legacy application left behind: its data directory, or a
// single file it wrote. It is only read, never written. Close it after use.
type Source struct {
	// Path is the absolute path of the directory or file.
	Path string
	// Files lists what is there, ordered by path.
	Files []File
	// Hash is a SHA-256 over the paths, sizes and hashes of the files, in hex;
	// files of the operating system such as .DS_Store are left out.
	Hash string

	Tree     *dirTree
	Dir      string // absolute, of the root
	layout   names.Layout
	Within   string // where in the data directory a part of it belongs, with a slash behind; see within.go
	Unzipped bool   // the files of an exported zip
	probe    bool   // only whether there is one
	progress func(done, total int64)
	done     int64
	total    int64
	Now      time.Time
	seam     Seam
	listed   pages               // Files while they are listed
	followed []fs.FileInfo       // directories to which links led, likewise
	archives map[string]*Archive // the zips that are open
	Placed   []*rawjson.Placed   // the texts that are open to be read here and there
	Scratch  string              // where what is packed is unpacked to; "" is the system's place
}

// File is a file of a source as it was when the source was opened.
type File struct {
	Path    string // relative to the source, with slashes; bytes that are not UTF-8 are \xNN in it
	Bytes   int64
	Sum     rawjson.Sum // SHA-256 of its bytes; zero when the file could not be read
	ModTime time.Time
	Err     error // why it could not be read, or why it is passed over; nil otherwise

	Marked  bool // begins with a byte order mark
	Member  bool // of a zip
	Again   bool // a link to a directory whose files are listed elsewhere
	Capped  bool // of a zip that is a copy beside others: nothing in it ranks as the application's own
	Vague   bool // ModTime is off by hours, perhaps
	Matched bool // holds the checksum that the file beside it has
}

// Options says how to open a source; the zero value works.
type Options struct {
	// Progress, if set, is told of bytes dealt with. The total covers hashing
	// every file once and scanning it once.
	Progress func(done, total int64)
	// Now is the time against which timestamps in the future are judged; the
	// zero time means the system's.
	Now time.Time

	Seam Seam
}

// Seam is where tests stand in for the system; nil does nothing.
type Seam struct {
	Refuse func(path string) error // an error with which a file or directory cannot be opened
	Listed func()                  // called between the listing and the hashing of the files
	Staged func()                  // called when all files are scanned, before their records are stored
}

// Open lists and hashes the directory or file at path. Links are followed
// only to what is inside of the directory. A file that cannot be read is listed with
// its error. When nothing there was written by the application, the error is
// ErrNotLegacy.
func Open(ctx context.Context, path string, opt Options) (_ *Source, err error) {
	return openSource(ctx, path, opt, false)
}

// Probe tells whether there is a source at path, without reading its files: the
// error is that of Open.
func Probe(ctx context.Context, path string) error {
	src, err := openSource(ctx, path, Options{}, true)
	if err != nil {
		return err
	}
	return src.Close()
}

func openSource(ctx context.Context, path string, opt Options, probe bool) (_ *Source, err error) {
	defer sqlitedb.Wrap(&err, "open legacy source %s", path)
	src := &Source{archives: map[string]*Archive{}, progress: opt.Progress, Now: opt.Now, probe: probe, seam: opt.Seam}
	if src.Now.IsZero() {
		src.Now = time.Now()
	}
	if src.Path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	info, err := os.Stat(src.Path)
	if err != nil {
		return nil, err
	}
	single := ""
	src.Dir = src.Path
	if !info.IsDir() {
		src.Dir, single = filepath.Split(src.Path)
		src.layout = names.LayoutSingle
	}
	if src.Tree, err = openDirTree(src.Dir); err != nil {
		return nil, err
	}
	src.Tree.refuse = opt.Seam.Refuse
	if err = src.fill(ctx, single); err != nil {
		src.Tree.Close()
		return nil, err
	}
	return src, nil
}

// fill lists the files, finds the layout and hashes the files.
func (src *Source) fill(ctx context.Context, single string) error {
	if err := src.list(ctx, single); err != nil {
		return err
	}
	if src.seam.Listed != nil {
		src.seam.Listed()
	}
	if err := src.recognise(ctx); err != nil || src.probe {
		return err
	}
	for i := range src.Files {
		src.total += 2 * src.Files[i].Bytes
	}
	buf := make([]byte, hashBuffer)
	for i := range src.Files {
		if err := src.hash(ctx, &src.Files[i], buf); err != nil {
			return err
		}
	}
	sum := sha256.New()
	for i := range src.Files {
		if f := &src.Files[i]; !names.SystemFile(f.Path) {
			fmt.Fprintf(sum, "%q %d %s\n", f.Path, f.Bytes, f.HexSum())
		}
	}
	src.Hash = hex.EncodeToString(sum.Sum(nil))
	return nil
}

// Close releases the source.
func (src *Source) Close() error {
	errs := []error{src.Tree.Close()}
	for _, a := range src.archives {
		errs = append(errs, a.file.Close())
	}
	for _, p := range src.Placed {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}

// hashBuffer is how much of a file is read at once to be hashed.
const hashBuffer = 256 << 10

// hash reads one file through buf and notes its SHA-256, or why it cannot be read.
func (src *Source) hash(ctx context.Context, f *File, buf []byte) error {
	if f.Err != nil || f.Again {
		return nil
	}
	in, err := src.Reader(ctx, f.Path, nil)
	if err == nil {
		sum, front := sha256.New(), &Head{}
		var n int
		for err == nil {
			n, err = in.Read(buf)
			sum.Write(buf[:n])
			front.Write(buf[:n])
			src.Add(int64(n))
		}
		in.Close()
		if err == io.EOF {
			err, f.Sum, f.Marked = nil, rawjson.Sum(sum.Sum(nil)), rawjson.HasMark(front.B)
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s", ErrSourceChanged, f.Path)
	}
	f.Err = cause(err)
	return nil
}

// HexSum is the SHA-256 in hex, "" without one.
func (f *File) HexSum() string {
	if f.Sum == (rawjson.Sum{}) {
		return ""
	}
	return f.Sum.String()
}

func HexSum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// Add reports that n more bytes are dealt with.
func (src *Source) Add(n int64) {
	src.done += n
	if src.progress != nil {
		src.progress(src.done, src.total)
	}
}

// Open opens a file of the source, named by its path relative to the source, for
// reading, as Files has it; a member of a zip is named by the zip's path, "!/" and its
// own. It never leaves the source's tree.
func (src *Source) Open(path string) (io.ReadCloser, error) {
	return src.Reader(context.Background(), path, nil)
}

// Reader is Open with reads that end when ctx does and are told to read, if set.
func (src *Source) Reader(ctx context.Context, path string, read func(n int)) (io.ReadCloser, error) {
	if outer, member, ok := CutMember(path); ok {
		a, err := src.Archive(outer)
		if err != nil {
			return nil, err
		}
		return a.Open(ctx, member, read)
	}
	f, err := src.Tree.Open(path)
	if err != nil {
		return nil, err
	}
	return &contextFile{ctx, f, read}, nil
}

type contextFile struct {
	ctx  context.Context
	file *os.File
	read func(n int)
}

func (c *contextFile) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.file.Read(p)
	if c.read != nil {
		c.read(n)
	}
	return n, err
}

func (c *contextFile) Close() error { return c.file.Close() }

// Unchanged returns ErrSourceChanged if the file is not what it was when the
// source was opened.
func (src *Source) Unchanged(f *File) error {
	if f.Err != nil || f.Member || f.Again {
		return nil
	}
	info, err := src.Tree.Stat(f.Path)
	if err != nil || info.Size() != f.Bytes || !info.ModTime().Equal(f.ModTime) {
		return fmt.Errorf("%w: %s", ErrSourceChanged, f.Path)
	}
	return nil
}

// ErrNotLegacy means that a path holds nothing the legacy application wrote.
var ErrNotLegacy = errors.New("not legacy data")

// ErrSourceChanged means that a file of a source changed after the source was
// opened: the application is still running, perhaps.
var ErrSourceChanged = errors.New("the source changed while it was read")

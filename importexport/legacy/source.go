package legacy

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
	"slices"
	"strings"
	"time"

	"taskstore/internal/sqlitedb"
)

// Source is what the legacy application left behind: its data directory, or a
// single file it wrote. It is only read, never written. Close it after use.
type Source struct {
	// Path is the absolute path of the directory or file.
	Path string
	// Files lists what is there, ordered by path.
	Files []SourceFile
	// Hash is a SHA-256 over the paths, sizes and hashes of the files, in hex;
	// files of the operating system such as .DS_Store are left out.
	Hash string

	tree     *dirTree
	dir      string // absolute, of the root
	layout   layout
	within   string // where in the data directory a part of it belongs, with a slash behind; see within.go
	unzipped bool   // the files of an exported zip
	probe    bool   // only whether there is one
	progress func(done, total int64)
	done     int64
	total    int64
	now      time.Time
	seam     seam
	followed []fs.FileInfo       // directories to which links led, while the files are listed
	archives map[string]*archive // the zips that are open
	placed   []*placed           // the texts that are open to be read here and there
	scratch  string              // where what is packed is unpacked to; "" is the system's place
}

// SourceFile is a file of a source as it was when the source was opened.
type SourceFile struct {
	Path    string // relative to the source, with slashes; bytes that are not UTF-8 are \xNN in it
	Bytes   int64
	Sum     Sum // SHA-256 of its bytes; zero when the file could not be read
	ModTime time.Time
	Err     error // why it could not be read, or why it is passed over; nil otherwise

	marked  bool // begins with a byte order mark
	member  bool // of a zip
	again   bool // a link to a directory whose files are listed elsewhere
	capped  bool // of a zip that is a copy beside others: nothing in it ranks as the application's own
	vague   bool // ModTime is off by hours, perhaps
	matched bool // holds the checksum that the file beside it has
}

// SourceOptions says how to open a source; the zero value works.
type SourceOptions struct {
	// Progress, if set, is told of bytes dealt with. The total covers hashing
	// every file once and scanning it once.
	Progress func(done, total int64)
	// Now is the time against which timestamps in the future are judged; the
	// zero time means the system's.
	Now time.Time

	seam seam
}

// seam is where tests stand in for the system; nil does nothing.
type seam struct {
	refuse func(path string) error // an error with which a file or directory cannot be opened
	listed func()                  // called between the listing and the hashing of the files
	staged func()                  // called when all files are scanned, before their records are stored
}

// OpenSource lists and hashes the directory or file at path. Links are followed
// only to what is inside of the directory. A file that cannot be read is listed with
// its error. When nothing there was written by the application, the error is
// ErrNotLegacy.
func OpenSource(ctx context.Context, path string, opt SourceOptions) (_ *Source, err error) {
	return openSource(ctx, path, opt, false)
}

// Probe tells whether there is a source at path, without reading its files: the
// error is that of OpenSource.
func Probe(ctx context.Context, path string) error {
	src, err := openSource(ctx, path, SourceOptions{}, true)
	if err != nil {
		return err
	}
	return src.Close()
}

func openSource(ctx context.Context, path string, opt SourceOptions, probe bool) (_ *Source, err error) {
	defer sqlitedb.Wrap(&err, "open legacy source %s", path)
	src := &Source{archives: map[string]*archive{}, progress: opt.Progress, now: opt.Now, probe: probe, seam: opt.seam}
	if src.now.IsZero() {
		src.now = time.Now()
	}
	if src.Path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	info, err := os.Stat(src.Path)
	if err != nil {
		return nil, err
	}
	single := ""
	src.dir = src.Path
	if !info.IsDir() {
		src.dir, single = filepath.Split(src.Path)
		src.layout = layoutSingle
	}
	if src.tree, err = openDirTree(src.dir); err != nil {
		return nil, err
	}
	src.tree.refuse = opt.seam.refuse
	if err = src.fill(ctx, single); err != nil {
		src.tree.Close()
		return nil, err
	}
	return src, nil
}

// fill lists the files, finds the layout and hashes the files.
func (src *Source) fill(ctx context.Context, single string) error {
	if err := src.list(ctx, single); err != nil {
		return err
	}
	if src.seam.listed != nil {
		src.seam.listed()
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
		if f := &src.Files[i]; !systemFile(f.Path) {
			fmt.Fprintf(sum, "%q %d %s\n", f.Path, f.Bytes, f.sum())
		}
	}
	src.Hash = hex.EncodeToString(sum.Sum(nil))
	return nil
}

// Close releases the source.
func (src *Source) Close() error {
	errs := []error{src.tree.Close()}
	for _, a := range src.archives {
		errs = append(errs, a.file.Close())
	}
	for _, p := range src.placed {
		errs = append(errs, p.close())
	}
	return errors.Join(errs...)
}

// hashBuffer is how much of a file is read at once to be hashed.
const hashBuffer = 256 << 10

// hash reads one file through buf and notes its SHA-256, or why it cannot be read.
func (src *Source) hash(ctx context.Context, f *SourceFile, buf []byte) error {
	if f.Err != nil || f.again {
		return nil
	}
	in, err := src.open(ctx, f.Path, nil)
	if err == nil {
		sum, front := sha256.New(), &head{}
		var n int
		for err == nil {
			n, err = in.Read(buf)
			sum.Write(buf[:n])
			front.Write(buf[:n])
			src.add(int64(n))
		}
		in.Close()
		if err == io.EOF {
			err, f.Sum, f.marked = nil, Sum(sum.Sum(nil)), hasMark(front.b)
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

// sum is the SHA-256 in hex, "" without one.
func (f *SourceFile) sum() string {
	if f.Sum == (Sum{}) {
		return ""
	}
	return f.Sum.String()
}

func hexSum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// add reports that n more bytes are dealt with.
func (src *Source) add(n int64) {
	src.done += n
	if src.progress != nil {
		src.progress(src.done, src.total)
	}
}

// Open opens a file of the source, named by its path relative to the source, for
// reading, as Files has it; a member of a zip is named by the zip's path, "!/" and its
// own. It never leaves the source's tree.
func (src *Source) Open(path string) (io.ReadCloser, error) {
	return src.open(context.Background(), path, nil)
}

// open is Open with reads that end when ctx does and are told to read, if set.
func (src *Source) open(ctx context.Context, path string, read func(n int)) (io.ReadCloser, error) {
	if outer, member, ok := cutMember(path); ok {
		a, err := src.archive(outer)
		if err != nil {
			return nil, err
		}
		return a.open(ctx, member, read)
	}
	f, err := src.tree.open(path)
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

// unchanged returns ErrSourceChanged if the file is not what it was when the
// source was opened.
func (src *Source) unchanged(f *SourceFile) error {
	if f.Err != nil || f.member || f.again {
		return nil
	}
	info, err := src.tree.stat(f.Path)
	if err != nil || info.Size() != f.Bytes || !info.ModTime().Equal(f.ModTime) {
		return fmt.Errorf("%w: %s", ErrSourceChanged, f.Path)
	}
	return nil
}

// abs returns the absolute path of a file of the source.
func (src *Source) abs(path string) string {
	return filepath.Join(src.dir, filepath.FromSlash(pathOfName(path)))
}

// begins says whether any file of the source has a path with this beginning.
func (src *Source) begins(prefix string) bool {
	i, _ := slices.BinarySearchFunc(src.Files, prefix, func(f SourceFile, prefix string) int { return strings.Compare(f.Path, prefix) })
	return i < len(src.Files) && strings.HasPrefix(src.Files[i].Path, prefix)
}

// dbDir is the path of the db directory, with a slash behind it.
func (src *Source) dbDir() string {
	if src.layout == layoutDB {
		return ""
	}
	return "db/"
}

// ErrNotLegacy means that a path holds nothing the legacy application wrote.
var ErrNotLegacy = errors.New("not legacy data")

// ErrSourceChanged means that a file of a source changed after the source was
// opened: the application is still running, perhaps.
var ErrSourceChanged = errors.New("the source changed while it was read")

// readFront returns the first bytes of a text file, as many as can be read, without a
// byte order mark. The only error is the context's.
func (src *Source) readFront(ctx context.Context, path string, n int64) (string, error) {
	r, err := src.open(ctx, path, nil)
	if err != nil {
		return "", nil
	}
	defer r.Close()
	text, _ := io.ReadAll(io.LimitReader(plainText(r), n))
	return string(text), ctx.Err()
}

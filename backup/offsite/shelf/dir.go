package shelf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"taskstore/internal/durable"
)

// dir keeps objects as files, durably: a disk, or a directory that another tool copies.
type dir struct {
	root string
	rate *Throttle
	seen atomic.Bool // the directory was there
}

// OpenDir keeps objects in a directory, which Put makes.
func OpenDir(path string, rate *Throttle) Objects { return &dir{root: path, rate: rate} }

func (d *dir) String() string { return dirScheme + d.root }

func (d *dir) path(name string) string { return filepath.Join(d.root, filepath.FromSlash(name)) }

// rooted says that the directory is not there any more. Making it anew would put what comes on
// another disk than that which was here.
func (d *dir) rooted() error {
	_, err := os.Stat(d.root)
	if err == nil {
		d.seen.Store(true)
	}
	if d.seen.Load() && errors.Is(err, fs.ErrNotExist) {
		return &Error{Place: d.String(), Why: fmt.Errorf("%w: its directory is not there any more", ErrNoTarget), Advice: "look whether its disk is still there"}
	}
	return nil
}

// failed says in the words of this package what a file system said.
func (d *dir) failed(name string, err error) error {
	e := &Error{Place: d.String(), Object: name, Why: err}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		e.Why = ErrNotThere
	case errors.Is(err, fs.ErrExist):
		e.Why = ErrExists
	case errors.Is(err, fs.ErrPermission), durable.IsReadOnly(err):
		e.Why, e.Advice = errors.Join(ErrDenied, err), "look at the owner and the mode of the directory, and whether its disk can be written"
	case durable.IsFull(err):
		e.Advice = "make room on that disk, or let backup forget remove some"
	}
	return e
}

func (d *dir) Put(ctx context.Context, name string, body []byte, ifAbsent bool) error {
	path := d.path(name)
	if err := d.rooted(); err != nil {
		return err
	}
	if err := durable.MakeDir(filepath.Dir(path)); err != nil {
		return d.failed(name, err)
	}
	d.seen.Store(true)
	from := d.rate.up(ctx, bytes.NewReader(body))
	if !ifAbsent {
		return d.failed(name, durable.WriteFile(path, func(w io.Writer) error {
			_, err := io.Copy(w, from)
			return err
		}))
	}
	return d.failed(name, durable.Create(path, func(f *os.File) error {
		_, err := io.Copy(f, from)
		return err
	}))
}

func (d *dir) Get(ctx context.Context, name string, from int64) (io.ReadCloser, error) {
	info, err := os.Lstat(d.path(name)) // a pipe would be waited for, a link leads elsewhere
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, d.failed(name, err)
	}
	f, err := os.Open(d.path(name))
	if err != nil {
		return nil, d.failed(name, err)
	}
	d.seen.Store(true)
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return nil, d.failed(name, errors.Join(err, f.Close()))
	}
	return withCloser{d.rate.down(ctx, f), f}, nil
}

// withCloser is a reader with what closes it.
type withCloser struct {
	io.Reader
	io.Closer
}

func (d *dir) Stat(_ context.Context, name string) (Object, error) {
	info, err := os.Lstat(d.path(name))
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if err != nil {
		return Object{}, d.failed(name, err)
	}
	return Object{Name: name, Size: info.Size(), At: info.ModTime()}, nil
}

// Delete has an object gone for good: one that came back with the power would say that others are there which are not.
func (d *dir) Delete(_ context.Context, name string) error {
	err := os.Remove(d.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = durable.SyncDir(filepath.Dir(d.path(name)))
	}
	return d.failed(name, err)
}

// List walks in the order of the whole names, in which "a.b" comes before "a/b". Files that are
// on their way, or a tool's own, begin with a dot.
func (d *dir) List(ctx context.Context, prefix, after string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		if err := d.rooted(); err != nil {
			yield(Object{}, err)
			return
		}
		top := ""
		if i := strings.LastIndexByte(prefix, '/'); i >= 0 {
			top = prefix[:i+1]
		}
		d.walk(ctx, top, func(o Object, err error) bool {
			if err == nil && (!strings.HasPrefix(o.Name, prefix) || o.Name <= after) {
				return true
			}
			return yield(o, err)
		})
	}
}

// walk yields the files below a folder, "" or one that ends in a slash. It tells whether to go on.
func (d *dir) walk(ctx context.Context, folder string, yield func(Object, error) bool) bool {
	entries, err := os.ReadDir(d.path(folder))
	if errors.Is(err, fs.ErrNotExist) {
		return true
	}
	if err = errors.Join(err, ctx.Err()); err != nil {
		yield(Object{}, d.failed(strings.TrimSuffix(folder, "/"), err))
		return false
	}
	whole := func(e fs.DirEntry) string {
		if e.IsDir() {
			return e.Name() + "/"
		}
		return e.Name()
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(whole(a), whole(b)) })
	for _, e := range entries {
		name, on := folder+whole(e), true
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case e.IsDir():
			on = d.walk(ctx, name, yield)
		default:
			o, err := d.Stat(ctx, name)
			if errors.Is(err, ErrNotThere) {
				continue // removed meanwhile, or no file
			}
			on = yield(o, err)
		}
		if !on {
			return false
		}
	}
	return true
}

package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// ErrOutside means that a link leads out of the source. What it leads to is not read.
var ErrOutside = errors.New("a link that leads out of the source")

// list walks the tree, or looks at the single file.
func (src *Source) list(ctx context.Context, single string) (err error) {
	if single != "" {
		err = src.note(ctx, EscapedName(single))
	} else {
		err = src.walk(ctx, "")
	}
	src.followed = nil
	src.Files = src.listed.take()
	slices.SortFunc(src.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return err
}

// pages is a list that grows by a page at a time: one that doubles is there twice each
// time, and the files of a source can be many.
type pages [][]File

const pageFiles = 1 << 10

func (l *pages) add(f File) {
	last := len(*l) - 1
	if last < 0 || len((*l)[last]) == pageFiles {
		*l = append(*l, make([]File, 0, pageFiles))
		last++
	}
	(*l)[last] = append((*l)[last], f)
}

// take gives all files and lets go of each page when it is copied.
func (l *pages) take() []File {
	n := 0
	for _, page := range *l {
		n += len(page)
	}
	all := make([]File, 0, n)
	for i, page := range *l {
		all, (*l)[i] = append(all, page...), nil
	}
	*l = nil
	return all
}

// walk lists the files below a directory; "" is the top. A directory that cannot be
// read, or not to its end, is listed with its error, beside what could be read of it.
func (src *Source) walk(ctx context.Context, dir string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	list, err := src.Tree.list(dir)
	if err != nil {
		src.listed.add(File{Path: cmp.Or(dir, "."), Err: cause(err)})
	}
	for _, d := range list {
		p := path.Join(dir, EscapedName(d.name))
		if d.dir {
			err = src.walk(ctx, p)
		} else {
			err = src.note(ctx, p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// note lists one path. Of a link, what it leads to is listed; out of the tree it leads
// nowhere.
func (src *Source) note(ctx context.Context, p string) error {
	f := File{Path: p}
	info, err := src.Tree.Stat(p)
	switch {
	case err != nil:
		f.Err = src.Tree.explain(p, err)
	case info.IsDir():
		return src.follow(ctx, p, info)
	case !info.Mode().IsRegular():
		f.Err = fmt.Errorf("%s and no regular file", modeName(info.Mode()))
	default:
		f.Bytes, f.ModTime = info.Size(), info.ModTime()
	}
	src.listed.add(f)
	return nil
}

// follow lists the files of a directory inside of the source to which a link leads, once.
// A link to a directory that it stands in, or that was followed, brings nothing new.
func (src *Source) follow(ctx context.Context, p string, info fs.FileInfo) error {
	known := slices.ContainsFunc(src.followed, func(f fs.FileInfo) bool { return os.SameFile(f, info) })
	for dir := path.Dir(p); !known; dir = path.Dir(dir) {
		around, err := src.Tree.Stat(dir)
		known = err == nil && os.SameFile(around, info)
		if dir == "." {
			break
		}
	}
	if known {
		src.listed.add(File{Path: p, Again: true})
		return nil
	}
	src.followed = append(src.followed, info)
	return src.walk(ctx, p)
}

// modeName says what a file is that is not read.
func modeName(m fs.FileMode) string {
	switch {
	case m&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeDevice != 0:
		return "a device"
	}
	return "of another kind (" + m.Type().String() + ")"
}

// cause is an error without the call and the path, which stand beside it.
func cause(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

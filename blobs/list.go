package blobs

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"path/filepath"
	"strings"
)

// All yields every content in the order of its hash, without reading contents. Temporary files are no contents, and one
// kept both plain and as zstd is yielded once, as Open would read it.
//
// An error that is a *ForeignError (something that is no blob; left alone) or ErrCorrupt (a file that cannot be what its
// name says; the Info then has its SHA256, Stored and Encoding, and Size -1) concerns one file, and the sequence goes on.
// Any other error ends it. Contents put or removed meanwhile may or may not be seen.
func (d *Dir) All(ctx context.Context) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		entries, err := d.fsys.readDir(d.root)
		if err != nil {
			wrap(&err, "list contents")
			yield(Info{}, err)
			return
		}
		for _, e := range entries {
			ok := true
			switch name := e.Name(); {
			case e.IsDir() && (name == tempDir || name == trashDir || name == damagedDir), name == OwnerFile:
			case e.IsDir() && len(name) == 2 && isHex(name):
				ok = d.listFan(ctx, name, yield)
			default:
				ok = yield(Info{}, &ForeignError{Path: name})
			}
			if !ok {
				return
			}
		}
	}
}

// listFan yields what one fan-out directory holds. It tells whether to go on.
func (d *Dir) listFan(ctx context.Context, fan string, yield func(Info, error) bool) bool {
	entries, err := d.fsys.readDir(filepath.Join(d.root, fan))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		wrap(&err, "list contents")
		yield(Info{}, err)
		return false
	}
	return d.listFiles(ctx, fan, entries, yield)
}

// listFiles yields the files of a directory in root: of one fan-out directory, or of the trash. It tells whether to go on.
func (d *Dir) listFiles(ctx context.Context, dir string, entries []fs.DirEntry, yield func(Info, error) bool) bool {
	last := ""
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			wrap(&err, "list contents")
			yield(Info{}, err)
			return false
		}
		sum, encoding := parseName(e.Name())
		if sum == "" || dir != trashDir && sum[:2] != dir || !e.Type().IsRegular() {
			if !yield(Info{}, &ForeignError{Path: filepath.Join(dir, e.Name())}) {
				return false
			}
			continue
		}
		if sum == last { // the plain file came first and is the one that counts
			continue
		}
		last = sum
		if !d.listFile(e, filepath.Join(d.root, dir, e.Name()), sum, encoding, yield) {
			return false
		}
	}
	return true
}

// listFile yields one file. It tells whether to go on.
func (d *Dir) listFile(e fs.DirEntry, path, sum, encoding string, yield func(Info, error) bool) bool {
	info := Info{SHA256: sum, Encoding: encoding, Size: -1}
	st, err := e.Info()
	if err == nil {
		info.Stored = st.Size()
		info.Size = info.Stored
	}
	if err == nil && encoding == Zstd {
		var f file
		if info, f, err = d.openPath(sum, encoding, path); err == nil {
			err = f.Close()
		}
	}
	switch {
	case err == nil:
		return yield(info, nil)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, ErrNotFound):
		return true // removed while we were looking
	}
	goesOn := errors.Is(err, ErrCorrupt)
	wrap(&err, "list content %.12s", sum)
	if goesOn {
		info.Size = -1
		return yield(info, err)
	}
	yield(Info{}, err)
	return false
}

// parseName tells which content a file name stands for; "" when it stands for none.
func parseName(name string) (sum, encoding string) {
	sum, isZstd := strings.CutSuffix(name, zstdSuffix)
	if checkHash(sum) != nil {
		return "", ""
	}
	if isZstd {
		encoding = Zstd
	}
	return sum, encoding
}

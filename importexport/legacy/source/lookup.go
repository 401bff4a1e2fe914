package source

import (
	"context"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
)

// Abs returns the absolute path of a file of the source.
func (src *Source) Abs(path string) string {
	return filepath.Join(src.Dir, filepath.FromSlash(pathOfName(path)))
}

// Begins says whether any file of the source has a path with this beginning.
func (src *Source) Begins(prefix string) bool {
	i, _ := slices.BinarySearchFunc(src.Files, prefix, func(f File, prefix string) int { return strings.Compare(f.Path, prefix) })
	return i < len(src.Files) && strings.HasPrefix(src.Files[i].Path, prefix)
}

// DbDir is the path of the db directory, with a slash behind it.
func (src *Source) DbDir() string {
	if src.layout == names.LayoutDB {
		return ""
	}
	return "db/"
}

// ReadFront returns the first bytes of a text file, as many as can be read, without a
// byte order mark. The only error is the context's.
func (src *Source) ReadFront(ctx context.Context, path string, n int64) (string, error) {
	r, err := src.Reader(ctx, path, nil)
	if err != nil {
		return "", nil
	}
	defer r.Close()
	text, _ := io.ReadAll(io.LimitReader(rawjson.PlainText(r), n))
	return string(text), ctx.Err()
}

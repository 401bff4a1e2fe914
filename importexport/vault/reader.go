package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"taskstore/schema"
)

// Reader is a vault that is being read.
type Reader struct {
	Dir    string
	Marker *Marker
	at     map[string]string // contents: the paths by their hashes
	sound  map[string]bool   // contents that were found good
}

// Open opens a vault. One whose export was interrupted is a *schema.InvalidError.
func Open(dir string) (*Reader, error) {
	m, err := readMarker(dir)
	if err == nil && m == nil {
		err = &schema.InvalidError{Kind: "vault", ID: dir, Problem: "no export has written it"}
	}
	if err == nil && m.State != whole {
		err = &schema.InvalidError{Kind: "vault", ID: dir, Problem: "the export into it was interrupted, and it may be without records; export into it again"}
	}
	if err != nil {
		return nil, err
	}
	r := &Reader{Dir: dir, Marker: m, at: map[string]string{}, sound: map[string]bool{}}
	for _, e := range m.Files {
		if e.Record == "" {
			r.at[e.SHA256] = e.Path
		}
	}
	return r, nil
}

// Pages gives fn the text of every page with the Kind of a record, wherever it is: a
// person may have given it another name. other is told of the files that are no records,
// no contents, and not hidden.
func (r *Reader) Pages(ctx context.Context, fn func(name string, members []Member, body []byte) error, other func(name, why string)) error {
	contents := map[string]bool{}
	for _, name := range r.at {
		contents[name] = true
	}
	return eachFile(r.Dir, false, func(name string, e fs.DirEntry) error {
		if err := ctx.Err(); err != nil || contents[name] {
			return err
		}
		if !e.Type().IsRegular() || !strings.EqualFold(filepath.Ext(name), ".md") {
			other(name, "is no page")
			return nil
		}
		text, err := os.ReadFile(filepath.Join(r.Dir, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		members, body, err := Parse(text)
		switch {
		case errors.Is(err, errNoFront), err == nil && !Has(members, Kind):
			other(name, "has no front matter with "+Kind)
			return nil
		case err != nil:
			return &PageError{Name: name, Problem: err.Error()}
		}
		return fn(name, members, body)
	})
}

// PageError says what is wrong with a page.
type PageError struct{ Name, Problem string }

func (e *PageError) Error() string { return e.Name + ": " + e.Problem }

// Content opens a content, and sees once that its bytes are those of its hash. Errors:
// *PageError for one that is not there, or not that.
func (r *Reader) Content(ctx context.Context, sum string) (open func() io.Reader, err error) {
	name, ok := r.at[sum]
	if !ok {
		return nil, &PageError{MarkerName, fmt.Sprintf("the content %s is not in it", sum)}
	}
	full := filepath.Join(r.Dir, filepath.FromSlash(name))
	if !r.sound[sum] {
		is, err := sumOf(ctx, full)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, &PageError{name, "the content is gone; put it back under this name"}
		case err != nil:
			return nil, err
		case is != sum:
			return nil, &PageError{name, "the content was changed: its SHA-256 is " + is + ", and a record has " + sum}
		}
		r.sound[sum] = true
	}
	return func() io.Reader { return &lazy{name: full} }, nil
}

// lazy opens a file when it is read.
type lazy struct {
	name string
	f    *os.File
}

func (l *lazy) Read(p []byte) (n int, err error) {
	if l.f == nil {
		if l.f, err = os.Open(l.name); err != nil {
			return 0, err
		}
	}
	return l.f.Read(p)
}

// Close closes the file, if it was read.
func (l *lazy) Close() error {
	if l.f == nil {
		return nil
	}
	return l.f.Close()
}

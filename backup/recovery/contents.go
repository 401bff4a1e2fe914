package recovery

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"

	"taskstore/backup"
	"taskstore/blobs"
	"taskstore/repo"
)

// haveIn tells whether a directory has a content, as long as it should be.
func haveIn(ctx context.Context, dir string) func(backup.Content) error {
	have := repo.HaveContent(dir)
	return func(c backup.Content) error { return have(ctx, c) }
}

// absent gives those of a list that a directory does not have.
func absent(ctx context.Context, dir string, list []backup.Content) (out []backup.Content, err error) {
	have := haveIn(ctx, dir)
	for _, c := range list {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := have(c); err != nil {
			out = append(out, c)
		}
	}
	return out, nil
}

// bring copies contents from one directory to another, those that are not there
// yet, durably. One that the first does not have, or has damaged, is marked as
// missing in the list.
func bring(ctx context.Context, from, to string, list []backup.Content, opt Options) error {
	there, err := blobs.Open(to, blobs.Options{})
	if err != nil {
		return err
	}
	have := haveIn(ctx, to)
	var wanted []*backup.Content
	for i := range list {
		if list[i].Missing = false; have(list[i]) != nil {
			wanted = append(wanted, &list[i])
		}
	}
	here, err := opt.source(from)
	if errors.Is(err, fs.ErrNotExist) {
		for _, c := range wanted {
			c.Missing = true
		}
		return nil
	}
	if err != nil {
		return err
	}
	for done := 0; done < len(wanted); {
		n, err := bringSome(ctx, here, there, wanted[done:], func(n int) { opt.progress("contents", done+n, len(wanted)) })
		if done += n; err == nil {
			continue
		}
		if done == len(wanted) || ctx.Err() != nil || !errors.Is(err, blobs.ErrNotFound) && !errors.Is(err, blobs.ErrCorrupt) {
			return err
		}
		opt.log().Warn("a content is not there to be copied", "sha256", wanted[done].SHA256, "reason", err)
		wanted[done].Missing = true
		done++
	}
	return nil
}

// bringSome copies until one fails and tells how many came before it.
func bringSome(ctx context.Context, here source, there *blobs.Dir, list []*backup.Content, told func(int)) (n int, err error) {
	for info, err := range there.PutSeq(ctx, sources(here, list)) {
		if err != nil {
			return n, err
		}
		if info.SHA256 != list[n].SHA256 {
			return n, fmt.Errorf("%w: content %s became %s", blobs.ErrCorrupt, list[n].SHA256, info.SHA256)
		}
		n++
		told(n)
	}
	return n, nil
}

// source opens a content where the backup is.
type source func(ctx context.Context, sha string) (io.ReadCloser, error)

// elsewhere is where contents are that are in no directory.
type elsewhere interface {
	Content(ctx context.Context, sha string) (io.ReadCloser, error)
	Absent(ctx context.Context, list []backup.Content) ([]backup.Content, error)
}

// source is where the contents of a backup come from: a directory, unless they are elsewhere.
func (o Options) source(dir string) (source, error) {
	if o.elsewhere != nil {
		return o.elsewhere.Content, nil
	}
	here, err := blobs.Open(dir, blobs.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, sha string) (io.ReadCloser, error) { return here.Open(ctx, sha) }, nil
}

// notIn gives those of a list that are not where the backup is.
func (o Options) notIn(ctx context.Context, dir string, list []backup.Content) ([]backup.Content, error) {
	if o.elsewhere != nil {
		return o.elsewhere.Absent(ctx, list)
	}
	return absent(ctx, dir, list)
}

func sources(here source, list []*backup.Content) iter.Seq[blobs.Source] {
	return func(yield func(blobs.Source) bool) {
		for _, c := range list {
			open := func(ctx context.Context) (io.ReadCloser, error) { return here(ctx, c.SHA256) }
			if !yield(blobs.Source{Open: open, SHA256: c.SHA256}) {
				return
			}
		}
	}
}

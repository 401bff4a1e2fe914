package recovery

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"taskstore/backup"
	"taskstore/backup/offsite"
	"taskstore/blobs"
	"taskstore/repo"
)

// Copied says what CopyContents did.
type Copied struct {
	Contents   int // of the store
	Copied     int // that were not there yet
	Bytes      int64
	Unreadable []string // that are damaged in the store
}

// CopyContents puts those contents of the store in dir into opt.To that are not there yet, and
// nothing else. They are those in the store's directory of contents, where each stands before a
// row names it: whoever has the rows of some moment from elsewhere has their contents in a copy
// that was begun after it. Nothing goes in opt.To. ErrAway: see CreateOptions.New.
func CopyContents(ctx context.Context, dir string, opt CreateOptions) (c Copied, err error) {
	if same(dir, opt.To) {
		return c, fmt.Errorf("copy contents: %s is the store itself", opt.To)
	}
	list, err := listContents(ctx, repo.BlobsDir(dir), &c)
	if err != nil {
		return c, err
	}
	if err := repo.Fits(opt.To); err != nil {
		return c, err
	}
	if err := opt.enterTarget(ctx, dir); err != nil {
		return c, err
	}
	wanted, err := absent(ctx, repo.BlobsDir(opt.To), list)
	if err != nil || len(wanted) == 0 {
		return c, err
	}
	if err := bring(ctx, repo.BlobsDir(dir), repo.BlobsDir(opt.To), wanted, opt.Options); err != nil {
		return c, err
	}
	for _, one := range wanted {
		if !one.Missing {
			c.Copied++
			c.Bytes += one.Size
		}
	}
	c.unreadable(ctx, dir, wanted)
	return c, nil
}

// unreadable names those of a list that were not copied because they are damaged, and not because
// they were removed meanwhile.
func (c *Copied) unreadable(ctx context.Context, dir string, list []backup.Content) {
	still := haveIn(ctx, repo.BlobsDir(dir))
	for _, one := range list {
		if one.Missing && !errors.Is(still(one), blobs.ErrNotFound) && !slices.Contains(c.Unreadable, one.SHA256) {
			c.Unreadable = append(c.Unreadable, one.SHA256)
		}
	}
}

// HoldContents is CopyContents to a target, where the contents stay for as long as the store has
// them, and a grace period longer: see offsite.Target.Hold.
func HoldContents(ctx context.Context, dir string, to *offsite.Target) (c Copied, err error) {
	from, err := blobs.Open(repo.BlobsDir(dir), blobs.Options{ReadOnly: true})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return c, err
	}
	var list []backup.Content
	sent, err := to.Hold(ctx, from, func(ctx context.Context) ([]backup.Content, error) {
		c = Copied{}
		list, err = listContents(ctx, repo.BlobsDir(dir), &c)
		for _, sha := range c.Unreadable { // they stay there, if they are
			list = append(list, backup.Content{SHA256: sha, Size: -1})
		}
		return list, err
	})
	c.Copied, c.Bytes = sent.Contents, sent.Bytes
	c.unreadable(ctx, dir, list)
	return c, err
}

// listContents lists a directory of contents; one that is not there has none.
func listContents(ctx context.Context, name string, c *Copied) (list []backup.Content, err error) {
	dir, err := blobs.Open(name, blobs.Options{ReadOnly: true})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for info, err := range dir.All(ctx) {
		var foreign *blobs.ForeignError
		switch {
		case errors.As(err, &foreign):
		case errors.Is(err, blobs.ErrCorrupt):
			c.Contents++
			c.Unreadable = append(c.Unreadable, info.SHA256)
		case err != nil:
			return nil, err
		default:
			c.Contents++
			list = append(list, backup.Content{SHA256: info.SHA256, Size: info.Size})
		}
	}
	return list, nil
}

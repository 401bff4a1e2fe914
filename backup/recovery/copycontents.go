package recovery

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"taskstore/backup"
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
	still := haveIn(ctx, repo.BlobsDir(dir))
	for _, one := range wanted {
		switch {
		case !one.Missing:
			c.Copied++
			c.Bytes += one.Size
		case !errors.Is(still(one), blobs.ErrNotFound): // not removed meanwhile
			c.Unreadable = append(c.Unreadable, one.SHA256)
		}
	}
	return c, nil
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

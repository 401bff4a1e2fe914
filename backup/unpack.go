package backup

import (
	"bufio"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"taskstore/backup/packed"
	"taskstore/backup/pages"
	"taskstore/backup/putback"
	"taskstore/internal/durable"
)

// Unpack writes the database of a backup to a new file, on disk when it returns.
// Every byte of the backup and of what it unpacks to is compared with the manifest
// meanwhile; a bad backup is ErrCorrupt, and the file does not remain. A file that
// exists is fs.ErrExist.
func (c *Catalog) Unpack(ctx context.Context, b Backup, to string) (err error) {
	defer pages.Wrap(&err, "unpack backup %s to %s", b.ID, to)
	if !b.Known() {
		return b.Unreadable
	}
	if err := pages.Room(filepath.Dir(to), b.DB.Bytes); err != nil {
		return err
	}
	return durable.Create(to, func(f *os.File) error {
		w := bufio.NewWriterSize(f, pages.Buffered)
		told := io.MultiWriter(w, &meter{c: c, what: "unpack", total: b.DB.Bytes})
		if err := lost(packed.Unpack(ctx, c.path(b.ID, dbFile), b.DB, told)); err != nil {
			return err
		}
		return w.Flush()
	})
}

// PutBack makes the backup the store's database file: it is unpacked beside it,
// compared with its manifest byte by byte, and swapped in. Everything that the
// function putback.Copy says about the caller's duties and about aside holds here.
func (c *Catalog) PutBack(ctx context.Context, b Backup, db string, opt putback.Options) (aside string, err error) {
	defer pages.Wrap(&err, "put back backup %s", b.ID)
	opt.Log = c.opt.Log
	return putback.Fill(ctx, db, opt, func(ctx context.Context, to string) error {
		return c.Unpack(ctx, b, to)
	})
}

const (
	scratchPrefix = ".scratch-"
	scratchAge    = 24 * time.Hour
)

// Scratch makes a directory for work on an unpacked backup, on the disk of the
// catalog, or where that cannot be written in the system's place for such. remove
// takes it away. What a killed process leaves is taken away by the next call that
// finds nobody using it for a day.
func (c *Catalog) Scratch() (dir string, remove func() error, err error) {
	defer pages.Wrap(&err, "make room for work")
	if dir, err = durable.TempDir(c.dir, scratchPrefix+"*"); err != nil {
		dir, err = durable.TempDir("", "taskstore-backup-*")
	} else {
		c.removeScratch()
	}
	return dir, func() error { return os.RemoveAll(dir) }, err
}

// removeScratch removes what other processes left long ago.
func (c *Catalog) removeScratch() {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && e.IsDir() && strings.HasPrefix(e.Name(), scratchPrefix) && c.opt.Now().Sub(info.ModTime()) > scratchAge {
			if err := os.RemoveAll(filepath.Join(c.dir, e.Name())); err != nil {
				c.opt.Log.Warn("old scratch could not be removed", "reason", err)
			}
		}
	}
}

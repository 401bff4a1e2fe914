package offsite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"taskstore/backup"
)

// PutBackup sends a backup of a catalog: what of it is not there, the manifest last, each object
// read back. Its contents must have been sent: see PutContents. sent tells that it was not there.
func (t *Target) PutBackup(ctx context.Context, c *backup.Catalog, b backup.Backup) (sent bool, err error) {
	defer t.explain(&err)
	if !b.Known() {
		return false, b.Unreadable
	}
	db, list, manifest := c.Files(b.ID)
	base := backupsFolder + b.ID
	is, err := t.find(ctx, base+manifestSuffix)
	if err != nil && !errors.Is(err, ErrNotThere) {
		return false, err
	}
	there := err == nil && t.sound(ctx, is, piece{base + manifestSuffix, 1, 1})
	total, done := b.Size(), int64(0)
	told := func(n int64) {
		done += n
		t.opt.Progress("upload", done, total)
	}
	if !there {
		t.step("database")
		if err := t.putFile(ctx, base+dbSuffix, db, data, told); err != nil {
			return false, err
		}
		t.step("list")
		if err := t.putFile(ctx, base+listSuffix, list, facts, told); err != nil {
			return false, err
		}
		t.step("manifest")
		if err := t.putFile(ctx, base+manifestSuffix, manifest, facts, func(int64) {}); err != nil {
			return false, err
		}
		t.step("done")
	}
	if b.Pinned {
		if _, err := t.Pin(ctx, b.ID, true); err != nil {
			return !there, err
		}
	}
	return !there, t.Backed(b.ID)
}

// Backed remembers that the store, as it is, is in a backup there.
func (t *Target) Backed(id string) error {
	return t.remember(func(k *Known) { k.Backup, k.Backed = id, t.now() })
}

func (t *Target) putFile(ctx context.Context, base, name string, what kind, told func(int64)) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return t.putStream(ctx, base, f, info.Size(), what, told)
}

// Fetch brings a backup, without its contents, into a catalog. Every byte is looked at on the way.
func (t *Target) Fetch(ctx context.Context, b backup.Backup, to *backup.Catalog) (got backup.Backup, err error) {
	defer t.explain(&err)
	if !b.Known() {
		return got, b.Unreadable
	}
	manifest, err := t.bytesOf(ctx, backupsFolder+b.ID+manifestSuffix)
	if err != nil {
		return got, asBad(err)
	}
	done := int64(0)
	told := func(n int64) {
		done += n
		t.opt.Progress("download", done, b.Size())
	}
	return to.Adopt(ctx, manifest, b.ID, b.State, func(db, list io.Writer) error {
		if err := t.getStream(ctx, backupsFolder+b.ID+dbSuffix, data, db, told); err != nil {
			return asBad(err)
		}
		return asBad(t.getStream(ctx, backupsFolder+b.ID+listSuffix, facts, list, told))
	})
}

func (t *Target) getStream(ctx context.Context, base string, what kind, w io.Writer, told func(int64)) error {
	s, err := t.find(ctx, base)
	if err != nil {
		return err
	}
	r := t.reader(ctx, s, what)
	defer r.Close()
	_, err = io.Copy(io.MultiWriter(w, counting(told)), r)
	return err
}

type counting func(int64)

func (c counting) Write(p []byte) (int, error) {
	c(int64(len(p)))
	return len(p), nil
}

// asBad says that a backup of which something is damaged or gone is bad.
func asBad(err error) error {
	if errors.Is(err, ErrDamaged) || errors.Is(err, ErrNotThere) {
		return fmt.Errorf("%w: %w", backup.ErrCorrupt, err)
	}
	return err
}

package offsite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"taskstore/backup"
	"taskstore/backup/offsite/pieces"
	"taskstore/blobs"
)

// PutBackup sends a backup of a catalog: what of it is not there, the manifest last, each object
// read back. Its contents must have been sent under the same use, from the same place: those that
// may have been removed while that had lapsed are sent again. sent tells that it was not there.
func (t *Target) PutBackup(ctx context.Context, use *Using, from *blobs.Dir, c *backup.Catalog, b backup.Backup) (sent bool, err error) {
	defer t.explain(&err)
	if !b.Known() {
		return false, b.Unreadable
	}
	_, _, manifest := c.Files(b.ID)
	base := backupsFolder + b.ID
	is, none := t.pieces.Find(ctx, base+manifestSuffix)
	if none != nil && !errors.Is(none, ErrNotThere) {
		return false, none
	}
	there := none == nil && t.pieces.Sound(ctx, is, pieces.Piece{Base: base + manifestSuffix, N: 1, Of: 1})
	if there {
		if there, err = t.Complete(ctx, b); err != nil {
			return false, err
		}
	}
	if !there {
		if err := t.putFiles(ctx, c, b); err != nil {
			return false, err
		}
		if err := t.settle(ctx, use, from, c, b); err != nil {
			return false, err
		}
		if err := t.sayOrigin(ctx, b.ID); err != nil {
			return false, err
		}
		t.step("manifest")
		if err := t.putFile(ctx, base+manifestSuffix, manifest, pieces.Facts, func(int64) {}); err != nil {
			if none != nil { // a half that the place may have kept is no backup
				_ = t.deleteAll(ctx, base+manifestSuffix)
			}
			return false, err
		}
		t.step("done")
	}
	if err := t.settle(ctx, use, from, c, b); err != nil {
		return !there, err
	}
	if err := t.still(ctx); err != nil {
		return !there, err
	}
	if b.Pinned {
		if _, err := t.Pin(ctx, b.ID, true); err != nil {
			return !there, err
		}
	}
	return !there, t.Backed(b.ID)
}

// putFiles sends what of the database and the list is not there.
func (t *Target) putFiles(ctx context.Context, c *backup.Catalog, b backup.Backup) error {
	db, list, _ := c.Files(b.ID)
	base, told := backupsFolder+b.ID, t.opt.counted("upload", b.Size())
	t.step("database")
	if err := t.putFile(ctx, base+dbSuffix, db, pieces.Data, told); err != nil {
		return err
	}
	t.step("list")
	return t.putFile(ctx, base+listSuffix, list, pieces.Facts, told)
}

// settle sends again what may have gone while the use had lapsed: until a backup is counted as
// one that needs it, nothing but the use keeps it there.
func (t *Target) settle(ctx context.Context, use *Using, from *blobs.Dir, c *backup.Catalog, b backup.Backup) error {
	for use.Lapsed() {
		t.opt.Log.Warn("this machine stood still for long: it is looked again what is at the target", "target", t.String())
		if err := use.Again(ctx); err != nil {
			return err
		}
		list, err := c.Contents(ctx, b)
		if err != nil {
			return err
		}
		had := slices.Clone(list)
		if _, err := t.PutContents(ctx, from, list); err != nil {
			return err
		}
		for i := range list {
			if list[i].Missing && !had[i].Missing {
				return t.no(fmt.Errorf("%w: content %s, which backup %s names, is neither here nor there any more", ErrDamaged, list[i].SHA256, b.ID), "make another backup")
			}
		}
		if err := t.putFiles(ctx, c, b); err != nil {
			return err
		}
	}
	return nil
}

// still looks whether what was put went where the target is: another disk may be there by now.
func (t *Target) still(ctx context.Context) error {
	m, _, err := readMark(ctx, t.objs)
	if err == nil && !m.same(t.mark) {
		err = t.no(ErrOther, "look whether another disk is in its place, and do it again")
	}
	return err
}

// Complete tells whether all pieces of the files of a backup are there. It does not read them.
func (t *Target) Complete(ctx context.Context, b backup.Backup) (_ bool, err error) {
	defer t.explain(&err)
	for suffix, size := range map[string]int64{dbSuffix: b.DB.FileBytes, listSuffix: b.Named.List.FileBytes} {
		is, err := t.pieces.Find(ctx, backupsFolder+b.ID+suffix)
		if errors.Is(err, ErrNotThere) || err == nil && is.Of != t.pieces.Parts(size) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// Backed remembers that the store, as it is, is in a backup there.
func (t *Target) Backed(id string) error {
	return t.remember(func(k *Known) { k.Backup, k.Backed = id, t.now() })
}

func (t *Target) putFile(ctx context.Context, base, name string, what pieces.Kind, told func(int64)) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return t.pieces.PutStream(ctx, base, f, info.Size(), what, told)
}

// Fetch brings a backup, without its contents, into a catalog. Every byte is looked at on the way.
func (t *Target) Fetch(ctx context.Context, b backup.Backup, to *backup.Catalog) (got backup.Backup, err error) {
	defer t.explain(&err)
	if !b.Known() {
		return got, b.Unreadable
	}
	manifest, err := t.pieces.BytesOf(ctx, backupsFolder+b.ID+manifestSuffix)
	if err != nil {
		return got, asBad(err)
	}
	told := t.opt.counted("download", b.Size())
	return to.Adopt(ctx, manifest, b.ID, b.State, func(db, list io.Writer) error {
		if err := t.getStream(ctx, backupsFolder+b.ID+dbSuffix, pieces.Data, db, told); err != nil {
			return asBad(err)
		}
		return asBad(t.getStream(ctx, backupsFolder+b.ID+listSuffix, pieces.Facts, list, told))
	})
}

func (t *Target) getStream(ctx context.Context, base string, what pieces.Kind, w io.Writer, told func(int64)) error {
	s, err := t.pieces.Find(ctx, base)
	if err != nil {
		return err
	}
	r := t.pieces.Reader(ctx, s, what)
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

package blobs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path/filepath"
)

// Has tells whether a file stands under the name of a content, without opening it: a look that is cheap enough to be made
// inside a transaction. Whether the file is whole only Verify can tell.
func (d *Dir) Has(sum string) (has bool, err error) {
	defer wrap(&err, "look for content %.12s", sum)
	if err := checkHash(sum); err != nil {
		return false, err
	}
	for _, encoding := range encodings {
		switch _, err := d.fsys.lstat(d.path(sum, encoding)); {
		case err == nil:
			return true, nil
		case !errors.Is(err, fs.ErrNotExist):
			return false, err
		}
	}
	return false, nil
}

// Kept tells whether a file stands under the name of a content in its place or in the trash, from which Restore brings it
// back, without opening it.
func (d *Dir) Kept(sum string) (kept bool, err error) {
	if kept, err = d.Has(sum); kept || err != nil {
		return kept, err
	}
	for _, encoding := range encodings {
		if _, err := d.fsys.lstat(d.trashPath(sum, encoding)); err == nil {
			return true, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return false, fmt.Errorf("look for content %.12s in the trash: %w", sum, err)
		}
	}
	return false, nil
}

// encodings are those in which a content may be kept, the one that counts first.
var encodings = []string{"", Zstd}

// trashPath is where a content stands in the trash in one encoding.
func (d *Dir) trashPath(sum, encoding string) string {
	return filepath.Join(d.root, trashDir, fileName(sum, encoding))
}

// Trash moves contents into the trash: they are not found any more, and Restore or a Put of the same content brings them
// back. When it returns without error that is durable, and at no moment is a content in neither place. What is not there
// is left out.
//
// The caller makes sure that nobody needs the contents, and that nobody begins to meanwhile.
func (d *Dir) Trash(ctx context.Context, sums ...string) (err error) {
	defer wrap(&err, "move %d contents to the trash", len(sums))
	if err := d.changing(ctx, sums); err != nil {
		return err
	}
	if err := makeDirs(d.fsys, filepath.Join(d.root, trashDir)); err != nil {
		return err
	}
	var moved []string
	fans := make(map[string]bool)
	for _, sum := range sums {
		for _, encoding := range encodings {
			from := d.path(sum, encoding)
			switch err := d.second(from, d.trashPath(sum, encoding)); {
			case errors.Is(err, fs.ErrNotExist):
				continue
			case err != nil:
				return err
			}
			moved, fans[sum[:2]] = append(moved, from), true
		}
	}
	if len(moved) == 0 {
		return nil
	}
	if err := d.fsys.syncDir(filepath.Join(d.root, trashDir)); err != nil {
		return err
	}
	return errors.Join(d.removeAll(moved), d.syncNames(fans))
}

// second gives a file another name, whatever stands there. The old name stays until it is removed; a file system without
// hard links takes it away at once.
func (d *Dir) second(from, to string) error {
	err := d.fsys.link(from, to)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return d.fsys.replace(from, to)
}

// removeAll removes files. One that is not there is removed.
func (d *Dir) removeAll(paths []string) error {
	for _, path := range paths {
		if err := d.fsys.remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Restore brings a content back from the trash, durably. One that is in its place already, and whole, stays there; a damaged
// one is replaced. ErrNotFound says that the trash does not have it, ErrCorrupt that what it has is damaged: it stays.
func (d *Dir) Restore(ctx context.Context, sum string) (info Info, err error) {
	defer wrap(&err, "restore content %.12s from the trash", sum)
	if err := d.changing(ctx, []string{sum}); err != nil {
		return Info{}, err
	}
	if info, err = d.examine(ctx, sum, file.Sync); err == nil {
		return info, d.emptyOf(sum)
	}
	if !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrCorrupt) {
		return Info{}, err
	}
	return d.fromTrash(ctx, sum, errors.Is(err, ErrCorrupt))
}

// fromTrash puts the whole one of the files that the trash has of a content in its place; over says that a damaged one
// stands there.
func (d *Dir) fromTrash(ctx context.Context, sum string, over bool) (Info, error) {
	found := error(ErrNotFound)
	for _, encoding := range encodings {
		r, err := d.trashReader(sum, encoding)
		if err == nil {
			err = readWhole(ctx, r, file.Sync)
		}
		if err != nil {
			if !errors.Is(err, ErrNotFound) {
				found = err
			}
			continue
		}
		if over {
			return d.rewrite(ctx, sum, encoding)
		}
		return r.info, d.settleBack(ctx, r.info)
	}
	return Info{}, found
}

// settleBack gives a file of the trash its old name.
func (d *Dir) settleBack(ctx context.Context, info Info) error {
	if err := d.makeFan(info.SHA256); err != nil {
		return err
	}
	from, to := d.trashPath(info.SHA256, info.Encoding), d.path(info.SHA256, info.Encoding)
	err := d.fsys.link(from, to)
	switch {
	case err == nil:
	case errors.Is(err, fs.ErrExist): // another writer was faster
		if _, err := d.examine(ctx, info.SHA256, file.Sync); err != nil {
			return err
		}
	case errors.Is(err, fs.ErrNotExist):
		return ErrNotFound
	default:
		if err := d.fsys.publish(from, to); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	if err := d.syncNames(map[string]bool{info.SHA256[:2]: true}); err != nil {
		return err
	}
	return d.emptyOf(info.SHA256)
}

// rewrite puts a content of the trash like a new one, which replaces a damaged file in the way that readers need.
func (d *Dir) rewrite(ctx context.Context, sum, encoding string) (Info, error) {
	r, err := d.trashReader(sum, encoding)
	if err != nil {
		return Info{}, err
	}
	defer r.Close()
	info, err := d.Put(ctx, r, PutOptions{})
	if err != nil {
		return Info{}, err
	}
	return info, d.emptyOf(sum)
}

// emptyOf removes what the trash has of a content that is in its place.
func (d *Dir) emptyOf(sum string) error {
	return d.removeAll([]string{d.trashPath(sum, ""), d.trashPath(sum, Zstd)})
}

func (d *Dir) trashReader(sum, encoding string) (*Reader, error) {
	info, f, err := d.openPath(sum, encoding, d.trashPath(sum, encoding))
	if err != nil {
		return nil, err
	}
	return newReader(info, f)
}

// Trashed yields what is in the trash, by hash, as All yields what is not.
func (d *Dir) Trashed(ctx context.Context) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		entries, err := d.fsys.readDir(filepath.Join(d.root, trashDir))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			wrap(&err, "list the trash")
			yield(Info{}, err)
			return
		}
		d.listFiles(ctx, trashDir, entries, yield)
	}
}

// Purge removes contents from the trash for good, and what was kept of damaged files of them. What is not in the trash is
// left out; a content in its place is not touched.
func (d *Dir) Purge(ctx context.Context, sums ...string) (err error) {
	defer wrap(&err, "remove %d contents from the trash", len(sums))
	if err := d.changing(ctx, sums); err != nil {
		return err
	}
	for _, sum := range sums {
		if err := d.emptyOf(sum); err != nil {
			return err
		}
	}
	return d.removeDamaged(sums)
}

// changing is what must hold before something is changed.
func (d *Dir) changing(ctx context.Context, sums []string) error {
	if d.readOnly {
		return fmt.Errorf("the directory was opened read-only: %w", fs.ErrPermission)
	}
	for _, sum := range sums {
		if err := checkHash(sum); err != nil {
			return err
		}
	}
	return ctx.Err()
}

package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"taskstore/backup/packed"
	"taskstore/backup/pages"
	"taskstore/internal/durable"
)

// Verify reads a backup from beginning to end: its manifest, the compressed
// database and what it unpacks to, the list of contents. Every byte must be what
// was written; a database of these bytes passed SQLite's checks when the backup was
// made. have, if set, is asked for each content that the backup names. The outcome
// is recorded, unless record is false; ErrCorrupt is that the backup is bad, other
// errors that nobody knows. When only its state is damaged that is ErrState, and with
// record the state is written anew: pinned, and verified now.
func (c *Catalog) Verify(ctx context.Context, id string, record bool, have func(Content) error) (err error) {
	defer pages.Wrap(&err, "verify backup %s", id)
	b := c.read(id)
	if errors.Is(b.Unreadable, fs.ErrNotExist) {
		return ErrNone
	}
	failed := b.Unreadable
	if b.Known() {
		failed = c.sound(ctx, b, have)
	}
	if failed != nil && c.gone(id) {
		return ErrNone // removed meanwhile
	}
	if failed != nil && !errors.Is(failed, ErrCorrupt) {
		return failed
	}
	if record && b.Known() {
		o := c.outcome(failed)
		_, err := c.change(ctx, id, func(s *State) { s.Verified = o })
		if err := c.unlessReadOnly(err); err != nil {
			return errors.Join(failed, err)
		}
	}
	if failed == nil && b.Unreadable != nil {
		failed = b.Unreadable // its state
		if record {
			failed = fmt.Errorf("%w; it was written anew, and keeps the backup as a pin does", failed)
		}
	}
	return failed
}

func (c *Catalog) sound(ctx context.Context, b Backup, have func(Content) error) error {
	if err := lost(packed.Unpack(ctx, c.path(b.ID, dbFile), b.DB, &meter{c: c, what: "verify", total: b.DB.Bytes})); err != nil {
		return err
	}
	return c.soundContents(ctx, b, have)
}

// soundContents reads the list of contents, and asks have for each of them.
func (c *Catalog) soundContents(ctx context.Context, b Backup, have func(Content) error) error {
	list, err := c.Contents(ctx, b)
	if err := lost(err); err != nil {
		return err
	}
	if have == nil {
		return nil
	}
	missing := 0
	var first error
	for _, one := range list {
		if one.Missing {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := have(one); err != nil {
			missing++
			first = errors.Join(first, err)
		}
		if missing == 10 {
			break
		}
	}
	if first != nil {
		return fmt.Errorf("%w: contents that it names: %w", ErrCorrupt, first)
	}
	return nil
}

// Same reads a backup from beginning to end, and records nothing: every byte of its files
// must be what was written. They are not unpacked, as Verify does: when the backup was made,
// these bytes unpacked to the copy that was checked. have is asked as Verify asks it.
// nil, ErrCorrupt, ErrState where nothing else is wrong, or ErrNone if it was removed
// meanwhile; other errors say that nobody knows.
func (c *Catalog) Same(ctx context.Context, b Backup, have func(Content) error) (err error) {
	defer pages.Wrap(&err, "read backup %s", b.ID)
	if !b.Known() {
		return b.Unreadable
	}
	err = lost(packed.Same(ctx, c.path(b.ID, dbFile), b.DB))
	if err == nil {
		err = c.soundContents(ctx, b, have)
	}
	switch {
	case err == nil:
		return b.Unreadable // its state
	case c.gone(b.ID):
		return ErrNone
	}
	return err
}

// unlessReadOnly lets a backup on a disk that cannot be written be verified and
// drilled: what came of it is then not recorded.
func (c *Catalog) unlessReadOnly(err error) error {
	if errors.Is(err, fs.ErrPermission) || durable.IsReadOnly(err) {
		c.opt.Log.Warn("the outcome is not recorded", "reason", err)
		return nil
	}
	return err
}

// lost says that a file that is gone is damage.
func lost(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return err
}

// Look says whether the files of a backup are there and as long as they should be,
// without reading them: nil or ErrCorrupt. ErrState says that nothing else is wrong, ErrNone that
// the backup was removed since it was listed.
func (c *Catalog) Look(b Backup) error {
	err := c.look(b)
	if err != nil && c.gone(b.ID) {
		return ErrNone
	}
	return err
}

func (c *Catalog) look(b Backup) error {
	if !b.Known() {
		return b.Unreadable
	}
	for suffix, s := range map[string]packed.Stored{dbFile: b.DB, contentsFile: b.Named.List} {
		if err := lost(packed.SameSize(c.path(b.ID, suffix), s)); err != nil {
			return err
		}
	}
	return b.Unreadable // its state
}

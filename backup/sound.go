package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

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
// without reading them: nil or ErrCorrupt. ErrState says that nothing else is wrong.
func (c *Catalog) Look(b Backup) error {
	if !b.Known() {
		return b.Unreadable
	}
	for suffix, s := range map[string]packed.Stored{dbFile: b.DB, contentsFile: b.Named.List} {
		info, err := os.Stat(c.path(b.ID, suffix))
		if err := lost(err); err != nil {
			return err
		}
		if info.Size() != s.FileBytes {
			return fmt.Errorf("%w: %s has %d bytes, and %d were written", ErrCorrupt, info.Name(), info.Size(), s.FileBytes)
		}
	}
	return b.Unreadable // its state
}

package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"taskstore/backup/packed"
	"taskstore/backup/pages"
	"taskstore/internal/durable"

	"golang.org/x/sync/errgroup"
)

// fill looks at the copy from all sides, and makes the files of the backup of it.
func (m *making) fill(ctx context.Context, work pages.Cores, plain string, was pages.Taken, a *ahead) error {
	facts, err := m.workOn(ctx, work, plain, was, a)
	if err != nil {
		return err
	}
	m.Schema, m.Counts, m.Hashes, m.Damage = facts.Schema, facts.Counts, facts.Hashes, facts.Damage
	if err := os.Remove(plain); err != nil {
		return err
	}
	if err := m.bring(ctx, facts.Contents); err != nil {
		return err
	}
	m.Named, err = packContents(ctx, facts.Contents, m.c.hidden(m.ID, contentsFile))
	return err
}

// bring has the contents brought, or looks whether they are there, and marks those that
// are not. The copy of the database is as good without them.
func (m *making) bring(ctx context.Context, list []Content) error {
	m.c.at("bring")
	if m.opt.Bring != nil {
		return m.opt.Bring(ctx, list)
	}
	if m.c.opt.Have == nil {
		return nil
	}
	for i := range list {
		list[i].Missing = m.c.opt.Have(ctx, list[i]) != nil
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// workOn compresses the copy, examines it and reads back what was compressed, on all cores while
// nobody writes to the store, else on one. What was compressed must unpack to the copy in the end: so
// all that was found in between is true of it.
func (m *making) workOn(ctx context.Context, work pages.Cores, plain string, was pages.Taken, a *ahead) (facts Facts, err error) {
	file, err := m.compress(ctx, work, plain, a)
	if err != nil {
		return facts, err
	}
	facts, err = m.examine(ctx, work, plain, was)
	if err := errors.Join(err, file.Close()); err != nil {
		return facts, err
	}
	f, err := os.Open(plain)
	if err != nil {
		return facts, err
	}
	m.DB, err = packed.ReadBack(ctx, work, f, m.c.hidden(m.ID, dbFile))
	return facts, errors.Join(err, f.Close())
}

// examine has SQLite check the copy, and meanwhile compares it with the store and tells what it
// holds. All of this only reads the copy. What SQLite finds explains what else fails, and is told instead.
func (m *making) examine(ctx context.Context, work pages.Cores, plain string, was pages.Taken) (facts Facts, err error) {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var others errgroup.Group
	others.Go(func() error {
		return work.On(ctx, func() (err error) {
			if facts, err = m.c.opt.Describe(ctx, plain); err != nil {
				err = fmt.Errorf("tell what the copy holds: %w", err)
			}
			return err
		})
	})
	others.Go(func() error {
		return work.On(ctx, func() error {
			made, err := was.Compare(ctx, plain)
			m.Orphans = made.Orphans
			return err
		})
	})
	if bad := pages.Check(ctx, work, plain); bad != nil {
		fail(bad)
	}
	err = others.Wait()
	if bad := context.Cause(ctx); bad != nil {
		return facts, bad
	}
	return facts, err
}

// compress makes the compressed file, which goes to the disk while the copy is examined. What was
// compressed ahead, if anything, is a part of it.
func (m *making) compress(ctx context.Context, work pages.Cores, plain string, a *ahead) (file *packed.File, err error) {
	f, err := os.Open(plain)
	if err != nil {
		return nil, err
	}
	defer f.Close() // it was only read
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	told := &meter{c: m.c, what: "compress", total: info.Size()}
	part := func(w io.Writer, from, to int64) error {
		r := io.NewSectionReader(f, from, to-from)
		return packed.Compress(ctx, work, io.TeeReader(durable.Reader(ctx, r), told), w)
	}
	return packed.New(m.c.hidden(m.ID, dbFile), func(w io.Writer) error {
		if a == nil {
			return part(w, 0, info.Size())
		}
		if err := errors.Join(part(w, 0, packed.FramePlain), a.addTo(w)); err != nil {
			return err
		}
		told.done = a.end
		return part(w, a.end, info.Size())
	})
}

package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"taskstore/internal/durable"
)

// fill looks at the copy from all sides, and makes the files of the backup of it.
func (m *making) fill(ctx context.Context, plain string, was taken) error {
	facts, err := m.examine(ctx, plain, was)
	if err != nil {
		return err
	}
	m.Schema, m.Counts, m.Hashes, m.Damage = facts.Schema, facts.Counts, facts.Hashes, facts.Damage
	f, err := os.Open(plain)
	if err != nil {
		return err
	}
	m.DB, err = readBack(ctx, f, m.c.hidden(m.ID, dbFile))
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Remove(plain); err != nil {
		return err
	}
	if m.opt.Bring != nil {
		m.c.at("bring")
		if err := m.opt.Bring(ctx, facts.Contents); err != nil {
			return err
		}
	}
	m.Named, err = packContents(ctx, facts.Contents, m.c.hidden(m.ID, contentsFile))
	if err == nil && m.Named.Missing > 0 {
		m.Damage = append(m.Damage, fmt.Sprintf("%d contents were not there", m.Named.Missing))
	}
	return err
}

// examine has SQLite check the copy, which takes longest, and meanwhile compares it with
// the store, compresses it, and tells what it holds. All of this only reads the copy;
// readBack then finds whether it still is what was compressed. What SQLite finds
// explains what else fails, and is told instead.
func (m *making) examine(ctx context.Context, plain string, was taken) (facts Facts, err error) {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var other sync.WaitGroup
	other.Go(func() { facts, err = m.tell(ctx, plain, was) })
	if bad := checkPages(ctx, plain); bad != nil {
		fail(bad)
	}
	other.Wait()
	if bad := context.Cause(ctx); bad != nil {
		return facts, bad
	}
	return facts, err
}

// tell compares the copy with the store, compresses it, and tells what it holds: in
// this order, so that what is told of it is told of what was compressed.
func (m *making) tell(ctx context.Context, plain string, was taken) (facts Facts, err error) {
	made, err := was.compare(ctx, plain)
	if err != nil {
		return facts, err
	}
	m.Orphans = made.orphans
	if err := m.compress(ctx, plain); err != nil {
		return facts, err
	}
	if facts, err = m.c.opt.Describe(ctx, plain); err != nil {
		err = fmt.Errorf("tell what the copy holds: %w", err)
	}
	return facts, err
}

func (m *making) compress(ctx context.Context, plain string) error {
	f, err := os.Open(plain)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		told := io.TeeReader(durable.Reader(ctx, f), &meter{c: m.c, what: "compress", total: info.Size()})
		err = pack(ctx, told, m.c.hidden(m.ID, dbFile))
	}
	return errors.Join(err, f.Close())
}

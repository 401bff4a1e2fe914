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
	facts, err := m.workOn(ctx, plain, was)
	if err != nil {
		return err
	}
	m.Schema, m.Counts, m.Hashes, m.Damage = facts.Schema, facts.Counts, facts.Hashes, facts.Damage
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

// workOn examines the copy and compresses it, on all cores while nobody writes to the
// store, else on one; in the end what was compressed must unpack to the copy.
func (m *making) workOn(ctx context.Context, plain string, was taken) (facts Facts, err error) {
	work := newCores()
	stop, err := work.spare(ctx, m.source(), !was.quiet)
	if err != nil {
		return facts, err
	}
	defer stop()
	if facts, err = m.examine(ctx, work, plain, was); err != nil {
		return facts, err
	}
	f, err := os.Open(plain)
	if err != nil {
		return facts, err
	}
	m.DB, err = readBack(ctx, work, f, m.c.hidden(m.ID, dbFile))
	return facts, errors.Join(err, f.Close())
}

// examine has SQLite check the copy, which takes longest, and meanwhile compares it with
// the store, compresses it, and tells what it holds. All of this only reads the copy.
// What SQLite finds explains what else fails, and is told instead.
func (m *making) examine(ctx context.Context, work cores, plain string, was taken) (facts Facts, err error) {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var other sync.WaitGroup
	other.Go(func() { facts, err = m.tell(ctx, work, plain, was) })
	if bad := work.on(ctx, func() error { return checkPages(ctx, plain) }); bad != nil {
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
func (m *making) tell(ctx context.Context, work cores, plain string, was taken) (facts Facts, err error) {
	err = work.on(ctx, func() error {
		made, err := was.compare(ctx, plain)
		m.Orphans = made.orphans
		return err
	})
	if err != nil {
		return facts, err
	}
	if err := m.compress(ctx, work, plain); err != nil {
		return facts, err
	}
	err = work.on(ctx, func() error {
		if facts, err = m.c.opt.Describe(ctx, plain); err != nil {
			err = fmt.Errorf("tell what the copy holds: %w", err)
		}
		return err
	})
	return facts, err
}

func (m *making) compress(ctx context.Context, work cores, plain string) error {
	f, err := os.Open(plain)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		told := io.TeeReader(durable.Reader(ctx, f), &meter{c: m.c, what: "compress", total: info.Size()})
		err = pack(ctx, work, told, m.c.hidden(m.ID, dbFile))
	}
	return errors.Join(err, f.Close())
}

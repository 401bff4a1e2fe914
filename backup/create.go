package backup

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"time"

	"taskstore/backup/packed"
	"taskstore/backup/pages"
	"taskstore/backup/putback"
	"taskstore/internal/durable"
)

// CreateOptions says how a backup is made.
type CreateOptions struct {
	// Reason is why; "" is Manual.
	Reason Reason
	// Pin keeps it from being rotated out.
	Pin bool
	// IfChanged makes none when the newest good backup holds the same, byte for
	// byte: that one is returned.
	IfChanged bool
	// Bring, if set, is called when the copy is verified and before the backup
	// counts, with what it names: to bring the contents to where it will be looked
	// for, and to mark those that are missing.
	Bring func(ctx context.Context, list []Content) error
	// Params, if set, are the parameters of the database file's URI: it lies where
	// nothing can be written, and is opened as migrations.ReadOnly says.
	Params url.Values
	// Hold, if set, is the database file held by the caller: nobody else can read it
	// then, not even the connections that a backup opens otherwise.
	Hold *putback.Hold
}

// Create makes a backup of the database file db, while others may read and write
// it. made is false if nothing had changed (IfChanged). When Create returns
// without error, the backup is verified and on disk; when it fails, there is no
// trace of it, and no other backup was touched.
//
// The copy is one state of the database (see pages.Snapshot). A store that is damaged in a
// way that a copy can be made of it is copied as it is: the manifest names the
// damage, and the backup does not count as good.
func (c *Catalog) Create(ctx context.Context, db string, opt CreateOptions) (b Backup, made bool, err error) {
	defer pages.Wrap(&err, "back up %s to %s", db, c.dir)
	if opt.Reason == "" {
		opt.Reason = Manual
	}
	if c.opt.Describe == nil {
		return b, false, errors.New("nobody tells what the copy holds: Describe is nil")
	}
	unlock, err := c.lock(ctx)
	if err != nil {
		return b, false, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := c.clean(); err != nil {
		return b, false, err
	}
	m := making{c: c, db: db, opt: opt, hurry: !opt.IfChanged}
	b, made, err = m.make(ctx)
	if m.hurry && errors.Is(err, packed.ErrPacked) { // what was compressed ahead did not stay as it was
		c.opt.Log.Warn("a backup is made again, step by step", "reason", err)
		if err := c.discard(m.ID); err != nil {
			return b, false, err
		}
		m.hurry = false
		b, made, err = m.make(ctx)
	}
	if err != nil {
		err = errors.Join(err, c.discard(m.ID))
	}
	return b, made, err
}

// making is a backup on its way in.
type making struct {
	Manifest
	c     *Catalog
	db    string
	opt   CreateOptions
	hurry bool // it is compressed while it is being copied
}

func (m *making) make(ctx context.Context) (b Backup, made bool, err error) {
	if m.Created.IsZero() {
		m.Created = m.c.opt.Now().UTC().Truncate(time.Millisecond)
	}
	m.Reason, m.Program = m.opt.Reason, m.c.opt.Program
	if m.ID, err = m.c.freeID(m.Created); err != nil {
		return b, false, err
	}
	m.c.at("copy")
	plain := m.c.hidden(m.ID, ".db")
	if err := durable.Create(plain, func(*os.File) error { return nil }); err != nil { // VACUUM INTO takes it, and keeps its permission
		return b, false, err
	}
	work := pages.NewCores()
	was, early, err := m.take(ctx, work, plain)
	if err != nil {
		return b, false, err
	}
	if !m.held() { // else nobody writes, and a look at whether somebody does would wait for the hold to end
		stop, err := work.Spare(ctx, m.source(), !was.Quiet)
		if err != nil {
			return b, false, err
		}
		defer stop()
	}
	if m.opt.IfChanged {
		if b, same, err := m.unchanged(ctx, plain, was); err != nil || same {
			return b, false, errors.Join(err, os.Remove(plain))
		}
	}
	m.c.at("pack")
	if err := m.fill(ctx, work, plain, was, early); err != nil {
		return b, false, err
	}
	if b, err = m.publish(); err != nil {
		return b, false, err
	}
	m.c.opt.Log.Info("made a backup", "id", m.ID, "reason", m.Reason, "bytes", m.Size())
	return b, true, nil
}

// held tells whether nobody else may open the database.
func (m *making) held() bool { return m.opt.Hold != nil && m.opt.Hold.Locked() }

// take copies the database, and gives what of it is compressed by then; nil is nothing.
func (m *making) take(ctx context.Context, work pages.Cores, plain string) (was pages.Taken, early *ahead, err error) {
	if m.held() {
		was, err = m.opt.Hold.Snapshot(ctx, plain, m.copied)
		return was, nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop, err := work.Spare(ctx, m.source(), false)
	if err != nil {
		return was, nil, err
	}
	defer stop()
	if m.hurry = m.hurry && m.roomy(); m.hurry {
		early = m.startAhead(ctx, work, plain)
	}
	err = work.On(ctx, func() (err error) {
		was, err = pages.Snapshot(ctx, m.source(), plain, m.copied)
		return err
	})
	if early == nil {
		return was, nil, err
	}
	if err != nil {
		cancel()
	}
	any, failed := early.finish()
	if err != nil || failed != nil {
		return was, nil, errors.Join(err, failed)
	}
	if m.hurry = any; !any {
		return was, nil, removeIfThere(early.file)
	}
	m.c.at("ahead")
	return was, early, nil
}

// roomy tells that the disk has room for what a backup in a hurry has twice for a moment.
func (m *making) roomy() bool {
	info, err := os.Stat(m.db)
	return err == nil && pages.Room(m.c.dir, 2*info.Size()) == nil
}

func (m *making) source() pages.Source { return pages.Source{File: m.db, Params: m.opt.Params} }

func (m *making) copied(done, total int64) {
	if m.c.opt.progress != nil {
		m.c.opt.progress("copy", done, total)
	}
}

// freeID gives an id that no backup has.
func (c *Catalog) freeID(at time.Time) (string, error) {
	for range 100 {
		id, err := newID(at)
		if err != nil {
			return "", err
		}
		if _, err := os.Lstat(c.path(id, manifestFile)); errors.Is(err, os.ErrNotExist) {
			return id, nil
		}
	}
	return "", fmt.Errorf("too many backups of %s", at)
}

// unchanged finds the newest good backup, if it holds the same bytes, which then were
// checked when it was made. It serves as the safety backup that another would have been.
func (m *making) unchanged(ctx context.Context, plain string, was pages.Taken) (b Backup, same bool, err error) {
	list, err := m.c.List(ctx)
	if err != nil {
		return b, false, err
	}
	i := slices.IndexFunc(list, Backup.Good)
	if i < 0 {
		return b, false, nil
	}
	b = list[i]
	if same, err := holds(ctx, plain, b.DB); err != nil || !same {
		return b, false, err
	}
	if _, err := was.Compare(ctx, plain); err != nil {
		return b, false, err
	}
	named, err := m.c.Contents(ctx, b) // they may have been lost since
	if err == nil {
		err = m.bring(ctx, named)
	}
	if err != nil {
		return b, false, err
	}
	b.Named.Missing = 0
	for _, c := range named {
		if c.Missing {
			b.Named.Missing++
		}
	}
	before := b.State
	if m.opt.Reason.Safety() {
		b.Guards = m.Created
	}
	b.Pinned = b.Pinned || m.opt.Pin
	if b.State != before {
		err = m.c.writeState(b.ID, b.State)
	}
	return b, true, err
}

// holds tells whether the plain file is the one that was compressed.
func holds(ctx context.Context, plain string, s packed.Stored) (same bool, err error) {
	f, err := os.Open(plain)
	if err != nil {
		return false, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Size() != s.Bytes {
		return false, err
	}
	_, sha, err := pages.HashOf(ctx, f)
	return sha == s.SHA256, err
}

// publish gives the files their names, the manifest last. Its hidden form is
// written before the others get theirs, and tells whoever finds it after a crash
// that they belong to no backup.
func (m *making) publish() (b Backup, err error) {
	m.Stated = true
	text, err := m.encode()
	if err != nil {
		return b, err
	}
	m.c.at("mark")
	if err := writeFile(m.c.hidden(m.ID, manifestFile), text); err != nil {
		return b, err
	}
	b = Backup{Manifest: m.Manifest, State: State{Verified: Outcome{At: m.Created, OK: true}, Pinned: m.opt.Pin}}
	if err := m.c.writeState(m.ID, b.State); err != nil {
		return b, err
	}
	for _, suffix := range []string{dbFile, contentsFile} {
		m.c.at("name" + suffix)
		if err := durable.Replace(m.c.hidden(m.ID, suffix), m.c.path(m.ID, suffix)); err != nil {
			return b, err
		}
	}
	if err := durable.SyncDir(m.c.dir); err != nil {
		return b, err
	}
	m.c.at("publish")
	if err := durable.Replace(m.c.hidden(m.ID, manifestFile), m.c.path(m.ID, manifestFile)); err != nil {
		return b, err
	}
	m.c.at("sync")
	return b, durable.SyncDir(m.c.dir)
}

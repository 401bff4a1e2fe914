package recovery

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"taskstore/backup"
	"taskstore/backup/offsite"
	"taskstore/backup/pages"
	"taskstore/backup/putback"
	"taskstore/blobs"
	"taskstore/internal/durable"
	"taskstore/internal/sqlfile"
	"taskstore/migrations"
	"taskstore/repo"
)

// FromDBOptions says how a store is made of a database file.
type FromDBOptions struct {
	RestoreOptions // From does not count
	// Contents are directories with contents that the store may miss, the first that has one
	// counts: stores, and places of backups.
	Contents []string
	// Targets hold contents, too: see HoldContents. They are asked for what no directory has.
	Targets []*offsite.Target
}

// FromDB is what a store was made of.
type FromDB struct {
	Restored                  // its Backup is none
	Schema   int64            // of the file
	Counts   map[string]int64 // live records by collection
	Damage   []string         // rows that are not as their checksums say: they came over as they are
}

// RestoreDB makes the store in dir what a database file holds, as Restore does with a backup: one
// that another program has copied or restored, such as "litestream restore", and that nobody has
// open. The file stays as it is. It must be whole and sound, and of a store that this program
// reads: else it is ErrBad, and nothing was changed. Contents come from dir and from
// opt.Contents.
func RestoreDB(ctx context.Context, dir, file string, opt FromDBOptions) (r FromDB, err error) {
	for _, from := range opt.Contents {
		if info, err := os.Stat(repo.BlobsDir(from)); err != nil || !info.IsDir() {
			return r, fmt.Errorf("take contents from %s: %w: there is no directory %s", from, fs.ErrNotExist, repo.BlobsDir(from))
		}
	}
	for _, from := range opt.Targets {
		if err := from.NeedReadable(); err != nil {
			return r, err
		}
		use, err := from.Use(ctx)
		if err != nil {
			return r, err
		}
		defer use.Done()
	}
	w := &fromDB{into: &r, restorer: restorer{Restored: &r.Restored, dir: dir, opt: opt.RestoreOptions, what: file}, file: file, contents: opt.Contents, targets: opt.Targets}
	w.restorer.put = w.put
	if opt.DryRun {
		return r, w.dryRun(ctx)
	}
	return r, w.run(ctx)
}

// fromDB is a RestoreDB at work.
type fromDB struct {
	into *FromDB
	restorer
	file     string
	contents []string
	targets  []*offsite.Target
	list     []backup.Content // that the file names
}

// put copies the file beside the store, and looks at the copy from all sides before it
// becomes the store.
func (w *fromDB) put(ctx context.Context, db string, opt putback.Options) (string, error) {
	aside, err := putback.Fill(ctx, db, opt, func(ctx context.Context, to string) error {
		if err := w.examine(ctx, to); err != nil {
			return w.refuse(err)
		}
		return w.bringContents(ctx)
	})
	if err != nil {
		err = fmt.Errorf("restore from %s: %w", w.file, err)
	}
	return aside, err
}

// refuse says of a file that is no sound store that it is bad.
func (w *fromDB) refuse(err error) error {
	for _, is := range []error{pages.ErrCorrupt, migrations.ErrNotStore, repo.ErrNoStore} {
		if errors.Is(err, is) {
			return fmt.Errorf("%w: %w; nothing was changed", ErrBad, err)
		}
	}
	return err
}

// examine copies the file, and tells what it holds.
func (w *fromDB) examine(ctx context.Context, to string) (err error) {
	defer pages.Wrap(&err, "look at %s", w.file)
	if err := pages.Complete(w.file); err != nil {
		return err
	}
	if err := durable.CopyFile(ctx, w.file, to); err != nil {
		return err
	}
	if _, err := pages.Inspect(ctx, to); err != nil {
		return err
	}
	if err := readable(ctx, to); err != nil {
		return err
	}
	facts, err := repo.Describe(ctx, to)
	w.into.Schema, w.into.Counts, w.into.Damage, w.list = facts.Schema, facts.Counts, facts.Damage, facts.Contents
	return err
}

// readable refuses a store that this program does not read, such as one of a newer version.
func readable(ctx context.Context, file string) error {
	pool, err := sqlfile.Open(file, "mode=ro&immutable=1")
	if err != nil {
		return err
	}
	defer pool.Close()
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = migrations.ReadOpen(ctx, conn)
	if errors.Is(err, migrations.ErrDamaged) {
		return nil // the damage is told
	}
	return err
}

// bringContents brings what the store does not have, from its own trash at last: at the moment of
// which the file is a content may have been in use that is not any more.
func (w *fromDB) bringContents(ctx context.Context) error {
	if err := w.heal(ctx, w.list, w.contents...); err != nil {
		return err
	}
	for _, from := range w.targets {
		if err := w.healFrom(ctx, from); err != nil {
			return err
		}
	}
	if len(w.Missing) == 0 {
		return nil
	}
	dir, err := blobs.Open(repo.BlobsDir(w.dir), blobs.Options{})
	if err != nil {
		return err
	}
	missing := w.Missing
	w.Missing = nil
	for _, c := range missing {
		_, err := dir.Restore(ctx, c.SHA256)
		switch {
		case err == nil:
			w.Brought++
		case errors.Is(err, blobs.ErrNotFound) || errors.Is(err, blobs.ErrCorrupt):
			w.Missing = append(w.Missing, c)
		default:
			return err
		}
	}
	return nil
}

// healFrom brings what is still missing from a target.
func (w *fromDB) healFrom(ctx context.Context, from *offsite.Target) error {
	wanted := w.Missing
	if len(wanted) == 0 {
		return nil
	}
	opt := w.opt.Options
	opt.elsewhere = from
	if err := bring(ctx, "", repo.BlobsDir(w.dir), wanted, opt); err != nil {
		return err
	}
	w.Missing = slices.DeleteFunc(slices.Clone(wanted), func(c backup.Content) bool { return !c.Missing })
	w.Brought += len(wanted) - len(w.Missing)
	return nil
}

// dryRun looks at a copy in scratch.
func (w *fromDB) dryRun(ctx context.Context) (err error) {
	scratch, err := durable.TempDir("", "taskstore-restore-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	to := filepath.Join(scratch, "copy.db")
	if err := w.examine(ctx, to); err != nil {
		return fmt.Errorf("restore from %s: %w", w.file, w.refuse(err))
	}
	w.Missing, w.Named = w.list, len(w.list)
	for _, dir := range append([]string{w.dir}, w.contents...) {
		if w.Missing, err = absent(ctx, repo.BlobsDir(dir), w.Missing); err != nil {
			return err
		}
	}
	for _, from := range w.targets {
		if w.Missing, err = from.Absent(ctx, w.Missing); err != nil {
			return err
		}
	}
	return nil
}

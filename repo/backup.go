package repo

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"time"

	"taskstore/backup"
	"taskstore/internal/durable"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
)

// Backups is the catalog of the backups in a store's directory, or in a directory
// that holds backups of a store and the contents they name. There need not be a
// store: a lost one is restored from here. Of opt, Now and Log count.
func Backups(dir string, opt Options) *backup.Catalog {
	opt = opt.withDefaults()
	sqlitedb.Prepare(opt.Log)
	return backup.Open(filepath.Join(dir, backupsName), backup.Options{
		Describe: Describe, Now: opt.Now, Log: opt.Log, Program: programVersion(),
	})
}

// BlobsDir is where a store in dir, or a directory with backups of one, keeps
// contents.
func BlobsDir(dir string) string { return filepath.Join(dir, blobsName) }

// DBPath is the database file of a store in dir.
func DBPath(dir string) string { return filepath.Join(dir, dbName) }

func programVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "taskstore"
	}
	name := "taskstore " + info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			name += " " + s.Value[:min(12, len(s.Value))]
		}
	}
	return name
}

// Backups is the catalog of this store's backups.
func (s *Store) Backups() *backup.Catalog { return Backups(s.dir, s.opt) }

// Backup makes a backup of the store while it is in use: see
// backup.Catalog.Create.
func (s *Store) Backup(ctx context.Context, opt backup.CreateOptions) (b backup.Backup, made bool, err error) {
	defer sqlitedb.Wrap(&err, "back up the store in %s", s.dir)
	b, made, err = s.Backups().Create(ctx, s.Path(), opt)
	return b, made, backupError(err)
}

// SafetyBackup makes sure that there is a backup of the store as it is now, before
// something that could hurt: an import, a repair, a purge of many. It makes none
// where the newest one holds the same, which is then kept as long as a safety
// backup, and none of a store that holds nothing: then the backup returned has no
// ID. Whoever gets an error must not go on.
func (s *Store) SafetyBackup(ctx context.Context, reason backup.Reason) (b backup.Backup, err error) {
	defer sqlitedb.Wrap(&err, "make a safety backup")
	blank, err := s.blank(ctx)
	if err != nil || blank {
		return b, err
	}
	b, _, err = s.Backup(ctx, backup.CreateOptions{Reason: reason, IfChanged: true})
	return b, err
}

// blank tells that there is nothing in the store that could be lost.
func (s *Store) blank(ctx context.Context) (blank bool, err error) {
	text := "SELECT NOT EXISTS (SELECT 1 FROM settings) AND NOT EXISTS (SELECT 1 FROM revisions)\n" +
		"    AND NOT EXISTS (SELECT 1 FROM quarantine) AND NOT EXISTS (SELECT 1 FROM legacy_runs)"
	for _, r := range rows.Relations {
		text += "\n    AND NOT EXISTS (SELECT 1 FROM " + r.Name + ")"
	}
	err = s.Read(ctx, func(q *sqlitedb.Tx) error { return q.Get(ctx, &blank, text) })
	return blank, err
}

// backupError says in this package's words what a backup met.
func backupError(err error) error {
	switch {
	case errors.Is(err, backup.ErrCorrupt):
		return errors.Join(ErrCorrupt, err)
	case errors.Is(err, backup.ErrFull):
		return errors.Join(ErrFull, err)
	}
	return err
}

// LockDir takes the lock of the store in dir alone, as a restore needs it: nobody has
// the store open until release. It waits for wait, 0 is five seconds; then it is
// ErrLocked. The directory must be there, a store need not.
func LockDir(ctx context.Context, dir string, wait time.Duration) (release func() error, err error) {
	defer sqlitedb.Wrap(&err, "lock the store in %s", dir)
	return lockDir(ctx, dir, wait, durable.Exclusive)
}

// ShareDir takes the lock of the store in dir as an open store holds it: it is not
// replaced or migrated until release.
func ShareDir(ctx context.Context, dir string, wait time.Duration) (release func() error, err error) {
	defer sqlitedb.Wrap(&err, "hold the store in %s", dir)
	return lockDir(ctx, dir, wait, durable.Shared)
}

// lockDir takes the lock of a store, or says in this package's words that it waited in vain.
func lockDir(ctx context.Context, dir string, wait time.Duration, how durable.Sharing) (release func() error, err error) {
	if wait <= 0 {
		wait = defaultBusy
	}
	release, err = durable.Lock(ctx, filepath.Join(dir, lockName), how, wait)
	if errors.Is(err, durable.ErrLocked) {
		err = fmt.Errorf("%w: it is open elsewhere, or being migrated or restored", ErrLocked)
	}
	return release, err
}

// snapshot makes the safety backup before a migration, and gives what puts it back.
func (s *Store) snapshot(ctx context.Context) (func(context.Context) error, error) {
	catalog := s.Backups()
	b, _, err := catalog.Create(ctx, s.Path(), backup.CreateOptions{Reason: backup.PreMigration, IfChanged: true})
	if err != nil {
		return nil, err
	}
	s.opt.Log.Info("backed up the store before the migration", "backup", b.ID)
	return func(ctx context.Context) error {
		_, err := catalog.PutBack(ctx, b, s.Path(), backup.PutBackOptions{Now: s.opt.Now})
		return err
	}, nil
}

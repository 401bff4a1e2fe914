package opening

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"taskstore/backup"
	"taskstore/backup/putback"
	"taskstore/blobs"
)

// Backups is the catalog of the backups in a store's directory, or in a directory
// that holds backups of a store and the contents they name. There need not be a
// store: a lost one is restored from here. Of opt, Now and Log count, and are given.
func Backups(dir string, opt Options) *backup.Catalog {
	return backup.Open(BackupsDir(dir), backup.Options{
		Describe: Describe, Have: HaveContent(BlobsDir(dir)), Now: opt.Now, Log: opt.Log, Program: programVersion(),
	})
}

// HaveContent tells whether a directory of contents has one, as long as it should be. The
// directory is looked at when the first is asked for.
func HaveContent(dir string) func(context.Context, backup.Content) error {
	open := sync.OnceValues(func() (*blobs.Dir, error) { return blobs.Open(dir, blobs.Options{ReadOnly: true}) })
	return func(ctx context.Context, c backup.Content) error {
		d, err := open()
		if err != nil {
			return fmt.Errorf("content %s: %w", c.SHA256, blobs.ErrNotFound)
		}
		info, err := d.Stat(ctx, c.SHA256)
		if err == nil && c.Size >= 0 && info.Size != c.Size {
			return fmt.Errorf("content %s: %w: %d bytes, and %d are wanted", c.SHA256, blobs.ErrCorrupt, info.Size, c.Size)
		}
		return err
	}
}

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

// Snapshot makes the safety backup of the store in dir before a migration, and gives what
// puts it back.
func Snapshot(ctx context.Context, dir string, opt Options) (func(context.Context) error, error) {
	catalog, db := Backups(dir, opt), DBPath(dir)
	b, _, err := catalog.Create(ctx, db, backup.CreateOptions{Reason: backup.PreMigration, IfChanged: true})
	if err != nil {
		return nil, err
	}
	opt.Log.Info("backed up the store before the migration", "backup", b.ID)
	return func(ctx context.Context) error {
		_, err := catalog.PutBack(ctx, b, db, putback.Options{Now: opt.Now})
		return err
	}, nil
}

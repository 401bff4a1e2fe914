package repo

import (
	"context"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/contents"
	"taskstore/repo/internal/opening"
	"taskstore/repo/search"
)

// Open opens the store in dir. Before a store that has data is migrated, it is
// backed up to dir/backups, and the backup is put back when the migration fails.
//
// Errors: ErrNoStore, ErrMigrationNeeded, ErrSchemaTooNew, ErrLocked (another
// process is migrating or restoring it), ErrReadOnly, ErrCorrupt, ErrFull. When ctx
// ends first the error is that of ctx.
func Open(ctx context.Context, dir string, opt Options) (s *Store, err error) {
	defer sqlitedb.Wrap(&err, "open the store in %s", dir)
	opt = opt.withDefaults()
	sqlitedb.Prepare(opt.Log)
	o, err := opening.Open(ctx, dir, opt.opening())
	if err != nil {
		return nil, err
	}
	s = &Store{dir: o.Dir, opt: opt, db: o.DB, blobs: o.Blobs}
	s.Repos, s.History = newRepos(s), History{s}
	s.Index = Index{search.New(s.db, opt.ReadOnly), s}
	s.Contents = Contents{contents.New(s.db, s.blobs, s.Backups(), opening.BackupsDir(s.dir), opt.ReadOnly, opt.Now), s}
	return s, nil
}

func (o Options) opening() opening.Options {
	return opening.Options{ReadOnly: o.ReadOnly, Untouched: o.Untouched, NoCreate: o.NoCreate, NoMigrate: o.NoMigrate,
		Durability: sqlitedb.Durability(o.Durability), Readers: o.Readers, Busy: o.Busy, Retention: o.Retention, Now: o.Now, Log: o.Log}
}

// Close refuses new work with ErrClosed, waits for what runs and for the writes
// that are queued, and closes the store. It waits as long as that takes: it must
// not be called inside View, Update, or a loop over All. See CloseContext.
func (s *Store) Close() error { return s.CloseContext(context.Background()) }

// CloseContext is Close that waits no longer than ctx. When ctx ends first, its
// error comes back and nothing new is accepted; what runs goes on, and the store is
// closed, and its directory free for others, when that has ended. Close or
// CloseContext may be called again to wait for it. With the context of a View or
// Update it is ErrNested.
func (s *Store) CloseContext(ctx context.Context) error { return s.db.Close(ctx) }

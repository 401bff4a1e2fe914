package repo

import (
	"context"
	"database/sql"
	"errors"

	"taskstore/backup"
	"taskstore/fts"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/history"
	"taskstore/repo/internal/rows"
)

// Backups is the catalog of this store's backups.
func (s *Store) Backups() *backup.Catalog { return Backups(s.dir, s.opt) }

// Backup makes a backup of the store while it is in use: see
// backup.Catalog.Create.
func (s *Store) Backup(ctx context.Context, opt backup.CreateOptions) (b backup.Backup, made bool, err error) {
	defer sqlitedb.Wrap(&err, "back up the store in %s", s.dir)
	if err := s.db.Moved(); err != nil {
		return b, false, err
	}
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
	err = s.read(ctx, func(q *sqlitedb.Tx) error { return q.Get(ctx, &blank, text) })
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

// OriginRestore is the origin of what a restore of single records overwrites.
const OriginRestore = history.OriginRestore

// BringBack makes an entity what v is, in one transaction: v comes from a backup,
// read in Full. What is there is kept as a revision, whatever its revision is; an
// entity that is gone is added, and its revisions go on. It tells whether that
// changed anything, and sets the head of v as Save does.
func (c Collection[T]) BringBack(ctx context.Context, v *T) (changed bool, err error) {
	head := c.r.Head(v)
	defer sqlitedb.Wrap(&err, "bring back %s %q", c.r.Kind, head.ID)
	if history.OriginOf(ctx) == OriginProgram {
		ctx = WithOrigin(ctx, OriginRestore)
	}
	next := *v
	h := c.r.Head(&next)
	err = c.in.update(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		now, err := c.r.Present(ctx, q, head.ID)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		rows.Outcome{PK: now.PK, Rev: now.Rev, Lists: now.Lists}.Give(h)
		if err := (Collection[T]{in: within{q, c.in}, r: c.r}).save(ctx, "restore", &next); err != nil {
			return err
		}
		changed = h.Rev != now.Rev
		return nil
	})
	if err != nil {
		return false, err
	}
	return changed, undoable(c.in, func(e *rows.Effects) error {
		e.Tell(head, rows.OutcomeOf(h))
		return nil
	})
}

// Mark tells states of an entity apart: equal marks are equal states.
type Mark struct {
	ID    string `db:"id"`
	Rev   int64  `db:"rev"`
	Sum   int64  `db:"sum"`
	Lists string `db:"lists"`
	Trash bool   `db:"trash"`
}

// Marks gives the marks of all entities of the collection, in the trash or not, by
// id. What another tool wrote has Sum 0 until it is sealed, and is equal to nothing.
func (c Collection[T]) Marks(ctx context.Context) (marks map[string]Mark, err error) {
	defer sqlitedb.Wrap(&err, "read the states of %s", c.r.Name)
	marks = map[string]Mark{}
	return marks, c.in.read(ctx, func(q *sqlitedb.Tx) error {
		result, err := q.Query(ctx, "SELECT id, rev, coalesce(sum, 0) AS sum, lists, trashed_at IS NOT NULL AS trash FROM "+c.r.Name)
		if err != nil {
			return err
		}
		defer result.Close()
		for result.Next() {
			var m Mark
			if err := result.StructScan(&m); err != nil {
				return err
			}
			marks[m.ID] = m
		}
		return errors.Join(result.Err(), result.Close())
	})
}

// Title is what lists call an entity.
func (c Collection[T]) Title(ctx context.Context, id string) (title string, err error) {
	defer sqlitedb.Wrap(&err, "read the title of %s %q", c.r.Kind, id)
	err = c.in.read(ctx, func(q *sqlitedb.Tx) error {
		err := q.Get(ctx, &title, "SELECT coalesce("+c.r.Title+", '') FROM "+c.r.Name+" AS e WHERE id = ?", id)
		if errors.Is(err, sql.ErrNoRows) {
			err = ErrNotFound
		}
		return err
	})
	return fts.PlainTitle(c.r.Kind, title), err
}

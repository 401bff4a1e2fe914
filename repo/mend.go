package repo

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"taskstore/backup"
	"taskstore/backup/putback"
	"taskstore/internal/durable"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/check"
	"taskstore/repo/internal/opening"
)

// Mended says what a repair of the schema did.
type Mended struct {
	Done   []string `json:"done"`
	Safety string   `json:"safety"` // the backup of the store as it was, "" if none could be made
	Aside  string   `json:"aside"`  // then the directory with a copy of its files
}

// MendSchema makes the tables, indexes, views and triggers of the store in dir what this
// program makes, and the marks and lists by which it knows them; it need not be one that
// can be opened. What the tables hold is not touched, but a table that is gone is made
// anew, empty. Nobody may have the store open: ErrLocked. A copy is made before.
func MendSchema(ctx context.Context, dir string, opt Options) (m Mended, err error) {
	defer sqlitedb.Wrap(&err, "repair the schema of the store in %s", dir)
	opt = opt.withDefaults()
	sqlitedb.Prepare(opt.Log)
	if err := CheckLog(ctx, dir); err != nil {
		return m, err
	}
	release, err := opening.Lock(ctx, dir, opt.Busy, durable.Exclusive)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, release()) }()
	db := DBPath(dir)
	if _, err := putback.Recover(db); err != nil {
		return m, err
	}
	hold, err := putback.TakeHold(ctx, db, opt.Busy)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, hold.Release()) }()
	if err := m.keep(ctx, dir, hold, opt); err != nil {
		return m, err
	}
	err = hold.Run(ctx, func(conn *sql.Conn) (err error) { // nobody came in between
		m.Done, err = check.MendSchemaOn(ctx, conn)
		return err
	})
	return m, err
}

// MendList makes the list of tables in a copy of a database that cannot be read what this program makes, and tells
// whether it could, and every table has what it had.
func MendList(ctx context.Context, file string) bool {
	done, err := check.MendSchema(ctx, file)
	return err == nil && !slices.ContainsFunc(done, func(what string) bool { return strings.HasSuffix(what, "anew, empty") })
}

// keep makes the copy while nobody else can read or write the database, other programs
// included. Of one that cannot be backed up the files are copied, once: whoever is killed while
// it is mended begins again.
func (m *Mended) keep(ctx context.Context, dir string, hold *putback.Hold, opt Options) (err error) {
	failed := hold.Unlockable()
	if failed == nil {
		var b backup.Backup
		if b, _, failed = Backups(dir, opt).Create(ctx, DBPath(dir), backup.CreateOptions{Reason: backup.PreRepair, IfChanged: true, Hold: hold}); failed == nil {
			m.Safety = b.ID
			return nil
		}
	}
	if m.Aside, err = hold.KeepOnce(ctx, durable.Target(DBPath(dir))+".damaged-", opt.Now()); err != nil {
		return errors.Join(err, failed)
	}
	return nil
}

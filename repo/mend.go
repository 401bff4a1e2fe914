package repo

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"taskstore/backup"
	"taskstore/internal/durable"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/check"
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
	release, err := lockDir(ctx, dir, opt.Busy, durable.Exclusive)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, release()) }()
	db := DBPath(dir)
	if _, err := backup.Recover(db); err != nil {
		return m, err
	}
	if b, _, failed := Backups(dir, opt).Create(ctx, db, backup.CreateOptions{Reason: backup.PreRepair, IfChanged: true}); failed == nil {
		m.Safety = b.ID
	} else if m.Aside, err = copyAside(ctx, db, opt); err != nil {
		return m, errors.Join(err, failed)
	}
	m.Done, err = check.MendSchema(ctx, db)
	return m, err
}

// copyAside copies the files of a database that cannot be backed up.
func copyAside(ctx context.Context, db string, opt Options) (dir string, err error) {
	dir = db + ".damaged-" + opt.Now().UTC().Format("20060102-150405.000")
	if err := durable.Mkdir(dir); err != nil {
		return "", err
	}
	for _, suffix := range []string{"", "-wal"} {
		err := durable.CopyFile(ctx, db+suffix, dir+string(os.PathSeparator)+dbName+suffix)
		if err != nil && (suffix == "" || !errors.Is(err, fs.ErrNotExist)) {
			return "", err
		}
	}
	return dir, durable.SyncDir(dir)
}

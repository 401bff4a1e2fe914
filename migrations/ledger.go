package migrations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"taskstore/internal/sqlfile"

	"github.com/pressly/goose/v3/database"
)

// querier is what a pool, a connection and a transaction have in common.
type querier = database.DBTxConn

const createLedger = `CREATE TABLE schema_files ( -- migration files applied to this store, one row each
    version    INTEGER PRIMARY KEY, -- number at the start of the file name
    name       TEXT NOT NULL,       -- file name
    sha256     TEXT NOT NULL,       -- checksum of the file as it was applied; a file that changed later is refused
    applied_at TEXT NOT NULL        -- UTC, 2006-01-02T15:04:05.000Z
) STRICT`

// ledger keeps goose's versions in schema_files, and in the same transaction
// as the file itself: it is asked to note a version after the last statement
// of its file, so the checks of what the file did are made there too, and a
// failed check takes the whole file back.
type ledger struct {
	files map[int64]file
	guard *guard
}

var _ database.StoreExtender = (*ledger)(nil)

func (l *ledger) Tablename() string { return "schema_files" }

func (l *ledger) CreateVersionTable(ctx context.Context, db database.DBTxConn) error {
	_, err := db.ExecContext(ctx, createLedger)
	return err
}

func (l *ledger) TableExists(ctx context.Context, db database.DBTxConn) (bool, error) {
	return listed(ctx, db)
}

// Insert notes a file and checks what it did. Version 0, by which goose marks
// a new table of versions, needs no row here.
func (l *ledger) Insert(ctx context.Context, db database.DBTxConn, req database.InsertRequest) error {
	if req.Version == 0 {
		return nil
	}
	f, ok := l.files[req.Version]
	if !ok {
		return fmt.Errorf("no file for version %d", req.Version)
	}
	_, err := db.ExecContext(ctx, `
		INSERT INTO schema_files (version, name, sha256, applied_at)
		VALUES (?, ?, ?, ?)`,
		f.Version, f.Name, f.SHA256, time.Now().UTC().Format("2006-01-02T15:04:05.000Z"))
	if err != nil {
		return err
	}
	return l.guard.check(ctx, db, f)
}

// Delete is there for goose's interface: there is no way down, a store goes
// back by its snapshot.
func (l *ledger) Delete(context.Context, database.DBTxConn, int64) error {
	return errors.New("migrations are not undone one by one")
}

func (l *ledger) GetMigration(ctx context.Context, db database.DBTxConn, version int64) (*database.GetMigrationResult, error) {
	if version == 0 {
		return &database.GetMigrationResult{IsApplied: true}, nil
	}
	var at string
	err := db.QueryRowContext(ctx, `SELECT applied_at FROM schema_files WHERE version = ?`, version).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, database.ErrVersionNotFound
	}
	if err != nil {
		return nil, err
	}
	when, err := time.Parse(time.RFC3339, at)
	return &database.GetMigrationResult{Timestamp: when, IsApplied: true}, err
}

func (l *ledger) GetLatestVersion(ctx context.Context, db database.DBTxConn) (int64, error) {
	var version int64
	err := db.QueryRowContext(ctx, `SELECT coalesce(max(version), 0) FROM schema_files`).Scan(&version)
	return version, err
}

// ListMigrations gives the newest first, and version 0 last.
func (l *ledger) ListMigrations(ctx context.Context, db database.DBTxConn) ([]*database.ListMigrationsResult, error) {
	applied, err := appliedFiles(ctx, db)
	if err != nil {
		return nil, err
	}
	list := make([]*database.ListMigrationsResult, 0, len(applied)+1)
	for i := len(applied) - 1; i >= 0; i-- {
		list = append(list, &database.ListMigrationsResult{Version: applied[i].Version, IsApplied: true})
	}
	return append(list, &database.ListMigrationsResult{Version: 0, IsApplied: true}), nil
}

// listed says whether there is a list of applied files.
func listed(ctx context.Context, db querier) (bool, error) {
	var n int
	err := db.QueryRowContext(ctx, `
		SELECT count(*)
		FROM sqlite_schema
		WHERE type = 'table' AND name = 'schema_files'`).Scan(&n)
	return n > 0, err
}

func appliedFiles(ctx context.Context, db querier) (list []Migration, err error) {
	return sqlfile.All(ctx, db, func(m *Migration) []any { return []any{&m.Version, &m.Name, &m.SHA256, &m.AppliedAt} }, SQLApplied)
}

// hasContent says whether there is anything besides an empty list of applied
// files: other tables, or a mark in the header that some program set.
func hasContent(ctx context.Context, db querier) (bool, error) {
	var objects, app, user int64
	err := db.QueryRowContext(ctx, `
		SELECT (SELECT count(*) FROM sqlite_schema WHERE tbl_name <> 'schema_files'),
		       (SELECT application_id FROM pragma_application_id),
		       (SELECT user_version FROM pragma_user_version)`).Scan(&objects, &app, &user)
	return objects != 0 || app != 0 || user != 0, err
}

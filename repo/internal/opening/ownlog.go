package opening

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"

	"taskstore/internal/durable"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
)

// SQLite takes whatever log lies beside a database, and writes it into the file, also one that
// belongs to another store: as where a tool has copied the files of two stores over each other. So
// the store has a name by chance, and writes it once into each log, with the salts of the log, which
// it is known by. A log with the name of another store is not taken. One without any name is: of an
// earlier version, of another tool, or of a transaction that was the first of its log. So is a
// log with every page of a database, which is what a restore in place leaves that was killed.

// factLog is the fact with the name of the store, and the salts of the log that it was written to.
const factLog = "log"

const sqlFactLog = "SELECT value\nFROM store\nWHERE key = '" + factLog + "'"

// markLogs has each log named by those who write to it.
func (s *opening) markLogs(hooks sqlitedb.Hooks) sqlitedb.Hooks {
	m := logMarker{file: durable.Target(s.Path()) + "-wal"}
	end := hooks.End
	hooks.End = func(ctx context.Context, tx *sqlitedb.Tx) error {
		if err := end(ctx, tx); err != nil {
			return err
		}
		return m.mark(ctx, tx)
	}
	return hooks
}

// logMarker names logs. It is of the writer's goroutine.
type logMarker struct {
	file    string
	changes int64 // that its connection has made
}

const sqlChanges = "SELECT total_changes()"

// mark names the log that the transaction goes to, if it changes something and the log has no name, and a store
// that has none. When the transaction itself begins a log, the next one names it.
func (m *logMarker) mark(ctx context.Context, tx *sqlitedb.Tx) error {
	was := m.changes
	if err := tx.Get(ctx, &m.changes, sqlChanges); err != nil {
		return err
	}
	var found []string
	if err := tx.Select(ctx, &found, sqlFactLog); err != nil || len(found) > 0 && m.changes == was {
		return err
	}
	name, salts := storeName(found), hex.EncodeToString([]byte(sqlitedb.LogSalts(m.file)))
	if name == "" {
		name = rand.Text()
	}
	if salts == "" { // the first of a log: what is written must be something else than before, else SQLite writes nothing
		salts = rand.Text()
	}
	value := name + " " + salts
	if slices.Contains(found, value) {
		return nil
	}
	_, err := tx.Exec(ctx, "INSERT INTO store (key, value, sum)\nVALUES (?, ?, ?)\nON CONFLICT (key) DO UPDATE SET value = excluded.value, sum = excluded.sum",
		factLog, value, rows.PlainOf("store").Sum([]any{factLog, value}))
	if err != nil {
		return err
	}
	return tx.Get(ctx, &m.changes, sqlChanges)
}

// storeName is the name in the fact, if there is one.
func storeName(fact []string) string {
	if len(fact) == 0 {
		return ""
	}
	name, _, _ := strings.Cut(fact[0], " ")
	return name
}

// nameInFile is the name of the store as the file of the database says without its log; "" where
// there is no log, or no name. Nobody else may have the store open.
func (s *opening) nameInFile(ctx context.Context) string {
	if !hasLog(s.Path()) {
		return ""
	}
	db, err := sqlitedb.Open(ctx, s.Path(), sqlitedb.Options{ReadOnly: true, Readers: 1, URI: url.Values{"mode": {"ro"}, "immutable": {"1"}}})
	if err != nil {
		return ""
	}
	var found []string
	err = db.View(ctx, func(ctx context.Context, q *sqlitedb.Tx) error { return q.Select(ctx, &found, sqlFactLog) })
	if err = errors.Join(err, db.Close(context.WithoutCancel(ctx))); err != nil {
		return "" // it was made by an earlier version, or is damaged
	}
	return storeName(found)
}

// hasLog tells whether a log lies beside a database that may hold something.
func hasLog(db string) bool {
	info, err := os.Stat(durable.Target(db) + "-wal")
	return err == nil && info.Size() > walHeader
}

// ownLog refuses a log with the name of another store. conn reads through the log and has
// written nothing.
func (s *opening) ownLog(ctx context.Context, conn *sql.Conn) error {
	if s.name == "" {
		return nil
	}
	var fact string
	if err := conn.QueryRowContext(ctx, sqlFactLog).Scan(&fact); err != nil {
		return nil // whoever looks at the schema tells
	}
	if name := storeName([]string{fact}); name == "" || name == s.name {
		return nil
	}
	file := durable.Target(s.Path()) + "-wal"
	if log, err := sqlitedb.ReadLogFile(file); err != nil || log.Whole() {
		return err
	}
	return fmt.Errorf("%w: %s", ErrStrayLog, file)
}

// CheckLog is repo.CheckLog. Every option is given.
func CheckLog(ctx context.Context, dir string, opt Options) error {
	if !hasLog(DBPath(dir)) {
		return nil
	}
	opt.ReadOnly, opt.Untouched, opt.NoCreate, opt.NoMigrate = true, true, true, true
	s, err := Open(ctx, dir, opt)
	switch {
	case err == nil:
		_ = s.DB.Close(context.WithoutCancel(ctx)) // whoever goes on finds what is wrong
	case errors.Is(err, ErrStrayLog):
		return err
	}
	return ctx.Err()
}

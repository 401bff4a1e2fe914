package sqlitedb

import (
	"fmt"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// withoutTriggers turns the triggers off on one connection of the driver: they
// are there for the writes of other programs and SQLite
// prepares each statement on a table that has triggers for an abort in the middle
// of them, which costs a copy of every page that the statement changes.
//
// SQLite has no pragma for it, and the driver no method. Where it cannot be done
// the triggers stay on, and everything works as before, slower, because they know
// the writes of this program.
func withoutTriggers(dc any) (err error) {
	h, err := handleOf(dc)
	if err == nil {
		err = h.config(sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
	}
	if err != nil {
		return fmt.Errorf("turn the triggers off: %w", err)
	}
	return nil
}

// config turns something of the connection off or on.
func (h handle) config(what, to int32) error {
	args := libc.NewVaList(to, uintptr(0)) // no answer wanted
	defer libc.Xfree(h.tls, args)
	if rc := sqlite3.Xsqlite3_db_config(h.tls, h.db, what, args); rc != sqlite3.SQLITE_OK {
		return fmt.Errorf("SQLite code %d", rc)
	}
	return nil
}

// WithoutModules takes the virtual tables away from the connection of a transaction that
// Same has given and that has not used any, and reports whether it could: an integrity
// check of the file then passes them over. Like withoutTriggers it looks into the driver's connection.
func (tx *Tx) WithoutModules() bool {
	err := tx.conn.Raw(func(dc any) error {
		h, err := handleOf(dc)
		if err != nil {
			return err
		}
		if rc := sqlite3.Xsqlite3_drop_modules(h.tls, h.db, 0); rc != sqlite3.SQLITE_OK {
			return fmt.Errorf("drop the modules: SQLite code %d", rc)
		}
		return nil
	})
	return err == nil
}

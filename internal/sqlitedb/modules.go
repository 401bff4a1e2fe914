package sqlitedb

import (
	"fmt"

	sqlite3 "modernc.org/sqlite/lib"
)

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

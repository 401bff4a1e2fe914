package sqlitedb

import (
	"fmt"
	"reflect"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// withoutTriggers turns the triggers off on one connection of the driver: they
// are there for the writes of other programs and SQLite
// prepares each statement on a table that has triggers for an abort in the middle
// of them, which costs a copy of every page that the statement changes.
//
// SQLite has no pragma for it, and the driver no method, so this looks at the two
// fields of the driver's connection that the call needs. A driver that has them
// no more gives an error; the triggers then stay on, and everything works as
// before, slower, because they know the writes of this program.
func withoutTriggers(dc any) error {
	t, db, err := handleOf(dc)
	if err != nil {
		return err
	}
	args := libc.NewVaList(int32(0), uintptr(0)) // off; no answer wanted
	defer libc.Xfree(t, args)
	if rc := sqlite3.Xsqlite3_db_config(t, db, sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER, args); rc != sqlite3.SQLITE_OK {
		return fmt.Errorf("turn the triggers off: SQLite code %d", rc)
	}
	return nil
}

// handleOf gives what calls into SQLite need of a connection of the driver.
func handleOf(dc any) (*libc.TLS, uintptr, error) {
	v := reflect.Indirect(reflect.ValueOf(dc))
	if v.Kind() != reflect.Struct {
		return nil, 0, fmt.Errorf("driver connection %T is no struct", dc)
	}
	tls, db := v.FieldByName("tls"), v.FieldByName("db")
	if !tls.IsValid() || tls.Type() != reflect.TypeFor[*libc.TLS]() || !db.IsValid() || db.Kind() != reflect.Uintptr || tls.IsNil() || db.Uint() == 0 {
		return nil, 0, fmt.Errorf("driver connection %T is not as expected", dc)
	}
	return (*libc.TLS)(tls.UnsafePointer()), uintptr(db.Uint()), nil
}

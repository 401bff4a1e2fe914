package sqlitedb

import (
	"fmt"
	"reflect"
	"syscall"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// handle is SQLite's own connection, inside that of the driver.
type handle struct {
	tls *libc.TLS
	db  uintptr
}

// handleOf looks at the two fields of the driver's connection that calls of SQLite
// need for which the driver has no method. A driver that has them no more gives an
// error; everything works without such calls, slower.
func handleOf(dc any) (h handle, err error) {
	v := reflect.Indirect(reflect.ValueOf(dc))
	if v.Kind() != reflect.Struct {
		return h, fmt.Errorf("driver connection %T is no struct", dc)
	}
	tls, db := v.FieldByName("tls"), v.FieldByName("db")
	if !tls.IsValid() || tls.Type() != reflect.TypeFor[*libc.TLS]() || !db.IsValid() || db.Kind() != reflect.Uintptr || tls.IsNil() || db.Uint() == 0 {
		return h, fmt.Errorf("driver connection %T is not as expected", dc)
	}
	return handle{(*libc.TLS)(tls.UnsafePointer()), uintptr(db.Uint())}, nil
}

// systemError is what the system said when the connection last could not read or write.
func (h handle) systemError() error {
	if errno := sqlite3.Xsqlite3_system_errno(h.tls, h.db); errno != 0 {
		return syscall.Errno(errno)
	}
	return nil
}

// setMutex makes the connection one that was opened with SQLITE_OPEN_NOMUTEX, which is
// one without a mutex, and gives the mutex that it had. The driver opens every one with
// SQLITE_OPEN_FULLMUTEX, and then each look at a value of a row takes the mutex and gives
// it back: a third of what reading a row costs. It keeps nobody apart here, since a
// connection belongs to one transaction at a time, whose calls wait for each other in Go.
// SQLite frees the mutex with the connection, so it must be put back before that.
func (h handle) setMutex(mutex uintptr) (was uintptr) {
	at := h.db + unsafe.Offsetof(sqlite3.Tsqlite3{}.Fmutex)
	was = libc.AtomicLoadPUintptr(at)
	libc.AtomicStorePUintptr(at, mutex)
	return was
}

package sqlitedb

import (
	"fmt"
	"reflect"

	"modernc.org/libc"
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

package sqlsh

import (
	"sync"

	"taskstore/migrations"

	"modernc.org/sqlite"
)

// ownNames are the tables and views of every store.
var ownNames = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{}
	for _, o := range migrations.Objects() {
		if o.Type == "table" || o.Type == "view" {
			names[o.Name] = true
		}
	}
	return names
})

// ownObject tells whether an action makes, changes or removes a table or view of the store, or an
// index or trigger on one; name is which.
func ownObject(action sqlite.AuthorizerActionCode, arg1, arg2 string) (name string, is bool) {
	switch action {
	case sqlite.AuthDropTable, sqlite.AuthDropVTable, sqlite.AuthDropView:
		name = arg1
	case sqlite.AuthAlterTable, sqlite.AuthDropIndex, sqlite.AuthDropTrigger,
		sqlite.AuthCreateIndex, sqlite.AuthCreateTrigger, sqlite.AuthCreateTempTrigger, sqlite.AuthDropTempTrigger:
		name = arg2
	}
	return name, ownNames()[name]
}

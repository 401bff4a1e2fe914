package migrations

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"

	"taskstore/internal/pattern"
	"taskstore/internal/sqlfile"
)

// Object is a table, index, trigger or view, as the list of a database has it.
type Object struct {
	Type  string `db:"type"`
	Name  string `db:"name"`
	Table string `db:"tbl_name"` // that it is on; its own name for a table or a view
	SQL   string `db:"sql"`
}

// SQLObjects reads the list of a database. Indexes that SQLite makes by itself have no
// text. A text that became bytes is told apart, which SQLite does not.
const SQLObjects = `SELECT type, name, tbl_name, iif(typeof(sql) = 'blob', 'bytes: ' || sql, coalesce(sql, '')) AS sql
FROM sqlite_schema
WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\'`

// SQLMisnamed names the objects of which the list says what cannot be so: their type or name became bytes, which SQLite
// reads as if it were the text and does not find when the object is dropped; an index of SQLite's own is no index
// or on another table than its name says, so that nobody keeps it; what has no pages has one.
const SQLMisnamed = `SELECT CAST(type AS TEXT) || ' ' || CAST(name AS TEXT)
FROM sqlite_schema
WHERE 'blob' IN (typeof(type), typeof(name), typeof(tbl_name)) OR ` + ownIndexMisnamed + " OR " + strangePage

const (
	ownIndexMisnamed = `name LIKE 'sqlite\_autoindex\_%' ESCAPE '\' AND (type <> 'index' OR substr(name, 1, length('sqlite_autoindex__' || tbl_name)) <> 'sqlite_autoindex_' || tbl_name || '_')`
	strangePage      = "rootpage <> 0 AND (type IN ('trigger', 'view') OR sql LIKE 'CREATE VIRTUAL %')"
)

// ApplicationID and UserVersion stand in the header of every store.
const (
	ApplicationID = 1414744915 // TSKS
	UserVersion   = 0
)

// schemaText is the schema after every migration. A test makes it and holds it to be true.
//
//go:embed testdata/schema.sql
var schemaText string

var (
	objectStart = pattern.Of(`(?m)^CREATE (?:UNIQUE |VIRTUAL )?(TABLE|INDEX|TRIGGER|VIEW) '?(\w+)`)
	objectOn    = pattern.Of(` ON (\w+)`)
)

// Objects gives what the migrations make, in an order in which it can be made. The
// caller does not change it.
var Objects = sync.OnceValue(func() []Object {
	var list []Object
	text := strings.ReplaceAll(schemaText, "\r\n", "\n")
	for _, sql := range strings.Split(text, ";\n\n") {
		if at := objectStart.FindStringIndex(sql); at != nil {
			list = append(list, objectOf(strings.TrimSuffix(sql[at[0]:], ";\n")))
		}
	}
	return list
})

// objectOf reads from its text what an object is.
func objectOf(sql string) Object {
	m := objectStart.FindStringSubmatch(sql)
	if m == nil {
		return Object{SQL: sql}
	}
	o := Object{Type: strings.ToLower(m[1]), Name: m[2], Table: m[2], SQL: sql}
	if o.Type == "index" || o.Type == "trigger" {
		if on := objectOn.FindStringSubmatch(sql); on != nil {
			o.Table = on[1]
		}
	}
	return o
}

// ObjectsOf makes objects of their texts, for Compare.
func ObjectsOf(texts []string) []Object {
	list := make([]Object, len(texts))
	for i, sql := range texts {
		list[i] = objectOf(sql)
	}
	return list
}

// Text is the text of the object of that name that the migrations make.
func Text(name string) string {
	for _, o := range Objects() {
		if o.Name == name {
			return o.SQL
		}
	}
	return ""
}

// SQLApplied reads the list of applied files.
const SQLApplied = `SELECT version, name, sha256, applied_at
FROM schema_files
ORDER BY version`

// CheckApplied holds the list of applied files of a store that has the tables of this
// program against its files, and says what differs: nil, or ErrDamaged.
func CheckApplied(applied []Migration) error {
	files, err := own()
	if err != nil {
		return err
	}
	st, err := compare(applied, files)
	if err != nil || len(st.Pending) > 0 {
		return damagedList(err)
	}
	for i, f := range files {
		if applied[i].Name != f.Name {
			return damagedList(fmt.Errorf("%s is noted as %s", f.Name, applied[i].Name))
		}
	}
	return nil
}

// Difference is in what an object of a store is not as it should be.
type Difference string

// The differences.
const (
	Gone    Difference = "gone"
	Differs Difference = "differs"
	Strange Difference = "strange" // another program has made it
)

// Fault is an object that is not as this program makes it.
type Fault struct {
	Object        // as it should be; a strange one as it is
	Is     string // its text now
	Difference
}

// Data tells whether the object holds what cannot be made anew.
func (f Fault) Data() bool { return f.Type == "table" && f.Difference != Strange }

// Compare holds the list of a database against what this program makes: Objects and more. The tables
// of Litestream may be there and not be there.
func Compare(found, more []Object) (faults []Fault) {
	is := make(map[string]Object, len(found))
	for _, o := range found {
		is[o.Type+" "+o.Name] = o
	}
	for _, list := range [][]Object{Objects(), more} {
		for _, want := range list {
			key := want.Type + " " + want.Name
			o, there := is[key]
			delete(is, key)
			switch {
			case !there:
				faults = append(faults, Fault{Object: want, Difference: Gone})
			case o.Table != want.Table || strings.ReplaceAll(o.SQL, "\r\n", "\n") != want.SQL:
				faults = append(faults, Fault{Object: want, Is: o.SQL, Difference: Differs})
			}
		}
	}
	for _, o := range found { // in their order
		if _, strange := is[o.Type+" "+o.Name]; strange && !(o.Type == "table" && sqlfile.OfFollower(o.Name)) {
			faults = append(faults, Fault{Object: o, Is: o.SQL, Difference: Strange})
		}
	}
	return faults
}

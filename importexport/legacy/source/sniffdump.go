package source

import (
	"bytes"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
)

// appName begins the names of the application's database and of most of its keys of
// localStorage.
const appName = "taskerino"

// browser says whether the object is a dump of what an application keeps in a browser.
func isBrowserDump(sh *rawjson.Shape) bool {
	return knownMembers(sh) == 0 && (sh.Kinds["localStorage"] != 0 || sh.Kinds["indexedDB"] != 0 || sh.Kinds["origins"] == '[')
}

// database says whether the object is a dump of an IndexedDB.
func isDatabase(sh *rawjson.Shape) bool {
	return knownMembers(sh) == 0 && LeadsToStores(sh) && !sh.Record() || sh.Kinds["collections"] == '{' && sh.Has("backups")
}

// ofAnyone says whether an object of this form may be of any application; then its
// content says whose it is.
func ofAnyone(sh *rawjson.Shape, form string) bool {
	return form == names.FormBrowser || form == names.FormDatabase && !sh.Has("collections", "backups", names.DatabaseName)
}

// mentions says whether a word stands in the text of l.
func mentions(l rawjson.Layer, word string) bool {
	m := &mention{word: []byte(word)}
	s, err := l(nil)
	if err != nil {
		return false
	}
	defer s.Close()
	if _, err := s.Peek(); err == nil {
		_ = s.Feed(m)
	}
	return m.found
}

// mention looks for a word in what is written to it.
type mention struct {
	word  []byte
	rest  []byte // the end of what was written, shorter than the word
	found bool
}

func (m *mention) Write(p []byte) (int, error) {
	text := append(m.rest, p...)
	m.found = m.found || bytes.Contains(text, m.word)
	m.rest = bytes.Clone(text[max(0, len(text)-len(m.word)+1):])
	return len(p), nil
}

// sniffed elements of a list that say nothing are passed over, up to this many.
const maxSniffed = 200

// sniffList tells what a list is by its first object, or by its pairs of a key and a
// value.
func sniffList(l rawjson.Layer, name string) (form, key string, err error) {
	s, err := l(nil)
	if err != nil {
		return names.FormUnknown, "", err
	}
	defer s.Close()
	if _, err := s.Peek(); err != nil {
		return names.FormUnknown, "", nil
	}
	form = names.FormUnknown
	err = s.Array(func(i int, kind byte) error {
		if i == maxSniffed {
			return rawjson.ErrEnough
		}
		var more bool
		switch kind {
		case '{':
			form, key, more, err = sniffElement(l.Element(i), name)
		case '[':
			form, more, err = sniffPair(l.Element(i))
		default:
			more = true
		}
		if err == nil && !more {
			err = rawjson.ErrEnough
		}
		if err != nil {
			return err
		}
		return s.Skip()
	})
	if rawjson.Fatal(err) {
		return form, key, err
	}
	return form, key, nil
}

// sniffElement tells by an object in a list what the list is; more says that it does
// not tell.
func sniffElement(l rawjson.Layer, name string) (form, key string, more bool, err error) {
	sh, err := rawjson.Probe(l)
	if err != nil {
		return names.FormUnknown, "", false, err
	}
	switch {
	case sh.Kinds["name"] == '"' && sh.DataAt >= 0:
		return names.FormDatabase, "", false, nil
	case entityForm(sh, name) != "":
		return names.FormCollection, entityForm(sh, name), false, nil
	case LeadsToStores(sh) && mentions(l, appName):
		return names.FormDatabase, "", false, nil
	case PairName(sh) != "" && names.LocalKey(PairName(sh)):
		return names.FormState, "", false, nil
	case PairName(sh) == "" || sh.Kinds["value"] != '{':
		return names.FormUnknown, "", PairName(sh) != "", nil
	}
	at, err := l.ValueOf()
	if err != nil || at == nil {
		return names.FormUnknown, "", true, err
	}
	if sh, err = rawjson.Probe(at); err == nil && sh.Record() {
		return names.FormDatabase, "", false, nil
	}
	return names.FormUnknown, "", true, err
}

// sniffPair tells by a pair of a key and a value what its list is.
func sniffPair(l rawjson.Layer) (form string, more bool, err error) {
	s, err := l.Element(0)(nil)
	if err != nil {
		if rawjson.Fatal(err) {
			return names.FormUnknown, false, err
		}
		return names.FormUnknown, true, nil
	}
	defer s.Close()
	if kind, err := s.Peek(); err != nil || kind != '"' {
		return names.FormUnknown, true, nil
	}
	if name, err := s.Scalar(); err == nil && names.LocalKey(name) {
		return names.FormState, false, nil
	}
	sh, err := rawjson.Probe(l.Element(1))
	if err == nil && sh.Record() {
		return names.FormDatabase, false, nil
	}
	if rawjson.Fatal(err) {
		return names.FormUnknown, false, err
	}
	return names.FormUnknown, true, nil
}

// What the members of a dump's tree are: they lead to the stores, to the rows of one,
// or say something about it.
var (
	DumpLeads = names.Set(names.DatabaseName, "data", "stores", "objectStores", "tables", "databases", "database")
	DumpRows  = names.Set("rows", "records", "data", "values", "entries", "items")
	DumpHeads = names.Set("name", "tableName", "storeName", "version", "timestamp", "exportedAt", "formatName", "formatVersion",
		"databaseName", "databaseVersion", "dbName", "database", "schema", "rowCount", "inbound", "keyPath", "autoIncrement",
		"indexes", "origin", "url", "date")
)

// tree says whether the object leads to stores.
func LeadsToStores(sh *rawjson.Shape) bool {
	if sh.Text("formatName") == "dexie" {
		return true
	}
	for name := range DumpLeads {
		if kind := sh.Kinds[name]; name != "data" && (kind == '{' || kind == '[') {
			return true
		}
	}
	for _, name := range []string{"name", "databaseName", "dbName", "database"} {
		if sh.Text(name) == names.DatabaseName {
			return true
		}
	}
	return false
}

// dump says whether the object is one of keys of localStorage.
func IsStateDump(sh *rawjson.Shape) bool {
	for name := range sh.Kinds {
		if names.LocalKey(name) {
			return true
		}
	}
	return knownMembers(sh) == 0 && sh.Has("ned-memories", "openai-api-key", "claude-api-key")
}

// PairName returns the key of an object {key, value}; "" if it is none.
func PairName(sh *rawjson.Shape) string {
	if !sh.Has("value") {
		return ""
	}
	for _, member := range []string{"key", "name"} {
		if sh.Kinds[member] == '"' {
			return sh.Text(member)
		}
	}
	return ""
}

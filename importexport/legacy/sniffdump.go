package legacy

import (
	"bytes"
)

// appName begins the names of the application's database and of most of its keys of
// localStorage.
const appName = "taskerino"

// browser says whether the object is a dump of what an application keeps in a browser.
func isBrowserDump(sh *shape) bool {
	return knownMembers(sh) == 0 && (sh.kinds["localStorage"] != 0 || sh.kinds["indexedDB"] != 0 || sh.kinds["origins"] == '[')
}

// database says whether the object is a dump of an IndexedDB.
func isDatabase(sh *shape) bool {
	return knownMembers(sh) == 0 && leadsToStores(sh) && !sh.record() || sh.kinds["collections"] == '{' && sh.has("backups")
}

// ofAnyone says whether an object of this form may be of any application; then its
// content says whose it is.
func ofAnyone(sh *shape, form string) bool {
	return form == formBrowser || form == formDatabase && !sh.has("collections", "backups", databaseName)
}

// mentions says whether a word stands in the text of l.
func mentions(l layer, word string) bool {
	m := &mention{word: []byte(word)}
	s, err := l(nil)
	if err != nil {
		return false
	}
	defer s.Close()
	if _, err := s.peek(); err == nil {
		_ = s.feed(m)
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
func sniffList(l layer, name string) (form, key string, err error) {
	s, err := l(nil)
	if err != nil {
		return formUnknown, "", err
	}
	defer s.Close()
	if _, err := s.peek(); err != nil {
		return formUnknown, "", nil
	}
	form = formUnknown
	err = s.array(func(i int, kind byte) error {
		if i == maxSniffed {
			return errEnough
		}
		var more bool
		switch kind {
		case '{':
			form, key, more, err = sniffElement(l.element(i), name)
		case '[':
			form, more, err = sniffPair(l.element(i))
		default:
			more = true
		}
		if err == nil && !more {
			err = errEnough
		}
		if err != nil {
			return err
		}
		return s.skip()
	})
	if fatal(err) {
		return form, key, err
	}
	return form, key, nil
}

// sniffElement tells by an object in a list what the list is; more says that it does
// not tell.
func sniffElement(l layer, name string) (form, key string, more bool, err error) {
	sh, err := probe(l)
	if err != nil {
		return formUnknown, "", false, err
	}
	switch {
	case sh.kinds["name"] == '"' && sh.dataAt >= 0:
		return formDatabase, "", false, nil
	case entityForm(sh, name) != "":
		return formCollection, entityForm(sh, name), false, nil
	case leadsToStores(sh) && mentions(l, appName):
		return formDatabase, "", false, nil
	case pairName(sh) != "" && localKey(pairName(sh)):
		return formState, "", false, nil
	case pairName(sh) == "" || sh.kinds["value"] != '{':
		return formUnknown, "", pairName(sh) != "", nil
	}
	at, err := l.valueOf()
	if err != nil || at == nil {
		return formUnknown, "", true, err
	}
	if sh, err = probe(at); err == nil && sh.record() {
		return formDatabase, "", false, nil
	}
	return formUnknown, "", true, err
}

// sniffPair tells by a pair of a key and a value what its list is.
func sniffPair(l layer) (form string, more bool, err error) {
	s, err := l.element(0)(nil)
	if err != nil {
		if fatal(err) {
			return formUnknown, false, err
		}
		return formUnknown, true, nil
	}
	defer s.Close()
	if kind, err := s.peek(); err != nil || kind != '"' {
		return formUnknown, true, nil
	}
	if name, err := s.scalar(); err == nil && localKey(name) {
		return formState, false, nil
	}
	sh, err := probe(l.element(1))
	if err == nil && sh.record() {
		return formDatabase, false, nil
	}
	if fatal(err) {
		return formUnknown, false, err
	}
	return formUnknown, true, nil
}

// What the members of a dump's tree are: they lead to the stores, to the rows of one,
// or say something about it.
var (
	dumpLeads = names(databaseName, "data", "stores", "objectStores", "tables", "databases", "database")
	dumpRows  = names("rows", "records", "data", "values", "entries", "items")
	dumpHeads = names("name", "tableName", "storeName", "version", "timestamp", "exportedAt", "formatName", "formatVersion",
		"databaseName", "databaseVersion", "dbName", "database", "schema", "rowCount", "inbound", "keyPath", "autoIncrement",
		"indexes", "origin", "url", "date")
)

// tree says whether the object leads to stores.
func leadsToStores(sh *shape) bool {
	if sh.text("formatName") == "dexie" {
		return true
	}
	for name := range dumpLeads {
		if kind := sh.kinds[name]; name != "data" && (kind == '{' || kind == '[') {
			return true
		}
	}
	for _, name := range []string{"name", "databaseName", "dbName", "database"} {
		if sh.text(name) == databaseName {
			return true
		}
	}
	return false
}

// dump says whether the object is one of keys of localStorage.
func isStateDump(sh *shape) bool {
	for name := range sh.kinds {
		if localKey(name) {
			return true
		}
	}
	return knownMembers(sh) == 0 && sh.has("ned-memories", "openai-api-key", "claude-api-key")
}

// pairName returns the key of an object {key, value}; "" if it is none.
func pairName(sh *shape) string {
	if !sh.has("value") {
		return ""
	}
	for _, member := range []string{"key", "name"} {
		if sh.kinds[member] == '"' {
			return sh.text(member)
		}
	}
	return ""
}

package repo_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"taskstore/internal/sqlfile"
	"taskstore/internal/testdb"
)

// runByDriver runs each statement in a transaction that is rolled back.
func runByDriver(t *testing.T, file []byte, modes []string, writes []externalWrite) (found [][]externalChange) {
	path := filepath.Join(testdb.Dir(t), "store.db")
	fatal(t, os.WriteFile(path, file, 0o600))
	for _, mode := range modes {
		db, err := sqlfile.Open(path, "")
		fatal(t, err)
		exec := func(text string) error { _, err := db.Exec(text); return err }
		dump := func(tables ...string) map[string]bool {
			all := map[string]bool{}
			for _, table := range tables {
				list, err := db.Query(externalDump[table])
				fatal(t, err)
				for list.Next() {
					var row string
					fatal(t, list.Scan(&row))
					all[row] = true
				}
				fatal(t, list.Close())
			}
			return all
		}
		fatal(t, exec(mode))
		before := map[string]map[string]bool{}
		for table := range externalDump {
			before[table] = dump(table)
		}
		var changes []externalChange
		for _, w := range writes {
			fatal(t, exec("BEGIN"))
			change := externalChange{Failed: exec(w.SQL) != nil}
			for _, table := range w.Tables {
				after := dump(table)
				change.Came, change.Went = append(change.Came, without(after, before[table])...), append(change.Went, without(before[table], after)...)
			}
			fatal(t, exec("ROLLBACK"))
			changes = append(changes, change)
		}
		found = append(found, changes)
		fatal(t, db.Close())
	}
	return found
}

func without(list, others map[string]bool) (rest []string) {
	for row := range list {
		if !others[row] {
			rest = append(rest, row)
		}
	}
	return rest
}

// runByPython does the same with the SQLite of Python, an older one.
func runByPython(t *testing.T, file []byte, modes []string, writes []externalWrite) (found [][]externalChange) {
	s := testdb.Unchecked(t)
	fatal(t, s.Close())
	fatal(t, os.WriteFile(s.Path(), file, 0o600))
	in, err := json.Marshal(map[string]any{"Modes": modes, "Writes": writes, "Dump": externalDump})
	fatal(t, err)
	quoted, err := json.Marshal(string(in))
	fatal(t, err)
	out := testdb.Python(t, s, `import json, sqlite3, sys
given = json.loads(`+string(quoted)+`)
def dump(table):
    return {row for (row,) in db.execute(given["Dump"][table])}
found = []
for mode in given["Modes"]:
    db = sqlite3.connect(sys.argv[1], isolation_level=None)
    for pragma in mode.split(";"):
        db.execute(pragma)
    before, changes = {table: dump(table) for table in given["Dump"]}, []
    for write in given["Writes"]:
        db.execute("BEGIN")
        came, went, failed = set(), set(), False
        try:
            for part in write["SQL"].split("; "):
                db.execute(part)
        except sqlite3.Error:
            failed = True
        for table in write["Tables"]:
            after = dump(table)
            came, went = came | after - before[table], went | before[table] - after
        db.execute("ROLLBACK")
        changes.append({"Came": list(came), "Went": list(went), "Failed": failed})
    found.append(changes)
    db.close()
print(json.dumps(found))
`)
	fatal(t, json.Unmarshal([]byte(out), &found))
	return found
}

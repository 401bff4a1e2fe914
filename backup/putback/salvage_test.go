package putback

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"taskstore/backup/internal/backuptest"
	"taskstore/backup/pages"
)

// wreckage is a database of 3,000 notes with tags, a copy of it, and an empty one of the
// same schema.
func wreckage(t *testing.T) (db, old, to string) {
	t.Helper()
	dir := t.TempDir()
	const schema = `
		CREATE TABLE notes (pk INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL) STRICT;
		CREATE TABLE tags (note_pk INTEGER NOT NULL, pos INTEGER NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (note_pk, pos)) STRICT, WITHOUT ROWID;`
	to = filepath.Join(dir, "to.db")
	backuptest.Execute(t, backuptest.Open(t, to, "mode=rwc"), schema)
	db, old = filepath.Join(dir, "wreck.db"), filepath.Join(dir, "old.db")
	pool := backuptest.Open(t, db, "mode=rwc")
	backuptest.Execute(t, pool, schema+`
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
		INSERT INTO notes SELECT i, 'n' || i, hex(randomblob(100)) FROM n;
		INSERT INTO tags SELECT pk, pos, 'tag ' || pk || ' ' || pos FROM notes, (SELECT 0 AS pos UNION SELECT 1 UNION SELECT 2);
		CREATE TABLE others (x ANY);
		INSERT INTO others VALUES (1), ('two'), (x'03'), (NULL), (4.5);`)
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	backuptest.Copied(t, db, old)
	return db, old, to
}

// leaves gives pages of a table that hold rows.
func leaves(t *testing.T, db, table string) (found []int64) {
	t.Helper()
	pool := backuptest.Open(t, db, "mode=ro")
	rows, err := pool.Query("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY pageno", table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
		found = append(found, n)
	}
	return found
}

// smash writes over a page.
func smashPage(t *testing.T, db string, page int64) {
	t.Helper()
	f, err := os.OpenFile(db, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	junk := make([]byte, 4096)
	for i := range junk {
		junk[i] = 0xa5
	}
	if _, err := f.WriteAt(junk, (page-1)*4096); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func salvageAll(t *testing.T, db, old, to string) map[string]Salvaged {
	t.Helper()
	list, err := Salvage(context.Background(), db, old, to, func(string) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]Salvaged{}
	for _, one := range list {
		got[one.Table] = one
	}
	return got
}

// TestSalvage smashes pages at the beginning, in the middle and at the end of a table: all
// other rows are carried over, and those on the pages are named, or come from the backup.
func TestSalvage(t *testing.T) {
	for _, table := range []string{"notes", "tags"} {
		for _, from := range []bool{false, true} {
			t.Run(fmt.Sprint(table, from), func(t *testing.T) {
				db, old, to := wreckage(t)
				list := leaves(t, db, table)
				if len(list) < 20 {
					t.Fatalf("%d pages", len(list))
				}
				for _, i := range []int{0, 5, 6, 11, len(list) - 1} {
					smashPage(t, db, list[i])
				}
				if !from {
					old = ""
				}
				got := salvageAll(t, db, old, to)
				total := map[string]int64{"notes": 3000, "tags": 9000}[table]
				one := got[table]
				if !one.Damaged || one.Rows < total*8/10 || one.Rows >= total {
					t.Errorf("%+v", one)
				}
				pool := backuptest.Open(t, to, "mode=ro")
				is := backuptest.Number(t, pool, "SELECT count(*) FROM "+table)
				switch {
				case from && (is != total || one.Rows+int64(len(one.Unread)) != total || one.Lost() > 0):
					t.Errorf("%d rows of %d; %d read, %d not, %d lost", is, total, one.Rows, len(one.Unread), one.Lost())
				case !from && table == "notes" && (one.Rows+int64(one.Lost()) != total || one.Unread[0].ID != "n"+one.Unread[0].Key):
					t.Errorf("%d rows and %d lost of %d; %+v", one.Rows, one.Lost(), total, one.Unread[0])
				case !from && table == "tags" && !one.Unknown:
					t.Errorf("nothing tells what is lost: %+v", one)
				}
				for name, n := range map[string]int64{"notes": 3000, "tags": 9000, "others": 5} {
					if other := got[name]; name != table && (other.Damaged || other.Rows != n) {
						t.Errorf("%+v", other)
					}
				}
				if n := backuptest.Number(t, pool, "SELECT count(*) FROM others WHERE typeof(x) IN ('integer', 'text', 'blob', 'null', 'real')"); n != 5 {
					t.Errorf("%d values of others", n)
				}
				if _, err := pages.Inspect(t.Context(), to); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestSalvageLost: every page of a table that holds rows is gone.
func TestSalvageLost(t *testing.T) {
	db, old, to := wreckage(t)
	for _, page := range leaves(t, db, "notes") {
		smashPage(t, db, page)
	}
	if one := salvageAll(t, db, old, to)["notes"]; one.Rows != 0 || len(one.Unread) != 3000 || one.Lost() != 0 {
		t.Errorf("%d read, %d not, %d lost", one.Rows, len(one.Unread), one.Lost())
	}
}

package rows

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"taskstore/fts/index"
	"taskstore/internal/sqlitedb"
)

// Another program may open the database file and write. The triggers made here
// count such a write as a write: they keep the state that was overwritten as a
// revision of origin foreign, give the entity its next revision, and clear the
// checksums, so that a check knows the row as changed and not as damaged.
//
// They tell this program's writes by their checksums: an INSERT brings one, an
// UPDATE changes it. Deletes and the triggers' own writes are made while the row
// in table writer says active. They follow from the descriptions and are made
// anew whenever they would come out differently. The same triggers note the entity
// for the search index, which this program brings in step later, and bring its facets
// in step at once.

const sqlNow = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"

// Triggers gives the statements that create all triggers.
func Triggers() []string {
	var list []string
	for _, r := range Relations {
		list = append(list, r.triggers()...)
		list = append(append(list, r.heirTriggers()...), r.changeTriggers()...)
		for _, c := range r.Children {
			list = append(list, r.childTriggers(c)...)
		}
	}
	for _, r := range Relations {
		list = append(list, r.facetTriggers()...)
	}
	return append(list, settingsTriggers()...)
}

// trigger makes a trigger whose statements are not foreign ones.
func trigger(name, event, when string, body ...string) string {
	own := slices.Concat([]string{"UPDATE writer SET active = 1, foreign_writes = foreign_writes + 1"}, body, []string{"UPDATE writer SET active = 0"})
	return triggerOf(name, event, when, own...)
}

func triggerOf(name, event, when string, body ...string) string {
	if when != "" {
		when = "\nWHEN " + when
	}
	return "CREATE TRIGGER " + name + "\n" + event + when + "\nBEGIN\n    " + strings.Join(body, ";\n    ") + ";\nEND"
}

const (
	whenForeign = "(SELECT active FROM writer) = 0"
	whenInsert  = "NEW.sum IS NULL AND " + whenForeign
	whenUpdate  = "NEW.sum IS OLD.sum AND " + whenForeign
)

// RowJSON is the SQL that writes a row as a JSON object of its columns.
func RowJSON(of string, cols []string, more ...string) string {
	args := make([]string, len(cols), len(cols)+len(more))
	for i, c := range cols {
		args[i] = "'" + c + "', " + of + c
	}
	args = append(args, more...)
	return "json_object(" + strings.Join(args, ", ") + ")"
}

// keep is the statement that keeps a row as a revision, from where its columns are if that
// is not the row of the trigger. Without that it has VALUES: SQLite keeps the text of each
// column of a SELECT, in the memory of every connection.
func keep(kind, id, owner, rev, part, change, body, from string) string {
	row := "'" + kind + "', " + id + ", " + owner + ", " + rev + ", " + part + ", " + change + ", 'foreign', " + sqlNow + ", 'row', " + body
	into := "INSERT INTO revisions (kind, id, owner_pk, rev, part, change, origin, at, encoding, body) "
	if from == "" {
		return into + "VALUES (" + row + ")"
	}
	return into + "SELECT " + row + " AS body" + from
}

// lastRevSQL is the highest revision that a record of an id ever had.
func lastRevSQL(kind, id string) string {
	of := " WHERE kind = '" + kind + "' AND id = " + id
	return "max((SELECT coalesce(max(rev), 0) FROM revisions" + of + " AND part = ''), (SELECT coalesce(max(rev), 0) FROM tombstones" + of + "))"
}

func (r *Relation) triggers() []string {
	cols := Names(r.Cols)
	// What the entity owned went before it or with it, when its id was not to be
	// had any more.
	adopt := func(row, owners string) string {
		return "UPDATE revisions SET id = " + row + ".id, rev = " + row + ".rev WHERE kind = '" + r.Kind + "' AND id IS NULL AND owner_pk IN (" + owners + ")"
	}
	replaced := " FROM " + r.heirsView() + " WHERE pk = NEW.pk"
	there := " FROM " + r.Name + " WHERE id = NEW.id OR pk = NEW.pk"
	old := RowJSON("OLD.", cols)
	return []string{
		triggerOf(r.Name+"_foreign_replace", "BEFORE INSERT ON "+r.Name, whenInsert+" AND EXISTS (SELECT 1"+there+")",
			"UPDATE writer SET foreign_writes = foreign_writes + 1",
			keep(r.Kind, "id", "pk", "rev", "''", "'replace'", RowJSON("", cols), there),
			index.NoteForeign(r.Kind, "pk", there)),
		triggerOf(r.Name+"_foreign_insert", "AFTER INSERT ON "+r.Name, whenInsert,
			adopt("NEW", "SELECT replaced_pk"+replaced),
			"INSERT INTO "+r.heirsView()+" SELECT *"+replaced+" ORDER BY replaced_pk",
			r.change("NEW.pk", "NULL", "NULL", "NULL", "0", "", ChangeInsert, "NULL"),
			r.refacet("replaced_pk", replaced+" AND replaced_pk <> pk")),
		triggerOf(r.Name+"_foreign_update", "AFTER UPDATE OF "+strings.Join(cols, ", ")+" ON "+r.Name, whenUpdate,
			r.change("OLD.pk", "NEW.pk", "OLD.id", "OLD.rev", "max(OLD.rev, NEW.rev)", "", "update", old)),
		triggerOf(r.Name+"_foreign_delete", "AFTER DELETE ON "+r.Name, whenForeign,
			append(r.deleteChildren(), r.change("OLD.pk", "NULL", "OLD.id", "OLD.rev", "NULL", "", "delete", old), adopt("OLD", "OLD.pk"))...),
	}
}

func (r *Relation) heirsView() string { return r.Kind + "_foreign_heirs" }

// heirTriggers are the view of the records with the rows that they have replaced, and a
// trigger, INSTEAD OF an insert into it, that gives a record what such a row owned: without
// foreign keys it stands there without an owner.
func (r *Relation) heirTriggers() []string {
	list := []string{"UPDATE writer SET active = 1"}
	for _, c := range r.Children {
		list = append(list, "UPDATE OR IGNORE "+c.Table+" SET "+c.Owner+" = NEW.pk, sum = NULL WHERE "+c.Owner+" = NEW.replaced_pk")
	}
	return []string{
		"CREATE VIEW " + r.heirsView() + " AS\nSELECT e.pk, v.owner_pk AS replaced_pk FROM " + r.Name + " AS e CROSS JOIN revisions AS v ON v.kind = '" + r.Kind +
			"' AND v.id = e.id AND v.part = '' AND v.change = 'replace'",
		triggerOf(r.Kind+"_foreign_inherit", "INSTEAD OF INSERT ON "+r.heirsView(), "NOT EXISTS (SELECT 1 FROM "+r.Name+" WHERE pk = NEW.replaced_pk)",
			append(list, "UPDATE writer SET active = 0")...),
	}
}

// deleteChildren are the statements that remove what the deleted row owned: most
// tools do not enforce foreign keys. Each row is kept by its own trigger.
func (r *Relation) deleteChildren() []string {
	list := make([]string, len(r.Children))
	for i, c := range r.Children {
		list[i] = "DELETE FROM " + c.Table + " WHERE " + c.Owner + " = OLD.pk"
	}
	return list
}

func settingsTriggers() []string {
	cols := []string{"key", "value", "rev", "saved_at"}
	keepOld := func(change string) string {
		return keep("setting", "OLD.key", "NULL", "OLD.rev", "''", "'"+change+"'", RowJSON("OLD.", cols), "")
	}
	lastRev := lastRevSQL("setting", "NEW.key")
	return []string{
		trigger("settings_foreign_replace", "BEFORE INSERT ON settings",
			whenInsert+" AND EXISTS (SELECT 1 FROM settings WHERE key = NEW.key)",
			keep("setting", "key", "NULL", "rev", "''", "'replace'", RowJSON("", cols), " FROM settings WHERE key = NEW.key")),
		trigger("settings_foreign_insert", "AFTER INSERT ON settings", whenInsert,
			"UPDATE settings SET rev = "+lastRev+" + 1, saved_at = "+sqlNow+" WHERE key = NEW.key"),
		trigger("settings_foreign_update", "AFTER UPDATE ON settings", whenUpdate,
			keepOld("update"),
			"UPDATE settings SET sum = NULL, rev = max(OLD.rev, NEW.rev, "+lastRev+") + 1, saved_at = "+sqlNow+" WHERE key = NEW.key"),
		trigger("settings_foreign_delete", "AFTER DELETE ON settings", whenForeign, keepOld("delete")),
	}
}

// triggersSum is the number of the triggers and a checksum over them, so that the
// start of every program need not write them all to see that they are in place.
// It is made with the golden files, and a test holds it to be true.
//
//go:embed triggers.sum
var triggersSum string

func SumTriggers(list []string) string {
	sum := sha256.Sum256([]byte(strings.Join(list, ";\n")))
	return fmt.Sprintf("%d %s", len(list), hex.EncodeToString(sum[:]))
}

// IsTrigger tells whether a trigger of that name is one that is derived here, or was by
// another version.
func IsTrigger(name string) bool { return strings.Contains(name, "_foreign_") }

// ApplyTriggers makes the triggers of the file what they should be. lost is that some were
// gone, or strange ones there, though they had been made.
func ApplyTriggers(ctx context.Context, q *sqlitedb.Tx) (lost bool, err error) {
	var found struct {
		N    int    `db:"n"`
		Hash string `db:"hash"`
	}
	err = q.Get(ctx, &found, `SELECT (SELECT count(*) FROM sqlite_master WHERE type IN ('trigger', 'view') AND name LIKE '%\_foreign\_%' ESCAPE '\') AS n,
       coalesce((SELECT value FROM store WHERE key = 'triggers'), '') AS hash`)
	if err != nil || fmt.Sprintf("%d %s", found.N, found.Hash) == strings.TrimSpace(triggersSum) {
		return false, err
	}
	return strings.HasSuffix(strings.TrimSpace(triggersSum), " "+found.Hash), makeTriggers(ctx, q)
}

func makeTriggers(ctx context.Context, q *sqlitedb.Tx) error {
	var drop []string // the triggers before the views that they are on
	err := q.Select(ctx, &drop, `SELECT 'DROP ' || type || ' "' || name || '"' FROM sqlite_master
WHERE type IN ('trigger', 'view') AND name LIKE '%\_foreign\_%' ESCAPE '\' ORDER BY type`)
	if err == nil {
		err = execAll(ctx, q, drop)
	}
	if err != nil {
		return err
	}
	want := Triggers()
	if err := execAll(ctx, q, want); err != nil {
		return err
	}
	_, hash, _ := strings.Cut(SumTriggers(want), " ")
	_, err = q.Exec(ctx, `INSERT INTO store (key, value) VALUES ('triggers', ?)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, sum = NULL`, hash)
	return err
}

// SettleWriter makes the table by which the triggers know this program say that it is not
// writing: with another word they would notice nothing. It tells whether that was so.
func SettleWriter(ctx context.Context, q *sqlitedb.Tx) (wrong bool, err error) {
	if idle, err := WriterIdle(ctx, q); err != nil || idle {
		return false, err
	}
	_, err = q.Exec(ctx, "INSERT INTO writer (pk, active, foreign_writes)\nVALUES (1, 0, 0)\nON CONFLICT (pk) DO UPDATE SET active = 0")
	return true, err
}

// WriterIdle tells whether the table says that this program is not writing.
func WriterIdle(ctx context.Context, q sqlitedb.Conn) (idle bool, err error) {
	err = q.Get(ctx, &idle, "SELECT count(*) = 1 AND coalesce(sum(active), 1) = 0\nFROM writer")
	return idle, err
}

package rows

import (
	"taskstore/fts/index"
	"taskstore/schema"
)

// What an external write does to the record is the same for the record itself and for all
// lists of a kind. A trigger does it, INSTEAD OF an insert into a view without rows, so that
// the triggers of the tables say it in one line: every connection reads the text of all
// triggers when it is opened.

func (r *Relation) changesView() string { return r.Kind + "_foreign_changes" }

// change is the statement by which a trigger tells of a change: the record, the other one to
// which the row has gone, id and revision of the record if the trigger knows them, a number
// below its next revision, the table of a list, what has happened, and the row before it.
func (r *Relation) change(owner, now, id, rev, above, part, change, body string) string {
	return "INSERT INTO " + r.changesView() + " VALUES (" + owner + ", " + now + ", " + id + ", " + rev + ", " + above + ", '" + part + "', '" + change + "', " + body + ", NULL, NULL)"
}

// changeTriggers are the view and its trigger. A row that was added to a list is kept only if
// somebody owns it, others also when their owner went before.
func (r *Relation) changeTriggers() []string {
	const moved = "NEW.now_pk <> NEW.owner_pk"
	body := "NEW.body"
	if ranks := r.ranks(); ranks != "" {
		body = "CASE WHEN NEW.pos IS NULL THEN NEW.body ELSE rtrim(NEW.body, '}') || ',\"" + RankName + "\":' || " + ranks + " || '}' END"
	}
	next := "CASE WHEN NEW.above IS NULL THEN rev ELSE max(NEW.above, " + lastRevSQL(r.Kind, r.Name+".id") + ") END + 1"
	return []string{
		"CREATE VIEW " + r.changesView() + " (owner_pk, now_pk, id, rev, above, part, change, body, pos, now_pos) AS\nSELECT 0, 0, '', 0, 0, '', '', '', 0, 0 WHERE false",
		trigger(r.Kind+"_foreign_change", "INSTEAD OF INSERT ON "+r.changesView(), whenForeign,
			keep(r.Kind, "coalesce(NEW.id, e.id)", "NEW.owner_pk", "coalesce(NEW.rev, e.rev, 0)", "NEW.part", "NEW.change", body,
				" FROM (SELECT 1) LEFT JOIN "+r.Name+" AS e ON e.pk = NEW.owner_pk WHERE NEW.body IS NOT NULL AND (e.pk IS NOT NULL OR NEW.change <> '"+ChangeInsert+"')"),
			"UPDATE "+r.Name+" SET sum = NULL, rev = "+next+", saved_at = "+sqlNow+" WHERE pk IN (NEW.owner_pk, NEW.now_pk)",
			index.NoteForeign(r.Kind, "NEW.owner_pk", ""), index.NoteForeign(r.Kind, "NEW.now_pk", " WHERE "+moved),
			r.refacet("NEW.owner_pk", ""), r.refacet("NEW.now_pk", " WHERE "+moved)),
	}
}

func (r *Relation) childTriggers(c *Child) []string {
	key := "pk = NEW.pk"
	if !c.HasPK() {
		key = c.Owner + " = NEW." + c.Owner + " AND pos = NEW.pos"
	}
	if c.Form == schema.FormDocument {
		key = c.Owner + " = NEW." + c.Owner + " AND name = NEW.name"
	}
	told := func(row, now, nowPos, change string) string {
		place := "NULL, NULL"
		if c.ranked() {
			place = row + "pos, " + nowPos
		}
		return row + c.Owner + ", " + now + ", NULL, NULL, NULL, '" + c.Table + "', '" + change + "', " + RowJSON(row, c.StoredColumns()) + ", " + place
	}
	into := "INSERT INTO " + r.changesView() + " "
	// Whether this program is writing asks the trigger of the view, and the one that
	// writes by itself.
	return []string{
		triggerOf(c.Table+"_foreign_insert", "AFTER INSERT ON "+c.Table, "NEW.sum IS NULL", into+"SELECT "+told("", "NULL", "pos", ChangeInsert)+" FROM "+c.Table+" WHERE "+key),
		triggerOf(c.Table+"_foreign_update", "AFTER UPDATE ON "+c.Table, whenUpdate,
			into+"VALUES ("+told("OLD.", "NEW."+c.Owner, "NEW.pos", "update")+")", "UPDATE "+c.Table+" SET sum = NULL WHERE "+key+" AND sum IS NOT NULL"),
		triggerOf(c.Table+"_foreign_delete", "AFTER DELETE ON "+c.Table, "", into+"VALUES ("+told("OLD.", "NULL", "OLD.pos", "delete")+")"),
	}
}

// changeInsert is the change of a row that another tool has added: the state
// before it had none.
const ChangeInsert = "insert"

// rankName is the member of a kept row that tells how many elements stood before
// it: places in a list may have gaps, and are made anew when it is saved.
const RankName = "_at"

// ranked tells whether the rows have a place in a list.
func (c *Child) ranked() bool { return c.Form != schema.FormDocument && c.Form != schema.FormOne }

// ranks is the SQL of that number, for the lists of a kind.
func (r *Relation) ranks() string {
	cases := ""
	for _, c := range r.Children {
		if c.ranked() {
			cases += " WHEN '" + c.Table + "' THEN (SELECT count(*) FROM " + c.Table + " WHERE " + c.Owner + " = NEW.owner_pk AND pos < NEW.pos AND pos <> NEW.now_pos)"
		}
	}
	if cases == "" {
		return ""
	}
	return "CASE NEW.part" + cases + " END"
}

// StoredColumns are all columns of the table but the checksum.
func (c *Child) StoredColumns() []string {
	if c.Form == schema.FormDocument {
		return []string{c.Owner, "name", "body"}
	}
	cols := c.Columns()
	if c.HasPK() {
		return append([]string{"pk", c.Owner, "pos"}, cols[1:]...)
	}
	return append([]string{c.Owner, "pos"}, cols...)
}

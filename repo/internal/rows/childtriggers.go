package rows

import (
	"strings"

	"taskstore/fts/index"
	"taskstore/schema"
)

func (r *Relation) childTriggers(c *Child) []string {
	cols := c.StoredColumns()
	mark := func(owner string) string {
		return "UPDATE " + r.Name + " SET sum = NULL, rev = rev + 1, saved_at = " + sqlNow + " WHERE pk = " + owner
	}
	keepOld := func(change string) string {
		one := "(SELECT %s FROM " + r.Name + " WHERE pk = OLD." + c.Owner + ")"
		id, rev := strings.Replace(one, "%s", "id", 1), strings.Replace(one, "%s", "rev", 1)
		return keep(r.Kind, id, "OLD."+c.Owner, "coalesce("+rev+", 0)", c.Table, change, RowJSON("OLD.", cols, c.rank("OLD", change)...), "")
	}
	key := "pk = NEW.pk"
	if !c.HasPK() {
		key = c.Owner + " = NEW." + c.Owner + " AND pos = NEW.pos"
	}
	if c.Form == schema.FormDocument {
		key = c.Owner + " = NEW." + c.Owner + " AND name = NEW.name"
	}
	added := keep(r.Kind, "id", "NEW."+c.Owner, "rev", c.Table, ChangeInsert, RowJSON("NEW.", cols, c.rank("NEW", ChangeInsert)...), " FROM "+r.Name+" WHERE pk = NEW."+c.Owner)
	return []string{
		trigger(c.Table+"_foreign_insert", "AFTER INSERT ON "+c.Table, whenInsert, added, mark("NEW."+c.Owner), index.NoteForeign(r.Kind, "NEW."+c.Owner, ""), r.refacet("NEW."+c.Owner, "")),
		trigger(c.Table+"_foreign_update", "AFTER UPDATE ON "+c.Table, whenUpdate,
			keepOld("update"), "UPDATE "+c.Table+" SET sum = NULL WHERE "+key,
			mark("OLD."+c.Owner+" OR pk = NEW."+c.Owner),
			index.NoteForeign(r.Kind, "OLD."+c.Owner, ""), index.NoteForeign(r.Kind, "NEW."+c.Owner, ""),
			r.refacet("OLD."+c.Owner, ""), r.refacet("NEW."+c.Owner, " WHERE NEW."+c.Owner+" <> OLD."+c.Owner)),
		trigger(c.Table+"_foreign_delete", "AFTER DELETE ON "+c.Table, whenForeign, keepOld("delete"), mark("OLD."+c.Owner),
			index.NoteForeign(r.Kind, "OLD."+c.Owner, ""), r.refacet("OLD."+c.Owner, "")),
	}
}

// changeInsert is the change of a row that another tool has added: the state
// before it had none.
const ChangeInsert = "insert"

// rankName is the member of a kept row that tells how many elements stood before
// it: places in a list may have gaps, and are made anew when it is saved.
const RankName = "_at"

// rank is the SQL of that member, for a list.
func (c *Child) rank(row, change string) []string {
	if c.Form == schema.FormDocument || c.Form == schema.FormOne {
		return nil
	}
	other := ""
	if change == "update" {
		other = " AND x.pos <> NEW.pos"
	}
	return []string{"'" + RankName + "', (SELECT count(*) FROM " + c.Table + " AS x WHERE x." + c.Owner + " = " + row + "." + c.Owner +
		" AND x.pos < " + row + ".pos" + other + ")"}
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

package repo

import (
	"fmt"
	"io"
	"strings"

	"taskstore/schema"
)

// The statements of an entity and of its children are made here, from names
// that come from the descriptions in package schema and from nowhere else.
// testdata/statements.sql holds them all.

// rootSQL are the statements on the table of an entity.
type rootSQL struct {
	get, getMany   string
	getPKs         string
	insert, update string
	delete         string
	setLists       string
	raw, seal      string
	present        string
	brief          string // SELECT ... FROM ... AS e, to be continued by query.go
	briefPKs       string // the rows of a page of hits
	tags           string // of a page
	tagsBetween    string // of the entities between two keys
}

// childSQL are the statements on a child table.
type childSQL struct {
	list, listMany string // the rows of one owner, of a page of owners
	state          string // key, place and checksum of the rows of one owner
	insert, update string
	move           string // out of the way of another row's place
	delete         string // one row
	clear          string // all rows of an owner
	last           string // the last place
	rank           string // how many rows stand before a place
	byID, byPK     string
	raw            string // place, columns and checksum of the rows of one owner
	seal           string
}

func (r *relation) derive() {
	cols := names(r.cols)
	all := strings.Join(cols, ", ")
	from := "FROM " + r.name
	r.sql = rootSQL{
		get:      "SELECT " + all + ", lists, sum\n" + from + "\nWHERE id = ?",
		getMany:  "SELECT " + all + ", lists, sum\n" + from + "\nWHERE id IN (SELECT value FROM json_each(?))",
		getPKs:   "SELECT " + all + ", lists, sum\n" + from + "\nWHERE pk IN (SELECT value FROM json_each(?))",
		insert:   "INSERT INTO " + r.name + " (" + strings.Join(cols[1:], ", ") + ", lists, sum)\nVALUES (" + marks(len(cols)+1) + ")",
		update:   "UPDATE " + r.name + "\nSET " + sets(cols[1:]) + ", lists = ?, sum = ?\nWHERE pk = ? AND rev = ?",
		delete:   "DELETE FROM " + r.name + "\nWHERE pk = ?",
		setLists: "UPDATE " + r.name + "\nSET lists = ?\nWHERE pk = ?",
		raw:      "SELECT " + all + ", lists, sum\n" + from + "\nWHERE pk = ?",
		seal:     "UPDATE " + r.name + "\nSET lists = ?, sum = ?\nWHERE pk = ?",
		present:  "SELECT pk, rev, lists, sum\n" + from + "\nWHERE id = ?",
		brief:    r.briefSQL(),
	}
	r.sql.briefPKs = r.sql.brief + "\nWHERE e.pk IN (SELECT value FROM json_each(?))"
	for _, c := range r.children {
		if c.part == "tags" && c.form == schema.FormStrings {
			r.sql.tagsBetween = fmt.Sprintf("SELECT %s, tag\nFROM %s\nWHERE %s BETWEEN ? AND ?\nORDER BY %s, pos", c.owner, c.table, c.owner, c.owner)
			r.sql.tags = fmt.Sprintf("SELECT %s, tag\nFROM %s\nWHERE %s IN (SELECT value FROM json_each(?))\nORDER BY %s, pos", c.owner, c.table, c.owner, c.owner)
		}
		c.derive()
	}
}

func (r *relation) briefSQL() string {
	status := "''"
	if r.status != "" {
		status = "e." + r.status
	}
	return fmt.Sprintf("SELECT e.pk, e.id, %s AS title, %s AS status, e.%s, e.%s, e.saved_at, e.rev, e.trashed_at, e.trash_reason\nFROM %s AS e",
		r.title, status, r.date, r.updated, r.name)
}

func (c *child) derive() {
	if c.form == schema.FormDocument {
		c.deriveDocuments()
		return
	}
	cols := c.columns()
	all := strings.Join(cols, ", ")
	key := "pk = ?"
	if !c.hasPK() {
		key = c.owner + " = ? AND pos = ?"
	}
	c.sql = childSQL{
		raw:      "SELECT pos, " + all + ", sum\nFROM " + c.table + "\nWHERE " + c.owner + " = ?\nORDER BY pos",
		seal:     "UPDATE " + c.table + "\nSET sum = ?\nWHERE " + key,
		list:     "SELECT " + all + "\nFROM " + c.table + "\nWHERE " + c.owner + " = ?\nORDER BY pos",
		listMany: "SELECT " + c.owner + ", " + all + "\nFROM " + c.table + "\nWHERE " + c.owner + " IN (SELECT value FROM json_each(?))\nORDER BY " + c.owner + ", pos",
		clear:    "DELETE FROM " + c.table + "\nWHERE " + c.owner + " = ?",
	}
	if !c.hasPK() {
		c.sql.state = "SELECT 0, pos, sum\nFROM " + c.table + "\nWHERE " + c.owner + " = ?\nORDER BY pos"
		c.sql.insert = "INSERT INTO " + c.table + " (" + c.owner + ", pos, " + all + ", sum)\nVALUES (" + marks(len(cols)+3) + ")"
		return
	}
	c.sql.state = "SELECT pk, pos, sum\nFROM " + c.table + "\nWHERE " + c.owner + " = ?\nORDER BY pos"
	c.sql.insert = "INSERT INTO " + c.table + " (" + c.owner + ", pos, " + strings.Join(cols[1:], ", ") + ", sum)\nVALUES (" + marks(len(cols)+2) + ")"
	c.sql.update = "UPDATE " + c.table + "\nSET pos = ?, " + sets(cols[1:]) + ", sum = ?\nWHERE pk = ?"
	c.sql.move = "UPDATE " + c.table + "\nSET pos = ?, sum = ?\nWHERE pk = ?"
	c.sql.delete = "DELETE FROM " + c.table + "\nWHERE pk = ?"
	c.sql.last = "SELECT max(pos)\nFROM " + c.table + "\nWHERE " + c.owner + " = ?"
	c.sql.rank = "SELECT count(*)\nFROM " + c.table + "\nWHERE " + c.owner + " = ? AND pos < ?"
	c.sql.byPK = "SELECT " + all + ", pos, sum\nFROM " + c.table + "\nWHERE pk = ?"
	c.sql.byID = "SELECT " + all + ", pos, sum\nFROM " + c.table + "\nWHERE " + c.owner + " = ? AND id = ?\nORDER BY pos\nLIMIT 1"
}

func (c *child) deriveDocuments() {
	c.sql = childSQL{
		list:     "SELECT name, body\nFROM " + c.table + "\nWHERE " + c.owner + " = ?",
		listMany: "SELECT " + c.owner + ", name, body\nFROM " + c.table + "\nWHERE " + c.owner + " IN (SELECT value FROM json_each(?))",
		byID:     "SELECT body\nFROM " + c.table + "\nWHERE " + c.owner + " = ? AND name = ?",
		raw:      "SELECT -1, name, body, sum\nFROM " + c.table + "\nWHERE " + c.owner + " = ?",
		seal:     "UPDATE " + c.table + "\nSET sum = ?\nWHERE " + c.owner + " = ? AND name = ?",
		state:    "SELECT name, sum\nFROM " + c.table + "\nWHERE " + c.owner + " = ?",
		insert:   "INSERT INTO " + c.table + " (" + c.owner + ", name, body, sum)\nVALUES (?, ?, ?, ?)",
		update:   "UPDATE " + c.table + "\nSET body = ?, sum = ?\nWHERE " + c.owner + " = ? AND name = ?",
		delete:   "DELETE FROM " + c.table + "\nWHERE " + c.owner + " = ? AND name = ?",
		clear:    "DELETE FROM " + c.table + "\nWHERE " + c.owner + " = ?",
	}
}

// columns are the names of the columns of an element, pk first where it has one.
func (c *child) columns() []string { return names(c.cols) }

func names(cols []schema.Column) []string {
	list := make([]string, len(cols))
	for i, c := range cols {
		list[i] = c.Name
	}
	return list
}

func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

func sets(cols []string) string { return strings.Join(cols, " = ?, ") + " = ?" }

// writeStatements writes every derived statement and trigger, for the golden file.
func writeStatements(w io.Writer) {
	for _, r := range relations {
		fmt.Fprintf(w, "-- %s\n", r.name)
		writeEach(w, r.sql.get, r.sql.getMany, r.sql.getPKs, r.sql.insert, r.sql.update, r.sql.delete, r.sql.setLists, r.sql.raw, r.sql.seal, r.sql.present, r.sql.brief, r.sql.briefPKs, r.sql.tags, r.sql.tagsBetween)
		for _, c := range r.children {
			fmt.Fprintf(w, "-- %s\n", c.table)
			writeEach(w, c.sql.list, c.sql.listMany, c.sql.state, c.sql.insert, c.sql.update, c.sql.move, c.sql.delete, c.sql.clear, c.sql.last, c.sql.byID, c.sql.byPK, c.sql.raw, c.sql.seal)
		}
	}
	fmt.Fprintln(w, "-- triggers")
	writeEach(w, triggers()...)
}

func writeEach(w io.Writer, statements ...string) {
	for _, s := range statements {
		if s != "" {
			fmt.Fprintf(w, "%s;\n\n", s)
		}
	}
}

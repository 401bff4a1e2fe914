package rows

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
	Get, GetMany   string
	GetPKs         string
	Sums           string // what the rows of a page say of themselves and of their lists
	Insert, Update string
	Delete         string
	SetLists       string
	Raw, Seal      string
	Present        string
	Brief          string // SELECT ... FROM ... AS e, to be continued by query.go
	BriefLive      string // the same of live records, with NULL for when they were saved
	BriefPKs       string // the rows of a page of hits
	Tags           string // of a page
	TagsBetween    string // of the entities between two keys
	Contents       string // which contents the rows of some entities need, by their keys
}

// childSQL are the statements on a child table.
type childSQL struct {
	List, ListMany string // the rows of one owner, of a page of owners with the place of each in it
	State          string // key, place and checksum of the rows of one owner
	insert, Update string
	Move           string // out of the way of another row's place
	Delete         string // one row
	Clear          string // all rows of an owner
	Last           string // the last place
	Rank           string // how many rows stand before a place
	After          string // how many stand after it
	ByID, ByPK     string
	Raw            string // place, columns and checksum of the rows of one owner
	Seal           string
}

func (r *Relation) derive() {
	cols := Names(r.Cols)
	all := strings.Join(cols, ", ")
	from := "FROM " + r.Name
	r.SQL = rootSQL{
		Get:      "SELECT " + all + ", lists, sum\n" + from + "\nWHERE id = ?",
		GetMany:  "SELECT " + of("e", cols) + ", e.lists, e.sum" + r.eachOf("e.id"),
		GetPKs:   "SELECT " + of("e", cols) + ", e.lists, e.sum" + r.eachOf("e.pk"),
		Sums:     "SELECT pk, lists, sum\n" + from + "\nWHERE pk IN (SELECT value FROM json_each(?))",
		Insert:   "INSERT INTO " + r.Name + " (" + strings.Join(cols[1:], ", ") + ", lists, sum)\nVALUES (" + Marks(len(cols)+1) + ")",
		Update:   "UPDATE " + r.Name + "\nSET " + sets(cols[1:]) + ", lists = ?, sum = ?\nWHERE pk = ? AND rev = ?",
		Delete:   "DELETE FROM " + r.Name + "\nWHERE pk = ?",
		SetLists: "UPDATE " + r.Name + "\nSET lists = ?\nWHERE pk = ?",
		Raw:      "SELECT " + all + ", lists, sum\n" + from + "\nWHERE pk = ?",
		Seal:     "UPDATE " + r.Name + "\nSET lists = ?, sum = ?\nWHERE pk = ?",
		Present:  "SELECT pk, rev, lists, sum\n" + from + "\nWHERE id = ?",
	}
	r.SQL.Brief = r.briefSQL("e.saved_at", "e.trashed_at", "e.trash_reason")
	r.SQL.BriefLive = r.briefSQL("NULL", "NULL", "NULL")
	r.SQL.BriefPKs = r.SQL.Brief + "\nWHERE e.pk IN (SELECT value FROM json_each(?))"
	for _, c := range r.Children {
		if c.Part == "tags" && c.Form == schema.FormStrings {
			r.SQL.TagsBetween = fmt.Sprintf("SELECT %s, tag\nFROM %s\nWHERE %s BETWEEN ? AND ?\nORDER BY %s, pos", c.Owner, c.Table, c.Owner, c.Owner)
			r.SQL.Tags = fmt.Sprintf("SELECT %s, tag\nFROM %s\nWHERE %s IN (SELECT value FROM json_each(?))\nORDER BY %s, pos", c.Owner, c.Table, c.Owner, c.Owner)
		}
		c.derive()
	}
	r.SQL.Contents = r.contentsSQL()
}

// eachOf takes one row after the other that a list names. A condition IN over the same
// list has SQLite put that into a table of its own first, for which it needs as long.
func (r *Relation) eachOf(key string) string {
	return "\nFROM json_each(?)\nCROSS JOIN " + r.Name + " AS e ON " + key + " = json_each.value"
}

// contentsSQL asks for the contents that the rows of some entities need. View v_blob_refs says the same of all
// entities, but knows of a row of a list only the id of its owner: SQLite would read the lists of all.
func (r *Relation) contentsSQL() string {
	arms := contentArms(r.Name, "pk", r.Cols)
	for _, c := range r.Children {
		arms = append(arms, contentArms(c.Table, c.Owner, c.Cols)...)
	}
	if len(arms) == 0 {
		return ""
	}
	return "WITH asked AS (SELECT value FROM json_each(?))\n" + strings.Join(arms, "\nUNION\n")
}

func contentArms(table, key string, cols []schema.Column) (arms []string) {
	from := "\nFROM " + table + "\nWHERE " + key + " IN asked AND "
	for _, col := range cols {
		switch col.Type {
		case schema.ColumnBlob:
			arms = append(arms, "SELECT "+col.Name+from+col.Name+" IS NOT NULL")
		case schema.ColumnForm:
			arms = append(arms, "SELECT substr("+col.Name+", 10)"+from+"substr("+col.Name+", 1, 9) = 'verbatim:'")
		}
	}
	return arms
}

func (r *Relation) briefSQL(saved, trashed, reason string) string {
	status := "''"
	if r.Status != "" {
		status = "e." + r.Status
	}
	return fmt.Sprintf("SELECT e.pk, e.id, %s AS title, %s AS status, e.%s, e.%s, %s, e.rev, %s, %s\nFROM %s AS e",
		r.Title, status, r.Date, r.Updated, saved, trashed, reason, r.Name)
}

func (c *Child) derive() {
	if c.Form == schema.FormDocument {
		c.deriveDocuments()
		return
	}
	cols := c.Columns()
	all := strings.Join(cols, ", ")
	key := "pk = ?"
	if !c.HasPK() {
		key = c.Owner + " = ? AND pos = ?"
	}
	c.SQL = childSQL{
		Raw:      "SELECT pos, " + all + ", sum\nFROM " + c.Table + "\nWHERE " + c.Owner + " = ?\nORDER BY pos",
		Seal:     "UPDATE " + c.Table + "\nSET sum = ?\nWHERE " + key,
		List:     "SELECT " + all + "\nFROM " + c.Table + "\nWHERE " + c.Owner + " = ?\nORDER BY pos",
		ListMany: "SELECT json_each.key, c.pos, " + of("c", cols) + c.eachOwner(),
		Clear:    "DELETE FROM " + c.Table + "\nWHERE " + c.Owner + " = ?",
	}
	if !c.HasPK() {
		c.SQL.State = "SELECT 0, pos, sum\nFROM " + c.Table + "\nWHERE " + c.Owner + " = ?\nORDER BY pos"
		c.SQL.insert = "INSERT INTO " + c.Table + " (" + c.Owner + ", pos, " + all + ", sum)\nVALUES (" + Marks(len(cols)+3) + ")"
		return
	}
	c.SQL.State = "SELECT pk, pos, sum\nFROM " + c.Table + "\nWHERE " + c.Owner + " = ?\nORDER BY pos"
	c.SQL.insert = "INSERT INTO " + c.Table + " (" + c.Owner + ", pos, " + strings.Join(cols[1:], ", ") + ", sum)\nVALUES (" + Marks(len(cols)+2) + ")"
	c.SQL.Update = "UPDATE " + c.Table + "\nSET pos = ?, " + sets(cols[1:]) + ", sum = ?\nWHERE pk = ?"
	c.SQL.Move = "UPDATE " + c.Table + "\nSET pos = ?, sum = ?\nWHERE pk = ?"
	c.SQL.Delete = "DELETE FROM " + c.Table + "\nWHERE pk = ?"
	c.SQL.Last = "SELECT max(pos)\nFROM " + c.Table + "\nWHERE " + c.Owner + " = ?"
	c.SQL.Rank = "SELECT count(*)\nFROM " + c.Table + "\nWHERE " + c.Owner + " = ? AND pos < ?"
	c.SQL.After = "SELECT count(*)\nFROM " + c.Table + "\nWHERE " + c.Owner + " = ? AND pos > ?"
	c.SQL.ByPK = "SELECT " + all + ", pos, sum\nFROM " + c.Table + "\nWHERE pk = ?"
	// Not in the order of the list, for that would be had by going through it: where there is an index of ids, an id has one item.
	c.SQL.ByID = "SELECT " + all + ", pos, sum\nFROM " + c.Table + "\nWHERE " + c.Owner + " = ? AND id = ?\nORDER BY +pos\nLIMIT 1"
}

// eachOwner takes the rows of one owner after the other, as eachOf does.
func (c *Child) eachOwner() string {
	return "\nFROM json_each(?)\nCROSS JOIN " + c.Table + " AS c ON c." + c.Owner + " = json_each.value"
}

func (c *Child) deriveDocuments() {
	c.SQL = childSQL{
		List:     "SELECT name, body\nFROM " + c.Table + "\nWHERE " + c.Owner + " = ?",
		ListMany: "SELECT json_each.key, c.name, c.body" + c.eachOwner(),
		ByID:     "SELECT body\nFROM " + c.Table + "\nWHERE " + c.Owner + " = ? AND name = ?",
		Raw:      "SELECT -1, name, body, sum\nFROM " + c.Table + "\nWHERE " + c.Owner + " = ?",
		Seal:     "UPDATE " + c.Table + "\nSET sum = ?\nWHERE " + c.Owner + " = ? AND name = ?",
		State:    "SELECT name, sum\nFROM " + c.Table + "\nWHERE " + c.Owner + " = ?",
		insert:   "INSERT INTO " + c.Table + " (" + c.Owner + ", name, body, sum)\nVALUES (?, ?, ?, ?)",
		Update:   "UPDATE " + c.Table + "\nSET body = ?, sum = ?\nWHERE " + c.Owner + " = ? AND name = ?",
		Delete:   "DELETE FROM " + c.Table + "\nWHERE " + c.Owner + " = ? AND name = ?",
		Clear:    "DELETE FROM " + c.Table + "\nWHERE " + c.Owner + " = ?",
	}
}

// Columns are the names of the columns of an element, pk first where it has one.
func (c *Child) Columns() []string { return Names(c.Cols) }

// of are columns of the row of that name.
func of(row string, cols []string) string { return row + "." + strings.Join(cols, ", "+row+".") }

func Names(cols []schema.Column) []string {
	list := make([]string, len(cols))
	for i, c := range cols {
		list[i] = c.Name
	}
	return list
}

func Marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

func sets(cols []string) string { return strings.Join(cols, " = ?, ") + " = ?" }

// WriteStatements writes every derived statement and trigger, for the golden file.
func WriteStatements(w io.Writer) {
	for _, r := range Relations {
		fmt.Fprintf(w, "-- %s\n", r.Name)
		writeEach(w, r.SQL.Get, r.SQL.GetMany, r.SQL.GetPKs, r.SQL.Sums, r.SQL.Insert, r.SQL.Update, r.SQL.Delete, r.SQL.SetLists, r.SQL.Raw, r.SQL.Seal, r.SQL.Present, r.SQL.Brief, r.SQL.BriefLive, r.SQL.BriefPKs, r.SQL.Tags, r.SQL.TagsBetween, r.SQL.Contents)
		r.writeFacets(w)
		for _, c := range r.Children {
			fmt.Fprintf(w, "-- %s\n", c.Table)
			writeEach(w, c.SQL.List, c.SQL.ListMany, c.SQL.State, c.SQL.insert, c.SQL.Update, c.SQL.Move, c.SQL.Delete, c.SQL.Clear, c.SQL.Last, c.SQL.Rank, c.SQL.After, c.SQL.ByID, c.SQL.ByPK, c.SQL.Raw, c.SQL.Seal)
		}
	}
	fmt.Fprintln(w, "-- triggers")
	writeEach(w, Triggers()...)
}

func writeEach(w io.Writer, statements ...string) {
	for _, s := range statements {
		if s != "" {
			fmt.Fprintf(w, "%s;\n\n", s)
		}
	}
}

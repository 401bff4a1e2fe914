package rows

import (
	"fmt"
	"io"
	"strings"

	"taskstore/schema"
)

// Records are listed and counted by facets: a page of a list walks an index over the
// rows of one facet, and a count is read. A facet is the records of one kind, live or in
// the trash, that have one value of a field in common. Which facets a record is in, and
// what its rows there are sorted by, follows from its description and is said once, by
// facetsOf: own writes (facetkeep.go), those of other programs (facettriggers.go), the
// filling (facetfill.go) and the check go by it.

// The fields of facets.
const (
	FacetAll    = "all"    // every record; live ones are only counted, for their table has the order
	FacetHour   = "hour"   // the first 13 characters of the date; only counted
	FacetStatus = "status" // of kinds that have one
	FacetTag    = "tag"
	FacetLink   = "link " // and the kind of the other end; of the links that the record holds itself
)

// facetSQL are the statements on the facets of one kind. They are about the records of a
// JSON list of row keys, or about those between two keys.
type facetSQL struct {
	there, wanted       string                 // the rows that there are and should be, of records listed
	thereAll, wantedAll string                 // likewise of those between two keys
	update              [allDiffers + 1]string // of rows that differ in some columns, by which
	fill, fillAll       string                 // all facets, counted, and all rows
	page                string                 // up to which key a page of records goes
}

// facetsOf is the SELECT of the rows that records should have in facets, those whose row
// meets a condition.
func (r *Relation) facetsOf(cond string) string { return r.facetsFrom(r.facetRecords(cond) + " AS e") }

// facetsFrom is that SELECT from records as facetRecords gives them, called e.
func (r *Relation) facetsFrom(records string) string {
	from := "\nFROM " + records
	const listed, counted = ", e.date, e.updated, e.saved, e.title", ", NULL, NULL, NULL, NULL"
	arms := []string{
		"SELECT e.pk AS owner_pk, e.trash AS trash, '" + FacetAll + "' AS field, '' AS value, NULL AS date, NULL AS updated, NULL AS saved, NULL AS title" +
			from + "\nWHERE NOT e.trash",
		"SELECT e.pk, e.trash, '" + FacetAll + "', ''" + listed + from + "\nWHERE e.trash",
		"SELECT e.pk, e.trash, '" + FacetHour + "', substr(e.date, 1, 13)" + counted + from + "\nWHERE e.date IS NOT NULL",
	}
	if r.Status != "" {
		arms = append(arms, "SELECT e.pk, e.trash, '"+FacetStatus+"', e.status"+listed+from)
	}
	for _, c := range r.Children {
		join := from + "\nCROSS JOIN " + c.Table + " AS c ON c." + c.Owner + " = e.pk\nWHERE "
		switch {
		case c.Form == schema.FormLinks:
			arms = append(arms, "SELECT e.pk, e.trash, '"+FacetLink+"' || c.kind, c.id"+listed+join+"c.kind <> '' AND c.id <> '' AND "+c.first("kind", "id"))
		case c.Form == schema.FormStrings && c.Part == "tags":
			tag := c.Cols[0].Name
			arms = append(arms, "SELECT e.pk, e.trash, '"+FacetTag+"', c."+tag+listed+join+c.first(tag))
		}
	}
	return strings.Join(arms, "\nUNION ALL\n")
}

// facetRecords gives what facets need of the records themselves.
func (r *Relation) facetRecords(cond string) string {
	status := ""
	if r.Status != "" {
		status = ", " + r.Status + " AS status"
	}
	return "(SELECT pk, trashed_at IS NOT NULL AS trash" + status + ", " + r.Date + " AS date, " + r.Updated + " AS updated, saved_at AS saved, " +
		r.Title + " AS title FROM " + r.Name + cond + ")"
}

// first is the condition that no row of a list before c has the same in some columns: a
// record that has a tag twice is once in its facet.
func (c *Child) first(cols ...string) string {
	b := "NOT EXISTS (SELECT 1 FROM " + c.Table + " AS p WHERE p." + c.Owner + " = c." + c.Owner
	for _, col := range cols {
		b += " AND p." + col + " = c." + col
	}
	return b + " AND p.pos < c.pos)"
}

const (
	facetsListed  = " WHERE pk IN (SELECT value FROM json_each(?1))"
	facetsBetween = " WHERE pk BETWEEN ?1 AND ?2"
)

// deriveFacets makes the statements, half of all that there are: who only reads needs none.
func (r *Relation) deriveFacets() *facetSQL {
	between := "(" + r.facetsOf(facetsBetween) + ")"
	s := &facetSQL{
		there:     r.facetsThere("json_each(?1) AS j\nCROSS JOIN facet_rows AS w ON w.owner_pk = j.value", ""),
		wanted:    r.facetsOf(facetsListed),
		thereAll:  r.facetsThere("facet_rows AS w", " AND w.owner_pk BETWEEN ?1 AND ?2"),
		wantedAll: r.facetsOf(facetsBetween),
		fill:      r.fillFacets(between),
		fillAll:   r.insertFacets(between),
		page:      "SELECT max(pk) AS last, count(*) AS n\nFROM (SELECT pk FROM " + r.Name + " WHERE pk >= ? ORDER BY pk LIMIT ?)",
	}
	for differs := 1; differs <= allDiffers; differs++ {
		s.update[differs] = r.updateFacets(differs)
	}
	return s
}

// facetsThere gives the rows that there are, with the columns of facetsOf and the key of their facet.
func (r *Relation) facetsThere(rows, cond string) string {
	return "SELECT w.owner_pk, f.trash, f.field, f.value, w.date, w.updated, w.saved, w.title, w.facet_pk\nFROM " + rows +
		"\nCROSS JOIN facets AS f ON f.pk = w.facet_pk\nWHERE f.kind = '" + r.Kind + "'" + cond
}

// facetOf joins the facet of a row of facetsOf.
func (r *Relation) facetOf() string {
	return " facets AS f ON f.kind = '" + r.Kind + "' AND f.field = d.field AND f.value = d.value AND f.trash = d.trash"
}

// makeFacets makes the facets, empty, that rows of facetsOf need.
func (r *Relation) makeFacets(of string) string {
	return "INSERT INTO facets (kind, trash, field, value, records)\nSELECT '" + r.Kind + "', d.trash, d.field, d.value, 0\nFROM " + of +
		" AS d\nWHERE true\nON CONFLICT DO NOTHING"
}

// insertFacets inserts those rows of facetsOf that are not there.
func (r *Relation) insertFacets(of string) string {
	return "INSERT INTO facet_rows (owner_pk, facet_pk, date, updated, saved, title)\nSELECT d.owner_pk, f.pk, d.date, d.updated, d.saved, d.title\nFROM " + of +
		" AS d\nCROSS JOIN" + r.facetOf() + "\nWHERE true\nON CONFLICT DO NOTHING"
}

// fillFacets counts rows of facetsOf in the facets.
func (r *Relation) fillFacets(of string) string {
	return "INSERT INTO facets (kind, trash, field, value, records)\nSELECT '" + r.Kind + "', d.trash, d.field, d.value, count(*)\nFROM " + of +
		" AS d\nWHERE true\nGROUP BY d.field, d.value, d.trash\nON CONFLICT (kind, field, value, trash) DO UPDATE SET records = records + excluded.records"
}

// updateFacets sets those columns that differ, and touches no index of another.
func (r *Relation) updateFacets(differs int) string {
	var set []string
	for i, col := range []string{"date", "updated", "saved", "title"} {
		if differs&(1<<i) != 0 {
			set = append(set, col+" = e."+col)
		}
	}
	return "UPDATE facet_rows AS w\nSET " + strings.Join(set, ", ") + "\nFROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j\nCROSS JOIN " +
		r.facetRecords("") + " AS e ON e.pk = j.owner\nWHERE w.owner_pk = j.owner AND w.facet_pk = j.facet"
}

// writeFacets writes the statements for the golden file, what a record is in only once.
func (r *Relation) writeFacets(w io.Writer) {
	s := r.facets()
	short := strings.NewReplacer(r.facetsOf(facetsListed), "(facets of those listed)", r.facetsOf(facetsBetween), "(facets of those between two keys)")
	fmt.Fprintf(w, "-- facets of %s\n", r.Name)
	writeEach(w, r.facetsOf(""))
	for _, text := range append([]string{s.there, s.thereAll, s.fill, s.fillAll, s.page}, s.update[1:]...) {
		writeEach(w, short.Replace(text))
	}
}

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
	diff, diffAll string                // what the rows there are and should be
	make, insert  string                // the facets, empty, and the rows that are lacking
	update        [differsListed]string // of rows that differ in some columns, by which
	fill, fillAll string                // all facets, counted, and all rows
	page          string                // up to which key a page of records goes
}

// facetsOf is the SELECT of the rows that records should have in facets, those whose row
// meets a condition.
func (r *Relation) facetsOf(cond string) string {
	from := "\nFROM " + r.facetRecords(cond) + " AS e"
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

func (r *Relation) deriveFacets() {
	listed, between := "("+r.facetsOf(facetsListed)+")", "("+r.facetsOf(facetsBetween)+")"
	r.SQL.Facets = facetSQL{
		diff:    r.diffFacets(listed, "json_each(?1) AS j\nCROSS JOIN facet_rows AS w ON w.owner_pk = j.value", ""),
		diffAll: r.diffFacets(between, "facet_rows AS w", " AND w.owner_pk BETWEEN ?1 AND ?2"),
		make:    r.makeFacets(listed),
		insert:  r.insertFacets(listed),
		fill:    r.fillFacets(between),
		fillAll: r.insertFacets(between),
		page:    "SELECT max(pk) AS last, count(*) AS n\nFROM (SELECT pk FROM " + r.Name + " WHERE pk >= ? ORDER BY pk LIMIT ?)",
	}
	for differs := 1; differs < differsListed; differs++ {
		r.SQL.Facets.update[differs] = r.updateFacets(differs)
	}
}

// diffFacets compares the rows of facetsOf with those that there are. The second part of
// it gives all that there are.
func (r *Relation) diffFacets(of, rows, cond string) string {
	return "SELECT d.owner_pk, coalesce(f.pk, 0) AS facet_pk, " + facetDiffers + "\nFROM " + of + " AS d\nLEFT JOIN" + r.facetOf() +
		"\nLEFT JOIN facet_rows AS w ON w.owner_pk = d.owner_pk AND w.facet_pk = f.pk" +
		"\nUNION ALL\nSELECT w.owner_pk, w.facet_pk, -1\nFROM " + rows +
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

// How a row that there is differs from the one that there should be.
const (
	differsDate = 1 << iota
	differsUpdated
	differsSaved
	differsTitle
	differsListed      // one is listed and the other only counted
	lacks              // there is none
	there         = -1 // no comparison: there is such a row
)

const facetDiffers = `CASE
    WHEN w.owner_pk IS NULL THEN 32
    WHEN (w.title IS NULL) <> (d.title IS NULL) THEN 16
    ELSE (w.date IS NOT d.date) + 2 * (w.updated IS NOT d.updated) + 4 * (w.saved IS NOT d.saved) + 8 * (w.title IS NOT d.title)
END AS differs`

// writeFacets writes the statements for the golden file, what a record is in only once.
func (r *Relation) writeFacets(w io.Writer) {
	s := &r.SQL.Facets
	short := strings.NewReplacer(r.facetsOf(facetsListed), "(facets of those listed)", r.facetsOf(facetsBetween), "(facets of those between two keys)")
	fmt.Fprintf(w, "-- facets of %s\n", r.Name)
	writeEach(w, r.facetsOf(""))
	for _, text := range append([]string{s.diff, s.diffAll, s.make, s.insert, s.fill, s.fillAll, s.page}, s.update[1:]...) {
		writeEach(w, short.Replace(text))
	}
}

package rows

// What another program writes must be in the facets at once: a reader that may not write
// counts it too. A trigger per kind does it, INSTEAD OF an insert into the view that says
// what its records should be in, so that all other triggers say it in one line.

func (r *Relation) facetView() string { return r.Kind + "_foreign_facets" }

// refacet is the statement by which a trigger brings the facets of a record in step.
func (r *Relation) refacet(pk, from string) string {
	into := "INSERT INTO " + r.facetView() + " (owner_pk) "
	if from == "" {
		return into + "VALUES (" + pk + ")"
	}
	return into + "SELECT " + pk + from
}

// facetTriggers are the view and its trigger. The trigger takes the record out of all
// facets and puts it into those where it belongs. What the other program's statement does
// on a conflict goes before an OR of these, but not before ON CONFLICT.
func (r *Relation) facetTriggers() []string {
	const its = "(SELECT facet_pk FROM facet_rows WHERE owner_pk = NEW.owner_pk)"
	of := "(SELECT * FROM " + r.facetView() + " WHERE owner_pk = NEW.owner_pk)"
	count := func(by string) string {
		return "    UPDATE facets SET records = records " + by + " 1 WHERE pk IN " + its + " AND +kind = '" + r.Kind + "';\n"
	}
	return []string{
		"CREATE VIEW " + r.facetView() + " AS\nWITH e AS NOT MATERIALIZED " + r.facetRecords("") + "\n" + r.facetsFrom("e"),
		"CREATE TRIGGER " + r.Kind + "_foreign_refacet\nINSTEAD OF INSERT ON " + r.facetView() + "\nBEGIN\n" +
			count("-") +
			"    DELETE FROM facet_rows WHERE owner_pk = NEW.owner_pk AND (SELECT kind FROM facets WHERE pk = facet_pk) = '" + r.Kind + "';\n" +
			"    " + r.makeFacets(of) + ";\n" +
			"    " + r.insertFacets(of) + ";\n" +
			count("+") +
			"    DELETE FROM facets WHERE records = 0;\nEND",
	}
}

package check

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"taskstore/fts/index"
	"taskstore/internal/sqlitedb"
	"taskstore/migrations"
	"taskstore/repo/internal/rows"
)

// lookSchema compares the list of tables, indexes, triggers and views with what this
// program makes. The tables of the search index are looked at with the index.
func lookSchema(ctx context.Context, q sqlitedb.Conn) ([]migrations.Fault, error) {
	return compareSchema(ctx, q, migrations.ObjectsOf(rows.Triggers()), ofIndex)
}

func compareSchema(ctx context.Context, q sqlitedb.Conn, more []migrations.Object, without func(migrations.Object) bool) ([]migrations.Fault, error) {
	var found []migrations.Object
	err := q.Select(ctx, &found, migrations.SQLObjects)
	kept := found[:0]
	for _, o := range found {
		if !without(o) {
			kept = append(kept, o)
		}
	}
	return migrations.Compare(kept, more), err
}

// ofIndex tells whether an object is of the search index, or was of an earlier one.
func ofIndex(o migrations.Object) bool {
	return strings.HasPrefix(o.Table, "search") || strings.HasPrefix(o.Name, "search")
}

// schema reports what is not as this program makes it, before anything else is read.
func (c *checker) schema(ctx context.Context) error {
	named, err := misnamed(ctx, c.q)
	for _, detail := range named {
		c.found(Problem{Area: AreaDB, Severity: SeverityError, Detail: detail, Fix: FixSchema})
	}
	if err != nil || len(named) > 0 {
		return err // the list cannot be compared
	}
	faults, err := lookSchema(ctx, c.q)
	if err != nil {
		return err
	}
	damaged := map[string]bool{} // what is derived from such a table follows it
	for _, f := range faults {
		damaged[f.Name] = damaged[f.Name] || f.Data()
	}
	alike := map[string]int{} // the problem of the first of a kind, which speaks for the rest
	for _, f := range faults {
		derived := !f.Data() && f.Difference != migrations.Strange
		if derived && damaged[f.Table] {
			continue
		}
		if i, told := alike[f.Type+string(f.Difference)]; derived && told {
			c.problems[i].Detail += ", and " + f.Name
			continue
		}
		p, err := c.schemaProblem(ctx, f)
		if err != nil {
			return err
		}
		if derived {
			alike[f.Type+string(f.Difference)] = len(c.problems)
		}
		if p.Detail != "" {
			c.found(p)
		}
	}
	if err := c.header(ctx); err != nil || damaged["schema_files"] {
		return err
	}
	return c.applied(ctx)
}

// misnamed tells of which objects the list says what cannot be so.
func misnamed(ctx context.Context, q sqlitedb.Conn) (list []string, err error) {
	err = q.Select(ctx, &list, migrations.SQLMisnamed)
	for i, name := range list {
		list[i] = "what the list of tables and indexes says of " + name + " is damaged"
	}
	return list, err
}

// schemaProblem says what is wrong with an object.
func (c *checker) schemaProblem(ctx context.Context, f migrations.Fault) (p Problem, err error) {
	p = Problem{Area: AreaDB, Severity: SeverityWarning, Table: f.Table, Fix: FixSchema}
	what := f.Type + " " + f.Name
	switch {
	case f.Difference == migrations.Strange && f.Type == "trigger":
		p.Detail = fmt.Sprintf("%s on %s is not this program's: it can change what others write", what, f.Table)
	case f.Difference == migrations.Strange:
		p.Severity, p.Detail, p.Fix = SeverityNote, what+" is not this program's", "nothing: it stays as it is"
	case f.Difference == migrations.Gone && f.Data():
		p.Severity, p.Detail, p.Fix = SeverityError, what+" is gone", c.fixLost(ctx, FixSchema)
	case f.Difference == migrations.Gone:
		p.Detail = what + " is gone"
	case f.Data():
		return c.tableProblem(ctx, f, p)
	default:
		p.Detail = what + " is not as this version makes it"
	}
	return p, nil
}

// tableProblem says in what a table differs. Columns of other programs, and another order
// of them, do no harm.
func (c *checker) tableProblem(ctx context.Context, f migrations.Fault, p Problem) (Problem, error) {
	lacking, strange, same, err := columnFaults(ctx, c.q, f.Name)
	if err != nil {
		return p, err
	}
	switch {
	case len(lacking) > 0:
		p.Severity, p.Detail = SeverityError, fmt.Sprintf("table %s lacks the column %s", f.Name, strings.Join(lacking, ", "))
		if len(strange) == 0 { // not under another name either
			p.Fix = c.fixLost(ctx, FixSchema)
		}
	case len(strange) > 0:
		p.Severity, p.Detail, p.Fix = SeverityNote, fmt.Sprintf("the column %s of table %s is not this program's", strings.Join(strange, ", "), f.Name), "nothing: it stays as it is"
	case same:
		p.Severity, p.Detail = SeverityError, "the definition of table "+f.Name+" is not as this version makes it"
	default:
		return Problem{}, nil // another order
	}
	return p, nil
}

// columnFaults names the columns that a table lacks, and those that it should not have;
// same tells that all are those that it should have, in their order.
func columnFaults(ctx context.Context, q sqlitedb.Conn, table string) (lacking, strange []string, same bool, err error) {
	all, err := migrations.Columns()
	if err != nil {
		return nil, nil, false, err
	}
	var is []migrations.Column
	if err := q.Select(ctx, &is, migrations.SQLColumns, table); err != nil {
		return nil, nil, false, err
	}
	should := all[table]
	for _, c := range migrations.Lacking(is, should) {
		lacking = append(lacking, c.Name)
	}
	for _, c := range migrations.Lacking(should, is) {
		strange = append(strange, c.Name)
	}
	same = len(is) == len(should)
	for i := 0; same && i < len(is); i++ {
		same = is[i].Name == should[i].Name
	}
	return lacking, strange, same, nil
}

// header looks at the marks of the file, and at who the triggers believe is writing.
func (c *checker) header(ctx context.Context) error {
	for name, want := range map[string]int64{"application_id": migrations.ApplicationID, "user_version": migrations.UserVersion} {
		var is int64
		if err := c.q.Get(ctx, &is, "PRAGMA "+name); err != nil {
			return err
		}
		if is != want {
			c.found(Problem{Area: AreaDB, Severity: SeverityError, Detail: fmt.Sprintf("the mark %s in the header of the file is %d and not %d", name, is, want), Fix: FixSchema})
		}
	}
	return nil
}

// applied looks at the list of applied migrations.
func (c *checker) applied(ctx context.Context) error {
	var applied []migrations.Migration
	if err := c.q.Select(ctx, &applied, migrations.SQLApplied); err != nil {
		return err
	}
	if err := migrations.CheckApplied(applied); err != nil {
		c.found(Problem{Area: AreaDB, Severity: SeverityError, Table: "schema_files", Detail: err.Error(), Fix: FixSchema})
	}
	return nil
}

// schemaDamage names the tables that are gone or lack columns.
func schemaDamage(ctx context.Context, q sqlitedb.Conn, faults []migrations.Fault) (list []string, err error) {
	for _, f := range faults {
		switch {
		case !f.Data():
		case f.Difference == migrations.Gone:
			list = append(list, "table "+f.Name+" is gone")
		default:
			lacking, _, _, err := columnFaults(ctx, q, f.Name)
			if err != nil {
				return nil, err
			}
			if len(lacking) > 0 {
				list = append(list, "table "+f.Name+" lacks the column "+strings.Join(lacking, ", "))
			}
		}
	}
	return list, nil
}

// SchemaDamage names the tables that are gone or lack columns.
func SchemaDamage(ctx context.Context, q sqlitedb.Conn) ([]string, error) {
	faults, err := lookSchema(ctx, q)
	if err != nil {
		return nil, err
	}
	return schemaDamage(ctx, q, faults)
}

// SettleSchema makes indexes, views and triggers of the store's tables anew that are gone
// or not as they should be, and tells which. Tables that are gone or lack columns are
// ErrCorrupt: nothing is then written.
func SettleSchema(ctx context.Context, q *sqlitedb.Tx) (made []string, err error) {
	derived := func(o migrations.Object) bool { return ofIndex(o) || rows.IsTrigger(o.Name) } // they are made by others
	named, err := misnamed(ctx, q)
	if err != nil {
		return nil, err
	}
	if len(named) > 0 {
		return nil, fmt.Errorf("%w: %s", sqlitedb.ErrCorrupt, strings.Join(named, "; "))
	}
	faults, err := compareSchema(ctx, q, nil, derived)
	if err != nil {
		return nil, err
	}
	damage, err := schemaDamage(ctx, q, faults)
	if err != nil {
		return nil, err
	}
	if len(damage) > 0 {
		return nil, fmt.Errorf("%w: %s", sqlitedb.ErrCorrupt, strings.Join(damage, "; "))
	}
	for _, f := range faults {
		if f.Data() || f.Difference == migrations.Strange {
			continue
		}
		texts := []string{f.SQL}
		if f.Difference == migrations.Differs {
			texts = []string{"DROP " + strings.ToUpper(f.Type) + " " + f.Name, f.SQL}
		}
		for _, text := range texts {
			if _, err := q.Exec(ctx, text); err != nil {
				return nil, fmt.Errorf("make %s %s anew: %w", f.Type, f.Name, err)
			}
		}
		made = append(made, f.Type+" "+f.Name)
	}
	return made, nil
}

// MendSchema makes the tables of the store in the file db what this program makes, while
// nobody else has it open: see migrations.Mend.
func MendSchema(ctx context.Context, db string) (done []string, err error) {
	defer sqlitedb.Wrap(&err, "repair the schema")
	return migrations.Mend(ctx, db, mended)
}

// MendSchemaOn is MendSchema over a connection that keeps all others out.
func MendSchemaOn(ctx context.Context, conn *sql.Conn) (done []string, err error) {
	defer sqlitedb.Wrap(&err, "repair the schema")
	return migrations.MendOn(ctx, conn, mended)
}

func mended(o migrations.Object) bool { return rows.IsTrigger(o.Name) || ofIndex(o) }

// indexObjects are the tables of the search index that are not as this program makes them.
func (c *checker) indexObjects(ctx context.Context) error {
	var found []migrations.Object
	if err := c.q.Select(ctx, &found, migrations.SQLObjects); err != nil {
		return err
	}
	should := map[string]string{}
	for _, o := range migrations.ObjectsOf(index.Definitions()) {
		should[o.Name] = o.SQL
	}
	for _, o := range found {
		if want, known := should[o.Name]; known && want != o.SQL {
			c.found(Problem{Area: AreaFTS, Severity: SeverityError, Table: o.Name, Detail: o.Type + " " + o.Name + " is not as this version makes it", Fix: fixIndex})
		}
	}
	return nil
}

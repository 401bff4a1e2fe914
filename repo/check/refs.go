package check

import (
	"context"
	"errors"
	"fmt"

	"taskstore/internal/shell"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
)

// refs plans the search for links to entities that are not there, which old data has, for
// contents that the database does not know, and for those that a kept state needs
// without it being noted.
func (p *plan) refs() {
	for _, r := range rows.Relations {
		if r.HasLinks() {
			p.add(&job{area: AreaRefs, run: func(c *checker, ctx context.Context) error { return c.links(ctx, r) }}, 0)
		}
	}
	p.add(&job{area: AreaRefs, run: (*checker).unknownContents}, 0)
	if !p.opt.Quick {
		p.add(&job{area: AreaRefs, run: (*checker).unnotedContents}, 0)
	}
}

// links finds the links of one kind whose other end is gone.
func (c *checker) links(ctx context.Context, r *rows.Relation) error {
	var n int64
	if err := c.q.Get(ctx, &n, "SELECT count(*) FROM "+r.Kind+"_links"); err != nil {
		return err
	}
	c.tally.add(AreaRefs, n)
	return danglingOf(ctx, c.q, r, func(d Dangling) error {
		c.found(Problem{Area: AreaRefs, Severity: SeverityNote, Kind: r.Kind, ID: d.ID, Table: r.Kind + "_links", PK: d.PK,
			Detail: d.Detail(), Fix: "nothing, or storectl link remove " + shell.Quote(r.Kind+"/"+d.ID) + " " + shell.Quote(d.target())})
		return ctx.Err()
	})
}

// Dangling is a reference to something that is not there.
type Dangling struct {
	PK     int64  `db:"pk"`
	ID     string `db:"id"` // of the entity that refers
	Member string `db:"member"`
	Kind   string `db:"kind"` // of what is not there
	To     string `db:"target"`
}

// Detail says in words what is referred to.
func (d Dangling) Detail() string {
	return fmt.Sprintf("%s names %s %q, which is not there", d.Member, d.Kind, d.To)
}

// target names what is not there. The app calls an attachment a file.
func (d Dangling) target() string {
	if d.Kind == "file" {
		return rows.Attachments.Kind + "/" + d.To
	}
	return d.Kind + "/" + d.To
}

// DanglingLinks gives fn the links of all entities whose other end is gone, with the
// collection of the entity that holds them.
func DanglingLinks(ctx context.Context, c sqlitedb.Conn, fn func(collection string, d Dangling) error) error {
	for _, r := range rows.Relations {
		if !r.HasLinks() {
			continue
		}
		if err := danglingOf(ctx, c, r, func(d Dangling) error { return fn(r.Name, d) }); err != nil {
			return err
		}
	}
	return nil
}

// danglingOf gives the links of one kind whose other end is gone. An id under the app's
// member topicId may be a company's or a contact's.
func danglingOf(ctx context.Context, q sqlitedb.Conn, r *rows.Relation, fn func(Dangling) error) error {
	result, err := q.Query(ctx, fmt.Sprintf(`SELECT e.pk, e.id, l.member, l.kind, l.id AS target
FROM %[1]s_links AS d -- of which only the index by target is read
CROSS JOIN %[1]s_links AS l ON l.%[1]s_pk = d.%[1]s_pk AND l.pos = d.pos
JOIN %[2]s AS e ON e.pk = l.%[1]s_pk
WHERE NOT CASE d.kind
    WHEN 'session' THEN EXISTS (SELECT 1 FROM sessions AS o WHERE o.id = d.id)
    WHEN 'note' THEN EXISTS (SELECT 1 FROM notes AS o WHERE o.id = d.id)
    WHEN 'task' THEN EXISTS (SELECT 1 FROM tasks AS o WHERE o.id = d.id)
    WHEN 'topic' THEN EXISTS (SELECT 1 FROM topics AS o WHERE o.id = d.id)
        OR EXISTS (SELECT 1 FROM companies AS o WHERE o.id = d.id) OR EXISTS (SELECT 1 FROM contacts AS o WHERE o.id = d.id)
    WHEN 'company' THEN EXISTS (SELECT 1 FROM companies AS o WHERE o.id = d.id)
    WHEN 'contact' THEN EXISTS (SELECT 1 FROM contacts AS o WHERE o.id = d.id)
    WHEN 'file' THEN EXISTS (SELECT 1 FROM attachments AS o WHERE o.id = d.id)
    ELSE 1
END`, r.Kind, r.Name))
	if err != nil {
		return err
	}
	defer result.Close()
	for result.Next() {
		var d Dangling
		if err := result.StructScan(&d); err != nil {
			return err
		}
		if err := fn(d); err != nil {
			return err
		}
	}
	return errors.Join(result.Err(), result.Close())
}

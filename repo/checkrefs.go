package repo

import (
	"context"
	"errors"
	"fmt"

	"taskstore/blobs"
)

// refs looks for links to entities that are not there, which old data has, and
// for contents that the database does not know.
func (c *checker) refs(ctx context.Context) error {
	for _, r := range relations {
		if !r.hasLinks() {
			continue
		}
		if err := c.links(ctx, r); err != nil {
			return err
		}
	}
	rows, err := c.q.query(ctx, `SELECT v.kind, coalesce(v.id, ''), v.role, v.sha256
FROM v_blob_refs AS v
WHERE NOT EXISTS (SELECT 1 FROM blobs WHERE blobs.sha256 = v.sha256)`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		p := Problem{Area: AreaRefs, Severity: SeverityWarning, Table: "blobs", Fix: fixContent}
		var role, sha string
		if err := rows.Scan(&p.Kind, &p.ID, &role, &sha); err != nil {
			return err
		}
		p.Detail = fmt.Sprintf("%s names content %s, which is not in the table of contents", role, sha)
		c.found(p)
	}
	return rows.Err()
}

// links finds the links of one kind whose other end is gone. An id under the
// app's member topicId may be a company's or a contact's.
func (c *checker) links(ctx context.Context, r *relation) error {
	rows, err := c.q.query(ctx, fmt.Sprintf(`SELECT e.pk, e.id, l.kind, l.id, l.member,
    CASE l.kind
        WHEN 'session' THEN EXISTS (SELECT 1 FROM sessions AS o WHERE o.id = l.id)
        WHEN 'note' THEN EXISTS (SELECT 1 FROM notes AS o WHERE o.id = l.id)
        WHEN 'task' THEN EXISTS (SELECT 1 FROM tasks AS o WHERE o.id = l.id)
        WHEN 'topic' THEN EXISTS (SELECT 1 FROM topics AS o WHERE o.id = l.id)
            OR EXISTS (SELECT 1 FROM companies AS o WHERE o.id = l.id) OR EXISTS (SELECT 1 FROM contacts AS o WHERE o.id = l.id)
        WHEN 'company' THEN EXISTS (SELECT 1 FROM companies AS o WHERE o.id = l.id)
        WHEN 'contact' THEN EXISTS (SELECT 1 FROM contacts AS o WHERE o.id = l.id)
        WHEN 'file' THEN EXISTS (SELECT 1 FROM attachments AS o WHERE o.id = l.id)
        ELSE 1
    END AS there
FROM %s_links AS l
JOIN %s AS e ON e.pk = l.%s_pk`, r.kind, r.name, r.kind))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		p := Problem{Area: AreaRefs, Severity: SeverityNote, Kind: r.kind, Table: r.kind + "_links", Fix: "nothing, or remove the link"}
		var kind, id, member string
		var there bool
		if err := rows.Scan(&p.PK, &p.ID, &kind, &id, &member, &there); err != nil {
			return err
		}
		c.step(AreaRefs, 0)
		if !there {
			p.Detail = fmt.Sprintf("%s names %s %q, which is not there", member, kind, id)
			c.found(p)
		}
	}
	return rows.Err()
}

// contents looks at every content that something refers to.
func (c *checker) contents(ctx context.Context) error {
	type ref struct {
		SHA256 string `db:"sha256"`
		Kind   string `db:"kind"`
		ID     string `db:"id"`
		Role   string `db:"role"`
	}
	var list []ref
	if err := c.q.sel(ctx, &list, `SELECT sha256, min(kind) AS kind, coalesce(min(id), '') AS id, min(role) AS role
FROM v_blob_refs
GROUP BY sha256`); err != nil {
		return err
	}
	for _, r := range list {
		err := c.content(ctx, r.SHA256)
		if err = errors.Join(ctx.Err(), err); ctx.Err() != nil {
			return err
		}
		c.step(AreaBlobs, int64(len(list)))
		if err == nil {
			continue
		}
		p := Problem{Area: AreaBlobs, Severity: SeverityError, Kind: r.Kind, ID: r.ID, Table: "blobs", Fix: fixContent}
		p.Detail = fmt.Sprintf("content %s, wanted by %s: %v", r.SHA256, r.Role, err)
		c.found(p)
	}
	return nil
}

func (c *checker) content(ctx context.Context, sha string) error {
	if c.s.blobs == nil {
		return blobs.ErrNotFound
	}
	if c.opt.Quick {
		_, err := c.s.blobs.Stat(ctx, sha)
		return err
	}
	return c.s.blobs.Verify(ctx, sha)
}

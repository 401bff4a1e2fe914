package check

import (
	"context"
	"errors"
	"fmt"

	"taskstore/blobs"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/contents"
)

// unknownContents finds contents that something needs and that the database does
// not know.
func (c *checker) unknownContents(ctx context.Context) error {
	accepted, err := c.acceptedContents(ctx)
	if err != nil {
		return err
	}
	result, err := c.q.Query(ctx, `SELECT v.kind, coalesce(v.id, ''), v.role, v.sha256
FROM v_blob_refs AS v
WHERE NOT EXISTS (SELECT 1 FROM blobs WHERE blobs.sha256 = v.sha256)`)
	if err != nil {
		return err
	}
	defer result.Close()
	for result.Next() {
		p := Problem{Area: AreaRefs, Severity: SeverityWarning, Table: "blobs", Fix: fixBlobs}
		var role, sha string
		if err := result.Scan(&p.Kind, &p.ID, &role, &sha); err != nil {
			return err
		}
		p.Detail = fmt.Sprintf("%s names content %s, which is not in the table of contents", role, sha)
		accepted.settle(&p, sha)
		c.found(p)
	}
	return result.Err()
}

// acceptedContents are the contents that a repair found nowhere, and when.
type acceptedContents map[string]string

func (c *checker) acceptedContents(ctx context.Context) (acceptedContents, error) {
	var list []struct {
		SHA256 string `db:"sha256"`
		At     string `db:"accepted_at"`
	}
	err := c.q.Select(ctx, &list, "SELECT sha256, accepted_at FROM blob_problems WHERE accepted_at IS NOT NULL")
	accepted := acceptedContents{}
	for _, l := range list {
		accepted[l.SHA256] = l.At
	}
	return accepted, err
}

// settle makes a note of the problem of a content that is known to be lost.
func (a acceptedContents) settle(p *Problem, sha string) {
	if at, lost := a[sha]; lost {
		p.Severity, p.Detail = SeverityNote, p.Detail+"; it was nowhere when that was repaired, at "+at
		p.Fix = "nothing: the file heals it when it is put into the store again"
	}
}

// neededContent is a content that something needs, with one who does.
type neededContent struct {
	SHA256  string `db:"sha256"`
	Kind    string `db:"kind"`
	ID      string `db:"id"`
	Role    string `db:"role"`
	Problem string `db:"problem"` // when it was last looked at
}

const sqlNeeded = `SELECT v.sha256, min(v.kind) AS kind, coalesce(v.id, '') AS id, v.role,
    coalesce((SELECT problem || ' when it was last read, ' || found_at FROM blob_problems AS p WHERE p.sha256 = v.sha256), '') AS problem
FROM v_blob_refs AS v
GROUP BY v.sha256`

// contents looks at every content that something refers to, and then at what else
// is in the directory.
func (c *checker) contents(ctx context.Context) error {
	var list []neededContent
	if err := c.q.Select(ctx, &list, sqlNeeded); err != nil {
		return err
	}
	trash, err := c.s.contents.TrashFiles(ctx)
	if err != nil {
		return err
	}
	accepted, err := c.acceptedContents(ctx)
	if err != nil {
		return err
	}
	c.tally.size(AreaBlobs, int64(len(list)))
	needed := make(map[string]bool, len(list))
	for _, n := range list {
		if !blobs.IsHash(n.SHA256) {
			continue // no content has such a name: the references tell
		}
		needed[n.SHA256] = true
		err := c.content(ctx, n)
		if err = errors.Join(ctx.Err(), err); ctx.Err() != nil {
			return err
		}
		c.tally.add(AreaBlobs, 1)
		if err == nil {
			continue
		}
		p := Problem{Area: AreaBlobs, Severity: SeverityError, Kind: n.Kind, ID: n.ID, Table: "blobs", Fix: fixBlobs}
		p.Detail = fmt.Sprintf("content %s, wanted by %s: %v", n.SHA256, n.Role, err)
		if errors.Is(err, blobs.ErrNotFound) {
			p.missing = n.SHA256
		}
		if _, trashed := trash[n.SHA256]; trashed && p.missing != "" {
			p.Detail += "; it is in the trash of contents"
		}
		accepted.settle(&p, n.SHA256)
		c.found(p)
	}
	return c.directory(ctx, needed, accepted)
}

// stillMissing leaves out contents that were removed since the snapshot was taken, as they may
// be when nothing needs them any more, and those that are back.
func (s *Checks) stillMissing(ctx context.Context, list []Problem) (left []Problem, err error) {
	for _, p := range list {
		if p.missing != "" {
			var needed bool
			err := s.db.View(ctx, func(ctx context.Context, tx *sqlitedb.Tx) error {
				return tx.Get(ctx, &needed, contents.SQLReferenced, p.missing)
			})
			if err != nil {
				return list, err
			}
			if !needed {
				continue
			}
			if _, err := s.blobs.Stat(ctx, p.missing); err == nil {
				continue
			}
		}
		left = append(left, p)
	}
	return left, nil
}

// content verifies a content. A quick check, which does not read it, repeats what
// was found when it was last read.
func (c *checker) content(ctx context.Context, n neededContent) error {
	if c.s.blobs == nil {
		return blobs.ErrNotFound
	}
	if !c.opt.Quick {
		return c.s.blobs.Verify(ctx, n.SHA256)
	}
	_, err := c.s.blobs.Stat(ctx, n.SHA256)
	if err == nil && n.Problem != "" {
		err = errors.New(n.Problem)
	}
	return err
}

// directory holds the files in the directory of contents against the table.
func (c *checker) directory(ctx context.Context, needed map[string]bool, accepted acceptedContents) error {
	if c.s.blobs == nil {
		return nil
	}
	result, err := contents.BlobRows(ctx, c.q)
	if err != nil {
		return err
	}
	for info, err := range c.s.blobs.All(ctx) {
		var foreign *blobs.ForeignError
		if info.SHA256 == "" && err != nil && !errors.As(err, &foreign) {
			return contents.Error(err)
		}
		row, known := result[info.SHA256]
		delete(result, info.SHA256)
		p := Problem{Area: AreaBlobs, Severity: SeverityNote, Table: "blobs", Fix: fixBlobs}
		switch {
		case foreign != nil:
			p.Detail, p.Fix = foreign.Error(), "nothing: it is no content"
		case err != nil && !needed[info.SHA256]:
			p.Severity, p.Detail = SeverityWarning, fmt.Sprintf("content %s, which nothing in the store needs: %v", info.SHA256, err)
			accepted.settle(&p, info.SHA256)
		case err != nil:
			continue // told above
		case !known:
			p.Detail = fmt.Sprintf("content %s is in the directory and not in the table: what a write left that did not come to its end", info.SHA256)
		case row != info:
			p.Severity, p.Detail = SeverityWarning, fmt.Sprintf("the table says %d bytes %s in %d of content %s, the file %d %s in %d",
				row.Size, row.Encoding, row.Stored, info.SHA256, info.Size, info.Encoding, info.Stored)
		default:
			continue
		}
		c.found(p)
	}
	for sha := range result {
		if !needed[sha] {
			c.found(Problem{Area: AreaBlobs, Severity: SeverityNote, Table: "blobs", Fix: fixBlobs,
				Detail: fmt.Sprintf("content %s, which nothing needs, has no file", sha)})
		}
	}
	return nil
}

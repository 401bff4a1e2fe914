package contents

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"taskstore/blobs"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// ContentRef says that a row needs a content.
type Ref struct {
	Kind   string `db:"kind" json:"kind"` // of the owner; quarantine for what an import set aside
	ID     string `db:"id" json:"id"`     // of the owner
	Role   string `db:"role" json:"role"` // table and column, or revision: a kept state of the owner needs it
	Item   string `db:"item" json:"item"` // which one of a list, or which revision
	SHA256 string `db:"sha256" json:"sha256"`
}

const sqlReferences = `SELECT kind, coalesce(id, '') AS id, role, coalesce(item, '') AS item, sha256
FROM v_blob_refs
`

// Refs lists the rows that need a content.
func (s *Handle) Refs(ctx context.Context, sha256 string) (list []Ref, err error) {
	defer sqlitedb.Wrap(&err, "look for what needs content %s", sha256)
	err = s.db.View(ctx, func(_ context.Context, q *sqlitedb.Tx) error {
		return q.Select(ctx, &list, sqlReferences+"WHERE sha256 = ?", sha256)
	})
	return list, err
}

// sqlReferenced is asked for one content at a time, which lets SQLite use the
// indexes of every table.
const SQLReferenced = `SELECT EXISTS (SELECT 1 FROM v_blob_refs WHERE sha256 = ?)`

func referenced(ctx context.Context, q *sqlitedb.Tx, sha string) (is bool, err error) {
	err = q.Get(ctx, &is, SQLReferenced, sha)
	return is, err
}

// Open is a content and what is known of it.
type Content struct {
	SHA256     string      `db:"sha256" json:"sha256"`
	Size       int64       `db:"size" json:"size"`     // of the plain bytes
	Stored     int64       `db:"stored" json:"stored"` // on disk
	Encoding   string      `db:"encoding" json:"encoding"`
	MIMEType   string      `db:"mime_type" json:"mime_type"` // from the bytes
	AddedAt    schema.Time `db:"added_at" json:"added_at"`
	References int64       `db:"refs" json:"references"` // rows that need it, kept states apart
	Kind       string      `db:"kind" json:"kind"`       // of one of the owners
	ID         string      `db:"id" json:"id"`
	Name       string      `db:"name" json:"name"`       // one of the names it has
	Problem    string      `db:"problem" json:"problem"` // damaged, missing or unreadable when it was last looked at
}

// Orders of contents.
const (
	Newest  = "newest"
	Largest = "largest"
)

var contentOrders = map[string]string{
	"": "b.added_at DESC, b.sha256", Newest: "b.added_at DESC, b.sha256", Largest: "b.size DESC, b.sha256",
}

const sqlContents = `SELECT b.sha256, b.size, b.stored, b.encoding, b.mime_type, b.added_at, coalesce(r.refs, 0) AS refs,
    coalesce(r.kind, '') AS kind, coalesce(r.id, '') AS id, coalesce(f.name, '') AS name, coalesce(p.problem, '') AS problem
FROM blobs AS b
LEFT JOIN (
    SELECT sha256, sum(role <> 'revision') AS refs, min(kind) AS kind, id
    FROM v_blob_refs
    GROUP BY sha256
) AS r ON r.sha256 = b.sha256
LEFT JOIN (SELECT sha256, min(name) AS name FROM v_files GROUP BY sha256) AS f ON f.sha256 = b.sha256
LEFT JOIN blob_problems AS p ON p.sha256 = b.sha256
`

// errEnough ends a read whose caller has seen enough.
var errEnough = errors.New("enough")

// All gives all contents in an order, from one snapshot, and ends after an
// error.
func (s *Handle) All(ctx context.Context, order string) iter.Seq2[Content, error] {
	return func(yield func(Content, error) bool) {
		by, known := contentOrders[order]
		if !known {
			yield(Content{}, &schema.InvalidError{Kind: "contents", Field: "order", Problem: fmt.Sprintf("%q is none of newest, largest", order)})
			return
		}
		err := s.db.View(ctx, func(_ context.Context, q *sqlitedb.Tx) error {
			result, err := q.Query(ctx, sqlContents+"ORDER BY "+by)
			if err != nil {
				return err
			}
			defer result.Close()
			for result.Next() {
				var c Content
				if err := errors.Join(ctx.Err(), result.StructScan(&c)); err != nil {
					return err
				}
				if !yield(c, nil) {
					return errEnough
				}
			}
			return result.Err()
		})
		if err != nil && !errors.Is(err, errEnough) {
			sqlitedb.Wrap(&err, "list the contents")
			yield(Content{}, err)
		}
	}
}

// Get reads what is known of one content. There is none: ErrNotFound.
func (s *Handle) Get(ctx context.Context, sha256 string) (c Content, err error) {
	defer sqlitedb.Wrap(&err, "look for content %s", sha256)
	err = s.db.View(ctx, func(_ context.Context, q *sqlitedb.Tx) error {
		err := q.Get(ctx, &c, `SELECT b.sha256, b.size, b.stored, b.encoding, b.mime_type, b.added_at, coalesce(p.problem, '') AS problem,
    (SELECT count(*) FROM v_blob_refs WHERE sha256 = b.sha256 AND role <> 'revision') AS refs, '' AS kind, '' AS id, '' AS name
FROM blobs AS b
LEFT JOIN blob_problems AS p ON p.sha256 = b.sha256
WHERE b.sha256 = ?`, sha256)
		if errors.Is(err, sql.ErrNoRows) {
			return rows.ErrNotFound
		}
		return err
	})
	return c, err
}

// File is a file of a live entity, wherever the entity keeps it.
type File struct {
	Kind         string `db:"kind" json:"kind"` // of the entity
	ID           string `db:"id" json:"id"`
	Role         string `db:"role" json:"role"`                   // attachment, screenshot, audio segment, video, thumbnail, link, ...
	Item         string `db:"item" json:"item"`                   // which one of a list
	AttachmentID string `db:"attachment_id" json:"attachment_id"` // "" for one inside its note or task
	Name         string `db:"name" json:"name"`
	Type         string `db:"type" json:"type"`
	MIMEType     string `db:"mime_type" json:"mime_type"`
	Size         int64  `db:"size" json:"size"`     // of the bytes, else as the app noted it
	SHA256       string `db:"sha256" json:"sha256"` // "" where there are no bytes
	Problem      string `db:"problem" json:"problem"`
}

const sqlFiles = `SELECT f.kind, f.id, f.role, coalesce(f.item, '') AS item, coalesce(f.attachment_id, '') AS attachment_id,
    coalesce(f.name, '') AS name, coalesce(f.type, '') AS type, coalesce(nullif(f.mime_type, ''), b.mime_type, '') AS mime_type,
    coalesce(b.size, f.size, 0) AS size, coalesce(f.sha256, '') AS sha256,
    CASE WHEN f.sha256 IS NULL OR b.sha256 IS NULL THEN 'missing' ELSE coalesce(p.problem, '') END AS problem
FROM v_files AS f
LEFT JOIN blobs AS b ON b.sha256 = f.sha256
LEFT JOIN blob_problems AS p ON p.sha256 = f.sha256
`

// FilesOf lists the files of one live entity: those inside it and those that it
// refers to.
func (s *Handle) FilesOf(ctx context.Context, kind, id string) (list []File, err error) {
	defer sqlitedb.Wrap(&err, "list the files of %s %q", kind, id)
	name, ok := schema.KindName(kind)
	if !ok {
		return nil, &schema.InvalidError{Field: "kind", Problem: fmt.Sprintf("%q is unknown", kind)}
	}
	err = s.db.View(ctx, func(_ context.Context, q *sqlitedb.Tx) error {
		return q.Select(ctx, &list, sqlFiles+"WHERE f.kind = ? AND f.id = ?", name, id)
	})
	return list, err
}

// Files lists the files of all live entities. A file that several refer to is
// there for each of them.
func (s *Handle) Files(ctx context.Context) (list []File, err error) {
	defer sqlitedb.Wrap(&err, "list the files")
	err = s.db.View(ctx, func(_ context.Context, q *sqlitedb.Tx) error {
		return q.Select(ctx, &list, sqlFiles+"ORDER BY f.kind, f.id, f.role, f.item")
	})
	return list, err
}

// prefixLen is from how many digits on the beginning of a hash stands for it.
const prefixLen = 6

// Find gives the content that a person means: by its SHA-256 or its first
// digits (six at least), by the id of an attachment, or by the id of a file inside
// a note or a task. None: ErrNotFound; several begin so: *schema.InvalidError.
func (s *Handle) Find(ctx context.Context, name string) (sha256 string, err error) {
	defer sqlitedb.Wrap(&err, "look for a content called %q", name)
	var found []string
	err = s.db.View(ctx, func(_ context.Context, q *sqlitedb.Tx) error {
		err := q.Select(ctx, &found, `SELECT sha256 FROM blobs WHERE sha256 = ?1
UNION SELECT coalesce(file_blob, base64_blob) FROM attachments WHERE id = ?1 AND coalesce(file_blob, base64_blob) IS NOT NULL
UNION SELECT base64_blob FROM note_attachments WHERE id = ?1 AND base64_blob IS NOT NULL
UNION SELECT base64_blob FROM task_attachments WHERE id = ?1 AND base64_blob IS NOT NULL`, name)
		if err != nil || len(found) > 0 || len(name) < prefixLen {
			return err
		}
		return q.Select(ctx, &found, "SELECT sha256 FROM blobs WHERE sha256 >= ? AND sha256 < ? LIMIT 2", name, name+"g")
	})
	switch {
	case err != nil:
		return "", err
	case len(found) > 1:
		return "", &schema.InvalidError{Kind: "content", ID: name, Field: "name", Problem: "stands for several contents; give more of its SHA-256"}
	case len(found) == 1:
		return found[0], nil
	}
	if dir, err := s.contentDir(); err == nil { // a file that the table does not know
		if has, err := dir.Has(name); err == nil && has {
			return name, nil
		} else if err != nil && !errors.Is(err, blobs.ErrBadHash) {
			return "", err
		}
	}
	return "", rows.ErrNotFound
}

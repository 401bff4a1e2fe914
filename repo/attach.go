package repo

import (
	"context"
	"io"
	"slices"
	"strings"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/contents"
	"taskstore/repo/history"
	"taskstore/repo/internal/rows"
	"taskstore/repo/links"
	"taskstore/schema"
)

// Contents are the bytes of files: attachments, screenshots, recordings. See the type
// that is embedded.
type Contents struct {
	*contents.Handle
	s *Store
}

// Attach is the one way to keep a file with a record. It stores the bytes of r as a
// file called name and links it to an entity: the file becomes an attachment with its
// size, its type as the bytes tell it, and the time, and the entity gets a link to it
// and a new revision. Both are durable when it returns. ErrNotFound says that the entity is not there; if Attach fails, no
// record has changed.
func (c Contents) Attach(ctx context.Context, of Ref, name string, r io.Reader) (a schema.Attachment, err error) {
	defer sqlitedb.Wrap(&err, "attach %q to %v", name, of)
	of = of.Singular()
	holder, err := links.Holder(of, Ref{Kind: rows.Attachments.Kind})
	if err != nil {
		return a, err
	}
	err = c.s.read(ctx, func(q *sqlitedb.Tx) error { _, err := holder.Find(ctx, q, of.ID); return err })
	if err != nil {
		return a, err
	}
	info, err := c.Put(ctx, r, "")
	if err != nil {
		return a, err
	}
	mime, err := contents.Sniff(ctx, c.s.blobs, info.SHA256)
	if err != nil {
		return a, err
	}
	mime, _, _ = strings.Cut(mime, ";") // the type without its parameters, as the app notes it
	a.FileInfo = schema.FileInfo{Type: fileType(mime), Name: name, MIMEType: mime, Size: info.Size}
	a.File = schema.Content{Blob: info.SHA256, Form: schema.FormFile}
	err = c.s.update(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		if err := storeOne(ctx, q, rows.Attachments, c.s, &a, history.ChangeUpdate); err != nil {
			return err
		}
		return modifyOne(ctx, q, holder, c.s, of.ID, func(v any) error {
			held := links.At(holder, v)
			*held = append(slices.Clone(*held), schema.Link{Kind: links.Kinds(rows.Attachments.Kind)[0], ID: a.ID})
			return nil
		})
	})
	if err != nil {
		return schema.Attachment{}, err
	}
	return a, nil
}

// fileType is what the app calls files of a MIME type.
func fileType(mime string) string {
	class, _, _ := strings.Cut(mime, "/")
	switch {
	case class == "image" || class == "video" || class == "audio":
		return class
	case class == "text" || mime == "application/pdf":
		return "document"
	}
	return "file"
}

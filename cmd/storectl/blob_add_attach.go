package main

import (
	"context"

	"taskstore/repo"
	"taskstore/schema"
)

// attach saves the attachments where they belong.
func (ad *adding) attach(ctx context.Context, list []*schema.Attachment) error {
	var err error
	switch ad.kind.Name {
	case "":
		return ad.store.Attachments.Save(ctx, list...)
	case "note":
		_, err = ad.store.Notes.Modify(ctx, ad.id, func(n *schema.Note) error {
			n.Attachments = append(n.Attachments, inside(list)...)
			return nil
		})
	case "task":
		_, err = ad.store.Tasks.Modify(ctx, ad.id, func(t *schema.Task) error {
			t.Attachments = append(t.Attachments, inside(list)...)
			return nil
		})
	default:
		err = ad.store.Update(ctx, func(ctx context.Context, tx *repo.Tx) error {
			if err := tx.Attachments.Save(ctx, list...); err != nil {
				return err
			}
			return ad.link(ctx, tx, list)
		})
	}
	return err
}

// inside makes files of a note or a task.
func inside(list []*schema.Attachment) []schema.InlineAttachment {
	files := make([]schema.InlineAttachment, len(list))
	for i, v := range list {
		files[i].ID, files[i].FileInfo = v.ID, v.FileInfo
		files[i].Base64 = schema.Content{Blob: v.File.Blob} // in the form that the member has, as an export gives it back
	}
	return files
}

// link links the record with the attachments.
func (ad *adding) link(ctx context.Context, tx *repo.Tx, list []*schema.Attachment) (err error) {
	links := make([]schema.Link, len(list))
	for i, v := range list {
		links[i] = schema.Link{Kind: "file", ID: v.ID}
	}
	switch ad.kind.Name {
	case "session":
		_, err = tx.Sessions.Modify(ctx, ad.id, func(v *schema.Session) error { v.Links = append(v.Links, links...); return nil })
	case "topic":
		_, err = tx.Topics.Modify(ctx, ad.id, func(v *schema.Topic) error { v.Links = append(v.Links, links...); return nil })
	case "company":
		_, err = tx.Companies.Modify(ctx, ad.id, func(v *schema.Company) error { v.Links = append(v.Links, links...); return nil })
	case "contact":
		_, err = tx.Contacts.Modify(ctx, ad.id, func(v *schema.Contact) error { v.Links = append(v.Links, links...); return nil })
	}
	return err
}

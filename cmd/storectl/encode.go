package main

import (
	"context"
	"errors"

	"taskstore/repo"
	"taskstore/schema"
)

// encodeEntity writes an entity in the legacy app's JSON. Contents of more than limit bytes are left out; limit -1
// writes them all.
func encodeEntity(ctx context.Context, store *repo.Store, value any, limit int64) ([]byte, error) {
	return schema.Encode(value, schema.EncodeOptions{Content: func(c schema.Content) (string, bool, error) {
		return contentText(ctx, store, c, limit)
	}})
}

// contentText is the text that a content stood for in the app's JSON, if it is not longer than limit and is there.
func contentText(ctx context.Context, store *repo.Store, c schema.Content, limit int64) (text string, ok bool, err error) {
	if c.Blob == "" {
		return c.Text, c.Text != "" && (limit < 0 || int64(len(c.Text)) <= limit), nil
	}
	if limit >= 0 {
		info, err := store.Contents.Stat(ctx, c.Blob)
		if err != nil || info.Size > limit {
			return "", false, unlessMissing(err)
		}
	}
	if text, err = store.Contents.Text(ctx, c); err != nil {
		return "", false, unlessMissing(err)
	}
	return text, limit < 0 || int64(len(text)) <= limit, nil
}

// unlessMissing drops the error for a content that is nowhere or damaged: the record is shown without it.
func unlessMissing(err error) error {
	if errors.Is(err, repo.ErrNotFound) || errors.Is(err, repo.ErrCorrupt) {
		return nil
	}
	return err
}
